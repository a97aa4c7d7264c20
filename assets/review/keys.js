// The keyboard of the sheet.

import { isOpen } from "./dialog.js";
import { at } from "./dom.js";
import { habit, showHelp } from "./help.js";
import { pictureButton } from "./tile.js";
import { choose, chooseOnly, current, goTo, shown } from "./tray.js";

let anchor = null;

function above(way) {
  const here = pictureButton(current()?.id)?.getBoundingClientRect();
  if (!here) return shown[0];
  const middle = here.left + here.width / 2;
  let best = null;
  for (const frame of shown) {
    const box = pictureButton(frame).getBoundingClientRect();
    const rows = way > 0 ? box.top - here.bottom : here.top - box.bottom;
    if (rows < -4) continue;
    const far = [rows, Math.abs(box.left + box.width / 2 - middle)];
    // The nearest row first, then the nearest in it; rows of one line differ by less than half a tile.
    if (!best || far[0] < best.far[0] - box.height / 2 || (Math.abs(far[0] - best.far[0]) <= box.height / 2 && far[1] < best.far[1])) best = { frame, far };
  }
  return best?.frame;
}

export function neighbour(step) {
  const place = shown.indexOf(current()?.id);
  return place < 0 ? shown[0] : shown[place + step];
}

function move(event, frame) {
  if (!frame) return;
  if (event.shiftKey) {
    anchor ??= current()?.id ?? frame;
    const [from, to] = [shown.indexOf(anchor), shown.indexOf(frame)].sort((one, other) => one - other);
    chooseOnly(shown.slice(from, to + 1));
  } else anchor = null;
  goTo(frame);
}

export function connectKeys(acts) {
  addEventListener("keydown", (event) => {
    if (isOpen() || event.altKey) return;
    const typing = event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, select");
    if (typing) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "a") { event.preventDefault(); chooseOnly(shown); }
      if (event.key === "z") { event.preventDefault(); (event.shiftKey ? acts.redo : acts.undo)(); }
      return;
    }
    const onTile = event.target.closest(".picture") || event.target === document.body || event.target.closest("#main");
    const moves = { ArrowRight: () => neighbour(1), ArrowLeft: () => neighbour(-1), ArrowDown: () => above(1), ArrowUp: () => above(-1), Home: () => shown[0], End: () => shown.at(-1) };
    if (moves[event.key] && onTile) {
      event.preventDefault();
      move(event, moves[event.key]());
      return;
    }
    const always = { Escape: () => chooseOnly([]), "?": showHelp };
    const letters = { a: acts.approve, r: acts.reject, u: acts.undo, U: acts.redo, f: acts.focal, c: acts.compare, b: acts.bringBack, s: acts.similar, x: () => current() && choose(current().id), g: acts.group, n: acts.people, "/": () => at("find").focus(), 1: () => acts.view("candidate"), 2: () => acts.view("spare"), 3: () => acts.view("refused"), "+": () => acts.size(40), "=": () => acts.size(40), "-": () => acts.size(-40) };
    const act = always[event.key] ?? (habit("letters") ? letters[event.key] : undefined) ?? (event.key === " " && onTile ? acts.look : undefined);
    if (act) {
      event.preventDefault();
      act();
    }
  });
}
