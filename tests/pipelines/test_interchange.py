"""Shots and candidates in the formats of other programs, read back by those programs' own readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_builders import stock

from artwork.errors import BadInput, UnknownTitle
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal
from pipelines.interchange import interchange

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Four shots of four seconds at 24 frames a second; f3 is approved."""
    stock(tmp_path / "store")
    with closing(Catalog.open(tmp_path / "store")) as opened:
        Journal(opened.database).append("harbour", [Change("f3", Action.VERDICT, {"verdict": "approved"})], "Ana")
        yield opened


@pytest.fixture
def otio() -> ModuleType:
    return pytest.importorskip("opentimelineio", reason="no OpenTimelineIO: pip install 'artwork[interop]'")


def test_shots_lie_end_to_end_on_the_time_line(catalog: Catalog, tmp_path: Path, otio: ModuleType) -> None:
    out = tmp_path / "shots.otio"
    assert interchange(catalog, "shots", "otio", out, "harbour") == 4
    [track] = otio.adapters.read_from_file(str(out)).tracks
    ranges = [clip.source_range for clip in track]
    assert [(one.start_time.value, one.duration.value, one.start_time.rate) for one in ranges] == [
        (0, 96, 24),
        (96, 96, 24),
        (192, 96, 24),
        (288, 96, 24),
    ]
    assert track[0].media_reference.target_url == "/films/harbour.mp4"


def test_candidates_are_markers_on_the_film(catalog: Catalog, tmp_path: Path, otio: ModuleType) -> None:
    """f1 is 7 ticks of 1/24 s into the film; f3 is in the second shot (96) at 6 + 1."""
    out = tmp_path / "candidates.otio"
    assert interchange(catalog, "candidates", "otio", out, "harbour") == 3
    [[clip]] = otio.adapters.read_from_file(str(out)).tracks
    marks = [(one.marked_range.start_time.value, one.color, one.metadata["artwork"]["frame"]) for one in clip.markers]
    assert marks == [(7, "YELLOW", "f1"), (103, "GREEN", "f3"), (294, "YELLOW", "f6")]


def test_an_edl_holds_the_same_cuts(catalog: Catalog, tmp_path: Path, otio: ModuleType) -> None:
    out = tmp_path / "shots.edl"
    if "cmx_3600" not in otio.adapters.available_adapter_names():
        pytest.skip("no EDL adapter: pip install 'artwork[interop]'")
    interchange(catalog, "shots", "edl", out, "harbour")
    assert "00:00:04:00 00:00:08:00" in out.read_text("utf-8")
    assert interchange(catalog, "candidates", "edl", tmp_path / "candidates.edl", "harbour") == 3
    assert "00:00:00:07 00:00:00:08" in (tmp_path / "candidates.edl").read_text("utf-8")


def test_coco_has_boxes_in_pixels_of_the_film(catalog: Catalog, tmp_path: Path) -> None:
    """The face is at 0.4, 0.25 and measures 0.14 x 0.28 of 1920 x 1080."""
    out = tmp_path / "candidates.json"
    assert interchange(catalog, "candidates", "coco", out, "harbour") == 3
    said = json.loads(out.read_text("utf-8"))
    assert [(one["id"], one["frame"], one["verdict"]) for one in said["images"]] == [
        (1, "f1", "proposed"),
        (2, "f3", "approved"),
        (3, "f6", "proposed"),
    ]
    assert [(one["image_id"], one["category_id"], one["bbox"]) for one in said["annotations"]] == [
        (1, 1, [768.0, 270.0, 268.8, 302.4]),
        (2, 1, [768.0, 270.0, 268.8, 302.4]),
    ]


@pytest.mark.parametrize(("what", "to"), [("shots", "coco"), ("frames", "otio"), ("candidates", "avi")])
def test_what_cannot_be_exported_is_said(catalog: Catalog, tmp_path: Path, what: str, to: str) -> None:
    with pytest.raises(BadInput, match="cannot export"):
        interchange(catalog, what, to, tmp_path / "x", "harbour")


def test_an_unknown_title_is_said(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UnknownTitle):
        interchange(catalog, "shots", "otio", tmp_path / "x", "none")
