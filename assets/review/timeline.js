// The film as a strip: its shots, and the candidates where they lie, coloured by verdict.

import { at, el, fill } from "./dom.js";
import { shown, tiles } from "./tray.js";
import { page } from "./wire.js";

const shots = JSON.parse(page.shots);
const length = Number(page.length) || 1;
const pins = new Map();

export function drawTimeline(goTo) {
  const strip = el("svg", { class: "strip", viewBox: "0 0 1000 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    shots.map((shot) => el("rect", { class: `shot ${shot.kind}`, x: (1000 * shot.start) / length, width: Math.max(0.4, (1000 * (shot.end - shot.start)) / length - 0.6), y: 9, height: 12 })));
  const pinned = el("div", { class: "pins" });
  fill(at("timeline"), strip, pinned);
  pinned.addEventListener("click", (event) => {
    const box = pinned.getBoundingClientRect();
    const seconds = ((event.clientX - box.left) / box.width) * length;
    const nearest = shown.map((frame) => tiles.get(frame)).sort((one, other) => Math.abs(one.seconds - seconds) - Math.abs(other.seconds - seconds))[0];
    if (nearest) goTo(nearest.id);
  });
  return pinned;
}

export function pin(place, frames, cursor) {
  const wanted = new Set(frames);
  for (const [frame, gone] of pins) if (!wanted.has(frame)) { gone.remove(); pins.delete(frame); }
  for (const frame of frames) {
    const tile = tiles.get(frame);
    if (!pins.has(frame)) {
      pins.set(frame, el("span", { class: "pin", css: { left: `${(100 * tile.seconds) / length}%` } }));
      place.append(pins.get(frame));
    }
    const own = pins.get(frame);
    own.dataset.verdict = tile.standing.verdict;
    own.dataset.kind = tile.kind;
    own.classList.toggle("here", frame === cursor);
  }
}

// The cursor moved: two marks change, however many there are.
export function mark(before, frame) {
  pins.get(before)?.classList.remove("here");
  pins.get(frame)?.classList.add("here");
}
