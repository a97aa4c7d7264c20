"""A real film reviewed from end to end: found, filtered, judged, framed, compared, seen by a second, published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_server import Visit, serving, settled, verdicts

from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.slate import approved
from pipelines.ingest import ingest_paths
from pipelines.review import equip
from pipelines.samples import make_film, sample_storyboards
from pipelines.settings import load_settings
from ranking.learn.folder import read_active
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.learn.withdrawn import read_withdrawn

if TYPE_CHECKING:
    from playwright.sync_api import Page

MATERIAL = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).resolve().parents[3] / "shared"))

ALL_PROOFS = ".canvases-strip li:is(.unfit, :has(.finished)) >> nth=5"
"""The sixth canvas shows its proof, or why there is none."""


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Big Buck Bunny, ingested; where it is absent, one of the sample films."""
    folder = tmp_path_factory.mktemp("real")
    film = MATERIAL / "films" / "big_buck_bunny.mp4"
    if not film.exists():
        film = folder / "big_buck_bunny.mp4"
        make_film(sample_storyboards()[0], film)
    settings = load_settings(store=str(folder / "store"), models=MATERIAL / "models", scan="quick")
    [report] = ingest_paths([film], None, settings, quiet=True)
    assert report.status == "ok"
    return folder / "store"


@pytest.fixture
def store(ingested: Path, tmp_path: Path) -> Path:
    """A store of one's own."""
    return Path(shutil.copytree(ingested, tmp_path / "store"))


@pytest.fixture
def address(store: Path) -> Iterator[str]:
    """The page, with everything that `artwork review` gives it."""
    settings = load_settings(store=str(store), models=MATERIAL / "models")
    with (
        closing(Catalog.open(store)) as catalog,
        serving(store, equip(settings, catalog, Blobs(store / "blobs"))) as at,
    ):
        yield at


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_real_title_from_the_list_to_approved_artwork(
    visit: Callable[..., Visit], address: str, store: Path, screens: Path | None, scheme: str
) -> None:
    ana, ben = visit(color_scheme=scheme), visit()
    name = f"Ana {scheme}"
    ana.come_in(address, name, "/")
    page = ana.page

    def look(name: str) -> None:
        if screens:
            page.wait_for_timeout(700)
            page.screenshot(path=screens / f"real-{name}-{scheme}.png")

    look("titles")
    page.click(".card a")
    page.wait_for_selector("body[data-ready]")
    ben.come_in(address, "Ben", "/titles/big-buck-bunny")
    ben.page.wait_for_selector("body[data-ready]")
    count = page.locator(".tile").count()
    assert count >= 5

    page.fill("#find", page.locator("#scale option").nth(1).inner_text())
    assert 0 < page.locator(".tile").count() <= count
    page.fill("#find", "")
    page.press("#find", "Escape")
    page.keyboard.press("Home")
    before = verdicts(page)
    page.keyboard.press("a")
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.keyboard.press("a")
    page.keyboard.press("u")
    settled(page)
    assert verdicts(page)[:2] == ["approved", "rejected"]
    assert verdicts(page)[2] == before[2]
    ben.page.wait_for_selector('.tile[data-verdict="approved"]')
    ben.page.wait_for_selector('.tile[data-verdict="rejected"]')
    look("sheet")

    _point_and_step(page, look)
    ben.page.wait_for_selector(".tile .hand")

    _compare_and_refused(page, look)
    with closing(Catalog.open(store)) as catalog:
        journal = Journal(catalog.database)
        kept = approved(catalog, journal, "big-buck-bunny")
        assert journal.check().whole
    assert [one.addition is not None for one in kept if one.by_hand] == [True]
    assert all(one.addition.appraisal is not None for one in kept if one.addition)
    assert kept[0].standing.focus is not None
    assert abs(kept[0].standing.focus[0] - 0.3) < 0.02

    _publish_and_withdraw(page, address, store, look)
    ben.page.wait_for_selector(".tile.here")


def _publish_and_withdraw(page: Page, address: str, store: Path, look: Callable[[str], None]) -> None:
    """What was approved is published from the page; what is rejected then is withdrawn, and an undo brings it back."""
    page.goto(address + "/publish")
    page.wait_for_selector("#publish:enabled")
    assert "big-buck-bunny: 2 pictures added" in page.locator("#difference").inner_text()
    page.click("#publish")
    page.wait_for_selector("#run.good", timeout=300_000)
    look("published")
    options = in_use(store)
    assert len(options) == 2
    assert page.locator("#publish").is_disabled()
    page.goto(address + "/titles/big-buck-bunny")
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("Home")
    page.keyboard.press("r")
    page.keyboard.press("1")
    settled(page)
    [withdrawn] = read_withdrawn(store)
    assert withdrawn in options
    page.keyboard.press("u")
    settled(page)
    assert read_withdrawn(store) == frozenset()


def in_use(store: Path) -> set[str]:
    """The options of the snapshot in use that somebody approved."""
    snapshot = Snapshot.open(store / FOLDER / read_active(store).snapshot)
    return {one.id for one in snapshot.option_values() if one.approved}


def _point_and_step(page: Page, look: Callable[[str], None]) -> None:
    """The first frame has a focal point, set by dragging; an instant near it, found by stepping, is approved too."""
    page.keyboard.press("Home")
    page.keyboard.press("f")
    page.wait_for_selector(".focal:not([hidden])")
    page.wait_for_selector(ALL_PROOFS)
    box = page.locator(".easel").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.45, steps=4)
    page.mouse.up()
    settled(page)
    page.wait_for_selector(ALL_PROOFS)
    look("focal-point")

    page.locator("dialog.look").focus()
    page.keyboard.press(".")
    page.wait_for_selector(".glimpses .here")
    page.keyboard.press(".")
    look("steps")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=That instant is a candidate now.")
    page.keyboard.press("a")
    settled(page)
    page.keyboard.press("Escape")
    assert page.locator(".tile .hand").count() >= 1


def _compare_and_refused(page: Page, look: Callable[[str], None]) -> None:
    """Two frames stand side by side on a canvas; the refused ones are a key away."""
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")
    page.select_option("#compare-canvas", "boxart")
    page.wait_for_selector("dialog.compare figure >> nth=1")
    look("compare")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.wait_for_selector('.tile[data-kind="refused"], #empty:not([hidden])')
    look("refused")
