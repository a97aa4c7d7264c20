// Two to four candidates side by side, on one canvas, at the size at which they will be seen.

import { openDialog } from "./dialog.js";
import { bdi, el, fill } from "./dom.js";
import { judge, undo } from "./judge.js";
import { languageBox, locale } from "./languages.js";
import { notice } from "./notices.js";
import { reject } from "./reasons.js";
import { WORDS } from "./tile.js";
import { tiles, watch } from "./tray.js";
import { fullOf, page, proofOf } from "./wire.js";

const canvases = JSON.parse(page.canvases);
const treated = new Set(canvases.filter(([, , , treatment]) => treatment).map(([name]) => name));
const AROUND = 200; // pixels of the dialog that are not picture: heading, tools, verdicts
let redraw = null;
watch("tile", () => redraw?.());

export function compare(frames) {
  if (frames.length < 2) {
    notice("Choose two to four frames first, with X or a click on their corner.");
    return;
  }
  const few = frames.slice(0, 4);
  if (frames.length > 4) notice(`${frames.length} are chosen: the first four are compared.`);
  const canvas = el("select", { id: "compare-canvas" }, el("option", { value: "" }, "whole frame"), canvases.map(([name]) => el("option", {}, name)));
  const size = el("select", { id: "compare-size" });
  const language = languageBox("compare-language", () => draw());
  const place = el("div", { class: "row" });
  const tools = el("div", { class: "tools" }, el("label", {}, "On ", canvas), el("label", {}, "Wide ", size), language ? el("label", {}, "In ", language) : null);
  const dialog = openDialog("compare", "Compare", tools, place);

  function sizes() {
    const [, aspect, widths] = canvases.find(([name]) => name === canvas.value) ?? ["", tiles.get(few[0]).ratio, [320, 480, 640, 960]];
    const room = Math.min((dialog.clientWidth - 80) / few.length, (dialog.clientHeight - AROUND) * aspect);
    const fitting = [...widths].reverse().find((width) => width <= room) ?? widths[0];
    fill(size, widths.map((width) => el("option", { value: width, selected: width === fitting }, `${width} px`)));
  }

  function draw() {
    const width = Number(size.value);
    fill(place, few.map((frame, number) => {
      const tile = tiles.get(frame);
      const picture = el("img", { src: canvas.value ? proofOf(frame, canvas.value, Math.round(width * Math.min(2, devicePixelRatio)), tile.standing.focus, treated.has(canvas.value) ? locale() : "") : fullOf(frame), alt: tile.said, css: { width: `${width}px` } });
      const figure = el("figure", { data: { verdict: tile.standing.verdict } }, picture, el("figcaption", {}, el("b", {}, tile.clock), ` ${WORDS[tile.standing.verdict]} `, tile.standing.reason ? bdi(tile.standing.reason) : null,
        el("span", { class: "verdicts" }, el("button", { class: "yes", onclick: () => judge([frame], "approved") }, `Approve `, el("kbd", {}, String(number + 1))), el("button", { class: "no", onclick: () => reject([frame]) }, "Reject ", el("kbd", {}, `Shift ${number + 1}`)))));
      picture.addEventListener("error", () => picture.replaceWith(el("p", { class: "why" }, "Not shown on this canvas.")));
      return figure;
    }));
  }

  canvas.addEventListener("input", () => { sizes(); draw(); });
  size.addEventListener("input", draw);
  dialog.addEventListener("keydown", (event) => {
    const digit = /^Digit([1-4])$/.exec(event.code);
    if (digit && few[digit[1] - 1]) {
      event.preventDefault();
      const frame = few[digit[1] - 1];
      if (event.shiftKey) reject([frame]);
      else judge([frame], "approved");
    } else if (event.key === "u" && !event.target.closest("input")) undo();
    event.stopPropagation();
  });
  dialog.addEventListener("close", () => { redraw = null; });
  redraw = draw;
  sizes();
  draw();
}
