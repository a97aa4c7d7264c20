"""Appends groups of ten impressions without end, and says after each commit how many there are. Meant to be killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from ranking.domain import Decision, Impression, Reason
from ranking.learn.events import EventLog, Reported

START = datetime(2026, 1, 1, tzinfo=UTC)
DECISION = Decision("m1", "t1", "boxart", "o1", "r1", 0.5, Reason.EXPLORE, "uniform", "m@1", "s1", 1, ("o1", "o2"))


def main(folder: str, attempt: str) -> None:
    """Never returns."""
    log, count = EventLog.open(folder), 0
    while True:
        names = [f"{attempt}-{number}" for number in range(count, count + 10)]
        log.append([Reported(DECISION, Impression(name, DECISION.id, START)) for name in names], START)
        count += 10
        sys.stdout.write(f"{count}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
