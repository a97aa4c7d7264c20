// Looking close: one frame as large as the window allows, all that is known of it, every canvas, and the film around it.

import { canvasStrip } from "./canvases.js";
import { openDialog } from "./dialog.js";
import { company, namePeople } from "./company.js";
import { bdi, el, fill, say } from "./dom.js";
import { focalPoint } from "./focus.js";
import { bringBack, judge, setNote, undo } from "./judge.js";
import { languageBox, nextLanguage } from "./languages.js";
import { notice } from "./notices.js";
import { LAYERS, overlays } from "./overlays.js";
import { nameChoices, nameForm } from "./people.js";
import { reject } from "./reasons.js";
import { stepper } from "./steps.js";
import { WORDS } from "./tile.js";
import { announce, goTo, put, shown, tiles, watch } from "./tray.js";
import { ask, fullOf, page, pictureOf } from "./wire.js";

const on = new Set(JSON.parse(localStorage.getItem("artwork-layers") ?? '["faces"]'));
let open = null;

watch("tile", (tile) => open?.tile.id === tile.id && open.refresh());

watch("company", async () => {
  const look = open;
  if (!look?.known?.who.length) return;
  const known = await ask(`/frames/${encodeURIComponent(look.tile.id)}`).catch(() => null);
  if (!known) return; // the names before stay in sight, and the next change asks again
  look.known.who = known.who;
  look.refresh();
});

export async function lookClose(frame, { focal = false } = {}) {
  open?.dialog.close();
  const tile = tiles.get(frame);
  if (!tile) return;
  const look = (open = build(tile));
  look.refresh();
  look.dialog.focus();
  try {
    look.know(await ask(`/frames/${encodeURIComponent(frame)}`));
    await look.strip.settle(tile.standing.focus);
    if (focal) look.focal.begin();
  } catch (error) {
    notice(error.message, { kind: "problem" });
  }
}

function build(tile) {
  const image = el("img", { class: "whole", src: pictureOf(tile.still, 640), alt: tile.said, draggable: "false" });
  const sharp = new Image();
  sharp.addEventListener("load", () => { if (image.dataset.instant === undefined) image.src = sharp.src; });
  sharp.src = fullOf(tile.id);
  const layer = el("div", { class: "layer" });
  const strip = canvasStrip(tile.id, () => image.src, tile.ratio, { left: 0, top: 0, width: 1, height: 1 });
  const stage = el("div", { class: "stage" }, el("div", { class: "easel", css: { "aspect-ratio": String(tile.ratio), "--ratio": String(tile.ratio) } }, image, layer));
  const side = el("div", { class: "side" });
  const look = { tile, strip, image, known: null, language: languageBox("look-language", () => strip.again()) };
  look.focal = focalPoint(stage.firstChild, tile, strip);
  look.steps = stepper(tile, image, () => look.known, made);
  look.note = note(tile);
  const bar = el("div", { class: "verdicts", role: "group", "aria-label": "Verdict" });
  look.refresh = () => {
    keepingFocus(bar, () => fill(bar, verdictButtons(look)));
    keepingFocus(side, () => fill(side, sidebar(look, layer)));
  };
  look.know = (known) => {
    look.known = known;
    put(known.tile);
    strip.sketch(null);
    look.refresh();
    fill(layer, overlays(tile.id, known.annotation, on));
  };
  look.dialog = openDialog("look", tile.clock, bar, el("div", { class: "body" }, el("div", { class: "left" }, stage, look.steps.place, look.language ? el("label", { class: "language soft" }, "Title in ", look.language, " ", el("kbd", {}, "L")) : null, strip.place), side));
  look.dialog.addEventListener("close", () => {
    if (open === look) open = null;
    goTo(tile.id);
  });
  look.dialog.addEventListener("keydown", (event) => pressed(event, look, layer));
  return look;
}

