"""What changed in the event log since a moment: before and after, by when it was received; the same on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ranking.domain import Decision, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn.events import EventLog, Reported

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
RULE = QualifyingPlay()


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """An empty log, in a file and on the server that the environment names."""
    if request.param == "sqlite":
        with closing(EventLog.open(tmp_path)) as found:
            yield found
        return
    server = os.environ.get("ARTWORK_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: set ARTWORK_TEST_POSTGRES to a URL whose user may create databases")
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install 'psycopg[binary]'")
    name = f"artwork_changes_{secrets.token_hex(6)}"
    admin = sa.create_engine(sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    with closing(EventLog.open(sa.make_url(server).set(database=name).render_as_string(hide_password=False))) as found:
        yield found
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def decision(profile: str) -> Decision:
    return Decision(profile, "t", "boxart", "a", "r", 0.5, Reason.EXPLORE, "p", "m", "s", 0, ("a", "b"), None)


def seen(profile: str, minute: int) -> Reported:
    one = decision(profile)
    return Reported(one, Impression(f"i{profile}{minute}", one.id, START + timedelta(minutes=minute)))


def played(profile: str, minute: int) -> Reported:
    one = decision(profile)
    return Reported(one, Outcome(f"o{profile}{minute}", one.id, START + timedelta(minutes=minute), 600.0))


def told(log: EventLog, since: int | None, until: int) -> dict[str, tuple[int | None, int | None]]:
    """By profile the reward before and after; None: not seen. Hours after the start."""
    begin = None if since is None else START + timedelta(hours=since)
    found: dict[str, list[int | None]] = {}
    for sides in log.changes(RULE, begin, START + timedelta(hours=until)):
        for side, showings in enumerate(sides):
            profiles = showings.told["profile"].to_pylist()
            for profile, plays in zip(profiles, showings.earned.plays.tolist(), strict=True):
                found.setdefault(profile, [None, None])[side] = int(plays > 0)
    return {profile: (old, new) for profile, (old, new) in found.items()}


def test_each_change_is_told_once_before_and_after(log: EventLog) -> None:
    """Seen in the first hour, played in the second (told of in the third); a play without impression is nothing yet."""
    log.append([seen("ada", 0), seen("ben", 1)], START + timedelta(hours=1))
    log.append([played("eve", 5)], START + timedelta(hours=2))
    log.append([played("ada", 2), seen("eve", 4)], START + timedelta(hours=3))
    assert told(log, None, 2) == {"ada": (None, 0), "ben": (None, 0)}
    assert told(log, 2, 3) == {}  # the play of eve alone: nobody saw the picture
    assert told(log, 2, 4) == {"ada": (0, 1), "eve": (None, 1)}
    assert told(log, 4, 9) == {}
    assert told(log, None, 9) == {"ada": (None, 1), "ben": (None, 0), "eve": (None, 1)}


def test_an_empty_log_has_no_changes(log: EventLog) -> None:
    """From the beginning, and from any moment."""
    assert told(log, None, 5) == {}
    assert told(log, 0, 5) == {}
