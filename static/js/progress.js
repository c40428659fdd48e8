// Long work shows how far it is: the element #progress with data-refresh="5" is
// fetched again every 5 seconds until it carries data-finished.
(() => {
  const MOST_LOOKS = 180;
  const shown = document.getElementById("progress");
  if (!shown || !shown.dataset.refresh) return;
  let looks = 0;

  const swap = (page) => {
    const fresh = page && page.getElementById("progress");
    if (!fresh) return location.reload();
    shown.replaceChildren(...fresh.childNodes);
    // What there is to do next stands outside, so the whole page is asked for.
    if ("finished" in fresh.dataset) return location.reload();
    return wait();
  };

  // A document asked for this way is parsed without scripts and is no string, so
  // it passes require-trusted-types-for.
  const look = () => {
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.setRequestHeader("Engage-Refresh", "1");
    request.onload = () => swap(request.response);
    request.onerror = wait;
    request.send();
  };

  const wait = () => {
    looks += 1;
    if ("finished" in shown.dataset || looks > MOST_LOOKS) return;
    setTimeout(look, Number(shown.dataset.refresh) * 1000);
  };

  wait();
})();
