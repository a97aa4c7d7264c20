// Notices at the edge of the page: what went wrong, what somebody else did, and what can be done about it.

import { at, bdi, el } from "./dom.js";

const LONG_MS = 12000;
const SHORT_MS = 5000;

export function notice(words, { kind = "plain", actions = [] } = {}) {
  const box = el("div", { class: `notice ${kind}`, role: kind === "problem" ? "alert" : "status" }, el("p", {}, bdi(words)));
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
