"""The event log: what was shown and what came of it, each event once, whatever the network does to its report.

An event is known by its id for ever. Events may come late, twice, in any order, an outcome before its impression:
each is kept as it comes, and joined only when the log is read, by the moments at which things happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from artwork.domain import content_id
from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn.database import Database
from ranking.learn.schema import candidate_sets, decisions, events

_IMPRESSION, _OUTCOME = 0, 1
_TOLD = (
    "profile", "title", "canvas", "option", "rendition", "propensity", "policy", "model", "snapshot", "epoch", "segment"
)  # fmt: skip
"""What a decision and its row have alike."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ASKED_AT_ONCE = 500
_READ_AT_ONCE = 10_000
_MOST_REMEMBERED = 200_000
_SETS_KEPT = 20_000


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
        return LogCounts(decided, seen.get(_IMPRESSION, 0), seen.get(_OUTCOME, 0), latest)

    def attributed(
        self, rule: QualifyingPlay, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Attributed]:
        """Every decision first seen in [since, until), by id, with the plays that its impressions earned.

        An outcome counts for the last impression of its decision that was not after it, within the rule's window,
        whenever either was received. A play with no impression before it counts for nothing.

        Raises:
            EventLogError: the log cannot be read.
        """
        with self._database.reading() as connection:
            for group in _grouped(connection, _joined()):
                found = _attributed(group, rule)
                if found and (since is None or found.shown_at >= since) and (until is None or found.shown_at < until):
                    yield found

    def changed(
        self, rule: QualifyingPlay, since: datetime | None, until: datetime
    ) -> Iterator[tuple[Attributed | None, Attributed | None]]:
        """Every decision of which an event was received in [since, until), by id: what it came to before, and with it.

        What is added up over all of these, the new less the former, is what the log came to until then: an event that
        comes late, even an impression behind its play, corrects what was counted. None: it was not seen.

        Args:
            rule: what counts as a play.
            since: None for the beginning of the log: nothing was counted before.
            until: events received from then on are left for the next time. It should lie a minute back, so that no
                event is still on its way to the disk that was received before.

        Raises:
            EventLogError: the log cannot be read.
        """
        joined = _joined().where(events.c.received < _microseconds(until))
        if since is not None:
            inside = events.c.received >= _microseconds(since), events.c.received < _microseconds(until)
            joined = joined.where(events.c.decision.in_(sa.select(events.c.decision).where(*inside)))
        counted = 0 if since is None else _microseconds(since)
        with self._database.reading() as connection:
            for group in _grouped(connection, joined):
                former = [row for row in group if row["received"] < counted] if counted else []
                yield _attributed(former, rule), _attributed(group, rule)

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


def _joined() -> sa.Select[Any]:
    """Events with their decisions and candidate sets; those of a decision side by side, in the order of happening."""
    return (
        sa.select(events, decisions, candidate_sets.c.options)
        .join_from(events, decisions, events.c.decision == decisions.c.id)
        .join(candidate_sets, decisions.c.candidates == candidate_sets.c.id)
        .order_by(events.c.decision, events.c.at, events.c.kind, events.c.event)
        .execution_options(yield_per=_READ_AT_ONCE)
    )


def _grouped(connection: sa.Connection, joined: sa.Select[Any]) -> Iterator[list[Any]]:
    """The events of one decision after the other."""
    rows = connection.execute(joined).mappings()
    for _, group in groupby(rows, key=lambda row: row["decision"]):
        yield list(group)


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
        "kind": _IMPRESSION,
        "position": 0,
        "played_seconds": 0.0,
        "runtime_seconds": None,
        "completed": False,
    }
    if isinstance(event, Impression):
        return row | {"position": event.position}
    played = {"played_seconds": event.played_seconds, "runtime_seconds": event.runtime_seconds}
    return row | {"kind": _OUTCOME, "completed": event.completed} | played


def _decision_row(name: str, decision: Decision) -> dict[str, Any]:
    row = {column: getattr(decision, column) for column in _TOLD}
    where = None if decision.device is Device.UNKNOWN else str(decision.device)
    when = None if decision.day_part is None else str(decision.day_part)
    of_its_own = {"reason": str(decision.reason), "candidates": _set_id(decision.candidates)}
    return row | of_its_own | {"id": name, "device": where, "day_part": when}


def _set_id(options: Sequence[str]) -> str:
    return content_id(*options)


def _attributed(group: Sequence[Any], rule: QualifyingPlay) -> Attributed | None:
    """What a decision's events come to; None where it was never seen. They are in the order of happening."""
    seen: list[datetime] = []
    earned: set[int] = set()
    first = next((row for row in group if row["kind"] == _IMPRESSION), None)
    if first is None:
        return None
    for row in group:
        at = _moment(row["at"])
        if row["kind"] == _IMPRESSION:
            seen.append(at)
        elif seen:
            told = row["played_seconds"], row["runtime_seconds"], bool(row["completed"])
            outcome = Outcome(row["event"], row["decision"], at, *told)
            if rule.reward(outcome, seen[-1]):
                earned.add(len(seen))
    return Attributed(_decision(first), seen[0], first["position"], len(seen), len(earned))


def _decision(row: Any) -> Decision:  # noqa: ANN401  # SQLAlchemy's mappings are untyped
    told = {name: row[name] for name in _TOLD}
    where, when = row["device"], row["day_part"]
    return Decision(
        **told,
        reason=Reason(row["reason"]),
        candidates=_options(row["options"]),
        device=Device.UNKNOWN if where is None else Device(where),
        day_part=None if when is None else DayPart(when),
    )


@lru_cache(maxsize=_SETS_KEPT)
def _options(text: str) -> tuple[str, ...]:
    """A candidate set, read once for the thousands of decisions that had it."""
    return tuple(json.loads(text))


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
