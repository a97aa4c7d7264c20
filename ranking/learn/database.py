"""The database behind the event log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from artwork import database
from ranking.errors import EventLogError
from ranking.learn.schema import REVISION, TABLES

FILE = "events.db"
BUSY_SECONDS = 30
"""How long a writer waits for another."""
MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x6576656E7473  # "events" in ASCII: writers of a PostgreSQL log take turns with it


class Database(database.Database):
    """The event log's, migrated; whatever goes wrong is an `EventLogError`."""

    HOLDS: ClassVar = database.Holding(
        "event log", FILE, TABLES, REVISION, MIGRATIONS, EventLogError, ADVISORY_LOCK, BUSY_SECONDS
    )

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone: all of it is on the disk when the block ends, or none."""
        with super().writing() as connection:
            if self.dialect == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection
