"""The log in columns says what a plain reading of it says, event by event: whatever came when, and in which order."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visits import BEGIN, Town

from artwork.domain import ModelRef
from pipelines.release import put_in_use
from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.errors import EventLogError
from ranking.features import DAY_PARTS, NAMES
from ranking.learn import showings
from ranking.learn.database import FILE
from ranking.learn.dataset import LEARNED_FROM, write_table
from ranking.learn.events import Attributed, EventLog, Reported
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.recall import Recall
from ranking.learn.synthetic import World, synthetic_titles
from ranking.learn.table import FAMILIARITIES, Columns
from ranking.serve.release import Release

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
RULE = QualifyingPlay()
DECIDED = tuple(
    Decision(profile, title, "boxart", "o1", "r1", 0.25, Reason.EXPLORE, "p", "m", "s", 0, sets, device=device)
    for profile, title, sets, device in (
        ("ada", "t1", ("o1", "o2"), Device.PHONE),
        ("ben", "t1", ("o1",), Device.UNKNOWN),
        (None, "t1", ("o1", "o2"), Device.TELEVISION),
        ("ada", "t2", (), Device.UNKNOWN),
    )
)


@dataclass(frozen=True)
class Told:
    """A report, and the hour after the start at which it was received."""

    report: Reported
    hour: int

    @property
    def order(self) -> tuple[datetime, bool, int]:
        event = self.report.event
        return event.at, isinstance(event, Outcome), event.position if isinstance(event, Impression) else 0


def plainly(told: Sequence[Told]) -> Attributed | None:
    """What the reports about one decision come to, by the words of the rule."""
    seen: list[Impression] = []
    earned: set[int] = set()
    for one in sorted(told, key=lambda one: one.order):
        event = one.report.event
        if isinstance(event, Impression):
            seen.append(event)
        elif seen and event.at - seen[-1].at <= timedelta(days=1):
            enough = event.played_seconds >= 120 and event.played_seconds > 0
            if event.runtime_seconds is not None:
                enough |= event.played_seconds >= 0.7 * event.runtime_seconds and event.played_seconds > 0
            if enough or event.completed:
                earned.add(len(seen))
    if not seen:
        return None
    return Attributed(told[0].report.decision, seen[0].at, seen[0].position, len(seen), len(earned))


def by_decision(told: Sequence[Told]) -> dict[str, list[Told]]:
    """In the order of their ids."""
    ids = sorted({one.report.decision.id for one in told})
    return {name: [one for one in told if one.report.decision.id == name] for name in ids}


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Reports about a few decisions: at the same minute, days apart, too short, at the end, without an impression."""
    minutes = st.sampled_from([0, 1, 1, 2, 3, 60, 1_439, 1_440, 1_441, 3_000])
    found = []
    for number in range(draw(st.integers(0, 14))):
        decision, at = draw(st.sampled_from(DECIDED)), START + timedelta(minutes=draw(minutes))
        # Names in another order than they come in: of two impressions of a moment the higher on the page is the first.
        name = f"{draw(st.integers(0, 9))}{number}"
        if draw(st.booleans()):
            event: Impression | Outcome = Impression(f"e{name}", decision.id, at, draw(st.integers(0, 40)))
        else:
            seconds, runtime = (
                draw(st.sampled_from([0.0, 69.0, 70.0, 119.9, 120.0])),
                draw(st.sampled_from([None, 100])),
            )
            event = Outcome(f"e{name}", decision.id, at, seconds, runtime, draw(st.booleans()))
        found.append(Told(Reported(decision, event), draw(st.integers(1, 5))))
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    EventLog.open(folder).close()
    return folder


