"""A blob that any row of the catalogue names, in whatever column, is spoken of."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from store_builders import TITLE, held, record

from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.gallery import Gallery
from artwork.store.journal import Journal
from artwork.store.mentions import mentioned_digests
from artwork.store.records import CanvasRecord, FileRecord


def test_stills_pictures_and_frames_in_the_journal_are_spoken_of(tmp_path: Path) -> None:
    with closing(Catalog.open(tmp_path)) as catalog:
        assert mentioned_digests(catalog.database) == set()
        with held(catalog) as lease:
            record(catalog, lease)
        stills = {bytes.fromhex(frame.still[3:67]) for frame in catalog.scanned_frames(TITLE.id)}
        assert stills
        picture = CanvasRecord("c", "boxart", "", "i", "r", (FileRecord(2, 3, "avif", "a1" * 32, 5),))
        Gallery(catalog.database).record(TITLE.id, "c", ["boxart"], [picture])
        added = {"still": f"b2/{'b2' * 32}.jpg"}
        Journal(catalog.database).append(TITLE.id, [Change("by-hand", Action.PROPOSE, added)], "Ana")
        found = mentioned_digests(catalog.database)
    assert stills | {b"\xa1" * 32, b"\xb2" * 32} <= found
