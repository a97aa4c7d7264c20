"""A hundred names that nobody should have: publishing bears them, and says which cannot be lettered."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hostile import HOSTILE
from PIL import Image
from published_films import in_use, judge, make_film, say_of, settings_of, stock

from artwork.domain import Title, TitleStatus
from artwork.store.entries import Action
from pipelines.publish import publish
from pipelines.publish_report import ArtworkReport
from pipelines.static_folder import INDEX, write_static

pytestmark = pytest.mark.slow


def stands_in_a_path(name: str) -> str:
    """What of a name a file can be called by."""
    kept = name.replace("\0", "").replace("/", "\N{FRACTION SLASH}")
    return kept.encode()[:200].decode(errors="ignore") + ".mp4"


def title_of(number: int) -> str:
    return f"t{number:03d}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films of hostile names, and a store of titles called likewise; nothing else."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "films").mkdir()
    film = make_film(folder / "films" / "real.mp4", 256, 144)
    titles = []
    for number, name in enumerate(HOSTILE):
        location = folder / "films" / f"{number}{stands_in_a_path(name)}"
        os.link(film, location)
        extra = {"name_de": f"{name} auf Deutsch", "note": name}
        titles.append(Title(title_of(number), str(location), name, synopsis=name, genres=(name,), extra=extra))
    stock(folder / "store", titles)
    for number, name in enumerate(HOSTILE):
        judge(folder / "store", title_of(number), "approved", 0)
        say_of(folder / "store", title_of(number), 0, Action.NOTE, {"note": name})
    return folder


@pytest.fixture(scope="module")
def reports(place: Path) -> dict[str, ArtworkReport]:
    return {one.title: one for one in publish(settings_of(place / "store"), quiet=True).reports}


def test_every_title_has_its_thumbnail_and_what_cannot_be_lettered_is_named(
    place: Path, reports: dict[str, ArtworkReport]
) -> None:
    entries = in_use(place / "store")
    assert set(entries) == set(reports) == {title_of(number) for number in range(len(HOSTILE))}
    for name, entry in entries.items():
        canvases = {one.canvas for one in entry.renditions}
        assert "thumbnail" in canvases
        report = reports[name]
        assert report.status in {TitleStatus.OK, TitleStatus.PARTIAL}
        unlettered = {one.canvas for one in report.left_out if one.locale == "" and not one.candidate}
        assert bool(report.reason) == (report.status is TitleStatus.PARTIAL)
        if unlettered:
            assert "square" in unlettered
            assert not {one.canvas for one in entry.renditions if one.locale == ""} & unlettered
            assert "cannot be lettered" in report.reason or "has no letter for" in report.reason
        else:
            crowded = {one.canvas for one in report.left_out if "no room" in one.reason and one.locale == ""}
            assert canvases | crowded == {"square", "thumbnail"}
    bad = sum(report.status is TitleStatus.PARTIAL for report in reports.values())
    assert 5 < bad < 60


def test_a_report_is_one_line_without_anything_that_moves_a_cursor(reports: dict[str, ArtworkReport]) -> None:
    for report in reports.values():
        assert str(report).isprintable()
        assert json.loads(json.dumps(report.as_row()))["title"] == report.title


def test_nothing_is_written_outside_the_store(place: Path, reports: dict[str, ArtworkReport]) -> None:
    assert reports
    assert {path.name for path in place.iterdir()} == {"films", "store"}
    assert len(list((place / "films").iterdir())) == len(HOSTILE) + 1
    write_static(settings_of(place / "store"), place / "store" / "static")
    assert {path.name for path in place.iterdir()} == {"films", "store"}
    index = json.loads((place / "store" / "static" / INDEX).read_text("utf-8"))
    assert [title["name"] for title in index["titles"]] == list(HOSTILE)


def test_what_files_say_of_themselves_is_well_formed(place: Path, reports: dict[str, ArtworkReport]) -> None:
    assert reports
    for entry in in_use(place / "store").values():
        file = next(file for file in entry.renditions[0].files if file.format == "jpeg")
        with Image.open(io.BytesIO((place / "store" / "blobs" / file.key).read_bytes())) as picture:
            packet = picture.info["xmp"].decode()
        begin, end = packet.index("<x:xmpmeta"), packet.index("<?xpacket end")
        told = ET.fromstring(packet[begin:end])  # noqa: S314  # written here
        assert [one for one in told.iter() if one.tag.endswith("SourceFrame")]
        assert not [one for one in told.iter() if one.tag.lower().endswith(("}script", "}img", "}svg", "}iframe"))]
