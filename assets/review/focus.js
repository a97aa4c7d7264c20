// The focal point: a mark that is dragged, or moved with the arrows; the crops follow.

import { el, say } from "./dom.js";
import { setFocus } from "./judge.js";

const STEP = 0.01;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function focalPoint(easel, tile, strip) {
  let point = tile.standing.focus;
  let active = false;
  const mark = el("button", { class: "focal", "aria-label": "Focal point: drag it, or move it with the arrow keys", hidden: !point });
  easel.append(mark);
  show();

  function show() {
    mark.hidden = !point;
    if (point) {
      mark.style.left = `${100 * point[0]}%`;
      mark.style.top = `${100 * point[1]}%`;
    }
    easel.classList.toggle("pointing", active);
  }

  function move(x, y) {
    point = [x, y].map((side) => Math.round(1000 * Math.min(1, Math.max(0, side))) / 1000);
    show();
    strip.sketch(point);
  }

  function keep() {
    setFocus(tile.id, point);
    strip.settle(point);
    say(point ? "The focal point is set" : "The focal point is taken away");
  }

  function under(event) {
    const box = easel.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  easel.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !(active || event.target === mark)) return;
    event.preventDefault();
    easel.setPointerCapture(event.pointerId);
    active = true;
    under(event);
    const drag = (moved) => under(moved);
    easel.addEventListener("pointermove", drag);
    easel.addEventListener("pointerup", () => { easel.removeEventListener("pointermove", drag); active = false; keep(); show(); mark.focus(); }, { once: true });
  });

  function begin() {
    active = true;
    point ??= [0.5, 0.5]; // the crops stay as they are until it is moved
    show();
    mark.focus();
    say("Move the focal point with the arrows; Enter sets it, Backspace takes it away");
  }

  function key(event) {
    if (MOVES[event.key]) {
      const far = event.shiftKey ? 5 * STEP : STEP;
      move(point[0] + far * MOVES[event.key][0], point[1] + far * MOVES[event.key][1]);
    } else if (event.key === "Enter") {
      active = false;
      keep();
      show();
    } else if (event.key === "Backspace" || event.key === "Delete") {
      point = null;
      active = false;
      keep();
      show();
    } else if (event.key === "Escape") {
      active = false;
      point = tile.standing.focus;
      show();
      strip.settle(point);
    } else return false;
    return true;
  }

  return { begin, key, active: () => active };
}
