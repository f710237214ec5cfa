// Small help with what is filled in: a choice that applies at once, a command that is copied, a theme that is tried.

import { say } from "./page.js";

for (const field of document.querySelectorAll("[data-submit]")) {
  // The button that only this choice needs.
  const spare = field.form.querySelector("[data-spare]");
  if (spare) spare.hidden = true;
  field.addEventListener("change", () => field.form.requestSubmit());
}

// The address of what is searched for has only what narrows it.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

function offerCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}
offerCopies();
document.addEventListener("gather:changed", offerCopies);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    say("Copied.");
    button.textContent = "Copied";
  } catch {
    // Not over plain HTTP from another machine: then it is selected, and the keyboard does the rest.
    getSelection().selectAllChildren(code);
    say("Selected. Copy it with the keyboard.");
  }
});

for (const choice of document.querySelectorAll('input[name="theme"]')) {
  choice.addEventListener("change", () => { document.documentElement.dataset.theme = choice.value; });
}
