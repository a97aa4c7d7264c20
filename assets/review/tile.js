// A tile: one frame on the light table. Built once, brought up to date when something about its frame changes.

import { bdi, el, fill } from "./dom.js";
import { chosen, tiles } from "./tray.js";
import { page, pictureOf } from "./wire.js";

const drawn = new Map();
const SIGNS = { approved: "\u2713", rejected: "\u2715", proposed: "" };
export const WORDS = { approved: "approved", rejected: "rejected", proposed: "open" };

export const nodeOf = (frame) => drawn.get(frame);
export const pictureButton = (frame) => drawn.get(frame)?.querySelector(".picture");

export function draw(tile, acts, eager) {
  if (drawn.has(tile.id)) return drawn.get(tile.id);
  const image = el("img", { src: pictureOf(tile.still, 320), alt: "", loading: eager ? "eager" : "lazy", decoding: "async", draggable: "false" });
  const button = el("button", { class: "picture", tabindex: "-1", data: { frame: tile.id }, css: { "aspect-ratio": String(tile.ratio), "background-color": tile.colour } }, image);
  const marks = [["sign", ""], ["corner rank", tile.rank ?? ""], ["corner clock", tile.clock]].map(([kind, words]) => el("span", { class: kind, "aria-hidden": "true" }, String(words)));
  const buttons = acts.map(([name, label, sign, act]) => el("button", { class: `act ${name}`, tabindex: "-1", title: label, "aria-label": `${label}, frame at ${tile.clock}`, onclick: () => act(tile.id) }, sign));
  const node = el("li", { class: "tile", data: { frame: tile.id } }, el("div", { class: "mat" }, button, marks), el("div", { class: "acts" }, buttons), el("p", { class: "under" }));
  drawn.set(tile.id, node);
  refresh(tile);
  return node;
}

export function refresh(tile) {
  const node = drawn.get(tile.id);
  if (!node) return;
  const { standing } = tile;
  node.dataset.verdict = standing.verdict;
  node.dataset.kind = tile.kind;
  node.classList.toggle("chosen", chosen.has(tile.id));
  node.querySelector(".sign").textContent = SIGNS[standing.verdict];
  node.querySelector(".rank").textContent = tile.rank ?? "";
  const button = node.querySelector(".picture");
  button.setAttribute("aria-pressed", String(chosen.has(tile.id)));
  button.setAttribute("aria-label", label(tile));
  fill(node.querySelector(".under"), under(tile));
}

function under(tile) {
  const { standing } = tile;
  const words = [];
  if (tile.kind === "refused") {
    const [first, ...more] = tile.refusals;
    const measured = [first.measured, first.allowed].filter(Boolean).join(", ");
    words.push(el("span", { class: "why" }, `${first.heading}${measured ? `: ${measured}` : ""}${more.length ? `; also ${more.map((one) => one.heading.toLowerCase()).join(", ")}` : ""}`));
  }
  if (standing.verdict === "rejected" && standing.reason) words.push(el("span", { class: "why" }, bdi(standing.reason)));
  if (standing.note) words.push(el("span", { class: "note" }, bdi(standing.note)));
  if (standing.reviewer && standing.reviewer !== page.who && standing.verdict !== "proposed") words.push(el("span", { class: "by" }, bdi(standing.reviewer)));
  if (tile.kind === "candidate" && standing.proposed) words.push(el("span", { class: "hand" }, "by hand"));
  return words;
}

function label(tile) {
  const { standing } = tile;
  const parts = [`Frame at ${tile.clock}`, `shot ${tile.shot}`, tile.said, WORDS[standing.verdict]];
  if (standing.reason) parts.push(`because ${standing.reason}`);
  if (tile.kind === "refused") parts.push(`refused: ${tile.refusals.map((one) => one.heading).join(", ")}`);
  if (standing.note) parts.push(`note: ${standing.note}`);
  if (chosen.has(tile.id)) parts.push("chosen");
  return parts.join(". ");
}

// A tile wider than its picture gets the larger one.
export function sharpen(wide) {
  const width = wide * devicePixelRatio > 400 ? 640 : 320;
  for (const [frame, node] of drawn) {
    const image = node.querySelector("img");
    const address = pictureOf(tiles.get(frame).still, width);
    if (width === 640 && image.getAttribute("src") !== address) image.src = address;
  }
}
