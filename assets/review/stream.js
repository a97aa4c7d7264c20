// What other reviewers do, as it happens. The line is opened again by the browser, from the entry it last heard of.

import { at, bdi, el, fill } from "./dom.js";
import { settle } from "./judge.js";
import { notice } from "./notices.js";
import { announce, put, tiles } from "./tray.js";
import { ask, listen, page } from "./wire.js";

const TOLD = { approved: "approved", rejected: "rejected", proposed: "reopened" };

// A browser keeps six lines to one server: tabs that nobody looks at must not hold them. Who comes back is told what
// came meanwhile.
export function follow() {
  let line = null;
  const look = () => {
    if (document.hidden) {
      line?.close();
      line = null;
    } else line ??= open();
  };
  look();
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => line?.close());
}

let known = Number(page.head);

function open() {
  const line = listen(known);
  line.addEventListener("change", (event) => hear(JSON.parse(event.data)));
  line.addEventListener("presence", (event) => greet(JSON.parse(event.data).names));
  line.addEventListener("error", () => at("presence").classList.add("away"));
  line.addEventListener("open", () => at("presence").classList.remove("away"));
  return line;
}

async function hear(told) {
  known = Math.max(known, told.head);
  settle(told);
  const others = told.acts.filter((act) => act.reviewer !== page.who);
  if (!others.length) return;
  for (const act of others) announce("flash", act.frame);
  if (told.slate) {
    const { tiles: fresh } = await ask("/tiles", { kind: "candidate" });
    settle({ tiles: fresh });
    demote(new Set(fresh.map((tile) => tile.id)));
  }
  const [first] = others;
  if (others.length === 1 && first.action === "verdict") notice(`${first.reviewer} ${TOLD[first.verdict]} the frame at ${tiles.get(first.frame)?.clock ?? "?"}.`);
  else if (others.every((act) => act.action === "name")) notice(others.length === 1 && first.name ? `${first.reviewer} named ${first.name}.` : `${first.reviewer} changed who is who.`);
  else notice(`${first.reviewer} changed ${others.length === 1 ? "a frame" : `${others.length} frames`}.`);
}

// What somebody took back is no candidate here either.
function demote(listed) {
  for (const tile of tiles.values()) if (tile.kind === "candidate" && !listed.has(tile.id)) put({ ...tile, kind: tile.refusals.length ? "refused" : "spare" });
  announce("moved");
}

function greet(names) {
  const others = names.filter((name) => name !== page.who);
  fill(at("presence"), others.length ? ["Also here: ", others.map((name, place) => [place ? ", " : "", el("b", {}, bdi(name))]).flat()].flat() : []);
}
