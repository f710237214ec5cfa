// A transaction is changed where it stands: the form that the link leads to is brought under its row.

import { become, page, say } from "./page.js";

const row = (id, within = document) => within.getElementById(`t-${id}`);
const editor = (id, within = document) => within.querySelector(`[data-editor="${id}"]`);

function close(id) {
  editor(id)?.remove();
  row(id)?.querySelector("[data-edit]")?.focus();
}

document.addEventListener("click", async (event) => {
  const leave = event.target.closest("[data-close]");
  if (leave) {
    event.preventDefault();
    close(leave.closest("[data-editor]").dataset.editor);
    return;
  }
  const link = event.target.closest("[data-edit]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const id = link.dataset.edit;
  event.preventDefault();
  if (editor(id)) {
    close(id);
    return;
  }
  const form = editor(id, await page(link.href) ?? document.createDocumentFragment());
  if (!form) {
    location.assign(link.href);
    return;
  }
  for (const other of document.querySelectorAll("[data-editor]")) other.remove();
  row(id).after(form);
  form.querySelector("input:not([type=hidden])").select();
});

document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest("[data-editor]");
  if (open) close(open.dataset.editor);
});

document.addEventListener("submit", async (event) => {
  const within = event.target.closest("[data-editor]");
  if (!within) return;
  event.preventDefault();
  const id = within.dataset.editor;
  const body = new URLSearchParams(new FormData(event.target));
  const fresh = await page(event.target.action, { method: "POST", body });
  const changed = fresh && row(id, fresh);
  if (!changed || editor(id, fresh)) {
    // Whatever it says about it stands on the page that the form itself leads to.
    event.target.submit();
    return;
  }
  become(row(id), changed);
  close(id);
  say("Kept.");
});
