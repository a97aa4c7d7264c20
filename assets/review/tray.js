// The light table: every tile by its frame, which one is under the cursor, which are chosen. Tells those who watch.

export const tiles = new Map();
export const chosen = new Set();
export const shown = [];
let cursor = null;
const watchers = new Map();

export function watch(name, act) {
  watchers.set(name, [...(watchers.get(name) ?? []), act]);
}

export function announce(name, ...facts) {
  for (const act of watchers.get(name) ?? []) act(...facts);
}

export function put(tile) {
  const known = tiles.get(tile.id);
  if (known) Object.assign(known, tile);
  else tiles.set(tile.id, { ...tile });
  announce("tile", tiles.get(tile.id));
}

export function stand(frame, standing) {
  const tile = tiles.get(frame);
  if (!tile) return;
  tile.standing = standing;
  announce("tile", tile);
}

export const current = () => (cursor && tiles.has(cursor) ? tiles.get(cursor) : null);

export function goTo(frame, focus = true) {
  const before = cursor;
  cursor = frame;
  announce("cursor", before, frame, focus);
}

export function choose(frame, on = !chosen.has(frame)) {
  if (on) chosen.add(frame);
  else chosen.delete(frame);
  announce("chosen", [frame]);
}

export function chooseOnly(frames) {
  const before = [...chosen];
  chosen.clear();
  for (const frame of frames) chosen.add(frame);
  announce("chosen", [...new Set([...before, ...frames])]);
}

// What an act is about: the chosen frames that are shown, or else the one under the cursor.
export function subject() {
  const both = shown.filter((frame) => chosen.has(frame));
  if (both.length) return both;
  return cursor && tiles.has(cursor) ? [cursor] : [];
}
