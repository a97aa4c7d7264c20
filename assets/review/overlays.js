// What was measured, drawn over the frame: faces, text, thirds, room for a title, what stands out.

import { el } from "./dom.js";
import { saliencyOf } from "./wire.js";

export const LAYERS = [["faces", "Faces"], ["text", "Text"], ["thirds", "Thirds"], ["space", "Room for a title"], ["saliency", "What stands out"]];

const box = (kind, area) => el("rect", { class: kind, x: 1000 * area.left, y: 1000 * area.top, width: 1000 * area.width, height: 1000 * area.height });

export function overlays(frame, annotation, on) {
  const { picture } = annotation;
  const layers = {
    faces: () => annotation.faces.map((face) => box("face", face)),
    text: () => annotation.text.map((area) => box("text", area)),
    thirds: () => [1, 2].flatMap((third) => {
      const x = 1000 * (picture.left + (picture.width * third) / 3);
      const y = 1000 * (picture.top + (picture.height * third) / 3);
      const [top, bottom, left, right] = [picture.top, picture.top + picture.height, picture.left, picture.left + picture.width].map((side) => 1000 * side);
      return [el("line", { class: "third", x1: x, x2: x, y1: top, y2: bottom }), el("line", { class: "third", y1: y, y2: y, x1: left, x2: right })];
    }),
    space: () => annotation.space.flatMap((row, down) => row.map((empty, across) => el("rect", {
      class: "space", "fill-opacity": (0.62 * empty ** 2).toFixed(3),
      x: 1000 * (picture.left + (picture.width * across) / row.length), width: (1000 * picture.width) / row.length,
      y: 1000 * (picture.top + (picture.height * down) / annotation.space.length), height: (1000 * picture.height) / annotation.space.length,
    }))),
  };
  const heat = on.has("saliency") ? el("img", { class: "heat", src: saliencyOf(frame), alt: "" }) : null;
  return [heat, el("svg", { class: "overlay", viewBox: "0 0 1000 1000", preserveAspectRatio: "none", "aria-hidden": "true" }, LAYERS.filter(([name]) => on.has(name) && layers[name]).flatMap(([name]) => layers[name]()))];
}
