// Passkeys: a form asks the server for a question and a device for the answer, and then goes its way.

// Why no answer came, by the browser's name for it.
const reasons = {
  NotAllowedError: "It was cancelled, or nobody answered in time. Try once more.",
  InvalidStateError: "This device has a passkey for this site already.",
  SecurityError: "Passkeys of this site do not answer at this address.",
  NotSupportedError: "This device makes no passkeys of the kind that is needed.",
};

const wishes = {
  create: (question) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question) }),
  get: (question) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question) }),
};

const isKnown = "parseCreationOptionsFromJSON" in (window.PublicKeyCredential ?? {});

// The server's question; nothing, when the answer is another page.
const questionOf = async (form) => {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.question, { method: "POST", body });
  if (answer.redirected) {
    location.assign(answer.url);
    return undefined;
  }
  if (answer.status === 422) throw new Error(await answer.text());
  if (!answer.ok) throw new Error("The site did not answer as it should. Try once more.");
  return answer.json();
};

const ask = async (form) => {
  const question = await questionOf(form);
  if (!question) return;
  const credential = await wishes[form.dataset.passkey](question);
  form.querySelector("input[name=passkey]").value = JSON.stringify(credential.toJSON());
  form.submit();
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const [button, error] = ["button", ".field-error"].map((part) => form.querySelector(part));
  const isElsewhere = location.origin !== form.dataset.origin;
  const obstacle = isElsewhere ? "[data-elsewhere]" : isKnown ? undefined : "[data-too-old]";
  if (obstacle) {
    form.querySelector(obstacle).hidden = false;
    button.disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    button.disabled = true;
    try {
      await ask(form);
    } catch (reason) {
      error.textContent = reasons[reason.name] ?? reason.message;
      button.disabled = false;
      button.focus();
    }
  });
}
