// Stepping through the film around a frame, to a better instant.

import { el, fill } from "./dom.js";
import { addInstant } from "./judge.js";
import { notice } from "./notices.js";
import { ask, glimpseOf } from "./wire.js";

export function stepper(tile, image, known, made) {
  const row = el("ol", { class: "glimpses", "aria-label": "Frames of the film around this one" });
  const take = el("button", { onclick: keep, hidden: true }, "Make this instant a candidate ", el("kbd", {}, "Enter"));
  const begin = el("button", { class: "quiet", onclick: () => step(0) }, "Step through the film ", el("kbd", {}, ","), " ", el("kbd", {}, "."));
  const place = el("div", { class: "steps" }, begin, take, row);
  let instants = [];
  let here = -1;
  let busy = false;

  async function step(way) {
    const facts = known();
    if (busy || !facts) return;
    if (!facts.film) {
      notice("Films cannot be read here: only their stills are there.", { kind: "problem" });
      return;
    }
    if (here + way < 0 || here + way >= instants.length || !instants.length) await load(instants[here] ?? facts.at);
    if (instants[here + way]) show(here + way);
  }

  async function load(around) {
    busy = true;
    begin.classList.add("busy");
    try {
      instants = (await ask("/around", { pts: around.pts, time_base: around.time_base })).instants;
      here = instants.findIndex((one) => one.pts === around.pts && one.time_base === around.time_base);
      if (here < 0) here = instants.findIndex((one) => Math.abs(one.seconds - around.seconds) < 1e-6);
      fill(row, instants.map((one, number) => el("li", {}, el("button", { "aria-label": `Frame at ${one.seconds.toFixed(3)} seconds`, onclick: () => show(number) }, el("img", { src: glimpseOf(one), alt: "", width: "96" })))));
    } catch (error) {
      notice(error.message, { kind: "problem" });
    } finally {
      busy = false;
      begin.classList.remove("busy");
    }
  }

  function show(number) {
    here = number;
    const instant = instants[here];
    const itself = Math.abs(instant.seconds - tile.seconds) < 5e-4;
    image.dataset.instant = String(instant.seconds);
    image.src = glimpseOf(instant);
    take.hidden = itself;
    [...row.children].forEach((item, place) => item.classList.toggle("here", place === here));
    row.children[here]?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  async function keep() {
    if (here < 0 || take.hidden) return;
    const frame = await addInstant(instants[here]);
    if (frame) await made(frame);
  }

  return { place, step, take: keep };
}
