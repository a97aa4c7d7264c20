"""Decisions that were seen, and what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first tables are there."""
    op.create_table(
        "candidate_sets",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_sets"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("canvas", sa.Text, nullable=False),
        sa.Column("option", sa.Text, nullable=True),
        sa.Column("rendition", sa.Text, nullable=False),
        sa.Column("propensity", sa.Double, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("segment", sa.Integer, nullable=True),
        sa.Column("candidates", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_profile", "decisions", ["profile"])
    op.create_table(
        "events",
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("played_seconds", sa.Double, nullable=False),
        sa.Column("runtime_seconds", sa.Double, nullable=True),
        sa.Column("completed", sa.Boolean, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_events"),
    )
    op.create_index("ix_events_decision", "events", ["decision", "at"])
