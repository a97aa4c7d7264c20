// Naming the people of a title: one line for each, its face, what it is called, and a field for its name.
//
// Two lines with one name are one person from then on: that is how what the machine took apart is put together.

import { company, namePeople } from "./company.js";
import { openDialog } from "./dialog.js";
import { bdi, el, fill } from "./dom.js";
import { undo } from "./judge.js";
import { watch } from "./tray.js";
import { page } from "./wire.js";

const LONGEST = 120;
const may = page.may === "1";
let open = null;

watch("company", () => open?.refresh());

export function showPeople(label = "") {
  if (open || !company()) return;
  const list = el("ol", { class: "people-list" });
  const choices = el("div");
  const hint = el("p", { class: "soft" });
  const tools = may ? el("p", {}, el("button", { onclick: undo }, "Undo ", el("kbd", {}, "U"))) : null;
  const refresh = () => keepingPlace(list, () => {
    const found = company();
    fill(choices, nameChoices(found));
    fill(list, found.people.map((one) => row(one, found)));
    fill(hint, may ? "A name belongs to the faces you see now. Give two lines one name, and they are one person." : "You may look here, but not change anything.", found.identity ? "" : " Faces are told apart by looks, so that one person may have several lines.");
  });
  open = { refresh };
  const dialog = openDialog("people", "Who is who", hint, list, choices, tools);
  dialog.addEventListener("close", () => { open = null; });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("input")) event.stopPropagation();
    else if (event.key === "u" && may) undo();
  });
  refresh();
  const wanted = [...list.querySelectorAll("li")].find((line) => line.dataset.label === label);
  (wanted ?? list.querySelector("li"))?.querySelector("input")?.focus();
}

function row(one, found) {
  const told = `${Math.round(100 * one.prominence)} % of the time in which a face is seen, ${one.frames} ${one.frames === 1 ? "frame" : "frames"}`;
  const face = el("img", { class: "face", src: one.portrait, alt: "", width: "64", height: "64" });
  const others = one.others.map((portrait) => el("img", { class: "face other", src: portrait, alt: "", width: "32", height: "32", loading: "lazy" }));
  const heading = el("span", { class: "label" }, bdi(one.name), others.length ? el("span", { class: "others-of" }, others) : null);
  const beside = one.named ? [] : one.beside.map((name) => el("button", { type: "button", class: "also", disabled: !may, onclick: () => call(one, name) }, "Also ", bdi(name)));
  const words = el("span", { class: "soft" }, told, beside.length ? ". Grouped with faces that have a name:" : "");
  return el("li", { data: { label: one.name, key: one.key } }, face, el("div", { class: "who-words" }, heading, words, beside), may ? form(one) : null);
}

function form(one) {
  return nameForm(one.name, one.named ? one.name : "", (name) => call(one, name));
}

function call(one, name) {
  if (name !== (one.named ? one.name : "")) namePeople([one], name);
}

// A field for a name. label: what the person or the face is called now; name: the name, where there is one.
export function nameForm(label, name, given) {
  const field = el("input", { list: "people-names", maxlength: String(LONGEST), autocomplete: "off", spellcheck: "false", dir: "auto", "aria-label": `Name of ${label}`, placeholder: "Name" });
  field.defaultValue = name;
  const clear = name ? el("button", { type: "button", class: "quiet", "aria-label": `Clear the name ${name}`, onclick: () => given("") }, "Clear") : null;
  return el("form", { class: "name-form", onsubmit: (event) => { event.preventDefault(); field.defaultValue = field.value; given(field.value.trim()); } }, field, el("button", { "aria-label": `${name ? "Rename" : "Name"} ${label}` }, name ? "Rename" : "Name"), clear);
}

export const nameChoices = (found) => el("datalist", { id: "people-names" }, found.choices.map((name) => el("option", { value: name })));

// The list is built anew when anybody names anybody; whoever was typing goes on typing.
function keepingPlace(list, build) {
  const here = document.activeElement?.closest?.(".people-list li");
  const field = here && document.activeElement.matches("input") ? document.activeElement : null;
  const typed = field && field.value !== field.defaultValue ? field.value : null;
  const place = here ? [...list.children].indexOf(here) : -1;
  build();
  if (!here) return;
  const same = [...list.children].find((line) => line.dataset.key === here.dataset.key);
  const line = same ?? list.children[Math.min(place, list.children.length - 1)];
  const next = line?.querySelector(field ? "input" : "form button") ?? line?.querySelector("input");
  if (typed !== null && same) next.value = typed;
  (next ?? list.closest("dialog")).focus({ preventScroll: true });
}
