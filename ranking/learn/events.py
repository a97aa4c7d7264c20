"""The event log: what was shown and what came of it, each event once, whatever the network does to its report.

An event is known by its id for ever. Events may come late, twice, in any order, an outcome before its impression:
each is kept as it comes, and joined only when the log is read, by the moments at which things happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from artwork.domain import content_id
from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn.attribution import Earned, earned
from ranking.learn.database import Database
from ranking.learn.schema import candidate_sets, decisions, events
from ranking.learn.showings import IMPRESSION, OUTCOME, Showings, Wanted, stretches

_ALIKE = (
    "profile", "title", "canvas", "option", "rendition", "propensity", "policy", "model", "snapshot", "epoch", "segment"
)  # fmt: skip
"""What a decision and its row have alike."""
TOLD = (*_ALIKE, "reason", "device", "day_part", "candidates")
"""All that is kept of a decision."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ASKED_AT_ONCE = 500
_MOST_REMEMBERED = 200_000


class Fate(StrEnum):
    """What became of a reported event. conflict: another event has its id, and stays."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Reported:
    """An event with the decision that it is about, both verified."""

    decision: Decision
    event: Impression | Outcome


@dataclass(frozen=True, slots=True)
class Attributed:
    """A decision that was seen, and whether a qualifying play followed.

    Attributes:
        shown_at, position: of its first impression.
        impressions: how often it was seen.
        plays: how many of those were the last one before a qualifying play.
    """

    decision: Decision
    shown_at: datetime
    position: int
    impressions: int
    plays: int

    @property
    def reward(self) -> int:
        """1 when any play followed."""
        return int(self.plays > 0)


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How much is in the log."""

    decisions: int
    impressions: int
    outcomes: int
    newest: datetime | None


