"""The tables of the event log. Instants are microseconds since 1970, UTC."""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0002"
"""The newest step of the migrations; tests hold the two together."""

TABLES = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"},
)

candidate_sets = sa.Table(
    "candidate_sets",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("options", sa.Text, nullable=False),
)
"""Sets of options that a policy could have taken, each kept once. options: a JSON list of ids."""

decisions = sa.Table(
    "decisions",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("profile", sa.Text, nullable=True, index=True),
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
    sa.Column("device", sa.Text, nullable=True),
    sa.Column("day_part", sa.Text, nullable=True),
)
"""Decisions of which an event told. candidates: id of the set. device, day_part: NULL where they are not known."""

events = sa.Table(
    "events",
    TABLES,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("played_seconds", sa.Double, nullable=False),
    sa.Column("runtime_seconds", sa.Double, nullable=True),
    sa.Column("completed", sa.Boolean, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Index("ix_events_decision", "decision", "at"),
)
"""What was reported. kind: 0 impression, 1 outcome. received: when it was committed; it may be long after `at`."""
