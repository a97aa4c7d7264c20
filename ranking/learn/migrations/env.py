"""Alembic runs this file: the steps are applied on the connection, and in the transaction, that the caller holds."""

from __future__ import annotations

from alembic import context

from ranking.learn.schema import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    # SQLite takes table definitions back too, once the driver is told to begin a transaction before them.
    transactional_ddl=True,
)
context.run_migrations()
