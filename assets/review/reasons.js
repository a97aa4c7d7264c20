// Why a frame is rejected: a digit picks a usual reason, or one's own words.

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { judge } from "./judge.js";

const USUAL = ["Wrong moment", "Unflattering", "Gives the story away", "Misleads about the film", "Not sharp or badly lit", "Too like another", "Not suitable for the audience"];
const KEPT = "artwork-last-reason";

export function reject(frames, after = () => {}) {
  if (!frames.length) return;
  const last = sessionStorage.getItem(KEPT) ?? USUAL[0];
  const words = el("input", { id: "reason-words", maxlength: "500", autocomplete: "off", placeholder: last });
  const done = (reason) => {
    sessionStorage.setItem(KEPT, reason);
    dialog.close();
    judge(frames, "rejected", reason);
    after();
  };
  const usual = el("ol", { class: "reasons" }, USUAL.map((reason, place) => el("li", {}, el("button", { type: "button", onclick: () => done(reason) }, el("kbd", {}, String(place + 1)), " ", reason))));
  const form = el("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); done(words.value.trim() || last); } },
    el("label", { for: "reason-words" }, "In your own words"), words, el("button", { class: "main no" }, "Reject ", el("kbd", {}, "Enter")));
  const heading = frames.length === 1 ? "Why not this one?" : `Why not these ${frames.length}?`;
  const dialog = openDialog("reason", heading, usual, form);
  dialog.addEventListener("keydown", (event) => {
    const place = Number(event.key) - 1;
    if (words.value === "" && USUAL[place]) {
      event.preventDefault();
      done(USUAL[place]);
    }
  });
  words.focus();
}
