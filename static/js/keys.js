// Passkeys: a form that says so asks the device first, and sends what it answers.
// Without script, or where the browser has none, the form stays hidden.
(() => {
  const forms = document.querySelectorAll("form[data-key]");
  if (!forms.length || !window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };

  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const described = (rows) => (rows || []).map((row) => ({ ...row, id: bytes(row.id) }));

  const read = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    allowCredentials: described(options.allowCredentials),
    excludeCredentials: described(options.excludeCredentials),
  });

  const written = (key) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData",
      "signature", "userHandle"]) {
      if (key.response[name]) response[name] = text(key.response[name]);
    }
    return JSON.stringify({
      id: key.id, rawId: text(key.rawId), type: key.type, response,
      clientExtensionResults: {},
    });
  };

  const ask = async (form) => {
    const publicKey = read(JSON.parse(form.dataset.options));
    const asked = form.dataset.key === "make"
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey });
    form.elements.namedItem(form.dataset.field).value = written(await asked);
    const shared = document.querySelector("input[name=is_shared]");
    if (shared && shared.checked) {
      const too = document.createElement("input");
      Object.assign(too, { type: "hidden", name: "is_shared", value: "y" });
      form.append(too);
    }
    HTMLFormElement.prototype.submit.call(form);
  };

  // Before the script that marks a form as sent: this one is not sent yet.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (!("key" in form.dataset)) return;
    event.preventDefault();
    event.stopPropagation();
    const says = form.querySelector("[data-key-says]");
    says.textContent = "";
    ask(form).catch(() => {
      says.textContent = form.dataset.wrong;
    });
  }, true);

  for (const form of forms) form.hidden = false;
  for (const note of document.querySelectorAll("[data-key-note]")) note.hidden = true;
})();
