"""From the event log to rows to learn from: what was shown to whom under which circumstances, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, repeat
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ranking.domain import Reason
from ranking.features import HANDHELD, NAMES, PART_CODES
from ranking.learn.events import Attributed
from ranking.learn.recall import Floats, Recall
from ranking.learn.table import KNOWN_HALF, ROWS_AT_ONCE, SCHEMA, Columns, TableWriter

NO_OPTION, SNAPSHOT_GONE, PICTURE_GONE = "fallback shown", "snapshot gone", "picture not in its snapshot"
"""Why an impression is not learned from."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_Met = tuple[Floats, NDArray[np.int64], NDArray[np.int8]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Impressions in columns; every array is (rows,) but the features, (rows, len(NAMES)), NaN where unknown.

    Attributes:
        profiles, titles, pictures, policies, snapshots: names.
        shown_at: microseconds since 1970. plays: 0 or 1. propensities: as drawn with. segments: the heaviest of the
            taste as it was served, -1 for the population. familiar: place in `table.FAMILIARITIES`.
        weights: see `inverse_weights`.
    """

    profiles: Sequence[str | None]
    titles: Sequence[str]
    pictures: Sequence[str]
    policies: Sequence[str]
    snapshots: Sequence[str]
    shown_at: NDArray[np.int64]
    plays: NDArray[np.int8]
    propensities: NDArray[np.float64]
    weights: NDArray[np.float64]
    segments: NDArray[np.int64]
    familiar: NDArray[np.int8]
    features: Floats

    def __len__(self) -> int:
        return len(self.titles)


@dataclass(slots=True)
class Tallied:
    """What became of the impressions of a log."""

    rows: int = 0
    plays: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


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


def rows_of(attributed: Sequence[Attributed], recall: Recall, most_weight: float, tallied: Tallied) -> Rows:
    """The impressions that can be learned from; the others are counted by why not."""
    places: dict[tuple[str, str], list[tuple[int, Attributed]]] = {}
    for one in attributed:
        decision = one.decision
        known = recall.known(decision.snapshot, decision.model)
        if decision.option is None or known is None:
            tallied.skipped[NO_OPTION if decision.option is None else SNAPSHOT_GONE] += 1
            continue
        row = known.rows.get((decision.title, decision.option))
        if row is None:
            tallied.skipped[PICTURE_GONE] += 1
            continue
        places.setdefault((decision.snapshot, decision.model), []).append((row, one))
    parts = [_met(recall, key, found) for key, found in sorted(places.items())]
    kept = [one for _, found in sorted(places.items()) for _, one in found]
    rows = _as_rows(kept, parts, most_weight)
    tallied.rows += len(rows)
    tallied.plays += int(rows.plays.sum())
    return rows


def _as_rows(kept: Sequence[Attributed], parts: Sequence[_Met], most_weight: float) -> Rows:
    propensities = np.array([one.decision.propensity for one in kept], dtype=np.float64)
    candidates = np.array([len(one.decision.candidates) for one in kept], dtype=np.int64)
    pinned = np.array([one.decision.reason is Reason.PINNED for one in kept], dtype=np.bool_)
    return Rows(
        [one.decision.profile for one in kept],
        [one.decision.title for one in kept],
        [one.decision.option or "" for one in kept],
        [one.decision.policy for one in kept],
        [one.decision.snapshot for one in kept],
        np.array([_microseconds(one.shown_at) for one in kept], dtype=np.int64),
        np.array([one.reward for one in kept], dtype=np.int8),
        propensities,
        inverse_weights(propensities, candidates, pinned, most_weight),
        np.concatenate([np.empty(0, dtype=np.int64), *(part[1] for part in parts)]),
        np.concatenate([np.empty(0, dtype=np.int8), *(part[2] for part in parts)]),
        np.concatenate([np.empty((0, len(NAMES)), dtype=np.float32), *(part[0] for part in parts)]),
    )


def apart(attributed: Iterable[Attributed]) -> Iterator[Attributed]:
    """The same; a decision that was nobody's in particular as one for each of its impressions.

    Visitors, and members who chose no personalisation, share a decision: nearly always some of them play, and taken
    for one person it would say that its picture is always played. Of two plays without an impression between them one
    counts.
    """
    for one in attributed:
        if one.decision.profile is not None:
            yield one
        else:
            yield from repeat(replace(one, impressions=1, plays=1), one.plays)
            yield from repeat(replace(one, impressions=1, plays=0), one.impressions - one.plays)


def batches(attributed: Iterable[Attributed], rows: int = ROWS_AT_ONCE) -> Iterator[list[Attributed]]:
    """The impressions, those of several people apart, in lists that memory holds."""
    stream = apart(attributed)
    while batch := list(islice(stream, rows)):
        yield batch


def write_table(
    file: Path,
    attributed: Iterable[Attributed],
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
        for batch in batches(attributed):
            rows = rows_of(batch, recall, most_weight, tallied)
            if len(rows):
                writer.write(_as_arrow(rows))
            tell(tallied.rows)
    return tallied


def _met(recall: Recall, key: tuple[str, str], found: Sequence[tuple[int, Attributed]]) -> _Met:
    """Features, heaviest segment and familiarity of impressions of one snapshot and model."""
    known = recall.known(*key)
    if known is None:
        raise LookupError(key)
    rows = np.array([row for row, _ in found], dtype=np.int64)
    taste = known.tastes([one.decision.profile for _, one in found])
    return np.hstack([known.features(rows, taste), _circumstances(found)]), taste.heaviest, familiarity(taste.known)


def familiarity(known: Floats) -> NDArray[np.int8]:
    """(rows,): place in `table.FAMILIARITIES`, by what the segments weigh in each taste."""
    return (known > 0).astype(np.int8) + (known >= KNOWN_HALF).astype(np.int8)


def _circumstances(found: Sequence[tuple[int, Attributed]]) -> Floats:
    """(rows, 3) on what, where on the page and when in the member's day, as the decision was told; else NaN."""
    shown = np.empty((len(found), 3), dtype=np.float32)
    shown[:, 0] = [HANDHELD[one.decision.device] for _, one in found]
    shown[:, 1] = np.log1p([one.position for _, one in found])
    shown[:, 2] = [PART_CODES[one.decision.day_part] for _, one in found]
    return shown


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _as_arrow(rows: Rows) -> pa.Table:
    named = (Columns.TITLE, rows.titles), (Columns.PICTURE, rows.pictures)
    origin = (Columns.POLICY, rows.policies), (Columns.SNAPSHOT, rows.snapshots)
    columns = {name: pa.array(values, pa.string()).dictionary_encode() for name, values in (*named, *origin)}
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
