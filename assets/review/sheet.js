// The contact sheet: fetches the tiles, arranges them, and ties keys, mouse, stream and panels to what they do.

import { fits, grouped, ordered } from "./arrange.js";
import { faceOf, findCast } from "./company.js";
import { connect, offer, wish } from "./controls.js";
import { showCoverage } from "./coverage.js";
import { at, bdi, el, fill, say } from "./dom.js";
import { habit, showHelp } from "./help.js";
import { bringBack, judge, redo, undo } from "./judge.js";
import { connectKeys, neighbour } from "./keys.js";
import { notice, unnotice } from "./notices.js";
import { reject } from "./reasons.js";
import { follow } from "./stream.js";
import { draw, nodeOf, pictureButton, refresh, sharpen } from "./tile.js";
import { drawTimeline, mark, pin } from "./timeline.js";
import { chooseOnly, choose, chosen, current, goTo, put, shown, subject, tiles, watch } from "./tray.js";
import { ask, page } from "./wire.js";

const EAGER = 24;
// What opens over the sheet is fetched behind it, while the reviewer looks at the first pictures.
let opening = null;
async function lookClose(frame, how) {
  if (opening === frame) return; // both clicks of a double click, before it is there
  opening = frame;
  const look = await import("./look.js").finally(() => { opening = null; });
  await look.lookClose(frame, how);
}
const showPeople = async (label) => (await import("./people.js")).showPeople(label);
const compare = async (frames) => (await import("./compare.js")).compare(frames);
const loaded = new Set();

const ON_TILE = [
  ["yes", "Approve", "\u2713", (one) => judge([one], tiles.get(one).standing.verdict === "approved" ? "proposed" : "approved")],
  ["no", "Reject", "\u2715", (one) => reject([one])],
  ["back", "Make a candidate", "\u21e7", (one) => bringBack([one])],
  ["pick", "Choose", "\u25cb", (one) => choose(one)],
];

const acts = {
  approve: () => { const frames = subject(); if (frames.length) { judge(frames, "approved"); advance(frames); } },
  reject: () => { const frames = subject(); reject(frames, () => advance(frames)); },
  undo, redo,
  look: () => current() && lookClose(current().id),
  focal: () => current() && lookClose(current().id, { focal: true }),
  compare: () => compare(subject()),
  bringBack: () => { const frames = subject().filter((frame) => tiles.get(frame).kind !== "candidate"); if (frames.length) bringBack(frames); },
  similar: () => current() && similar(current().id),
  group: () => { const box = at("group"); do box.selectedIndex = (box.selectedIndex + 1) % box.options.length; while (box.selectedOptions[0].disabled); box.dispatchEvent(new Event("input")); say(`Grouped by ${box.selectedOptions[0].textContent}`); },
  people: () => showPeople(current()?.cast?.[0]),
  view, size,
};

function advance(frames) {
  if (frames.length === 1 && habit("advance")) goTo(neighbour(1) ?? frames[0]);
}

async function view(kind) {
  wish.kind = kind;
  wish.found = null;
  finding += 1;
  for (const button of document.querySelectorAll(".views button")) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  await load(kind);
  arrange();
}

async function load(kind) {
  if (loaded.has(kind)) return;
  loaded.add(kind);
  try {
    const { tiles: fresh } = await ask("/tiles", { kind });
    for (const tile of fresh) put(tile);
    offer(arrange);
  } catch (error) {
    loaded.delete(kind);
    notice(error.message, { kind: "problem", actions: [["Try again", () => view(kind)]] });
  }
}

function size(step) {
  const slider = at("size");
  slider.value = String(Number(slider.value) + step);
  resize();
}

function resize() {
  const wide = Number(at("size").value);
  at("sheet").style.setProperty("--tile", `${wide}px`);
  localStorage.setItem("artwork-size", String(wide));
  sharpen(wide);
}

function arrange() {
  if (!wish.found) unnotice("found");
  const fitting = [...tiles.values()].filter((tile) => (wish.found ? wish.found.has(tile.id) : fits(tile, wish)));
  const groups = grouped(ordered(fitting, wish), wish);
  shown.length = 0;
  let drawnCount = 0;
  fill(at("sheet"), groups.filter(([, some]) => some.length).map(([heading, some]) => {
    const list = el("ul", { class: "tiles" }, some.map((tile) => { shown.push(tile.id); drawnCount += 1; return draw(tile, ON_TILE, drawnCount <= EAGER); }));
    return el("section", { class: "group" }, heading ? el("h2", {}, wish.group === "who" ? faceOf(heading) : null, bdi(heading), " ", el("span", { class: "soft" }, String(some.length)), wish.group === "who" && page.may === "1" && faceOf(heading) ? el("button", { class: "quiet rename", "aria-label": `Name ${heading}`, onclick: () => showPeople(heading) }, "Name") : null) : null, list);
  }));
  at("sheet").classList.toggle("in-rows", ["shot", "who"].includes(wish.group) && !wish.found);
  at("who-hint").hidden = !(at("who-hint").textContent && (wish.group === "who" || wish.who));
  at("empty").hidden = shown.length > 0;
  at("main").setAttribute("aria-busy", "false");
  const here = current() && shown.includes(current().id) ? current().id : shown[0];
  if (here) goTo(here, false);
  summarise();
  selection();
}

// Many tiles may change at once; what is counted over all of them is counted once.
let summing = false;
function summarise() {
  if (summing) return;
  summing = true;
  queueMicrotask(() => {
    summing = false;
    pin(pins, shown, current()?.id);
    tally();
  });
}

