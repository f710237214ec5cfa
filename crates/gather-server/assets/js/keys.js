// The keyboard: j and k move, o opens, m marks read, s stars, / searches, ? lists the keys.

import { base } from "./page.js";

const dialog = document.querySelector("[data-keys-dialog]");
const opener = document.querySelector("[data-keys]");

if (opener && dialog) {
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
}

const stories = () => [...document.querySelectorAll(".stories > [data-story]")];

/// The story that has the focus, or had it last.
let last = null;
document.addEventListener("focusin", (event) => {
  last = event.target.closest("[data-story]") ?? last;
});

function move(step) {
  const all = stories();
  if (all.length === 0) return;
  const here = all.findIndex((story) => story.id === last?.id);
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), all.length - 1);
  all[next].querySelector(".headline > *").focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

function open(story) {
  const link = story.querySelector(".headline > a");
  if (!link) return;
  window.open(link.href, "_blank", "noopener,noreferrer");
  if (!story.classList.contains("read")) story.querySelector(".tick").click();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  o: () => last && open(last),
  m: () => last?.querySelector(".tick").click(),
  s: () => last?.querySelector(".star").click(),
  "/": () => {
    const field = document.querySelector("[data-search]");
    if (field) field.select();
    else location.assign(`${base}/news`);
  },
  "?": () => dialog?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog");
  if (!opener || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  // A story that was replaced while it was read is found again by its number.
  if (last && !last.isConnected) last = document.getElementById(last.id);
  action();
});
