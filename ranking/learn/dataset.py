"""From the event log to rows to learn from: what was shown to whom under which circumstances, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ranking.domain import DayPart, Device, Reason
from ranking.features import HANDHELD, NAMES, PART_CODES, Circumstances
from ranking.learn.recall import Floats, Known, Mixtures, Recall, Source
from ranking.learn.showings import Showings, coded
from ranking.learn.table import KNOWN_HALF, ROWS_AT_ONCE, SCHEMA, Columns, TableWriter

NO_OPTION, SNAPSHOT_GONE, PICTURE_GONE = "fallback shown", "snapshot gone", "picture not in its snapshot"
"""Why an impression is not learned from."""
_CIRCUMSTANCES = len(Circumstances().row)
LEARNED_FROM = (
    "profile", "title", "option", "propensity", "reason", "policy", "model", "snapshot", "candidates", "device",
    "day_part",
)  # fmt: skip
"""The columns of the table `decisions` that a row is made of."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Impressions in columns; every array is (rows,) but the features, (rows, len(NAMES)), NaN where unknown.

    Attributes:
        told: names: profile, title, option (the picture), policy, snapshot.
        places: of the picture in its snapshot.
        shown_at: microseconds since 1970. plays: 0 or 1. propensities: as drawn with. segments: the heaviest of the
            taste as it was served, -1 for the population. familiar: place in `table.FAMILIARITIES`.
        weights: see `inverse_weights`.
    """

    told: pa.Table
    places: NDArray[np.int64]
    shown_at: NDArray[np.int64]
    plays: NDArray[np.int8]
    propensities: NDArray[np.float64]
    weights: NDArray[np.float64]
    segments: NDArray[np.int64]
    familiar: NDArray[np.int8]
    features: Floats

    def __len__(self) -> int:
        return len(self.plays)


@dataclass(slots=True)
class Tallied:
    """What became of the impressions of a log."""

    rows: int = 0
    plays: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def skip(self, why: str, rows: int) -> None:
        """So many more were not learned from."""
        if rows:
            self.skipped[why] += rows


def inverse_weights(
    propensities: NDArray[np.float64], candidates: NDArray[np.int64], pinned: NDArray[np.bool_], most: float
) -> NDArray[np.float64]:
    """(rows,): 1 / (candidates x propensity), at most `most`: 1 where the choice was even, more for what is rare.

    Weighted so, the log is as if every picture of a title had been shown equally often: what a policy preferred does
    not count more. Over a title's impressions the weights are 1 on average, however many pictures it has. What an
    editor pinned was no choice among candidates and weighs 1. Training scales all weights to a mean of 1.

    Source:
        Horvitz and Thompson, 1952; truncated as in Ionides, "Truncated importance sampling", 2008.
    """
    among = np.where(pinned, 1, np.maximum(candidates, 1))
    return np.minimum(most, 1.0 / (among * np.minimum(propensities, 1.0)))


def rows_of(seen: Showings, recall: Recall, most_weight: float, tallied: Tallied) -> Rows:
    """The impressions that can be learned from; the others are counted by why not."""
    met = [_Met.of(seen, *group) for group in _groups(seen, recall, tallied)]
    kept = seen.at(_joined([one.where for one in met], np.int64))
    propensities = kept.told["propensity"].to_numpy()
    pinned = pc.equal(kept.told["reason"], str(Reason.PINNED)).to_numpy()
    rows = Rows(
        kept.told,
        _joined([one.places for one in met], np.int64),
        kept.earned.shown_at,
        (kept.earned.plays > 0).astype(np.int8),
        propensities,
        inverse_weights(propensities, kept.among, pinned, most_weight),
        _joined([one.taste.heaviest for one in met], np.int64),
        _joined([familiarity(one.taste.known) for one in met], np.int8),
        np.hstack(
            [_joined([one.features for one in met], np.float32, len(NAMES) - _CIRCUMSTANCES), _circumstances(kept)]
        ),
    )
    tallied.rows += len(rows)
    tallied.plays += int(rows.plays.sum())
    return rows


def apart(seen: Showings, most: int = ROWS_AT_ONCE) -> Iterator[Showings]:
    """The same; a decision that was nobody's in particular as one for each of its impressions.

    Visitors, and members who chose no personalisation, share a decision: nearly always some of them play, and taken
    for one person it would say that its picture is always played. Of two plays without an impression between them one
    counts. Where there are many, they come in parts of at most so many rows.
    """
    member = pc.is_valid(seen.told["profile"]).to_numpy()
    if member.all():
        yield seen
        return
    come = seen.earned
    copies = np.where(member, 1, come.impressions)
    ends = np.cumsum(copies)
    for begin in range(0, int(ends[-1]), most):
        places = np.arange(begin, min(begin + most, int(ends[-1])))
        rows = np.searchsorted(ends, places, side="right")
        number = places - (ends - copies)[rows]  # of a decision's rows; the first are those with a play
        impressions = np.where(member[rows], come.impressions[rows], 1)
        plays = np.where(member[rows], come.plays[rows], number < come.plays[rows])
        part = seen.at(rows)
        yield replace(part, earned=replace(part.earned, impressions=impressions, plays=plays))


def batches(seen: Iterable[Showings], rows: int = ROWS_AT_ONCE) -> Iterator[Showings]:
    """The impressions, those of several people apart, so many rows at a time and at last the rest."""
    held: list[Showings] = []
    for part in (part for one in seen for part in apart(one, rows)):
        held.append(part)
        while sum(map(len, held)) >= rows:
            together = Showings.together(held)
            yield together.part(slice(rows))
            held = [together.part(slice(rows, None))]
    if sum(map(len, held)):
        yield Showings.together(held)


def write_table(
    file: Path,
    seen: Iterable[Showings],
    recall: Recall,
    most_weight: float,
    tell: Callable[[int], None] = lambda _: None,
) -> Tallied:
    """The training table of these impressions is in the file; how many there were. `tell` hears how many so far.

    Raises:
        EventLogError: the log cannot be read.
        LearnedModelError: a row is not what a training table holds.
    """
    tallied = Tallied()
    with TableWriter(file) as writer:
        for batch in batches(seen):
            rows = rows_of(batch, recall, most_weight, tallied)
            if len(rows):
                writer.write(_as_arrow(rows))
            tell(tallied.rows)
    return tallied


@dataclass(frozen=True, slots=True)
class _Met:
    """Impressions of one source.

    Attributes:
        where: (rows,) rows of the showings. places: (rows,) of the pictures in their snapshot.
        taste: of the members.
        features: (rows, ...) that are of taste and picture, or of the picture alone.
    """

    where: NDArray[np.int64]
    places: NDArray[np.int64]
    taste: Mixtures
    features: Floats

    @classmethod
    def of(cls, seen: Showings, known: Known, where: NDArray[np.int64], places: NDArray[np.int64]) -> _Met:
        taste = known.tastes(seen.told["profile"].take(pa.array(where)).to_pylist())
        return cls(where, places, taste, known.features(places, taste))


def _groups(
    seen: Showings, recall: Recall, tallied: Tallied
) -> Iterator[tuple[Known, NDArray[np.int64], NDArray[np.int64]]]:
    """By what they are understood with: what was known then, the rows, and the places of their pictures."""
    sources, of_source = _sources(seen, recall)
    meetings = _pictures(seen)
    chosen = pc.is_valid(seen.told["option"]).to_numpy()
    tallied.skip(NO_OPTION, int((~chosen).sum()))
    for number, source in enumerate(sources):
        where = np.flatnonzero(chosen & (of_source == number))
        known = recall.known(source)
        if known is None:
            tallied.skip(SNAPSHOT_GONE, len(where))
            continue
        places = meetings(known, where)
        tallied.skip(PICTURE_GONE, int((places < 0).sum()))
        yield known, where[places >= 0], places[places >= 0]


def _sources(seen: Showings, recall: Recall) -> tuple[list[Source], NDArray[np.int64]]:
    """The different sources, ascending, and which of them each row has."""
    snapshots, of_snapshot = coded(seen.told["snapshot"])
    models, of_model = coded(seen.told["model"])
    pairs, of_pair = np.unique(of_snapshot * len(models) + of_model, return_inverse=True)
    named = [(str(snapshots[pair // len(models)]), str(models[pair % len(models)])) for pair in pairs.tolist()]
    of_named = [recall.source(*name) for name in named]
    sources = sorted(set(of_named), key=lambda source: (source[0], source[1] or ""))
    place = {source: number for number, source in enumerate(sources)}
    return sources, np.array([place[source] for source in of_named], dtype=np.int64)[of_pair]


def _pictures(seen: Showings) -> Callable[[Known, NDArray[np.int64]], NDArray[np.int64]]:
    """Where the pictures of some rows lie in a snapshot, -1 for one that it does not have."""
    titles, of_title = coded(seen.told["title"])
    options, of_option = coded(seen.told["option"])
    pairs = of_title * len(options) + of_option
    title_names, option_names = np.array(titles, dtype=object), np.array(options, dtype=object)

    def places(known: Known, where: NDArray[np.int64]) -> NDArray[np.int64]:
        different, back = np.unique(pairs[where], return_inverse=True)
        owners, names = title_names[different // len(options)], option_names[different % len(options)]
        found = [known.rows.get(name, -1) for name in zip(owners.tolist(), names.tolist(), strict=True)]
        return np.array(found, dtype=np.int64)[back]

    return places


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic], *width: int) -> NDArray[Any]:
    return np.concatenate([np.empty((0, *width), dtype=kind), *parts])


def familiarity(known: Floats) -> NDArray[np.int8]:
    """(rows,): place in `table.FAMILIARITIES`, by what the segments weigh in each taste."""
    return (known > 0).astype(np.int8) + (known >= KNOWN_HALF).astype(np.int8)


def _circumstances(seen: Showings) -> Floats:
    """(rows, 3) on what, where on the page and when in the member's day, as the decision was told; else NaN."""
    devices, of_device = coded(seen.told["device"])
    parts, of_part = coded(seen.told["day_part"])
    handheld = [HANDHELD[Device.UNKNOWN if one is None else Device(one)] for one in devices]
    codes = [PART_CODES[None if one is None else DayPart(one)] for one in parts]
    shown = np.empty((len(seen), _CIRCUMSTANCES), dtype=np.float32)
    shown[:, 0] = np.array(handheld, dtype=np.float32)[of_device]
    shown[:, 1] = np.log1p(seen.earned.position)
    shown[:, 2] = np.array(codes, dtype=np.float32)[of_part]
    return shown


def _as_arrow(rows: Rows) -> pa.Table:
    named = (Columns.TITLE, "title"), (Columns.PICTURE, "option")
    origin = (Columns.POLICY, "policy"), (Columns.SNAPSHOT, "snapshot")
    columns = {name: rows.told[told].dictionary_encode() for name, told in (*named, *origin)}
    columns |= {
        Columns.SHOWN_AT: pa.array(rows.shown_at, pa.timestamp("us", "UTC")),
        Columns.PLAY: pa.array(rows.plays),
        Columns.PROPENSITY: pa.array(rows.propensities.astype(np.float32)),
        Columns.WEIGHT: pa.array(rows.weights.astype(np.float32)),
        Columns.SEGMENT: pa.array(rows.segments.astype(np.int16)),
        Columns.FAMILIARITY: pa.array(rows.familiar),
        **{name: pa.array(rows.features[:, place], from_pandas=True) for place, name in enumerate(NAMES)},
    }
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)
