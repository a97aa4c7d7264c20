// The languages in which a title is published: which of them the proofs show. The title's own has no name here.

import { el } from "./dom.js";
import { page } from "./wire.js";

export const locales = JSON.parse(page.locales);
const here = { locale: "" };
const told = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export const locale = () => here.locale;

function label([tag, name]) {
  let language = tag;
  try {
    language = tag && told.of(tag);
  } catch { /* a tag that no standard knows is shown as it stands */ }
  return `${language || "own title"}: ${name}`;
}

// A box that switches; nothing for a title that has one name alone.
export function languageBox(id, changed) {
  if (locales.length < 2) return null;
  const box = el("select", { id, "aria-label": "Language of the title", oninput: () => { here.locale = box.value; changed(); } }, locales.map((one) => el("option", { value: one[0], selected: one[0] === here.locale }, label(one))));
  return box;
}

export function nextLanguage(box) {
  if (!box) return;
  box.selectedIndex = (box.selectedIndex + 1) % box.options.length;
  box.dispatchEvent(new Event("input"));
}
