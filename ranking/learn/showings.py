"""Decisions that were seen, read from the log in columns: a stretch of them at a time, however long the log is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ranking.domain import TOLERANCE
from ranking.errors import EventLogError
from ranking.learn.attribution import Earned, Flags, Happened, Integers
from ranking.learn.schema import candidate_sets, decisions, events

IMPRESSION, OUTCOME = 0, 1
EVENTS_AT_ONCE = 65_536
"""Events of a stretch; the last decision's may be more."""
_ROWS_AT_ONCE = 512
"""Rows that are fetched, and laid into columns while they are still in the processor's cache: 2.2 microseconds a row,
against 4.2 with 65,536 (measured on SQLite)."""
_ASKED_AT_ONCE = 500
_SETS_KEPT = 20_000
_TEXT, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()
_TOLD = {"propensity": _REAL, "epoch": _WHOLE, "segment": _WHOLE}
"""What a column of decisions holds that holds no text."""
_HAPPENED = {
    "decision": _TEXT,
    "kind": _WHOLE,
    "at": _WHOLE,
    "position": _WHOLE,
    "played_seconds": _REAL,
    "runtime_seconds": _REAL,
    "completed": pa.int8(),
    "received": _WHOLE,
}


@dataclass(frozen=True, slots=True)
class Showings:
    """Decisions and what came of them, in columns; a row for each.

    Attributes:
        told: the columns of the table `decisions` that were asked for.
        sets: the candidate sets that `told` names, and perhaps others, by their ids.
        earned: by impressions and plays.
    """

    told: pa.Table
    sets: Mapping[str, tuple[str, ...]]
    earned: Earned

    def __len__(self) -> int:
        return len(self.earned)

    @classmethod
    def together(cls, parts: Sequence[Showings]) -> Showings:
        """The rows of one or more parts, one after the other."""
        sets: Mapping[str, tuple[str, ...]] = parts[0].sets
        for part in parts[1:]:
            sets = sets if part.sets is sets else {**sets, **part.sets}
        return cls(
            pa.concat_tables([part.told for part in parts]), sets, Earned.together([one.earned for one in parts])
        )

    def at(self, rows: Integers) -> Showings:
        """These rows."""
        return replace(self, told=self.told.take(pa.array(rows)), earned=self.earned.at(rows))

    def only(self, chosen: Flags) -> Showings:
        """The chosen rows."""
        return self if chosen.all() else self.at(np.flatnonzero(chosen))

    def part(self, rows: slice) -> Showings:
        """The rows from one to another, not copied."""
        begin, end, _ = rows.indices(len(self))
        return replace(self, told=self.told.slice(begin, end - begin), earned=self.earned.at(rows))

    @property
    def among(self) -> Integers:
        """(decisions,) how many options could have been taken."""
        names, codes = coded(self.told["candidates"])
        return np.array([len(self.sets[str(name)]) for name in names], dtype=np.int64)[codes]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some decisions that follow each other, with all of their events that were asked for. Others as in `Showings`."""

    told: pa.Table
    sets: Mapping[str, tuple[str, ...]]
    happened: Happened

    def __len__(self) -> int:
        return int(self.told.num_rows)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read.

    Attributes:
        columns: of the table `decisions`; `candidates` is always among them.
        before: events received before that, in microseconds since 1970; None for all.
        since: decisions of which one of those events was received since then; None for all.
    """

    columns: Sequence[str]
    before: int | None = None
    since: int | None = None

    @property
    def events(self) -> Iterator[sa.ColumnElement[bool]]:
        """What holds for every event."""
        known = () if self.before is None else (events.c.received < self.before,)
        yield from known
        if self.since is not None:
            touched = sa.select(events.c.decision).where(events.c.received >= self.since, *known)
            yield events.c.decision.in_(touched)

    def decisions(self, names: pa.Array) -> Iterator[sa.ColumnElement[bool]]:
        """What holds for the decisions of these ids, ascending: one condition after the other, for parts of them.

        Nearly all between two ids are wanted where all events are, and read in one go; of the few that a moment
        touched each is asked for.
        """
        if self.since is None:
            yield decisions.c.id.between(names[0].as_py(), names[-1].as_py())
            return
        for begin in range(0, len(names), _ASKED_AT_ONCE):
            yield decisions.c.id.in_(names.slice(begin, _ASKED_AT_ONCE).to_pylist())


