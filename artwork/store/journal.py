"""The journal of reviews in the catalogue: it only grows, and every entry names the one before by its hash.

Like `catalog` this module holds SQL, and no other beside them and `lease` does. An act (one change, or a bulk of
them) is one transaction; the table `verdicts`, which every listing reads, moves in the same one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from artwork.store.database import Database
from artwork.store.entries import GENESIS, PROPOSED, SOMEBODY, Action, ChainCheck, Change, Entry, check_chain
from artwork.store.naming import Names, names_of
from artwork.store.rows import Row, canonical
from artwork.store.schema import reviews, verdicts
from artwork.store.standing import Standing, newest_act, newest_undoing, standings

FEW = 500
"""Frames that one statement names; of more all entries are read."""
CHUNK = 256
"""Rows in memory at once while the chain is read."""
ADVISORY_LOCK = 0x6A6F75726E616C  # "journal" in ASCII: on PostgreSQL entries are written one act after the other


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was not made: somebody had changed the frame since the reviewer saw it."""

    change: Change
    standing: Standing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act: the entries written, and the changes that were not made."""

    entries: tuple[Entry, ...]
    conflicts: tuple[Conflict, ...] = ()


def now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


_Line = tuple[str, Action, Mapping[str, Any], int | None]
"""Frame, action, content, and the entry that is undone."""


class Journal:
    """The journal of a catalogue. Safe to share between threads and between any number of processes."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._clock = clock

    # -- writing -------------------------------------------------------------------------------------------------

    def append(self, title: str, changes: Sequence[Change], reviewer: str) -> Outcome:
        """The changes are made, but for those whose frame somebody changed meanwhile: these are told, not made.

        Raises:
            StoreError: the catalogue cannot be written; nothing was made.
        """
        with self._writing() as connection:
            # How a frame stands depends on its own entries alone: those of the others need not be read.
            before = self._entries(connection, title, {change.frame for change in changes})
            now_standing = standings(before)
            fresh: list[_Line] = []
            conflicts = []
            for change in changes:
                standing = now_standing.get(change.frame, Standing())
                if standing.newest == change.seen:
                    fresh.append((change.frame, change.action, change.content, None))
                else:
                    conflicts.append(Conflict(change, standing))
            written = self._write(connection, title, reviewer, fresh, before)
        return Outcome(written, tuple(conflicts))

    def undo(self, title: str, reviewer: str) -> Outcome:
        """The reviewer's newest act on this title no longer counts; its frames changed since by others are told."""
        return self._take_back(title, reviewer, newest_act)

    def redo(self, title: str, reviewer: str) -> Outcome:
        """The reviewer's undoing, where it is their newest act, no longer counts."""
        return self._take_back(title, reviewer, newest_undoing)

    # -- asking --------------------------------------------------------------------------------------------------

    def entries(self, title: str, only: Collection[str] | None = None) -> list[Entry]:
        """Every entry of a title, by number; of these frames alone where some are given."""
        with self._database.reading() as connection:
            return self._entries(connection, title, only)

    def stamp(self, title: str) -> tuple[int, int]:
        """Changes whenever anything about a title's frames does; costs two looks at an index."""
        newest = sa.select(sa.func.coalesce(sa.func.max(reviews.c.number), 0)).where(reviews.c.title == title)
        judged = sa.select(sa.func.count()).select_from(verdicts).where(verdicts.c.title == title)
        with self._database.reading() as connection:
            return int(connection.scalar(newest) or 0), int(connection.scalar(judged) or 0)

    def standings(self, title: str) -> dict[str, Standing]:
        """How things stand with the frames of a title; those in neither the journal nor `verdicts` are not in it."""
        with self._database.reading() as connection:
            said = sa.select(verdicts.c.frame, verdicts.c.verdict).where(verdicts.c.title == title)
            before = {row.frame: row.verdict for row in connection.execute(said)}
            found = standings(self._entries(connection, title), before)
        return {frame: standing for frame, standing in found.items() if not frame.startswith(SOMEBODY)}

    def names(self, title: str) -> Names:
        """Who is who in a title, as far as people said so."""
        named = sa.select(reviews.c.frame).where(reviews.c.title == title, reviews.c.action == Action.NAME.value)
        mine = (reviews.c.title == title) & reviews.c.frame.in_(named)
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(reviews).where(mine).order_by(reviews.c.number)).mappings()
            return names_of([_to_entry(row) for row in rows])

    def since(self, number: int, most: int = 1000) -> list[Entry]:
        """The entries behind that number, of all titles, by number; at most so many."""
        wanted = sa.select(reviews).where(reviews.c.number > number).order_by(reviews.c.number).limit(most)
        with self._database.reading() as connection:
            return [_to_entry(row) for row in connection.execute(wanted).mappings()]

    def head(self) -> int:
        """Number of the newest entry; 0 for none."""
        with self._database.reading() as connection:
            return _head(connection)[0]

    def every(self) -> Iterator[Entry]:
        """Every entry of every title, by number, read as it is asked for."""
        wanted = sa.select(reviews).order_by(reviews.c.number)
        with self._database.reading() as connection:
            for row in connection.execution_options(yield_per=CHUNK).execute(wanted).mappings():
                yield _to_entry(row)

    def check(self) -> ChainCheck:
        """Whether every entry is as it was written; reads them all."""
        return check_chain(self.every())

    # -- behind both ---------------------------------------------------------------------------------------------

    def _take_back(self, title: str, reviewer: str, which: Callable[[Sequence[Entry], str], list[Entry]]) -> Outcome:
        with self._writing() as connection:
            before = self._entries(connection, title)
            newest = {entry.frame: entry for entry in before}
            now_standing = standings(before)
            fresh: list[_Line] = []
            conflicts = []
            for entry in which(before, reviewer):
                last = newest[entry.frame]
                if last.reviewer == reviewer:
                    fresh.append((entry.frame, Action.UNDO, {}, entry.number))
                else:
                    wanted = Change(entry.frame, Action.UNDO, {}, entry.number)
                    conflicts.append(Conflict(wanted, now_standing[entry.frame]))
            written = self._write(connection, title, reviewer, fresh, before)
        return Outcome(written, tuple(conflicts))

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """A transaction in which no other process writes entries."""
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection

    def _write(
        self,
        connection: sa.Connection,
        title: str,
        reviewer: str,
        fresh: Iterable[_Line],
        before: Sequence[Entry],
    ) -> tuple[Entry, ...]:
        number, previous = _head(connection)
        at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        batch, written = number + 1, []
        for frame, action, content, undoes in fresh:
            number += 1
            plain = json.loads(canonical(content))
            entry = Entry(number, title, frame, action, plain, undoes, batch, reviewer, at, previous).sealed()
            previous = entry.digest
            written.append(entry)
        if written:
            connection.execute(sa.insert(reviews), [_row(entry) for entry in written])
            _set_verdicts(connection, title, [*before, *written], {entry.frame for entry in written})
        return tuple(written)

    @staticmethod
    def _entries(connection: sa.Connection, title: str, only: Collection[str] | None = None) -> list[Entry]:
        wanted = sa.select(reviews).where(reviews.c.title == title).order_by(reviews.c.number)
        if only is not None and len(only) <= FEW:
            wanted = wanted.where(reviews.c.frame.in_(sorted(only)))
        found = [_to_entry(row) for row in connection.execute(wanted).mappings()]
        return found if only is None or len(only) <= FEW else [entry for entry in found if entry.frame in only]


