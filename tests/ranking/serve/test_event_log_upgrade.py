"""A log that a former version wrote is read, and written on, as if this one had written it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn.database import FILE
from ranking.learn.events import EventLog, Fate, LogCounts, Reported

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
RULE = QualifyingPlay()
FORMER = Decision(
    "m1", "t1", "boxart", "o1", "r1", 0.25, Reason.EXPLORE, policy="uniform", model="m@1", snapshot="s1", epoch=20454,
    candidates=("o1", "o2"), segment=2,
)  # fmt: skip
DUMP = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0001');
CREATE TABLE candidate_sets (id TEXT NOT NULL, options TEXT NOT NULL, CONSTRAINT pk_candidate_sets PRIMARY KEY (id));
INSERT INTO candidate_sets VALUES('b4bce0602d311bfc','["o1", "o2"]');
CREATE TABLE decisions (
    id TEXT NOT NULL, profile TEXT, title TEXT NOT NULL, canvas TEXT NOT NULL, option TEXT, rendition TEXT NOT NULL,
    propensity DOUBLE NOT NULL, reason TEXT NOT NULL, policy TEXT NOT NULL, model TEXT NOT NULL, snapshot TEXT NOT NULL,
    epoch BIGINT NOT NULL, segment INTEGER, candidates TEXT NOT NULL, CONSTRAINT pk_decisions PRIMARY KEY (id)
);
INSERT INTO decisions VALUES(
    'c293bd6afd8fdc04','m1','t1','boxart','o1','r1',0.25,'explore','uniform','m@1','s1',20454,2,'b4bce0602d311bfc'
);
CREATE TABLE events (
    event TEXT NOT NULL, decision TEXT NOT NULL, kind SMALLINT NOT NULL, at BIGINT NOT NULL, position INTEGER NOT NULL,
    played_seconds DOUBLE NOT NULL, runtime_seconds DOUBLE, completed BOOLEAN NOT NULL, received BIGINT NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (event)
);
INSERT INTO events VALUES('i1','c293bd6afd8fdc04',0,1767297600000000,4,0.0,NULL,0,1767297600000000);
INSERT INTO events VALUES('o1','c293bd6afd8fdc04',1,1767297780000000,0,600.0,NULL,0,1767297600000000);
CREATE INDEX ix_decisions_profile ON decisions (profile);
CREATE INDEX ix_events_decision ON events (decision, at);
"""
"""What SQLite's `.dump` said of a log of revision 0001 with one picture that was seen and played."""


@pytest.fixture
def former(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.executescript(DUMP)
    return tmp_path


def test_what_was_seen_before_the_upgrade_is_there_and_on_what_is_not_known(former: Path) -> None:
    with closing(EventLog.open(former)) as log:
        assert log.counts() == LogCounts(1, 1, 1, START + timedelta(minutes=3))
        (found,) = log.attributed(RULE)
    assert (found.decision, found.position, found.plays) == (FORMER, 4, 1)
    assert (found.decision.device, found.decision.day_part) == (Device.UNKNOWN, None)


def test_a_report_that_comes_again_after_the_upgrade_is_still_known(former: Path) -> None:
    """Its token tells neither device nor hour, so that its decision has the id that it always had."""
    again = Reported(FORMER, Impression("i1", FORMER.id, START, 4))
    late = Reported(FORMER, Outcome("o2", FORMER.id, START + timedelta(minutes=9), 900.0))
    with closing(EventLog.open(former)) as log:
        assert log.append([again, late], START) == [Fate.DUPLICATE, Fate.ACCEPTED]
        assert log.counts().decisions == 1


def test_decisions_of_both_versions_stand_side_by_side(former: Path) -> None:
    phone = replace(FORMER, device=Device.PHONE, day_part=DayPart.NIGHT)
    with closing(EventLog.open(former)) as log:
        log.append([Reported(phone, Impression("i2", phone.id, START))], START)
        found = {one.decision: one.plays for one in log.attributed(RULE)}
    assert found == {FORMER: 1, phone: 0}


def test_it_is_migrated_once(former: Path) -> None:
    for _ in range(2):
        EventLog.open(former).close()
    with closing(sqlite3.connect(former / FILE)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert database.execute("SELECT device, day_part FROM decisions").fetchall() == [(None, None)]