def stretches(connection: sa.Connection, wanted: Wanted) -> Iterator[Stretch]:
    """All decisions with events, by id, those of one decision together. Events without a decision are nothing.

    Memory holds one stretch, or the events of one decision where those are more.

    Raises:
        EventLogError: a row holds what nobody could have reported.
    """
    # As a number it comes the same from every database, and a flag made of each would cost as much as reading it.
    columns = {name: events.c[name] for name in _HAPPENED} | {"completed": sa.cast(events.c.completed, sa.Integer)}
    asked = sa.select(*columns.values()).where(*wanted.events)
    # Of two impressions at one moment the one higher on the page is the first: by their ids it would be another one in
    # every collation that a database may have.
    ordered = asked.order_by(events.c.decision, events.c.at, events.c.kind, events.c.position)
    sets: dict[str, tuple[str, ...]] = {}
    for found in _together(_read(connection, ordered, _HAPPENED)):
        names, numbers = _numbered(found["decision"])
        told = _told(connection, wanted, names)
        sets = sets if len(sets) < _SETS_KEPT else {}
        told = _with_sets(connection, told, sets)
        # Numbers of the decisions that are there, in the order of the events; -1 for one that is not.
        places = pc.fill_null(pc.index_in(names, value_set=told["id"].combine_chunks()), -1).to_numpy()
        yield Stretch(told, sets, _happened(found, places[numbers].astype(np.int64)))


def coded(column: pa.ChunkedArray) -> tuple[list[str | None], Integers]:
    """The different values of a column, and the place of each row's among them; None is a value."""
    found = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64)


def _together(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows, those of a decision never apart."""
    held = None
    for part in parts:
        if held is None:
            held = part
            continue
        names = held["decision"]
        begin = pc.index(names, names[-1]).as_py()  # the last decision may go on in this part
        if begin:
            yield held.slice(0, begin)
        held = pa.concat_tables([held.slice(begin), part])
    if held is not None:
        yield held


def _numbered(names: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """Ids side by side: the different ones, and the number of each."""
    found = names.combine_chunks().dictionary_encode()
    return found.dictionary, found.indices.to_numpy()


def _read(connection: sa.Connection, asked: sa.Select[Any], kinds: Mapping[str, pa.DataType]) -> Iterator[pa.Table]:
    """What the database answers, in tables of about `EVENTS_AT_ONCE` rows."""
    schema = pa.schema(list(kinds.items()))
    held: list[pa.RecordBatch] = []
    for rows in connection.execute(asked.execution_options(yield_per=_ROWS_AT_ONCE)).partitions():
        arrays = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds.values(), strict=True)]
        held.append(pa.record_batch(arrays, schema))
        if len(held) * _ROWS_AT_ONCE >= EVENTS_AT_ONCE:
            yield pa.Table.from_batches(held, schema)
            held = []
    if held:
        yield pa.Table.from_batches(held, schema)


def _happened(found: pa.Table, places: Integers) -> Happened:
    """The events of the decisions that are there."""
    columns = {name: found[name].to_numpy() for name in _HAPPENED if name != "decision"}
    wrong = ~(np.isfinite(columns["played_seconds"]) & (columns["played_seconds"] >= 0))
    if wrong.any():
        raise EventLogError(f"event log: a play of {columns['played_seconds'][wrong][0]} seconds: it is damaged")
    columns["completed"] = columns["completed"] > 0
    happened = Happened(places, columns.pop("kind") == IMPRESSION, **columns)
    return happened if (places >= 0).all() else happened.only(places >= 0)


def _told(connection: sa.Connection, wanted: Wanted, names: pa.Array) -> pa.Table:
    """The decisions of these ids that are there, in their order."""
    kinds = {name: _TOLD.get(name, _TEXT) for name in dict.fromkeys(("id", *wanted.columns, "candidates"))}
    asked = [sa.select(*(decisions.c[name] for name in kinds)).where(these) for these in wanted.decisions(names)]
    nothing = pa.schema(list(kinds.items())).empty_table()
    found = pa.concat_tables([nothing, *(part for one in asked for part in _read(connection, one, kinds))])
    places = pc.index_in(names, value_set=found["id"].combine_chunks()).drop_null()
    told = found.take(places)
    if "propensity" in kinds:
        drawn = told["propensity"].to_numpy()
        if not ((drawn > 0) & (drawn <= 1 + TOLERANCE)).all():
            raise EventLogError("event log: a picture that was shown has no propensity in (0, 1]: it is damaged")
    return told


def _with_sets(connection: sa.Connection, told: pa.Table, sets: dict[str, tuple[str, ...]]) -> pa.Table:
    """The decisions whose candidate sets are known; those sets are among `sets` now."""
    named = pc.unique(told["candidates"]).to_pylist()
    missing = sorted(set(named) - set(sets))
    for begin in range(0, len(missing), _ASKED_AT_ONCE):
        asked = sa.select(candidate_sets).where(candidate_sets.c.id.in_(missing[begin : begin + _ASKED_AT_ONCE]))
        sets.update({name: _set_of(name, options) for name, options in connection.execute(asked)})
    there = [name for name in named if name in sets]
    if len(there) == len(named):
        return told
    return told.filter(pc.is_in(told["candidates"], value_set=pa.array(there, _TEXT)))


def _set_of(name: str, options: str) -> tuple[str, ...]:
    try:
        return tuple(json.loads(options))
    except ValueError as error:
        raise EventLogError(f"event log: the candidate set {name} is no list of pictures: it is damaged") from error