function tally() {
  const every = [...tiles.values()].filter((tile) => tile.kind === "candidate");
  const count = (verdictWanted) => every.filter((tile) => tile.standing.verdict === verdictWanted).length;
  fill(at("tally"), el("b", { class: "yes" }, `${count("approved")} approved`), ", ", el("b", { class: "no" }, `${count("rejected")} rejected`), `, ${count("proposed")} open`);
  document.querySelector('.views [data-kind="candidate"] .n').textContent = String(every.length);
}

function selection() {
  const both = shown.filter((frame) => chosen.has(frame));
  const bar = at("chosen");
  bar.hidden = both.length === 0;
  fill(bar, el("b", {}, `${both.length} chosen`), el("button", { class: "yes", onclick: () => judge(both, "approved") }, "Approve ", el("kbd", {}, "A")), el("button", { class: "no", onclick: () => reject(both) }, "Reject ", el("kbd", {}, "R")),
    el("button", { onclick: () => compare(both), disabled: both.length < 2 }, "Compare ", el("kbd", {}, "C")), wish.kind === "candidate" ? null : el("button", { onclick: acts.bringBack }, "Make candidates ", el("kbd", {}, "B")), el("button", { class: "quiet", onclick: () => chooseOnly([]) }, "None ", el("kbd", {}, "Esc")));
}

async function similar(frame) {
  await found(ask("/similar", { frame }), `Most like the frame at ${tiles.get(frame).clock}`);
}

async function search(words) {
  if (words && page.words === "1") await found(ask("/words", { words }), `Found for ${words}`);
}

// Whoever has gone on to something else by the time the answer comes is not called back.
let finding = 0;
async function found(asked, heading) {
  const ticket = (finding += 1);
  try {
    const answer = await asked;
    await Promise.all(["spare", "refused"].map(load));
    if (ticket !== finding) return;
    wish.found = new Map(answer.found.map(([frame], place) => [frame, place]));
    arrange();
    notice(heading, { actions: [["Back to the sheet", () => { wish.found = null; at("find").value = ""; wish.words = []; arrange(); }]], key: "found" });
  } catch (error) {
    notice(error.message, { kind: "problem" });
  }
}

function byFacet(facet) {
  const control = { "Shot scale": "scale", People: "people", Who: "who" }[facet] ?? (facet === "Part of the film" ? null : "theme");
  if (!control) return null;
  return (value) => { at(control).value = value; wish[control] = at(control).value; arrange(); };
}

watch("tile", (tile) => { refresh(tile); summarise(); });
watch("chosen", (frames) => { for (const frame of frames) refresh(tiles.get(frame)); selection(); });
watch("moved", arrange);
watch("people", (head) => findCast(arrange, head));
watch("similar", similar);
watch("coverage", (facets) => showCoverage(facets, byFacet));
watch("back", (frame) => { if (shown.includes(frame)) goTo(frame); });
watch("flash", (frame) => { const node = nodeOf(frame); node?.classList.remove("flash"); requestAnimationFrame(() => node?.classList.add("flash")); });
watch("saving", (waiting) => document.body.classList.toggle("saving", waiting > 0));
watch("cursor", (before, frame, focus) => {
  const [old, now] = [pictureButton(before), pictureButton(frame)];
  if (old) old.tabIndex = -1;
  nodeOf(before)?.classList.remove("here");
  if (!now) return;
  now.tabIndex = 0;
  nodeOf(frame).classList.add("here");
  if (focus && !document.querySelector("dialog[open]")) now.focus();
  mark(before, frame);
});

at("sheet").addEventListener("click", (event) => {
  const button = event.target.closest(".picture");
  if (!button) return;
  const { frame } = button.dataset;
  if (event.shiftKey || event.ctrlKey || event.metaKey) { goTo(frame); choose(frame); } else if (current()?.id === frame && button.dataset.ready) lookClose(frame);
  else goTo(frame);
  for (const other of document.querySelectorAll(".picture[data-ready]")) delete other.dataset.ready;
  button.dataset.ready = "1";
});
at("sheet").addEventListener("dblclick", (event) => { const button = event.target.closest(".picture"); if (button && !document.querySelector("dialog[open]")) lookClose(button.dataset.frame); });
at("help-button").addEventListener("click", showHelp);
at("people-button").addEventListener("click", () => showPeople(wish.who));
at("undo-button").addEventListener("click", undo);
at("size").addEventListener("input", resize);
for (const button of document.querySelectorAll(".views button")) button.addEventListener("click", () => view(button.dataset.kind));

const pins = drawTimeline((frame) => { goTo(frame); nodeOf(frame).scrollIntoView({ block: "center" }); });
showCoverage(JSON.parse(page.coverage), byFacet);
connect(arrange, search);
connectKeys(acts);
resize();
await view("candidate");
const asked = named(location.hash.slice(1));
if (asked) await import("./look.js").then((look) => look.visit(asked)).catch((error) => notice(error.message, { kind: "problem" }));
document.body.dataset.ready = "1";
follow();

// The frame that an address names; one that cannot be read names none.
function named(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return "";
  }
}

// The pictures in sight come first.
function behind() {
  findCast(arrange);
  import("./look.js");
  import("./people.js");
  import("./compare.js");
}
if (document.readyState === "complete") behind();
else addEventListener("load", behind, { once: true });