def _head(connection: sa.Connection) -> tuple[int, str]:
    newest = sa.select(reviews.c.number, reviews.c.digest).order_by(reviews.c.number.desc()).limit(1)
    found = connection.execute(newest).first()
    return (0, GENESIS) if found is None else (found.number, found.digest)


def _set_verdicts(connection: sa.Connection, title: str, entries: Sequence[Entry], touched: set[str]) -> None:
    judged = {entry.frame for entry in entries if entry.action is Action.VERDICT}
    standing = standings(entries)
    moved = sorted(touched & judged)
    if not moved:
        return
    mine = (verdicts.c.title == title) & (verdicts.c.frame == sa.bindparam("moved"))
    connection.execute(sa.delete(verdicts).where(mine), [{"moved": frame} for frame in moved])
    said = [{"title": title, "frame": frame, "verdict": standing[frame].verdict} for frame in moved]
    if kept := [row for row in said if row["verdict"] != PROPOSED]:
        connection.execute(sa.insert(verdicts), kept)


def _row(entry: Entry) -> dict[str, object]:
    return asdict(entry) | {"action": entry.action.value, "content": canonical(dict(entry.content))}


def _to_entry(row: Row) -> Entry:
    return Entry(
        **{name: row[name] for name in ("number", "title", "frame", "undoes", "batch", "reviewer", "at")},
        action=Action(row["action"]),
        content=json.loads(row["content"]),
        previous=row["previous"],
        digest=row["digest"],
    )
