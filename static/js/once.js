// One press, one request: a form that was sent does not send again. The server's
// one-time token is the guard; this only spares a person the refusal.
(() => {
  const UNTIL_FREE = 10000;

  const free = () => {
    for (const button of document.querySelectorAll("[data-pressed]")) {
      button.disabled = false;
      delete button.dataset.pressed;
    }
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if ("sent" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    const button = event.submitter;
    // Later, so that the button's own name and value are still sent.
    setTimeout(() => {
      if (button) {
        button.disabled = true;
        button.dataset.pressed = "";
      }
    }, 0);
    setTimeout(free, UNTIL_FREE);
  });

  addEventListener("pageshow", free);
})();
