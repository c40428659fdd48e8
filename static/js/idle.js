// Before a sign-in ends by itself: a warning with a button that keeps it, and at the
// end the sign-in page. What was typed is kept, sealed, and comes back after signing in.
(() => {
  const box = document.querySelector("[data-idle]");
  if (!box) return;
  const SAVES = 15; // seconds before the end
  const warns = Number(box.dataset.warns);
  const token = document.querySelector("input[name=csrf_token]").value;
  let timer = 0;

  const touched = new Set();
  document.addEventListener("input", (event) => touched.add(event.target.form));

  const ask = async (url, body) => {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      headers: body ? { "X-CSRFToken": token } : { "Engage-Refresh": "1" },
      redirect: "error",
      body,
    });
    return answer.json();
  };

  const after = (left, then) => {
    clearTimeout(timer);
    timer = setTimeout(then, Math.max(0, left) * 1000);
  };

  // Another page of the same sign-in may have moved the end on.
  const look = () => ask(box.dataset.left).catch(() => ({ left: 0 }));

  const wait = (left) => {
    box.hidden = true;
    after(left - warns, warn);
  };

  const warn = async () => {
    const { left } = await look();
    if (left > warns) return wait(left);
    box.hidden = false;
    after(left - SAVES, end);
  };

  const end = async () => {
    const { left } = await look();
    if (left > warns) return wait(left);
    const uid = left > 0 ? await keep() : "";
    after(left > 0 ? left - 1 : 0, () => {
      const page = location.pathname + (uid ? `?kept=${uid}` : "");
      location.replace(`${box.dataset.in}?next=${encodeURIComponent(page)}`);
    });
  };

  // Only text that its own page takes; an answer is not kept anywhere.
  const keep = async () => {
    const form = [...document.querySelectorAll("main form")].find((one) => (
      touched.has(one) && new URL(one.action).pathname === location.pathname
    ));
    if (!form) return "";
    const fields = new URLSearchParams(new FormData(form));
    const url = `${box.dataset.keeps}?page=${encodeURIComponent(location.pathname)}`;
    return ask(url, fields).then((said) => said.kept).catch(() => "");
  };

  box.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    const { left } = await ask(box.dataset.stays, new URLSearchParams({ on: "1" }))
      .catch(() => ({ left: 0 }));
    if (left > warns) wait(left);
  });

  wait(Number(box.dataset.seconds));
})();
