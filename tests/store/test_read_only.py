"""A catalogue on a disk that is full or cannot be written says so, and not only that it cannot be opened."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from artwork.errors import StoreError
from artwork.store.database import _one_line


@pytest.mark.parametrize("said", ["unable to open database file", "attempt to write a readonly database"])
def test_the_way_out_is_named(said: str) -> None:
    """SQLite's words alone send people looking for a missing file."""
    with pytest.raises(StoreError, match="its folder must be writable"), _one_line(sa.make_url("sqlite:///x.db")):
        raise sqlite3.OperationalError(said)


@pytest.mark.parametrize("said", ["disk I/O error", "database or disk is full"])
def test_a_full_disk_is_named(said: str) -> None:
    """A full disk shows as an I/O error also where nothing is written: SQLite shares its locks in a file."""
    with pytest.raises(StoreError, match="make room on its disk"), _one_line(sa.make_url("sqlite:///x.db")):
        raise sqlite3.OperationalError(said)
