"""What was looked at, and in which part of the member's day; of decisions that are there already it is not known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Decisions have a device and a part of the day, NULL for those that were made before.

    A column without a value is added without rewriting a row: a log of any length is migrated at once.
    """
    for name in ("device", "day_part"):
        op.add_column("decisions", sa.Column(name, sa.Text, nullable=True))
