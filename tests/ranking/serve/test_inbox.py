"""Events are acknowledged when they are on the disk, refused when there is no room, and never lost in between."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from ranking.domain import Decision, Impression, QualifyingPlay, Reason
from ranking.errors import EventLogError, Overloaded
from ranking.learn.database import FILE
from ranking.learn.events import EventLog, Fate, Reported
from ranking.serve.inbox import Inbox
from ranking.serve.params import InboxParams

START = datetime(2026, 1, 1, tzinfo=UTC)
DECISION = Decision("m1", "t1", "boxart", "o1", "r1", 0.5, Reason.EXPLORE, "uniform", "m@1", "s1", 1, ("o1", "o2"))


class SlowLog:
    """Commits when it is let, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, error: Exception | None = None) -> None:
        self.error = error or EventLogError("disk full")
        self.groups: list[int] = []
        self.go = threading.Event()
        self.failures = failures

    def append(self, reported: Sequence[Reported], _received: datetime | None) -> list[Fate]:
        self.go.wait(10)
        if self.failures:
            self.failures -= 1
            raise self.error
        self.groups.append(len(reported))
        return [Fate.ACCEPTED] * len(reported)

    def close(self) -> None:
        pass


def opened(log: SlowLog) -> Callable[[], EventLog]:
    return lambda: cast("EventLog", log)


def reports(count: int) -> list[Reported]:
    return [Reported(DECISION, Impression(f"e{number}", DECISION.id, START)) for number in range(count)]


def test_what_gathers_during_a_commit_is_committed_together() -> None:
    log = SlowLog()
    inbox = Inbox(opened(log))
    inbox.start()
    waiting = [inbox.put(reports(2)) for _ in range(20)]
    log.go.set()
    assert [len(one.result(10)) for one in waiting] == [2] * 20
    assert sum(log.groups) == 40
    assert len(log.groups) <= 3
    assert inbox.waiting == 0
    inbox.close()


def test_nothing_is_acknowledged_before_the_commit() -> None:
    log = SlowLog()
    inbox = Inbox(opened(log))
    inbox.start()
    fates = inbox.put(reports(1))
    with pytest.raises(TimeoutError):
        fates.result(0.1)
    log.go.set()
    assert fates.result(10) == [Fate.ACCEPTED]
    inbox.close()


def test_a_full_queue_says_so() -> None:
    log = SlowLog()
    inbox = Inbox(opened(log), InboxParams(most_waiting=5, retry_seconds=3))
    inbox.start()
    inbox.put(reports(4))
    with pytest.raises(Overloaded) as refused:
        inbox.put(reports(2))
    assert refused.value.retry_after_seconds == 3
    log.go.set()
    inbox.close()


@pytest.mark.parametrize("error", [EventLogError("disk full"), OSError("no such device"), ZeroDivisionError()])
def test_a_log_that_fails_is_tried_again_and_nothing_is_lost(error: Exception) -> None:
    log = SlowLog(failures=2, error=error)
    log.go.set()
    inbox = Inbox(opened(log), InboxParams(retry_seconds=0.01))
    inbox.start()
    assert inbox.put(reports(3)).result(10) == [Fate.ACCEPTED] * 3
    assert inbox.problem == ""
    inbox.close()


def test_a_closing_inbox_tells_its_senders_that_nothing_was_kept() -> None:
    log = SlowLog(failures=10**6)
    log.go.set()
    inbox = Inbox(opened(log), InboxParams(retry_seconds=0.05))
    inbox.start()
    fates = inbox.put(reports(1))
    inbox.close()
    with pytest.raises(EventLogError, match="disk full"):
        fates.result(10)
    with pytest.raises(Overloaded):
        inbox.put(reports(1))


def _decisions(log: EventLog, since: datetime | None, until: datetime) -> int:
    return sum(len(after) for _, after in log.changes(QualifyingPlay(), since, until))


def test_events_that_wait_for_another_writer_are_received_when_their_turn_comes(tmp_path: Path) -> None:
    """Counting looks at what was received until some seconds ago: nothing older may appear behind it."""
    log, other = EventLog.open(tmp_path), EventLog.open(tmp_path)
    inbox = Inbox(lambda: log)
    inbox.start()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        waiting = inbox.put(reports(1))
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        counted = datetime.now(UTC)
        assert _decisions(other, None, counted) == 0
        writer.execute("ROLLBACK")
    assert waiting.result(10) == [Fate.ACCEPTED]
    assert _decisions(other, counted, datetime.now(UTC)) == 1
    inbox.close()
    other.close()
