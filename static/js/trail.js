// No trail in this tab, for those who chose it: links and forms take the place of the
// page they stand on, so that the tab holds one page and Back leads out of this site.
(() => {
  const own = (address) => address.origin === location.origin;
  const isHere = (address) => address.hash && address.pathname === location.pathname
    && address.search === location.search;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey
      && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented) return;
    if (link.target || link.hasAttribute("download") || !own(link)) return;
    event.preventDefault();
    if (isHere(link)) return jump(link.hash);
    location.replace(link.href);
  });

  // A jump within the page would be one more step back.
  const jump = (hash) => {
    const place = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!place) return;
    place.scrollIntoView();
    place.focus();
  };

  const shown = (form, page) => {
    const fresh = page && page.querySelector("main");
    // Other pages, files, and forms that ask a device need a page of their own.
    if (!fresh || fresh.querySelector("form[data-key]")) {
      HTMLFormElement.prototype.submit.call(form);
      return;
    }
    document.querySelector("main").replaceWith(fresh);
    const first = fresh.querySelector("#problems") || fresh;
    first.focus();
  };

  const carry = (form, button) => {
    if (!button || !button.name) return;
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = button.name;
    kept.value = button.value;
    form.append(kept);
  };

  const send = (form) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.setRequestHeader("Engage-Trail", "none");
    request.onload = () => {
      const place = request.getResponseHeader("Engage-Place");
      if (place) location.replace(place);
      else shown(form, request.response);
    };
    request.onerror = () => HTMLFormElement.prototype.submit.call(form);
    request.send(new URLSearchParams(new FormData(form)));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.target || !own(new URL(form.action))) return;
    event.preventDefault();
    carry(form, event.submitter);
    if (form.method === "post") return send(form);
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form));
    location.replace(address);
  });
})();