class EventLog:
    """Appended to in groups, read in streams. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = {"sqlite": sqlite, "postgresql": postgresql}[database.dialect]
        self._add = {
            table.name: dialect.insert(table).on_conflict_do_nothing() for table in (candidate_sets, decisions, events)
        }
        self._known: set[str] = set()

    @classmethod
    def open(cls, url_or_folder: str | Path) -> EventLog:
        """The log, migrated: a folder with `events.db`, or an SQLAlchemy URL.

        Raises:
            EventLogError: it cannot be opened.
        """
        return cls(Database.open(url_or_folder))

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def append(self, reported: Sequence[Reported], received: datetime | None) -> list[Fate]:
        """What became of each, in order. When this returns they are on the disk; when it raises, none is.

        Args:
            reported: the events.
            received: when they were; None for the moment at which their turn to be written comes. They may wait long
                for that, and whoever counts what was received until then must not look before they are there.

        Raises:
            EventLogError: the log cannot be written.
        """
        rows = [_event_row(one) for one in reported]
        with self._database.writing() as connection:
            moment = _microseconds(received or datetime.now(UTC))
            for row in rows:
                row["received"] = moment
            held = _held(connection, {str(row["event"]) for row in rows})
            fates, new = _sorted_out(rows, held)
            fresh = {row["decision"]: one.decision for one, row, fate in zip(reported, rows, fates, strict=True)
                     if fate is Fate.ACCEPTED and row["decision"] not in self._known}  # fmt: skip
            if fresh:
                sets = {_set_id(one.candidates): one.candidates for one in fresh.values()}
                added = [{"id": name, "options": json.dumps(options)} for name, options in sets.items()]
                connection.execute(self._add["candidate_sets"], added)
                connection.execute(self._add["decisions"], [_decision_row(*pair) for pair in fresh.items()])
            if new:
                connection.execute(self._add["events"], new)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known |= set(fresh)  # after the commit: what was rolled back is not known
        return fates

    def counts(self) -> LogCounts:
        """How much is in the log."""
        of_kind = sa.select(events.c.kind, sa.func.count()).group_by(events.c.kind)
        with self._database.reading() as connection:
            seen = {int(row[0]): int(row[1]) for row in connection.execute(of_kind)}
            decided = connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar_one()
            newest = connection.execute(sa.select(sa.func.max(events.c.at))).scalar()
        latest = None if newest is None else _moment(newest)
        return LogCounts(decided, seen.get(IMPRESSION, 0), seen.get(OUTCOME, 0), latest)

    def showings(
        self,
        rule: QualifyingPlay,
        since: datetime | None = None,
        until: datetime | None = None,
        columns: Sequence[str] = TOLD,
    ) -> Iterator[Showings]:
        """Every decision first seen in [since, until), by id, with the plays that its impressions earned.

        An outcome counts for the last impression of its decision that was not after it, within the rule's window,
        whenever either was received. A play with no impression before it counts for nothing.

        Args:
            rule: what counts as a play.
            since: None for the beginning of the log.
            until: None for its end.
            columns: of the table `decisions`, that are read.

        Raises:
            EventLogError: the log cannot be read.
        """
        begin, end = (None if one is None else _microseconds(one) for one in (since, until))
        with self._database.reading() as connection:
            for stretch in stretches(connection, Wanted(columns)):
                found = earned(stretch.happened, len(stretch), rule)
                chosen = found.impressions > 0
                chosen &= True if begin is None else found.shown_at >= begin
                chosen &= True if end is None else found.shown_at < end
                yield Showings(stretch.told, stretch.sets, found).only(chosen)

    def attributed(
        self, rule: QualifyingPlay, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Attributed]:
        """The same as `showings`, one decision after the other: for whoever looks at few of them.

        Raises:
            EventLogError: the log cannot be read.
        """
        for found in self.showings(rule, since, until):
            yield from _one_by_one(found)

    def changes(
        self, rule: QualifyingPlay, since: datetime | None, until: datetime, columns: Sequence[str] = TOLD
    ) -> Iterator[tuple[Showings, Showings]]:
        """Decisions of which an event was received in [since, until), by id: what they came to before, and with it.

        What is added up over all of these, the new less the former, is what the log came to until then: an event that
        comes late, even an impression behind its play, corrects what was counted. A decision is only among those
        before, or after, where it had been seen; what came to the same is in neither.

        Args:
            rule: what counts as a play.
            since: None for the beginning of the log: nothing was counted before.
            until: events received from then on are left for the next time. It should lie a minute back, so that no
                event is still on its way to the disk that was received before.
            columns: of the table `decisions`, that are read.

        Raises:
            EventLogError: the log cannot be read.
        """
        begin = None if since is None else _microseconds(since)
        with self._database.reading() as connection:
            for stretch in stretches(connection, Wanted(columns, _microseconds(until), begin)):
                happened = stretch.happened
                counted = happened.only(np.zeros(0, np.int64) if begin is None else happened.received < begin)
                former, now = (earned(some, len(stretch), rule) for some in (counted, happened))
                differs = former.differs(now)
                yield (
                    Showings(stretch.told, stretch.sets, former).only(differs & (former.impressions > 0)),
                    Showings(stretch.told, stretch.sets, now).only(differs & (now.impressions > 0)),
                )

    def erase(self, profile: str) -> int:
        """Everything that was kept of a profile is gone; how many events that were.

        Raises:
            EventLogError: the log cannot be written.
        """
        theirs = sa.select(decisions.c.id).where(decisions.c.profile == profile)
        with self._database.writing() as connection:
            gone = connection.execute(sa.delete(events).where(events.c.decision.in_(theirs)))
            connection.execute(sa.delete(decisions).where(decisions.c.profile == profile))
        self._known.clear()
        return int(gone.rowcount)


def _held(connection: sa.Connection, ids: Iterable[str]) -> dict[str, tuple[object, ...]]:
    """The events of these ids that are in the log, as `_content` sees them."""
    wanted, held = sorted(ids), {}
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        asked = sa.select(events).where(events.c.event.in_(wanted[start : start + _ASKED_AT_ONCE]))
        held.update({str(row["event"]): _content(row) for row in connection.execute(asked).mappings()})
    return held


def _sorted_out(
    rows: Sequence[dict[str, Any]], held: dict[str, tuple[object, ...]]
) -> tuple[list[Fate], list[dict[str, Any]]]:
    """The fate of each row, and those that are new; of two with one id in a batch the first counts."""
    fates: list[Fate] = []
    new: list[dict[str, Any]] = []
    seen = dict(held)
    for row in rows:
        content = _content(row)
        before = seen.get(row["event"])
        if before is None:
            seen[row["event"]] = content
            new.append(row)
            fates.append(Fate.ACCEPTED)
        else:
            fates.append(Fate.DUPLICATE if before == content else Fate.CONFLICT)
    return fates, new


def _content(row: Any) -> tuple[object, ...]:  # noqa: ANN401  # a row of the database, or one on its way there
    """What makes two reports the same event."""
    told = ("decision", "kind", "at", "position", "played_seconds", "runtime_seconds", "completed")
    return tuple(row[name] for name in told)


def _event_row(one: Reported) -> dict[str, Any]:
    """All that is known of an event before it is received."""
    event = one.event
    row: dict[str, Any] = {
        "event": event.event,
        "decision": event.decision,
        "at": _microseconds(event.at),
        "kind": IMPRESSION,
        "position": 0,
        "played_seconds": 0.0,
        "runtime_seconds": None,
        "completed": False,
    }
    if isinstance(event, Impression):
        return row | {"position": event.position}
    played = {"played_seconds": event.played_seconds, "runtime_seconds": event.runtime_seconds}
    return row | {"kind": OUTCOME, "completed": event.completed} | played


def _decision_row(name: str, decision: Decision) -> dict[str, Any]:
    row = {column: getattr(decision, column) for column in _ALIKE}
    where = None if decision.device is Device.UNKNOWN else str(decision.device)
    when = None if decision.day_part is None else str(decision.day_part)
    of_its_own = {"reason": str(decision.reason), "candidates": _set_id(decision.candidates)}
    return row | of_its_own | {"id": name, "device": where, "day_part": when}


def _set_id(options: Sequence[str]) -> str:
    return content_id(*options)


def _one_by_one(found: Showings) -> Iterator[Attributed]:
    results = zip(*(getattr(found.earned, one.name).tolist() for one in fields(Earned)), strict=True)
    for row, (shown_at, position, impressions, plays) in zip(found.told.to_pylist(), results, strict=True):
        decision = _decision(row, found.sets[row["candidates"]])
        yield Attributed(decision, _moment(shown_at), position, impressions, plays)


def _decision(row: Mapping[str, Any], candidates: tuple[str, ...]) -> Decision:
    told = {name: row[name] for name in _ALIKE}
    where, when = row["device"], row["day_part"]
    return Decision(
        **told,
        reason=Reason(row["reason"]),
        candidates=candidates,
        device=Device.UNKNOWN if where is None else Device(where),
        day_part=None if when is None else DayPart(when),
    )


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
