// Leaving at once: by link, by Shift three times, and when a page comes back from
// the browser's memory. The idea is GOV.UK's "Exit this page" (MIT); the code is ours.
(() => {
  const WAIT_FOR_SERVER = 700;
  const WAIT_FOR_SHIFT = 5000;
  const PRESSES = 3;
  const root = document.documentElement;
  const link = document.querySelector("[data-neutral]");
  const voice = document.querySelector("[data-leave-voice]");

  const hide = () => {
    root.hidden = true;
    document.title = link ? link.dataset.title : "";
  };

  // Going elsewhere may cut the first request off: the second one outlives the page.
  const waitNoLonger = () => {
    fetch(link.href, { keepalive: true, redirect: "manual" }).catch(() => {});
    location.replace(link.dataset.neutral);
  };

  const leave = () => {
    hide();
    setTimeout(waitNoLonger, WAIT_FOR_SERVER);
    location.replace(link.href);
  };

  addEventListener("pagehide", hide);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.body.replaceChildren();
    location.reload();
  });
  if (!link) return;

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-leave]");
    if (!pressed) return;
    event.preventDefault();
    leave();
  });

  let presses = 0;
  let alone = false;
  let timer = 0;

  const say = (words) => {
    if (voice) voice.textContent = words;
  };

  const forget = () => {
    clearTimeout(timer);
    presses = 0;
  };

  const expire = () => {
    forget();
    say(voice ? voice.dataset.stopped : "");
  };

  addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) forget();
  });

  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    presses += 1;
    if (presses === 1) timer = setTimeout(expire, WAIT_FOR_SHIFT);
    if (presses === PRESSES) leave();
    else say(voice ? voice.dataset[presses === 1 ? "two" : "one"] : "");
  });
})();