async function made(frame) {
  announce("moved");
  await lookClose(frame);
  notice("That instant is a candidate now.");
}

function verdictButtons(look) {
  const { tile } = look;
  const { standing } = tile;
  return [
    el("button", { class: "main yes", "aria-pressed": String(standing.verdict === "approved"), onclick: () => judge([tile.id], "approved") }, "Approve ", el("kbd", {}, "A")),
    el("button", { class: "main no", "aria-pressed": String(standing.verdict === "rejected"), onclick: () => reject([tile.id]) }, "Reject ", el("kbd", {}, "R")),
    el("button", { onclick: undo }, "Undo ", el("kbd", {}, "U")),
    el("button", { "aria-pressed": String(look.focal.active()), onclick: () => look.focal.begin() }, "Focal point ", el("kbd", {}, "F")),
    el("button", { onclick: () => alike(look) }, "More like it ", el("kbd", {}, "S")),
    tile.kind === "candidate" ? null : el("button", { onclick: () => bringBack([tile.id]) }, "Make a candidate ", el("kbd", {}, "B")),
  ];
}

function alike(look) {
  look.dialog.close();
  announce("similar", look.tile.id);
}

function sidebar(look, layer) {
  const { tile, known } = look;
  const { standing } = tile;
  const parts = [el("p", { class: `verdict ${standing.verdict}` }, WORDS[standing.verdict], standing.reason ? [": ", bdi(standing.reason)] : [], standing.reviewer ? [" \u2014 ", bdi(standing.reviewer)] : [])];
  parts.push(el("p", { class: "said" }, tile.said), el("p", { class: "soft" }, `Shot ${tile.shot} \u00b7 ${tile.scale} \u00b7 ${tile.people}${tile.fallback ? " \u00b7 the title\u2019s fallback" : ""}`));
  for (const why of tile.refusals) parts.push(el("p", { class: "why" }, `${why.heading}: ${[why.measured, why.allowed].filter(Boolean).join(", ") || "by the kind of shot"}`));
  parts.push(el("div", { class: "layers", role: "group", "aria-label": "Overlays" }, LAYERS.map(([name, label]) => el("button", { class: "chip", "aria-pressed": String(on.has(name)), onclick: () => toggle(name, look, layer) }, label))));
  parts.push(look.note.box);
  look.note.follow();
  if (known) {
    parts.push(...faces(known.who));
    if (known.themes.length) parts.push(el("h3", {}, "Themes"), el("p", {}, known.themes.map(([, name, share]) => `${name} ${Math.round(100 * share)} %`).join(", ")));
    parts.push(el("h3", {}, "Measured"), measures(tile), palette(known.annotation.palette));
    parts.push(...others("The same picture", known.duplicates), ...others("Next to it in the film", known.neighbours), ...history(known.history));
  }
  return parts;
}

// Here one face alone is named: that takes out of a group whom the machine put there by mistake.
function faces(who) {
  if (!who.length || !company()) return [];
  const called = (one) => one.name || one.label || "somebody";
  return [el("h3", {}, "Who is in it"), nameChoices(company()), el("ul", { class: "who" }, who.map((one) => el("li", { data: { key: one.key } }, el("img", { class: "face", src: one.portrait, alt: "", width: "40", height: "40" }), page.may === "1" ? nameForm(called(one), one.name, (name) => { if (name !== one.name) namePeople([one], name, true); }) : bdi(called(one)), one.name || !one.label ? null : el("span", { class: "soft" }, one.label))))];
}

function toggle(name, look, layer) {
  if (!on.delete(name)) on.add(name);
  localStorage.setItem("artwork-layers", JSON.stringify([...on]));
  if (look.known) fill(layer, overlays(look.tile.id, look.known.annotation, on));
  look.refresh();
}

