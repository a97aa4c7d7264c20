"""The event log as a history: who played which title, how often, and when it was first seen."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.settings import Settings, load_settings
from pipelines.taste_sources import new_ledger, plays_of
from ranking.domain import Decision, Impression, Outcome, Reason
from ranking.learn.events import EventLog, Reported

START = datetime(2026, 3, 1, 20, tzinfo=UTC)


def reported(profile: str | None, title: str, minutes: list[int], *, played: bool) -> list[Reported]:
    """Seen at these minutes; each time played a minute later, long enough or not."""
    shown = Decision(profile, title, "boxart", "o", "r", 0.5, Reason.EXPLORE, "p", "m", "s", 0, ("o",))
    found = []
    for minute in minutes:
        at, name = START + timedelta(minutes=minute), f"{profile}{title}{minute}"
        found.append(Reported(shown, Impression(f"i{name}", shown.id, at)))
        outcome = Outcome(f"o{name}", shown.id, at + timedelta(minutes=1), 900.0 if played else 9.0)
        found.append(Reported(shown, outcome))
    return found


def histories(settings: Settings) -> list[tuple[str, str, float, float]]:
    plays = list(plays_of(settings, [], new_ledger(settings)))
    columns = ("profiles", "titles", "worth", "at_seconds")
    return sorted(row for one in plays for row in zip(*(getattr(one, name).tolist() for name in columns), strict=True))


def test_members_who_played_are_a_history(tmp_path: Path) -> None:
    """Ada played twice what she saw twice; ben too shortly; a visitor is nobody, whatever was played."""
    settings = load_settings(store=str(tmp_path))
    assert histories(settings) == []
    with closing(EventLog.open(tmp_path)) as log:
        assert histories(settings) == []
        log.append(reported("ada", "t1", [5, 30], played=True) + reported("ada", "t2", [7], played=True), START)
        log.append(reported("ben", "t1", [6], played=False) + reported(None, "t1", [9], played=True), START)
    seen = [(START + timedelta(minutes=minute)).timestamp() for minute in (5, 7)]
    assert histories(settings) == [("ada", "t1", 2.0, seen[0]), ("ada", "t2", 1.0, seen[1])]
