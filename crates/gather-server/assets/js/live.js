// The page keeps up: when the server says that something changed, the page is read again and what differs changes in
// place. New stories wait until they are asked for, so that nothing moves under the eye.

import { base, become, page, say } from "./page.js";

/// The least time between two readings, and the most while the page is looked at: ages grow old without any event.
const REST = 2_000;
const AGEING = 60_000;

const KINDS = ["run-started", "source-progress", "source-ended", "run-ended", "records", "schedule", "reset"];

const lists = document.querySelector("[data-stories]");
const fresh = document.querySelector("[data-fresh]");
const lost = document.querySelector("[data-lost]");

/// The latest event that this page has heard, at first the latest before the server read what it shows.
let heard = document.documentElement.dataset.heard;

let waiting = null;
let read = Date.now();
let latest = null;

const ids = (within) => [...within.querySelectorAll("[data-story]")].map((story) => story.id);

/// Whether somebody is at work in a part of the page.
function busy(part) {
  const active = document.activeElement;
  return part.querySelector("[data-editor]") || (part.contains(active) && active.matches("input, select, textarea"));
}

function showStories(come) {
  if (!lists || !come) return;
  for (const story of come.querySelectorAll("[data-story]")) {
    const held = document.getElementById(story.id);
    if (held && !busy(held)) become(held, story.cloneNode(true));
  }
  const known = new Set(ids(lists));
  const count = ids(come).filter((id) => !known.has(id)).length;
  if (count === 0) return;
  latest = come;
  const words = `${count} new`;
  if (fresh.textContent !== words) {
    fresh.textContent = words;
    fresh.hidden = false;
    say(count === 1 ? "1 new story." : `${count} new stories.`);
  }
}

async function again() {
  waiting = null;
  if (document.hidden) return;
  read = Date.now();
  const come = await page(location.href);
  if (!come) {
    lost.textContent = "not up to date: the server does not answer, or wants you to sign in again";
    lost.hidden = false;
    return;
  }
  lost.hidden = true;
  for (const part of document.querySelectorAll("[data-live]")) {
    const wanted = come.querySelector(`[data-live="${part.dataset.live}"]`);
    if (wanted && !busy(part)) become(part, wanted);
  }
  showStories(come.querySelector("[data-stories]"));
  // A first visit becomes a page of another shape: then it is that page.
  const first = document.querySelector('[data-live="first"]');
  if (first && !come.querySelector('[data-live="first"]')) become(document.querySelector("main"), come.querySelector("main"));
  document.dispatchEvent(new CustomEvent("gather:changed"));
}

function soon() {
  waiting ??= setTimeout(again, Math.max(300, REST - (Date.now() - read)));
}

fresh?.addEventListener("click", (event) => {
  if (!latest) return;
  event.preventDefault();
  const [held, come] = [lists.querySelector("form"), latest.querySelector("form")];
  if (!held || !come) {
    location.reload();
    return;
  }
  held.replaceWith(come);
  latest = null;
  fresh.hidden = true;
  lists.scrollIntoView({ block: "start" });
  lists.querySelector(".headline > *")?.focus({ preventScroll: true });
});

function listen() {
  const events = new EventSource(`${base}/api/v1/events?last=${heard}`);
  for (const kind of KINDS) {
    events.addEventListener(kind, (event) => {
      heard = event.lastEventId || heard;
      soon();
    });
  }
  events.addEventListener("error", () => {
    // The browser comes back by itself from a broken line; not from an answer that was no stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 15_000);
  });
  // A stream that is left open would keep the browser from going back to this page in an instant.
  addEventListener("pagehide", () => events.close(), { once: true });
}

if (document.querySelector("[data-live], [data-stories]")) {
  listen();
  setInterval(() => { if (Date.now() - read >= AGEING) soon(); }, AGEING / 4);
  document.addEventListener("visibilitychange", soon);
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); soon(); } });
}
