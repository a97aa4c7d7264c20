// Notices at the edge of the page: what went wrong, what somebody else did, and what can be done about it.

import { at, bdi, el } from "./dom.js";

const LONG_MS = 12000;
const SHORT_MS = 5000;

const MOST_REMARKS = 3;

// key: of notices that take each other's place.
export function notice(words, { kind = "plain", actions = [], key = "" } = {}) {
  if (key) unnotice(key);
  const remarks = at("notices").querySelectorAll(".notice.plain:not([data-key])");
  if (kind === "plain" && !actions.length && remarks.length >= MOST_REMARKS) remarks[0].remove();
  const box = el("div", { class: `notice ${kind}`, role: kind === "problem" ? "alert" : "status", data: key ? { key } : {} }, el("p", {}, bdi(words)));
  const close = () => box.remove();
  for (const [label, act] of actions) {
    box.append(el("button", { onclick: () => { close(); act(); } }, label));
  }
  box.append(el("button", { class: "quiet close", "aria-label": "Close the notice", onclick: close }, "\u00d7"));
  at("notices").append(box);
  // A question waits for its answer; a remark goes away by itself.
  if (!actions.length) setTimeout(close, kind === "problem" ? LONG_MS : SHORT_MS);
  return close;
}

export function unnotice(key) {
  for (const box of at("notices").querySelectorAll(".notice")) if (box.dataset.key === key) box.remove();
}
