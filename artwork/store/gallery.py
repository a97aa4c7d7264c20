"""What was composed, in the catalogue: each candidate on each canvas, with the digest of what it was made of.

Like `catalog`, `journal` and `lease` this module holds SQL. Rows are kept when a picture is rejected or its title
selected anew: approved again, it need not be composed again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from artwork.errors import DamagedRow
from artwork.store.blobs import KEY
from artwork.store.database import Database
from artwork.store.records import CanvasRecord
from artwork.store.rows import Row, canonical
from artwork.store.schema import renditions

_KEYS = ("candidate", "canvas", "locale", "inputs")
_FORMATS = frozenset({"avif", "webp", "jpeg"})
_LONGEST, _LARGEST = 2**16 - 1, 2**32 - 1
"""Pixels of a side, and bytes of a file: no encoder writes more."""
_RECORD = TypeAdapter(CanvasRecord)


class Gallery:
    """The renditions of a catalogue. Safe to share between threads and between any number of processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, title: str) -> list[CanvasRecord]:
        """What was composed of a title, by candidate, canvas and locale.

        Raises:
            DamagedRow: one of them cannot be read, or names what cannot be the file of a picture.
        """
        wanted = sa.select(renditions).where(renditions.c.title == title)
        with self._database.reading() as connection:
            found = [_to_record(row) for row in connection.execute(wanted).mappings()]
        return sorted(found, key=lambda one: (one.candidate, one.canvas, one.locale))

    def record(self, title: str, candidate: str, canvases: Collection[str], made: Sequence[CanvasRecord]) -> None:
        """On these canvases the candidate has become this, and nothing else; one transaction.

        Args:
            title: a title of the catalogue.
            candidate: which of its candidates.
            canvases: whose rows are replaced.
            made: one for each canvas and language.

        Raises:
            StoreError: the catalogue cannot be written; nothing was recorded.
        """
        mine = (renditions.c.title == title) & (renditions.c.candidate == candidate)
        with self._database.writing() as connection:
            connection.execute(sa.delete(renditions).where(mine, renditions.c.canvas.in_(sorted(canvases))))
            if made:
                connection.execute(sa.insert(renditions), [{"title": title, **_row(one)} for one in made])


def _row(record: CanvasRecord) -> dict[str, Any]:
    content = asdict(record)
    keys = {name: content.pop(name) for name in _KEYS}
    return keys | {"rendition": record.rendition or None, "content": canonical(content)}


def _to_record(row: Row) -> CanvasRecord:
    keys = {name: row[name] for name in _KEYS}
    try:
        record = _RECORD.validate_python({**json.loads(row["content"]), **keys})
        _check(record)
    except (TypeError, ValueError) as error:
        which = {name: str(keys[name]) for name in ("candidate", "canvas", "locale")}
        raise DamagedRow(row["title"], renditions.name, which, str(error)) from error
    return record


def _check(record: CanvasRecord) -> None:
    """What is read here is sent to members, from the places that it names.

    Raises:
        ValueError: it cannot be what a picture, or the reason why there is none, was recorded as.
    """
    if not (record.files or record.reason):
        raise ValueError("neither a picture nor a reason")
    (record.rendition + record.alt + record.placeholder).encode()  # half a character of UTF-16 is none
    for file in record.files:
        sizes = 0 < file.width <= _LONGEST and 0 < file.height <= _LONGEST and 0 < file.size_bytes <= _LARGEST
        if not (sizes and KEY.fullmatch(file.key) and file.format in _FORMATS):
            raise ValueError(f"{file} is no file of a picture")
