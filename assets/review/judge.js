// Verdicts, focal points, notes, frames brought back: shown at once, sent one after the other, never lost.
//
// A change names the newest entry that its reviewer had seen of the frame. When somebody else was quicker the server
// says so; the page shows what they did and asks, and only a second word overrides it.

import { say } from "./dom.js";
import { notice } from "./notices.js";
import { announce, put, stand, tiles } from "./tray.js";
import { page, tell } from "./wire.js";

const isPerson = (key) => key.startsWith("people/");
let queue = Promise.resolve();
let waiting = 0;
// Own entries of this page: what a frame's newest entry was when a key was pressed, and what it is by our own doing.
const own = new Map();

const SAID = { approved: "Approved", rejected: "Rejected", proposed: "Open again" };

export function judge(frames, verdict, reason = "") {
  const changes = frames.map((frame) => ({ frame, verdict: { verdict, reason } }));
  change(changes, (standing) => ({ ...standing, verdict, reason }));
  say(`${SAID[verdict]}: ${frames.length === 1 ? `frame at ${tiles.get(frames[0]).clock}` : `${frames.length} frames`}`);
}

export function setFocus(frame, point) {
  const focus = point ? { x: point[0], y: point[1] } : "none";
  return change([{ frame, focus }], (standing) => ({ ...standing, focus: point }));
}

export function setNote(frame, note) {
  return change([{ frame, note: { note } }], (standing) => ({ ...standing, note }));
}

export function bringBack(frames) {
  return change(frames.map((frame) => ({ frame, propose: true })), (standing) => ({ ...standing, proposed: true }));
}

export const undo = () => enqueue(() => takeBack("/undo", "Undone", "There is nothing of yours to undo here."));
export const redo = () => enqueue(() => takeBack("/redo", "Done again", "There is nothing of yours to do again."));

export function addInstant(instant) {
  return enqueue(async () => {
    const answer = await tell("/instants", { pts: instant.pts, time_base: instant.time_base });
    settle(answer);
    return answer.frame;
  });
}

function change(wanted, foresee) {
  if (page.may !== "1") {
    notice("You may look here, but not change anything.", { kind: "problem" });
    return Promise.resolve();
  }
  const before = new Map(wanted.map(({ frame }) => [frame, tiles.get(frame)?.standing]));
  const changes = wanted.map((one) => ({ ...one, seen: before.get(one.frame)?.seen ?? 0 }));
  for (const [frame, standing] of before) if (standing) stand(frame, foresee(standing));
  return enqueue(async () => {
    for (const one of changes) {
      const mine = own.get(one.frame);
      if (mine && mine.from.has(one.seen)) one.seen = mine.to;
    }
    try {
      const answer = await tell("/changes", { changes });
      const made = new Map((answer.acts ?? []).map((act) => [act.frame, act.number]));
      for (const one of changes) if (made.has(one.frame)) remember(one, before.get(one.frame)?.seen ?? 0, made.get(one.frame));
      settle(answer);
      for (const conflict of answer.conflicts) dispute(conflict, changes.find((one) => one.frame === conflict.frame));
    } catch (error) {
      for (const [frame, standing] of before) if (standing) stand(frame, standing);
      notice(error.message, { kind: "problem", actions: [["Try again", () => change(wanted, foresee)]] });
    }
  });
}

function remember(one, pressed, to) {
  const mine = own.get(one.frame) ?? { from: new Set(), to };
  mine.from.add(pressed).add(one.seen);
  mine.to = to;
  own.set(one.frame, mine);
}

export function enqueue(act, failed = () => {}) {
  waiting += 1;
  announce("saving", waiting);
  queue = queue.then(act).catch((error) => { notice(error.message, { kind: "problem" }); failed(); }).finally(() => {
    waiting -= 1;
    announce("saving", waiting);
  });
  return queue;
}

async function takeBack(path, done, nothing) {
  const answer = await tell(path);
  settle(answer);
  for (const conflict of answer.conflicts) {
    const what = isPerson(conflict.frame) ? "named that person" : `changed the frame at ${tiles.get(conflict.frame)?.clock ?? "?"}`;
    notice(`${conflict.standing.reviewer} has ${what} since: it stays as it is.`, { kind: "conflict" });
  }
  const frames = Object.keys(answer.standings ?? {});
  if (!frames.length && answer.people) say(`${done}: a name`);
  else if (!frames.length && !answer.conflicts.length) notice(nothing);
  if (frames.length) {
    say(`${done}: ${frames.length === 1 ? `frame at ${tiles.get(frames[0])?.clock ?? ""}` : `${frames.length} frames`}`);
    announce("back", frames[0]);
  }
}

// What the server says counts, whoever did it.
export function settle(told) {
  for (const [frame, standing] of Object.entries(told.standings ?? {})) {
    const known = tiles.get(frame)?.standing;
    if (!known || standing.seen >= known.seen) stand(frame, standing);
  }
  for (const tile of told.tiles ?? []) put(tile);
  if (told.tiles?.length) announce("moved");
  if (told.coverage) announce("coverage", told.coverage);
  if (told.people) announce("people", told.head);
  if (told.warning) notice(told.warning, { kind: "problem" });
  announce("told", told);
}

function dispute(conflict, mine) {
  const { frame, standing } = conflict;
  stand(frame, standing);
  const when = tiles.get(frame)?.clock ?? "";
  const theirs = { approved: "approved", rejected: "rejected", proposed: "changed" }[standing.verdict];
  notice(`${standing.reviewer} ${theirs} the frame at ${when} before you${standing.reason ? ` (${standing.reason})` : ""}. Yours was not made.`, {
    kind: "conflict",
    actions: [
      ["Make mine anyway", () => { const again = { ...mine }; delete again.seen; change([again], (now) => (mine.verdict ? { ...now, ...mine.verdict } : now)); }],
      [`Keep theirs`, () => {}],
    ],
  });
  say(`${standing.reviewer} was quicker at the frame at ${when}.`);
}
