// The canvases of a frame. While a focal point is dragged they follow at once, by geometry; then the server says
// where each crop really lies, and the picture as it would be published takes the place of the sketch.

import { bdi, el, fill } from "./dom.js";
import { locale } from "./languages.js";
import { ask, proofOf } from "./wire.js";

const TALLEST = 160;
const LEAST = 84;
const GAP = 14;

export function canvasStrip(frame, source, ratio, picture) {
  const place = el("ul", { class: "canvases-strip", "aria-label": "Canvases", tabindex: "0" });
  let proofs = [];
  let asked = 0;
  let point = null;

  function draw(focus, settled) {
    // All of them in one row, as high as the window lets them be.
    const across = proofs.reduce((sum, proof) => sum + proof.aspect, 0);
    const high = Math.max(LEAST, Math.min(TALLEST, (place.clientWidth - GAP * (proofs.length - 1)) / across));
    fill(place, proofs.map((proof) => {
      const wide = Math.max(high * proof.aspect, proof.box ? 0 : 104);
      const box = settled || !proof.box ? proof.box : sketch(proof, focus, ratio, picture);
      const view = el("div", { class: "view", css: { width: `${Math.floor(wide)}px`, height: `${Math.floor(proof.box ? wide / proof.aspect : high)}px` } });
      if (!box) view.append(el("p", { class: "why" }, proof.refusal));
      else {
        view.append(el("img", { class: "cut", src: source(), alt: "", css: { width: `${100 / box[2]}%`, height: `${100 / box[3]}%`, left: `${(-100 * box[0]) / box[2]}%`, top: `${(-100 * box[1]) / box[3]}%` } }));
        if (settled) finish(view, proof, Math.round(wide * Math.min(2, devicePixelRatio)), focus);
      }
      return el("li", { class: box ? "" : "unfit", data: { canvas: proof.canvas } }, view, el("p", { class: "caption", css: { "max-width": `${Math.max(60, Math.floor(wide))}px` } }, bdi(proof.canvas), " ", el("span", { class: "soft", title: proof.upscaling > 1 ? `Enlarged ${proof.upscaling.toFixed(2)} times at its widest` : "" }, caption(proof))));
    }));
  }

  // The crop is there at once; the picture as it would be published lies over it when it has been made.
  async function finish(view, proof, width, focus) {
    const address = proofOf(frame, proof.canvas, width, focus, proof.treatment ? locale() : "");
    const image = el("img", { class: "made", src: address, alt: `On ${proof.canvas}` });
    try {
      await image.decode();
      view.append(image);
    } catch {
      const told = await fetch(address, { credentials: "include", headers: { accept: "application/json" } }).then((answer) => answer.json()).catch(() => ({}));
      view.append(el("p", { class: "why over" }, told.detail ?? "It cannot be shown."));
    }
    view.classList.add("finished");
  }

  async function settle(focus) {
    point = focus;
    const ticket = (asked += 1);
    const answer = await ask(`/frames/${encodeURIComponent(frame)}/proofs`, focus ? { x: focus[0], y: focus[1] } : {});
    if (ticket !== asked) return;
    proofs = answer.proofs;
    draw(answer.focus, true);
  }

  const again = () => settle(point);
  return { place, again, settle, sketch: (focus) => proofs.length && draw(focus, false), proofs: () => proofs };
}

function caption(proof) {
  if (!proof.box) return proof.ratio;
  const lost = [];
  if (proof.faces_kept < 1) lost.push(`${Math.round(100 * proof.faces_kept)} % of faces`);
  if (proof.text_cut > 0.01) lost.push("cuts text");
  if (proof.upscaling > 1) lost.push(`\u2197${proof.upscaling.toFixed(2)}\u00d7`);
  return [proof.ratio, ...lost].join(" \u00b7 ");
}

// The largest crop of the canvas's shape inside the picture, with the point as near its middle as can be.
function sketch(proof, focus, ratio, picture) {
  const [x, y] = focus ?? [picture.left + picture.width / 2, picture.top + picture.height / 2];
  let width = picture.width;
  let height = (width * ratio) / proof.aspect;
  if (height > picture.height) [height, width] = [picture.height, (picture.height * proof.aspect) / ratio];
  const held = (middle, side, first, whole) => Math.min(Math.max(middle - side / 2, first), first + whole - side);
  return [held(x, width, picture.left, picture.width), held(y, height, picture.top, picture.height), width, height];
}
