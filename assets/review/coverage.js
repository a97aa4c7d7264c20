// What the approved pictures cover, and what is missing: one line per facet, gaps with a dashed edge.

import { faceOf } from "./company.js";
import { at, bdi, el, fill } from "./dom.js";

export function showCoverage(facets, pick) {
  fill(at("coverage"), facets.map((facet) => {
    const got = facet.shares.filter(([, approved]) => approved).length;
    return el("div", { class: "facet" },
      el("h2", {}, facet.name, " ", el("span", { class: "soft" }, `${got} of ${facet.shares.length}`)),
      el("ul", {}, facet.shares.map(([name, approved, candidates]) => share(facet.name, name, approved, candidates, pick))));
  }));
}

function share(facet, name, approved, candidates, pick) {
  const canvases = facet === "Canvases";
  const told = canvases ? (approved ? "covered" : "not covered yet") : `${approved} of ${candidates} approved`;
  const inside = [facet === "Who" ? faceOf(name) : null, bdi(name), canvases ? null : el("span", { class: "n" }, `${approved}/${candidates}`), el("span", { class: "hidden" }, `, ${told}`)];
  const properties = { class: approved ? "chip has" : "chip lacks", title: told };
  return el("li", {}, canvases || !pick(facet) ? el("span", properties, inside) : el("button", { ...properties, onclick: () => pick(facet)(name) }, inside));
}
