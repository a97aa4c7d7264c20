"""Where the decisions of the log come from: the snapshots and models that training must still know.

Like `events` this module holds SQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ranking.learn.database import Database
from ranking.learn.schema import decisions, events

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def decided_with(database: Database, since: datetime) -> frozenset[tuple[str, str]]:
    """(snapshot, model) of every decision of which something happened since then, an aware moment.

    Raises:
        EventLogError: the log cannot be read.
    """
    told_of = sa.exists().where(events.c.decision == decisions.c.id, events.c.at >= (since - _EPOCH) // _MICROSECOND)
    wanted = sa.select(decisions.c.snapshot, decisions.c.model).where(told_of).distinct()
    with database.reading() as connection:
        return frozenset((row.snapshot, row.model) for row in connection.execute(wanted))
