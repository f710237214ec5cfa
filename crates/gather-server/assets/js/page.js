// What several scripts need: saying things, asking this server, changing a page in place.

export const base = document.documentElement.dataset.base;

const polite = document.querySelector("[data-say]");

/// Says a sentence to those who hear the page.
export function say(sentence) {
  // The same sentence twice is news twice, which an unchanged text would not be.
  polite.textContent = "";
  requestAnimationFrame(() => { polite.textContent = sentence; });
}

/// Asks for a page of this server as a document; null when it is not to be had, or somebody has to sign in first.
export async function page(address, options = {}) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    if (!answer.ok || new URL(answer.url).pathname === `${base}/login`) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/// Sends a form as its button would; whether it was kept. The answer is a way back to the page, which is not followed.
export async function send(form, button) {
  try {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.action, {
      method: "POST", body, credentials: "same-origin", redirect: "manual", keepalive: true,
    });
    return answer.ok || answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}

function fade(node) {
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  element?.classList.add("changed");
  element?.addEventListener("animationend", () => element.classList.remove("changed"), { once: true });
}

/// Makes one node like another with as few changes as it takes, so that focus, selection and place stay.
export function become(node, wanted) {
  if (node.isEqualNode(wanted)) return;
  if (node.nodeName !== wanted.nodeName || (node.id ?? "") !== (wanted.id ?? "")) {
    node.replaceWith(wanted);
    fade(wanted);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) {
    node.nodeValue = wanted.nodeValue;
    fade(node);
    return;
  }
  for (const { name } of [...node.attributes]) {
    if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  const [held, come] = [[...node.childNodes], [...wanted.childNodes]];
  for (let at = 0; at < Math.max(held.length, come.length); at += 1) {
    if (!come[at]) held[at].remove();
    else if (held[at]) become(held[at], come[at]);
    else { node.append(come[at]); fade(come[at]); }
  }
}