@pytest.fixture
def opened(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Sequence[Told]], EventLog]]:
    """A log of these reports, read a few rows at a time."""
    monkeypatch.setattr(showings, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(showings, "EVENTS_AT_ONCE", 4)
    logs: list[EventLog] = []

    def of(told: Sequence[Told]) -> EventLog:
        folder = tmp_path / str(len(logs))
        log = EventLog.open(shutil.copytree(empty, folder))
        logs.append(log)
        for one in told:
            log.append([one.report, one.report], START + timedelta(hours=one.hour))
        return log

    yield of
    for log in logs:
        log.close()


hypothetical = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@hypothetical
@given(histories(), st.sampled_from([None, 0, 2]), st.sampled_from([None, 1, 61]))
def test_what_was_earned_is_what_a_plain_reading_says(
    opened: Callable[[Sequence[Told]], EventLog], told: list[Told], since: int | None, until: int | None
) -> None:
    """Of those first seen in a part of the time, each decision as it was."""
    begin, end = (None if one is None else START + timedelta(minutes=one) for one in (since, until))
    expected = [found for reports in by_decision(told).values() if (found := plainly(reports))]
    inside = [one for one in expected if (begin or one.shown_at) <= one.shown_at < (end or one.shown_at + timedelta(1))]
    assert list(opened(told).attributed(RULE, begin, end)) == inside


@hypothetical
@given(histories(), st.sampled_from([None, 1, 2, 3, 6]), st.integers(0, 6))
def test_what_changed_is_what_two_plain_readings_differ_in(
    opened: Callable[[Sequence[Told]], EventLog], told: list[Told], since: int | None, until: int
) -> None:
    """By when the reports were received, in hours: the reading before, and the one with what came since."""
    expected: tuple[list[Attributed], list[Attributed]] = [], []
    for reports in by_decision(told).values():
        known = [one for one in reports if one.hour < until]
        former = [one for one in known if since is not None and one.hour < since]
        sides = plainly(former), plainly(known)
        if sides[0] != sides[1] and len(former) < len(known):
            for side, found in zip(expected, sides, strict=True):
                side.extend([found] if found else [])
    begin = None if since is None else START + timedelta(hours=since)
    changes = list(opened(told).changes(RULE, begin, START + timedelta(hours=until)))
    for side, plain in enumerate(expected):
        parts = [pair[side] for pair in changes]
        ids = [name for part in parts for name in part.told["id"].to_pylist()]
        earned = [row for part in parts for row in zip(part.earned.impressions, part.earned.plays, strict=True)]
        assert ids == [one.decision.id for one in plain]
        assert earned == [(one.impressions, one.plays) for one in plain]


def test_events_of_a_decision_that_is_gone_are_nothing(
    opened: Callable[[Sequence[Told]], EventLog], tmp_path: Path
) -> None:
    """A service that still knew an erased decision writes its next event alone; the others are read as before."""
    told = [
        Told(Reported(one, Impression(f"i{number}", one.id, START + timedelta(minutes=number))), 1)
        for number, one in enumerate(sorted(DECIDED, key=lambda one: one.id))
    ]
    log = opened(told)
    gone, other = told[1].report.decision, told[3].report.decision
    with closing(sqlite3.connect(tmp_path / "0" / FILE)) as connection:
        connection.execute("DELETE FROM decisions WHERE id = ?", (gone.id,))
        connection.execute("UPDATE decisions SET candidates = 'lost' WHERE id = ?", (other.id,))
        connection.commit()
    expected = [told[0].report.decision, told[2].report.decision]
    assert [(one.decision, one.impressions) for one in log.attributed(RULE)] == [(one, 1) for one in expected]
    with closing(sqlite3.connect(tmp_path / "0" / FILE)) as connection:
        connection.execute("DELETE FROM decisions")
        connection.commit()
    tallied = write_table(tmp_path / "table", log.showings(RULE, columns=LEARNED_FROM), Recall(tmp_path), 4.0)
    assert (list(log.attributed(RULE)), tallied.rows) == ([], 0)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET played_seconds = -1 WHERE kind = 1",
        "UPDATE decisions SET propensity = 0",
        "UPDATE candidate_sets SET options = '[\"a\", '",
    ],
)
def test_a_log_that_holds_what_nobody_can_report_is_said_to_be_damaged(
    opened: Callable[[Sequence[Told]], EventLog], tmp_path: Path, damage: str
) -> None:
    """Less than nothing was played; what was shown could not have been."""
    seen, played = Impression("i", DECIDED[0].id, START), Outcome("o", DECIDED[0].id, START, 600.0)
    log = opened([Told(Reported(DECIDED[0], event), 1) for event in (seen, played)])
    with closing(sqlite3.connect(tmp_path / "0" / FILE)) as connection:
        connection.execute(damage)
        connection.commit()
    with pytest.raises(EventLogError, match="damaged"):
        list(log.attributed(RULE))


TOWN = Town(World(titles=5, options=3, segments=3, members=12))


