"""What the catalogue speaks of: the digests of blobs, wherever in its rows they stand.

Like `catalog` this module holds SQL. It knows no column by name: a blob is kept for whatever row names it, also for
one of a kind that there was not when this was written. What only looks like a digest keeps a blob in vain, no more.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from artwork.store.database import Database
from artwork.store.schema import TABLES, leases

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
CHUNK = 256
"""Rows in memory at once."""


def mentioned_digests(database: Database) -> set[bytes]:
    """Every SHA-256 that a text of the catalogue holds, 32 bytes each; reads all of it at one moment.

    Raises:
        StoreError: it cannot be read.
    """
    found: set[bytes] = set()
    with database.reading() as connection:
        for table in TABLES.sorted_tables:
            texts = [column for column in table.c if isinstance(column.type, sa.Text) and table is not leases]
            rows = connection.execution_options(yield_per=CHUNK).execute(sa.select(*texts)) if texts else ()
            for row in rows:
                for text in row:
                    found.update(map(bytes.fromhex, DIGEST.findall(text or "")))
    return found
