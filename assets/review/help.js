// The keys, and how the sheet behaves.

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";

const KEYS = [
  ["\u2190 \u2191 \u2192 \u2193", "move"], ["Home End", "first, last"], ["A", "approve"], ["R", "reject, with a reason"], ["U", "undo"], ["Shift U", "do again"],
  ["X", "choose"], ["Shift \u2190 \u2192", "choose a run"], ["Ctrl A", "choose all that are shown"], ["Esc", "choose none"],
  ["Space", "look close"], ["F", "focal point"], ["C", "compare the chosen"], ["S", "like this one"], ["B", "bring back, make a candidate"],
  ["G", "group by"], ["N", "name the people"], ["/", "filter or search"], ["1 2 3", "candidates, passed over, refused"], ["+ \u2212", "larger, smaller"], ["?", "this list"],
];
const CLOSE = [["\u2190 \u2192", "next frame of the sheet"], [", .", "step through the film"], ["Enter", "make that instant a candidate"], ["O", "overlays on and off"], ["S", "frames like this one"], ["L", "the title in its next language"], ["F", "focal point: arrows move it, Enter sets it, Backspace takes it away"]];
export const HABITS = { advance: "Go on to the next frame after a verdict", letters: "Single letters are keys" };

export function habit(name) {
  return localStorage.getItem(`artwork-${name}`) !== "off";
}

export function showHelp() {
  const list = (rows) => el("dl", { class: "keys" }, rows.map(([keys, does]) => el("div", {}, el("dt", {}, keys.split(" ").map((key) => [el("kbd", {}, key), " "]).flat()), el("dd", {}, does))));
  const habits = Object.entries(HABITS).map(([name, words]) => {
    const box = el("input", { type: "checkbox", onchange: () => localStorage.setItem(`artwork-${name}`, box.checked ? "on" : "off") });
    box.checked = habit(name);
    return el("label", { class: "habit" }, box, " ", words);
  });
  openDialog("help", "Keys", list(KEYS), el("h3", {}, "Looking close"), list(CLOSE), el("h3", {}, "Habits"), habits);
}
