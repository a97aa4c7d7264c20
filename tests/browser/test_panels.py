"""In a browser: who is in a title, and its name in other languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_builders import stock
from review_server import Visit, serving

from artwork.compose.treatment import Billing
from artwork.review.app import Equipment
from artwork.review.proofs import Announced

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def sheet(visit: Callable[..., Visit], tmp_path: Path) -> Iterator[Page]:
    """A title with a German name and one that cannot be set; seven candidates, five with a face."""
    stock(tmp_path / "store", frames=16, candidates=(1, 3, 5, 6, 9, 11, 12))
    billings = Announced((Billing("Harbour"), Billing("Der Hafen", "de")), {"xx": "no font has that letter"})
    with serving(tmp_path / "store", Equipment(announce=lambda _title: billings)) as address:
        one = visit()
        one.come_in(address, "Ana", "/titles/harbour")
        one.page.wait_for_selector("body[data-ready]")
        yield one.page


def test_people_are_grouped_filtered_and_balanced_with_a_face_each(sheet: Page) -> None:
    sheet.wait_for_selector("#who-label:not([hidden])")
    sheet.select_option("#group", "who")
    headings = [one.inner_text().split()[0] for one in sheet.locator(".group h2").all()]
    assert headings[0] == "person"
    assert headings[-1] == "nobody"
    face = sheet.locator(".group h2 img.face").first
    assert face.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    assert "by looks" in sheet.locator("#who-hint").inner_text()
    sheet.select_option("#group", "")
    sheet.select_option("#who", "nobody")
    assert sheet.eval_on_selector_all(".tile", "all => all.map(one => one.dataset.frame)") == ["f6", "f12"]
    assert sheet.locator("#who-hint").is_visible()
    sheet.select_option("#who", "")
    assert not sheet.locator("#who-hint").is_visible()
    sheet.fill("#find", "person 1")
    assert 0 < sheet.locator(".tile").count() < 7


def test_the_close_look_shows_the_title_in_each_of_its_languages(sheet: Page) -> None:
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(request.url) if "/proofs/" in request.url else None)
    sheet.keyboard.press(" ")
    sheet.wait_for_selector(".canvases-strip .finished")
    assert sheet.locator("#look-language option").all_inner_texts() == [
        "own title: Harbour",
        "German: Der Hafen",
        "xx: no font has that letter",
    ]
    asked.clear()
    with sheet.expect_request(lambda request: "boxart.jpg" in request.url and "locale=de" in request.url):
        sheet.keyboard.press("l")
    sheet.wait_for_selector('[data-canvas="boxart"] .finished')
    assert sheet.locator("#look-language").input_value() == "de"
    assert not [url for url in asked if "thumbnail" in url and "locale" in url]
    sheet.select_option("#look-language", "xx")
    sheet.wait_for_selector('[data-canvas="boxart"] .why.over:has-text("no font has that letter")')
    sheet.keyboard.press("Escape")
    sheet.keyboard.press("Escape")


def test_comparing_is_in_the_language_that_is_chosen(sheet: Page) -> None:
    sheet.keyboard.press("Shift+ArrowRight")
    sheet.keyboard.press("c")
    sheet.select_option("#compare-canvas", "boxart")
    with sheet.expect_request(lambda request: "boxart.jpg" in request.url and "locale=de" in request.url):
        sheet.select_option("#compare-language", "de")
    sheet.select_option("#compare-canvas", "")
    assert "/frames/" in sheet.locator("dialog.compare img").first.get_attribute("src")
