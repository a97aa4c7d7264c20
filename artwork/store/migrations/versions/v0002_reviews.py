"""The journal of reviews: what people decided, entry by entry, each naming the one before by its hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The journal is there, and the database itself refuses to change or remove an entry."""
    op.create_table(
        "reviews",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer, nullable=True),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reviews"),
        sa.UniqueConstraint("previous", name="uq_reviews_previous"),
    )
    op.create_index("ix_reviews_title_frame", "reviews", ["title", "frame"])
    guards = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    for statement in guards:
        op.execute(statement)


_SQLITE = tuple(
    f"CREATE TRIGGER reviews_no_{change} BEFORE {change.upper()} ON reviews "
    "BEGIN SELECT RAISE(ABORT, 'the journal of reviews only grows'); END"
    for change in ("update", "delete")
)
_REFUSAL = """
CREATE FUNCTION reviews_only_grow() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal of reviews only grows'; END $$
"""
_GUARD = """
CREATE TRIGGER reviews_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews
FOR EACH STATEMENT EXECUTE FUNCTION reviews_only_grow()
"""
_POSTGRESQL = (_REFUSAL, _GUARD)
