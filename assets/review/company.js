// Who is in the title: found while the sheet is already in use, since it may take a while the first time.

import { at, el, fill } from "./dom.js";
import { wish } from "./controls.js";
import { announce, tiles } from "./tray.js";
import { ask } from "./wire.js";

const portraits = new Map();

export const faceOf = (name) => (portraits.has(name) ? el("img", { class: "face", src: portraits.get(name), alt: "", width: "28", height: "28" }) : null);

export async function findCast(arrange) {
  let found;
  try {
    found = await ask("/cast");
  } catch {
    return; // the sheet is whole without it
  }
  for (const [frame, names] of Object.entries(found.frames)) if (tiles.has(frame)) tiles.get(frame).cast = names;
  if (!found.people.length) return;
  for (const one of found.people) portraits.set(one.name, one.portrait);
  const told = (one) => `${one.name} (${Math.round(100 * one.prominence)} %)`;
  fill(at("who"), el("option", { value: "" }, "any"), found.people.map((one) => el("option", { value: one.name }, told(one))), ["somebody else", "nobody"].map((name) => el("option", { value: name }, name)));
  at("who-label").hidden = false;
  at("who-label").title = "Percent: of the time in which any face is seen";
  at("who-hint").textContent = found.identity ? "" : "People are told apart by looks (face, hair, clothes), not by who they are: one person may have several numbers, and two who look alike may share one.";
  Object.assign(at("by-who"), { hidden: false, disabled: false });
  announce("coverage", found.coverage);
  if (wish.words.length || wish.group === "who") arrange();
}
