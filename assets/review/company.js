// Who is in the title: found while the sheet is already in use, since it may take a while the first time.

import { at, el, fill, say } from "./dom.js";
import { wish } from "./controls.js";
import { enqueue, settle } from "./judge.js";
import { notice } from "./notices.js";
import { announce, tiles } from "./tray.js";
import { ask, page, tell } from "./wire.js";

const UNNAMED = ["somebody else", "nobody"];
const portraits = new Map();
let found = null;
let asking = 0;

export const company = () => found;
export const faceOf = (name) => (portraits.has(name) ? el("img", { class: "face", src: portraits.get(name), alt: "", width: "28", height: "28" }) : null);

// head: the newest entry that somebody told of; what was found knows of it already, or is asked for again.
export async function findCast(arrange, head = Infinity) {
  if (found?.head >= head) return;
  const ticket = (asking += 1);
  let answer;
  try {
    answer = await ask("/cast");
  } catch {
    return; // the sheet is whole without it
  }
  if (ticket !== asking) return; // somebody named somebody meanwhile: a newer answer is under way
  found = answer;
  for (const [frame, names] of Object.entries(found.frames)) if (tiles.has(frame)) tiles.get(frame).cast = names;
  if (!found.people.length && !portraits.size) return;
  portraits.clear();
  for (const one of found.people) portraits.set(one.name, one.portrait);
  const order = [...portraits.keys(), ...UNNAMED];
  wish.places = new Map(order.map((name, place) => [name, place]));
  const gone = wish.who && !wish.places.has(wish.who);
  if (gone) wish.who = "";
  const told = (one) => `${one.name} (${Math.round(100 * one.prominence)} %)`;
  fill(at("who"), el("option", { value: "" }, "any"), found.people.map((one) => el("option", { value: one.name, selected: one.name === wish.who }, told(one))), UNNAMED.map((name) => el("option", { value: name, selected: name === wish.who }, name)));
  at("who-label").hidden = false;
  at("who-label").title = "Percent: of the time in which any face is seen";
  at("who-hint").textContent = found.identity ? "" : "People are told apart by looks (face, hair, clothes), not by who they are: one person may have several numbers, and two who look alike may share one. Name them (N), and who has one name is one person.";
  at("people-button").hidden = false;
  Object.assign(at("by-who"), { hidden: false, disabled: false });
  announce("coverage", found.coverage);
  announce("company");
  if (gone || wish.words.length || wish.group === "who" || wish.who) arrange();
}

// The name stands for all faces that these people have now, or for one face alone; an empty one is taken away.
export function namePeople(people, name, alone = false) {
  if (page.may !== "1") {
    notice("You may look here, but not change anything.", { kind: "problem" });
    return Promise.resolve();
  }
  const wanted = people.map(({ key, seen }) => ({ key, seen, name, alone }));
  const { grouping } = found;
  return enqueue(async () => {
    const answer = await tell("/people", { grouping, people: wanted });
    settle(answer);
    if (!answer.conflicts.length) return say(name ? `Named ${name}` : "The name is taken away");
    for (const { standing } of answer.conflicts) notice(`${standing.reviewer} named that person before you. Yours was not made: look again.`, { kind: "conflict" });
    announce("people");
  }, () => announce("people")); // the people may be others by now
}