def row_by_row(found: Attributed, recall: Recall) -> list[tuple[object, ...]]:
    """The rows of the training table that a decision comes to, one number after the other; none, where none."""
    decision = found.decision
    known = recall.known(recall.source(decision.snapshot, decision.model))
    place = None if known is None else known.rows.get((decision.title, str(decision.option)))
    if known is None or place is None:
        return []
    taste = known.tastes([decision.profile])
    among = 1 if decision.reason is Reason.PINNED else max(1, len(decision.candidates))
    held = {Device.UNKNOWN: np.nan, Device.PHONE: 1.0, Device.TABLET: 1.0}.get(decision.device, 0.0)
    part = np.nan if decision.day_part is None else DAY_PARTS.index(decision.day_part)
    features = [*known.features(np.array([place]), taste)[0], held, np.log1p(found.position), part]
    weight = min(4.0, 1 / (among * decision.propensity))
    share = taste.known.item()
    familiarity = FAMILIARITIES[0 if share == 0 else 1 if share < 0.5 else 2]
    alike = (decision.title, decision.option, found.shown_at, decision.policy, decision.snapshot, familiarity)
    numbers = [decision.propensity, weight, taste.heaviest.item(), *features]
    alone = decision.profile is not None
    plays = [found.reward] if alone else [1] * found.plays + [0] * (found.impressions - found.plays)
    return [(*alike, play, *np.nan_to_num(np.array(numbers, np.float32), nan=-9).tolist()) for play in plays]


def visits(store: Path, count: int) -> Iterator[Decision]:
    """What two releases decided, and editors, and a release of which nothing is left."""
    chance, releases = random.Random(7), [Release.load(store)]
    world = replace(TOWN.world, seed=1)
    later = BEGIN + timedelta(days=1)
    edition = Edition(tuple(synthetic_titles(world)), world.canvases, ModelRef("made", "0" * 64))
    put_in_use(store, write_snapshot(store, edition, later), later)
    releases.append(Release.load(store))
    for number in range(count):
        release = chance.choice(releases)
        title = chance.randrange(TOWN.world.titles)
        options = tuple(release.snapshot.names.options[title])
        reason = chance.choice([Reason.EXPLORE, Reason.PERSONALISED, Reason.PINNED, Reason.FALLBACK])
        option = None if reason is Reason.FALLBACK else chance.choice([*options, *options, *options, "elsewhere"])
        yield Decision(
            chance.choice([None, *(f"m{one:05d}" for one in range(12)), "stranger"]),
            release.snapshot.names.titles[title],
            "boxart",
            option,
            "r",
            1.0 if reason in {Reason.PINNED, Reason.FALLBACK} else chance.choice([0.01, 0.1, 0.5]),
            reason,
            chance.choice(["p", "q"]),
            release.model,
            chance.choice([release.snapshot.digest] * 9 + ["0" * 16]),
            number % 20,
            options if option in options else (),
            device=chance.choice(list(Device)),
            day_part=chance.choice([None, *DayPart]),
        )


@pytest.mark.parametrize("rows", [7, 65_536])
def test_the_table_is_what_the_log_says_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """Several releases, devices and times, visitors apart, what editors fixed, and what is left out."""
    TOWN.open(tmp_path)
    chance = random.Random(3)
    monkeypatch.setattr(showings, "EVENTS_AT_ONCE", rows)
    with closing(EventLog.open(tmp_path)) as log:
        reported = []
        for number, decision in enumerate(visits(tmp_path, 300)):
            for again in range(chance.choice([1, 1, 3])):
                at = BEGIN + timedelta(minutes=chance.randrange(5_000))
                reported.append(
                    Reported(decision, Impression(f"i{number} {again}", decision.id, at, chance.randrange(40)))
                )
                if chance.random() < 0.5:
                    later = at + timedelta(minutes=chance.choice([-5, 5, 2_000]))
                    played = chance.choice([30.0, 900.0])
                    reported.append(Reported(decision, Outcome(f"o{number} {again}", decision.id, later, played)))
        chance.shuffle(reported)
        log.append(reported, BEGIN + timedelta(days=9))
        seen = log.showings(RULE, columns=LEARNED_FROM)
        tallied = write_table(tmp_path / "table", seen, Recall(tmp_path), 4.0)
        recall = Recall(tmp_path)
        expected = [row for one in log.attributed(RULE) for row in row_by_row(one, recall)]
    table = pq.read_table(tmp_path / "table")
    names = [Columns.TITLE, Columns.PICTURE, Columns.SHOWN_AT, Columns.POLICY, Columns.SNAPSHOT]
    words = [table[name].to_pylist() for name in names]
    words.append([FAMILIARITIES[one] for one in table[Columns.FAMILIARITY].to_pylist()])
    numbers = [Columns.PROPENSITY, Columns.WEIGHT, Columns.SEGMENT, *NAMES]
    columns = [
        np.nan_to_num(table[name].to_numpy().astype(np.float32), nan=-9).tolist() for name in (Columns.PLAY, *numbers)
    ]
    assert sorted(zip(*words, *columns, strict=True)) == sorted(expected)
    assert tallied.rows == len(expected) > 150
    assert set(tallied.skipped) == {"fallback shown", "snapshot gone", "picture not in its snapshot"}
