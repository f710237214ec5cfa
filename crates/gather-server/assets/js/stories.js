// Read and star without loading the page again. The form does the same without this.

import { say, send } from "./page.js";

function pressed(button, on) {
  const id = button.value.split(":")[1];
  button.setAttribute("aria-pressed", String(on));
  button.value = `${on ? "off" : "on"}:${id}`;
  if (button.name === "read") button.closest("[data-story]").classList.toggle("read", on);
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.closest("[data-story]")) return;
  event.preventDefault();
  const on = button.getAttribute("aria-pressed") !== "true";
  // Asked for with the value that the button has now; shown at once, and taken back should it not be kept.
  const kept = send(event.target, button);
  pressed(button, on);
  if (await kept) {
    say(button.name === "read" ? (on ? "Marked read." : "Marked unread.") : (on ? "Starred." : "No longer starred."));
  } else {
    pressed(button, !on);
    say("That could not be kept. Load the page again, and sign in if it asks.");
  }
});

// What is opened has been read.
document.addEventListener("click", (event) => {
  const story = event.target.closest(".headline > a")?.closest("[data-story]");
  if (story && !story.classList.contains("read")) story.querySelector(".tick")?.click();
});