function note(tile) {
  const words = el("textarea", { id: "note-words", rows: "2", maxlength: "4000", placeholder: "A note for the others" });
  words.value = tile.standing.note;
  words.addEventListener("change", () => setNote(tile.id, words.value.trim()));
  const box = el("div", { class: "note-box" }, el("label", { for: "note-words" }, "Note"), words);
  // Somebody else's note is shown, but never in place of one that is being written.
  return { box, follow: () => { if (document.activeElement !== words) words.value = tile.standing.note; } };
}

// The panel is built anew when anything changes; whoever stood in it stands there still: at the same face, whatever came
// before it, and a name half typed is not lost.
function keepingFocus(side, build) {
  const places = () => [...side.querySelectorAll("button, textarea, input")];
  const here = document.activeElement;
  const place = places().indexOf(here);
  const face = place < 0 ? undefined : here.closest("li[data-key]")?.dataset.key;
  const field = face !== undefined && here.matches("input");
  const typed = field && here.value !== here.defaultValue ? here.value : null;
  build();
  if (place < 0) return;
  const line = [...side.querySelectorAll("li[data-key]")].find((one) => one.dataset.key === face);
  const next = face === undefined ? places()[place] : line?.querySelector(field ? "input" : "form button");
  if (next && typed !== null) next.value = typed;
  (next ?? side.closest("dialog"))?.focus({ preventScroll: true });
}

function measures(tile) {
  return el("dl", { class: "measures" }, Object.entries(tile.measures).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, Number.isInteger(value) ? String(value) : value.toFixed(3)))));
}

function palette(colours) {
  return el("div", { class: "palette", "aria-hidden": "true" }, colours.map(([colour, share]) => el("span", { css: { "background-color": colour, "flex-grow": String(share) } })));
}

function others(heading, frames) {
  if (!frames.length) return [];
  return [el("h3", {}, heading), el("ul", { class: "others" }, frames.map((one) => el("li", {}, el("button", { title: one.clock, "aria-label": `Frame at ${one.clock}`, onclick: () => visit(one.id) }, el("img", { src: pictureOf(one.still, 320), alt: "", loading: "lazy" })))))];
}

export async function visit(frame) {
  if (!tiles.has(frame)) put((await ask(`/frames/${encodeURIComponent(frame)}`)).tile);
  lookClose(frame);
}

function history(acts) {
  if (!acts.length) return [];
  return [el("h3", {}, "History"), el("ol", { class: "history" }, acts.toReversed().map((act) => el("li", {}, bdi(act.reviewer), ` ${act.verdict || { focus: "set the focal point", propose: "made it a candidate", note: "wrote a note", undo: "undid" }[act.action] || act.action}`, act.reason ? [": ", bdi(act.reason)] : [], el("time", { class: "soft", datetime: act.at }, ` ${new Date(act.at).toLocaleString()}`))))];
}

function pressed(event, look, layer) {
  if (event.target.closest("textarea, input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog.reason[open]")) return;
  const frame = look.tile.id;
  const beside = (step) => { const next = shown[shown.indexOf(frame) + step]; if (next) lookClose(next); else say("No more frames"); };
  const keys = {
    a: () => judge([frame], "approved"), r: () => reject([frame]), u: undo, f: () => look.focal.begin(), b: () => look.tile.kind !== "candidate" && bringBack([frame]),
    ArrowRight: () => beside(1), ArrowLeft: () => beside(-1), " ": () => look.dialog.close(), ",": () => look.steps.step(-1), ".": () => look.steps.step(1),
    l: () => nextLanguage(look.language), s: () => alike(look),
    o: () => { if (on.size) on.clear(); else LAYERS.forEach(([name]) => on.add(name)); toggle("faces", look, layer); },
    Enter: event.target.closest("button") ? null : () => look.steps.take(),
  };
  if (look.focal.active() && look.focal.key(event)) event.preventDefault();
  else if (keys[event.key] && !(event.key === " " && event.target.closest("button"))) {
    event.preventDefault();
    keys[event.key]();
  }
  event.stopPropagation();
}
