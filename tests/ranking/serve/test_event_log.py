"""Every event counts once, whatever happened to its report, and plays go to the impression that they followed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.errors import EventLogError
from ranking.learn.database import FILE, Database
from ranking.learn.events import EventLog, Fate, LogCounts, Reported
from ranking.learn.schema import TABLES

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
RULE = QualifyingPlay()
"""120 seconds of play, within a day of the impression."""


def decision(name: str = "t1", profile: str | None = "m1") -> Decision:
    versions = {"policy": "uniform", "model": "m@1", "snapshot": "s1", "epoch": 20454}
    return Decision(
        profile, name, "boxart", "o1", "r1", 0.25, Reason.EXPLORE, **versions, candidates=("o1", "o2"), segment=2
    )


def seen(event: str, minutes: float, of: Decision | None = None, position: int = 0) -> Reported:
    about = of or decision()
    return Reported(about, Impression(event, about.id, START + timedelta(minutes=minutes), position))


def played(event: str, minutes: float, seconds: float = 600, of: Decision | None = None) -> Reported:
    about = of or decision()
    return Reported(about, Outcome(event, about.id, START + timedelta(minutes=minutes), seconds))


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog.open(tmp_path)


def test_an_empty_log_counts_nothing(log: EventLog) -> None:
    assert log.counts() == LogCounts(0, 0, 0, None)
    assert list(log.attributed(RULE)) == []
    assert log.append([], START) == []


def test_a_decision_comes_back_as_it_was(log: EventLog) -> None:
    log.append([seen("i1", 0, position=4)], START)
    (found,) = log.attributed(RULE)
    assert found.decision == decision()
    assert (found.shown_at, found.position, found.impressions, found.reward) == (START, 4, 1, 0)


def test_where_and_when_it_was_seen_comes_back_and_makes_another_decision(log: EventLog) -> None:
    """The same picture on a phone at night and on a television: each has its own plays; the first facts stay."""
    night = replace(decision(), device=Device.PHONE, day_part=DayPart.NIGHT)
    television = replace(decision(), device=Device.TELEVISION)
    log.append([seen("i1", 0, night), seen("i2", 1, television), played("o1", 2, of=night)], START)
    assert {one.decision: one.plays for one in log.attributed(RULE)} == {night: 1, television: 0}
    log.append([seen("i3", 5, replace(night, propensity=0.5))], START)
    assert {one.decision: one.impressions for one in log.attributed(RULE)} == {night: 2, television: 1}


def test_a_duplicate_is_told_and_counts_once(log: EventLog) -> None:
    assert log.append([seen("i1", 0), seen("i1", 0)], START) == [Fate.ACCEPTED, Fate.DUPLICATE]
    assert log.append([seen("i1", 0), seen("i2", 1)], START) == [Fate.DUPLICATE, Fate.ACCEPTED]
    assert log.counts().impressions == 2


def test_another_event_of_the_same_id_is_a_conflict_and_the_first_one_stays(log: EventLog) -> None:
    log.append([seen("e1", 0)], START)
    assert log.append([seen("e1", 5), played("e1", 0)], START) == [Fate.CONFLICT, Fate.CONFLICT]
    (found,) = log.attributed(RULE)
    assert found.shown_at == START


@pytest.mark.parametrize(
    ("minutes", "seconds", "plays"),
    [(0, 600, 1), (1, 119, 0), (1, 120, 1), (24 * 60, 600, 1), (24 * 60 + 1, 600, 0), (-1, 600, 0)],
    ids=["at once", "too short", "just long enough", "on the last minute", "too late", "before it was shown"],
)
def test_an_outcome_joins_within_the_window(log: EventLog, minutes: float, seconds: float, plays: int) -> None:
    log.append([seen("i1", 0), played("o1", minutes, seconds)], START)
    assert [one.plays for one in log.attributed(RULE)] == [plays]


def test_a_play_goes_to_the_last_impression_before_it_and_counts_once(log: EventLog) -> None:
    """Impressions at 0, 10 and 20; plays at 12 and 15 are one watching, the one at 25 is another: 2 of 3."""
    log.append(
        [seen("i3", 20), played("o2", 15), seen("i1", 0), played("o3", 25), seen("i2", 10), played("o1", 12)], START
    )
    (found,) = log.attributed(RULE)
    assert (found.impressions, found.plays, found.shown_at) == (3, 2, START)


def test_a_play_without_an_impression_is_kept_and_counts_when_the_impression_arrives(log: EventLog) -> None:
    log.append([played("o1", 5)], START)
    assert list(log.attributed(RULE)) == []
    log.append([seen("i1", 0)], START + timedelta(days=3))
    assert [one.plays for one in log.attributed(RULE)] == [1]


def test_a_part_of_the_log_is_chosen_by_when_decisions_were_first_seen(log: EventLog) -> None:
    log.append([seen("i1", 0, decision("a")), seen("i2", 60, decision("b")), seen("i3", 120, decision("c"))], START)
    hour = timedelta(hours=1)
    assert [one.decision.title for one in log.attributed(RULE, START + hour, START + 2 * hour)] == ["b"]


def test_what_was_kept_of_a_profile_can_be_erased(log: EventLog) -> None:
    mine, theirs = decision(profile="m1"), decision(profile="m2")
    log.append([seen("i1", 0, mine), played("o1", 1, of=mine), seen("i2", 0, theirs)], START)
    assert log.erase("m1") == 2
    assert [one.decision.profile for one in log.attributed(RULE)] == ["m2"]
    assert log.erase("m1") == 0


@given(st.randoms(use_true_random=False), st.integers(1, 7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_grouping_and_repetition_of_reports_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, size: int
) -> None:
    events = [seen(f"i{n}", 7 * n, decision(f"t{n % 3}")) for n in range(9)]
    events += [played(f"o{n}", 11 * n, 100 * n, decision(f"t{n % 3}")) for n in range(6)]
    straight, shuffled = EventLog.open(tmp_path_factory.mktemp("log")), EventLog.open(tmp_path_factory.mktemp("log"))
    straight.append(events, START)
    reports = events + chance.choices(events, k=10)
    chance.shuffle(reports)
    fates = [fate for n in range(0, len(reports), size) for fate in shuffled.append(reports[n : n + size], START)]
    assert fates.count(Fate.ACCEPTED) == len(events)
    assert list(straight.attributed(RULE)) == list(shuffled.attributed(RULE))
    straight.close()
    shuffled.close()


def test_acknowledged_events_outlive_a_killed_process(tmp_path: Path) -> None:
    """The child says a number only after its commit; killed at any moment, what it said is there, and no half group."""
    program = Path(__file__).with_name("killed_writer.py")
    acknowledged = 0
    for attempt in range(2):
        command = [sys.executable, str(program), str(tmp_path), str(attempt)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(15):
                said = child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().split()
            acknowledged += int(rest[-1] if rest and rest[-1].isdigit() else said)
    counts = EventLog.open(tmp_path).counts()
    assert counts.impressions >= acknowledged
    assert counts.impressions % 10 == 0


def test_the_migrations_end_in_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / FILE}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_log_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / FILE}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(EventLogError, match="newer version"):
        EventLog.open(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:hunter2@h/db",
        "postgresql://ada:hunter2@127.0.0.1:1/db?connect_timeout=1",
        "postgresql://127.0.0.1:1/db?user=ada&password=hunter2&connect_timeout=1",
    ],
)
def test_no_error_tells_a_password(url: str) -> None:
    with pytest.raises(EventLogError) as told:
        EventLog.open(url)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "no://url at all"])
def test_another_database_is_refused_in_words(url: str) -> None:
    with pytest.raises(EventLogError, match=r"give a folder, sqlite:///FILE or postgresql://HOST/NAME"):
        EventLog.open(url)
