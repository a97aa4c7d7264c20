"""On PostgreSQL the event log is the same. Run with `ARTWORK_TEST_POSTGRES=postgresql://user@host/postgres`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from service_caller import OpenService

from ranking.domain import DayPart, Decision, Device, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn import showings
from ranking.learn.database import Database
from ranking.learn.events import EventLog, Fate, Reported
from ranking.learn.schema import TABLES
from ranking.learn.showings import Showings

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
END = START + timedelta(days=1)


@pytest.fixture
def url() -> Iterator[str]:
    """An empty database of its own on the server that the environment names."""
    server = os.environ.get("ARTWORK_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: set ARTWORK_TEST_POSTGRES to a URL whose user may create databases")
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install 'psycopg[binary]'")
    name = f"artwork_events_{secrets.token_hex(6)}"
    plain = sa.make_url(server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(plain, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _reports(count: int) -> list[Reported]:
    reports = []
    for number in range(count):
        versions = {"policy": "uniform", "model": "m@1", "snapshot": "s1", "epoch": 1}
        about = Decision(f"m{number % 7}", f"t{number % 5}", "boxart", "o1", "r1", 0.5, Reason.EXPLORE, **versions)
        at = START + timedelta(minutes=number)
        seen, played = Impression(f"i{number}", about.id, at), Outcome(f"o{number}", about.id, at, 60.0 * number)
        reports += [Reported(about, seen), Reported(about, played)]
    return reports


def _told(changes: Iterable[tuple[Showings, Showings]]) -> Iterator[tuple[object, ...]]:
    """Every decision of either side, what is known of it and what it came to."""
    for pair in changes:
        for side, part in enumerate(pair):
            earned = zip(part.earned.shown_at, part.earned.impressions, part.earned.plays, strict=True)
            yield from ((side, told, one) for told, one in zip(part.told.to_pylist(), earned, strict=True))


def test_the_migrations_end_in_the_tables_that_the_code_uses(url: str) -> None:
    database = Database.open(url)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []
    database.close()


def test_it_attributes_what_sqlite_attributes(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a few rows at a time, in many stretches; all of it, and what came since a moment."""
    monkeypatch.setattr(showings, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(showings, "EVENTS_AT_ONCE", 6)
    reports, logs = _reports(40), [EventLog.open(url), EventLog.open(tmp_path)]
    for log in logs:
        assert set(log.append(reports, START)) == {Fate.ACCEPTED}
        assert set(log.append(reports[:9], START)) == {Fate.DUPLICATE}
        assert log.erase("m3") > 0
    there, here = ([*log.attributed(QualifyingPlay())] for log in logs)
    assert there == here
    assert logs[0].counts() == logs[1].counts()
    late = Outcome("late", reports[2].decision.id, START, 900.0)
    later = [*_reports(60)[80:], Reported(reports[2].decision, late)]
    for log in logs:
        log.append(later, START + timedelta(hours=2))
    for since in (None, START + timedelta(hours=1)):
        there, here = ([*_told(log.changes(QualifyingPlay(), since, END))] for log in logs)
        assert there == here
        assert len(there) > 6
    for log in logs:
        log.close()


def test_writers_at_once_take_every_event_once(url: str) -> None:
    log, reports = EventLog.open(url), _reports(50)
    with ThreadPoolExecutor(4) as pool:
        fates = [fate for told in pool.map(lambda _: log.append(reports, START), range(4)) for fate in told]
    assert fates.count(Fate.ACCEPTED) == len(reports)
    assert log.counts().impressions == 50
    log.close()


def test_a_service_keeps_its_events_there(url: str, store: Path, open_service: OpenService) -> None:
    """Over HTTP, and once more after every connection was cut under it: what is acknowledged is kept, once."""
    caller = open_service(store, open_log=lambda: EventLog.open(url))
    token = caller.decide(["t00001"])["titles"][0]["token"]
    event = {"kind": "impression", "token": token, "at": "2026-01-01T20:39:00Z"}
    first = {"events": [event | {"event": "e1"}]}
    assert caller.post("/v1/events", json=first).json()["accepted"] == 1
    cut = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with cut.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        connection.execute(sa.text(others + "current_database()"))
    cut.dispose()
    again = {"events": [event | {"event": name} for name in ("e1", "e2")]}
    receipt = caller.post("/v1/events", json=again).json()
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 1)
    assert caller.service.inbox.problem == ""
    log = EventLog.open(url)
    assert log.counts().impressions == 2
    log.close()


def test_a_log_of_the_version_before_is_migrated_and_goes_on(url: str) -> None:
    """Its decisions have neither device nor part of the day; the new ones stand beside them."""
    (former, *_) = _reports(1)
    log = EventLog.open(url)
    log.append([former], START)
    log.close()
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE decisions DROP COLUMN device, DROP COLUMN day_part")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    log, phone = EventLog.open(url), replace(former.decision, device=Device.PHONE, day_part=DayPart.NIGHT)
    fates = log.append([former, Reported(phone, Impression("i-phone", phone.id, START))], START)
    assert fates == [Fate.DUPLICATE, Fate.ACCEPTED]
    assert {one.decision for one in log.attributed(QualifyingPlay())} == {former.decision, phone}
    log.close()
