// Which tiles are shown, in which order, in which groups. Nothing here asks the server.

export const plainValue = { rank: (tile) => tile.rank ?? Infinity, seconds: (tile) => tile.seconds };

export function fits(tile, wish) {
  if (tile.kind !== wish.kind) return false;
  if (wish.verdict && tile.standing.verdict !== wish.verdict) return false;
  if (wish.scale && tile.scale !== wish.scale) return false;
  if (wish.people && tile.people !== wish.people) return false;
  if (wish.who && !tile.cast?.includes(wish.who)) return false;
  if (wish.theme && !tile.themes.includes(wish.theme)) return false;
  for (const [name, [low, high]] of Object.entries(wish.limits)) {
    if (tile.measures[name] < low || tile.measures[name] > high) return false;
  }
  if (wish.found && !wish.found.has(tile.id)) return false;
  return wish.words.every((word) => spoken(tile).includes(word));
}

function spoken(tile) {
  const { standing } = tile;
  const parts = [tile.clock, `shot ${tile.shot}`, tile.scale, tile.people, ...(tile.cast ?? []), tile.said, ...tile.themes, standing.verdict, standing.reason, standing.note, ...tile.refusals.map((one) => one.heading)];
  return parts.join(" ").toLowerCase();
}

export function ordered(tiles, wish) {
  const value = wish.found ? (tile) => wish.found.get(tile.id) : plainValue[wish.sort] ?? ((tile) => -tile.measures[wish.sort]);
  const way = wish.turned ? -1 : 1;
  // Infinity - Infinity is no number: equal ranks fall back to time.
  return [...tiles].sort((one, other) => way * ((value(one) - value(other)) || 0) || one.seconds - other.seconds || (one.id < other.id ? -1 : 1));
}

const HEADINGS = {
  shot: (tile) => `Shot ${tile.shot}`,
  look: (tile) => (tile.look ? `Look ${tile.look}` : "Unlike the others"),
  people: (tile) => ({ nobody: "Nobody", "one face": "One face", "two faces": "Two faces", "a group": "A group" })[tile.people],
  who: (tile) => tile.cast?.[0] ?? tile.people,
  rule: (tile) => tile.refusals[0]?.heading ?? "Other",
};
const KEYS = { shot: (tile) => tile.shot, look: (tile) => tile.look || Infinity, people: (tile) => ["nobody", "one face", "two faces", "a group"].indexOf(tile.people), who: (tile, wish) => wish.places?.get(tile.cast?.[0]) ?? Infinity };

export function grouped(tiles, wish) {
  const by = wish.found ? "" : wish.group || (wish.kind === "refused" ? "rule" : "");
  if (!by) return [["", tiles]];
  const groups = new Map();
  for (const tile of tiles) {
    const heading = HEADINGS[by](tile);
    if (!groups.has(heading)) groups.set(heading, []);
    groups.get(heading).push(tile);
  }
  const found = [...groups];
  if (by === "rule") return found.sort((one, other) => other[1].length - one[1].length);
  return found.sort((one, other) => (KEYS[by](one[1][0], wish) - KEYS[by](other[1][0], wish)) || 0);
}
