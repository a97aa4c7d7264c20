"""What was composed is found again, candidate by candidate and canvas by canvas."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
import sqlalchemy as sa
from store_builders import TITLE, held, record

from artwork.errors import DamagedRow, StoreError
from artwork.store.catalog import Catalog
from artwork.store.gallery import Gallery
from artwork.store.records import CanvasRecord, FileRecord
from artwork.store.rows import canonical

MADE = CanvasRecord(
    "c1",
    "square",
    "",
    "i1",
    "r1",
    (FileRecord(180, 180, "jpeg", "ab" * 32, 1234),),
    "data:,",
    "Sintel: <b>",
    facts={"crop": "1x1", "contrast": 5.5},
)
REFUSED = CanvasRecord("c1", "story", "de", "i2", rule="no_room", reason="no room")


@pytest.fixture
def gallery(catalog: Catalog) -> Gallery:
    with held(catalog) as lease:
        catalog.record_title(lease, TITLE)
        record(catalog, lease)
    return Gallery(catalog.database)


def test_nothing_was_composed_of_a_new_title(gallery: Gallery) -> None:
    assert gallery.of("sintel") == []
    assert gallery.of("nobody") == []


def test_renditions_and_refusals_come_back_whole(gallery: Gallery) -> None:
    gallery.record("sintel", "c1", ["story", "square"], [REFUSED, MADE])
    assert gallery.of("sintel") == [MADE, REFUSED]


def test_recording_replaces_the_canvases_that_are_named_and_no_others(gallery: Gallery) -> None:
    gallery.record("sintel", "c1", ["story", "square"], [REFUSED, MADE])
    gallery.record("sintel", "c2", ["square"], [replace(MADE, candidate="c2")])
    again = replace(MADE, inputs="i9", rendition="r9")
    gallery.record("sintel", "c1", ["square"], [again])
    assert gallery.of("sintel") == [again, REFUSED, replace(MADE, candidate="c2")]
    gallery.record("sintel", "c1", ["story"], [])
    assert gallery.of("sintel") == [again, replace(MADE, candidate="c2")]


def test_a_new_scan_leaves_them(gallery: Gallery, catalog: Catalog) -> None:
    gallery.record("sintel", "c1", ["square"], [MADE])
    with held(catalog) as lease:
        record(catalog, lease, settings="settings-2")
    assert gallery.of("sintel") == [MADE]


def test_of_an_unknown_title_nothing_is_recorded(gallery: Gallery) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        gallery.record("nobody", "c1", ["square"], [MADE])


GOOD = canonical({**asdict(MADE), "facts": {}})


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        GOOD.replace("ab" * 32, "../../etc/passwd"),
        GOOD.replace('"jpeg"', '"exe"'),
        GOOD.replace('"width":180', '"width":0'),
        GOOD.replace('"width":180', '"width":65536'),
        GOOD.replace('"size_bytes":1234', '"size_bytes":-1'),
        GOOD.replace("Sintel", "\\ud800"),
    ],
)
def test_a_damaged_row_is_told_with_its_place_and_the_way_out(content: str, gallery: Gallery, catalog: Catalog) -> None:
    assert content != GOOD
    gallery.record("sintel", "c1", ["square"], [MADE])
    with catalog.database.writing() as raw:
        raw.execute(sa.text("UPDATE renditions SET content = :content"), {"content": content})
    with pytest.raises(DamagedRow, match=r"candidate 'c1', canvas 'square'.*delete that row") as told:
        gallery.of("sintel")
    assert (told.value.title, told.value.table) == ("sintel", "renditions")
