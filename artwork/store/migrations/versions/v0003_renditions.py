"""Renditions: what each candidate became on each canvas in each language, and of which inputs it was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """The table is there; nothing was composed yet."""
    op.create_table(
        "renditions",
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("candidate", sa.Text, nullable=False),
        sa.Column("canvas", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("rendition", sa.Text, nullable=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["title"], ["titles.id"], name="fk_renditions_titles_title", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("title", "candidate", "canvas", "locale", name="pk_renditions"),
    )
