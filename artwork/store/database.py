"""The database behind the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from artwork import database
from artwork.errors import StoreError
from artwork.store.schema import REVISION, TABLES

BUSY_SECONDS = 60
"""How long a writer waits for another. The longest transaction, a scan of an hour's film, takes under a second."""

FILE = "catalog.db"
MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x617274776F726B  # "artwork" in ASCII: the key of PostgreSQL's lock while migrating


class Database(database.Database):
    """The catalogue's, migrated; whatever goes wrong is a `StoreError`."""

    HOLDS: ClassVar = database.Holding(
        "catalogue", FILE, TABLES, REVISION, MIGRATIONS, StoreError, ADVISORY_LOCK, BUSY_SECONDS
    )


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """The row is in the table; True when this call put it there, False when one with its key was there before."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    added = dialect.insert(table).values(**row).on_conflict_do_nothing()
    return connection.execute(added, execution_options={"preserve_rowcount": True}).rowcount == 1
