// The controls above the sheet: what is wished for. Every one acts at once, and none asks the server.

import { at, el, fill } from "./dom.js";
import { tiles } from "./tray.js";

export const wish = { kind: "candidate", verdict: "", scale: "", people: "", who: "", theme: "", group: "", sort: "rank", turned: false, words: [], limits: {}, found: null, places: null };

export function connect(changed, searched) {
  for (const name of ["verdict", "scale", "people", "who", "theme", "group", "sort"]) {
    at(name).addEventListener("input", () => { wish[name] = at(name).value; changed(); });
  }
  at("turn").addEventListener("click", () => {
    wish.turned = !wish.turned;
    at("turn").setAttribute("aria-pressed", String(wish.turned));
    changed();
  });
  const find = at("find");
  find.addEventListener("input", () => {
    wish.words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    wish.found = null;
    changed();
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") searched(find.value.trim());
    if (event.key === "Escape") find.blur();
  });
  at("size").value = localStorage.getItem("artwork-size") ?? at("size").value;
  at("clear").addEventListener("click", () => { clearWish(); changed(); });
}

export function clearWish() {
  Object.assign(wish, { verdict: "", scale: "", people: "", who: "", theme: "", words: [], limits: {}, found: null });
  for (const name of ["verdict", "scale", "people", "who", "theme", "find"]) at(name).value = "";
  for (const slider of at("limits").querySelectorAll("input")) slider.value = slider.dataset.end;
}

// The values that there are to choose from: they depend on what was loaded.
export function offer(changed) {
  const every = [...tiles.values()];
  const values = (name) => [...new Set(every.flatMap((tile) => tile[name]))].sort();
  for (const [id, name] of [["scale", "scale"], ["people", "people"], ["theme", "themes"]]) {
    const chosen = wish[id];
    fill(at(id), el("option", { value: "" }, "any"), values(name).map((value) => el("option", { value, selected: value === chosen }, value)));
  }
  at("theme-label").hidden = values("themes").length === 0;
  const names = Object.keys(every[0]?.measures ?? {});
  fill(at("sort"), el("option", { value: "rank" }, "rank"), el("option", { value: "seconds" }, "time"), names.map((name) => el("option", { value: name, selected: wish.sort === name }, name.toLowerCase())));
  at("sort").value = wish.sort;
  // Sliders that nobody has moved are drawn anew, over the frames that are known by now.
  if (!Object.keys(wish.limits).length) fill(at("limits"), names.map((name) => limit(name, every, changed)));
}

function limit(name, every, changed) {
  const found = every.map((tile) => tile.measures[name]);
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const slider = (end, label) => el("input", { type: "range", "aria-label": `${name}: ${label}`, min: low, max: high, step: (high - low) / 100 || 1, value: end, data: { end: String(end) } });
  const [least, most] = [slider(low, "at least"), slider(high, "at most")];
  const told = el("output", {}, "any");
  const set = () => {
    const [from, to] = [Number(least.value), Number(most.value)];
    const slack = (high - low) / 200;
    if (from <= low + slack && to >= high - slack) delete wish.limits[name];
    else wish.limits[name] = [from <= low + slack ? -Infinity : from, to >= high - slack ? Infinity : to];
    told.textContent = wish.limits[name] ? `${from.toFixed(2)} \u2013 ${to.toFixed(2)}` : "any";
    changed();
  };
  least.addEventListener("input", set);
  most.addEventListener("input", set);
  return el("div", { class: "limit" }, el("span", {}, name), least, most, told);
}
