// The list of titles: search, filter and order, all in the browser.

const cards = [...document.querySelectorAll(".card")];
const [find, show, sort, list, count] = ["find", "show", "sort", "cards", "count"].map((id) => document.getElementById(id));

const SHOWN = {
  all: () => true,
  open: (card) => Number(card.dataset.open) > 0,
  none: (card) => Number(card.dataset.approved) === 0,
  missing: (card) => Number(card.dataset.missing) > 0,
  refused: (card) => ["refused", "partial"].includes(card.dataset.status),
};
const ORDER = {
  name: (one, other) => one.dataset.name.localeCompare(other.dataset.name),
  open: (one, other) => other.dataset.open - one.dataset.open || ORDER.name(one, other),
  approved: (one, other) => one.dataset.approved - other.dataset.approved || ORDER.name(one, other),
};

function arrange() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let fitting = 0;
  for (const card of [...cards].sort(ORDER[sort.value])) {
    const fits = SHOWN[show.value](card) && words.every((word) => card.dataset.name.includes(word));
    card.hidden = !fits;
    fitting += fits;
    list.append(card);
  }
  count.textContent = `${fitting} ${fitting === 1 ? "title" : "titles"}`;
}

for (const control of [find, show, sort]) control.addEventListener("input", arrange);
document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== find) {
    event.preventDefault();
    find.focus();
  }
});
