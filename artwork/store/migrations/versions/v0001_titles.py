"""Titles, and what was found in their films."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first tables are there."""
    _films()
    _frames()
    _judgements()
    _selections()
    _leases()


def _films() -> None:
    op.create_table(
        "titles",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("genres", sa.Text, nullable=False),
        sa.Column("synopsis", sa.Text, nullable=False),
        sa.Column("cast", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=True),
        sa.Column("maturity_rating", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("extra", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("refused", sa.Text, nullable=True),
        sa.Column("film_digest", sa.Text, nullable=True),
        sa.Column("film_bytes", sa.BigInteger, nullable=True),
        sa.Column("film_modified_ns", sa.BigInteger, nullable=True),
        sa.Column("facts", sa.Text, nullable=True),
        sa.Column("face_model", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_titles"),
    )
    op.create_table(
        "stages",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_stages_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "stage", name="pk_stages"),
    )


def _frames() -> None:
    op.create_table(
        "shots",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("start_pts", sa.BigInteger, nullable=False),
        sa.Column("end_pts", sa.BigInteger, nullable=False),
        sa.Column("clear_start_pts", sa.BigInteger, nullable=False),
        sa.Column("clear_end_pts", sa.BigInteger, nullable=False),
        sa.Column("time_base", sa.Text, nullable=False),
        sa.Column("opens_with", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_shots_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "number", name="pk_shots"),
    )
    op.create_table(
        "frames",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("shot", sa.Integer, nullable=False),
        sa.Column("pts", sa.BigInteger, nullable=False),
        sa.Column("time_base", sa.Text, nullable=False),
        sa.Column("seconds_to_cut", sa.Double, nullable=False),
        sa.Column("motion", sa.Double, nullable=False),
        sa.Column("signals", sa.Text, nullable=False),
        sa.Column("still", sa.Text, nullable=False),
        sa.Column("phash", sa.Text, nullable=True),
        sa.Column("annotation", sa.Text, nullable=True),
        sa.ForeignKeyConstraint(
            ["title", "shot"], ["shots.title", "shots.number"], name="fk_frames_shots_title", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_frames_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "id", name="pk_frames"),
        sa.UniqueConstraint("title", "position", name="uq_frames_title_position"),
    )


def _judgements() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("preprocessing", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
    )
    op.create_table(
        "appraisals",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("embed_model", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("aesthetic_model", sa.Text, nullable=False),
        sa.Column("aesthetic", sa.Double, nullable=False),
        sa.Column("themes", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["aesthetic_model"], ["models.id"], name="fk_appraisals_models_aesthetic_model"),
        sa.ForeignKeyConstraint(["embed_model"], ["models.id"], name="fk_appraisals_models_embed_model"),
        sa.ForeignKeyConstraint(
            ["title", "frame"], ["frames.title", "frames.id"], name="fk_appraisals_frames_title", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_appraisals_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "frame", name="pk_appraisals"),
    )
    op.create_table(
        "refusals",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("limit", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(
            ["title", "frame"], ["frames.title", "frames.id"], name="fk_refusals_frames_title", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_refusals_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "position", name="pk_refusals"),
    )
    op.create_index("ix_refusals_title_frame", "refusals", ["title", "frame"])


def _selections() -> None:
    op.create_table(
        "candidates",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("utility", sa.Double, nullable=False),
        sa.Column("fallback", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(
            ["title", "frame"], ["frames.title", "frames.id"], name="fk_candidates_frames_title", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_candidates_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "id", name="pk_candidates"),
        sa.UniqueConstraint("title", "frame", name="uq_candidates_title_frame"),
        sa.UniqueConstraint("title", "rank", name="uq_candidates_title_rank"),
    )
    op.create_table(
        "verdicts",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_verdicts_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "frame", name="pk_verdicts"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("title", name="pk_leases"),
    )
