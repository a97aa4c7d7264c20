"""The list of titles says what publishing would: without letters for its name a title covers no canvas with a name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, TITLE, come_in

from artwork.compose.canvases import read_canvases
from artwork.compose.typefaces import Typefaces
from artwork.domain import Title
from artwork.review.app import Equipment, create_app
from artwork.review.lettering import Lettered, Letterings
from artwork.review.proofs import Announced
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED, Action, Change
from artwork.store.journal import Journal
from pipelines.review import announced

WITH_NAME = {canvas.name for canvas in read_canvases() if canvas.treatment}


class Fonts:
    """Announces titles, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, title: Title) -> Announced:
        self.asked.append(title.name)
        return announced(title, Typefaces.open())


def test_a_name_without_letters_and_no_other_is_not_shown() -> None:
    """U+1F9DF, a zombie, is in no font for text; with a German name the canvases have that."""
    zombie = replace(TITLE, name="\U0001f9df")
    found = Letterings(Fonts()).of(zombie)
    assert not found.shown
    assert "U+1F9DF" in found.problems[0]
    both = Letterings(Fonts()).of(replace(zombie, extra={"name_de": "Der Hafen"}))
    assert both.shown
    assert len(both.problems) == 1
    assert Letterings(Fonts()).of(TITLE) == Lettered()


def test_a_title_is_asked_about_once_until_its_words_or_its_logo_change(tmp_path: Path) -> None:
    fonts, logo = Fonts(), tmp_path / "logo.png"
    letterings = Letterings(fonts)
    title = replace(TITLE, extra={"logo": str(logo)})
    for _ in range(3):
        assert letterings.of(title).problems
    assert len(fonts.asked) == 1
    logo.write_bytes(b"no picture")
    assert "no such file" not in letterings.of(title).problems[0].lower()
    assert len(fonts.asked) == 2
    letterings.of(replace(title, name="Another"))
    assert fonts.asked[-1] == "Another"


def test_a_logo_elsewhere_is_not_fetched_for_a_list() -> None:
    fonts = Fonts()
    title = replace(TITLE, name="\U0001f9df", extra={"logo": "s3://nowhere/logo.png"})
    assert Letterings(fonts).of(title) == Lettered()
    assert fonts.asked == []


@pytest.mark.parametrize("name", ["Harbour", "\U0001f9df"])
def test_the_list_and_the_sheet_cover_what_would_be_published(
    name: str, review_store: Path, review_catalog: Catalog
) -> None:
    covers = name.isascii()
    with review_catalog.acquire(TITLE.id) as lease:  # type: ignore[union-attr]  # nobody else holds it
        review_catalog.record_title(lease, replace(TITLE, name=name))
    verdict = {"verdict": APPROVED, "reason": ""}
    changes = [Change(frame, Action.VERDICT, verdict) for frame in ("f1", "f3", "f6")]
    Journal(review_catalog.database).append(TITLE.id, changes, "Ana")
    fonts = Fonts()
    app = create_app(review_catalog, Blobs(review_store / "blobs"), None, Equipment(announce=fonts))
    client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
    come_in(client, "Ana")
    fonts.asked.clear()
    page = client.get("/").text
    shown = set(re.findall(r'<li class="has">([^<]*)</li>', page))
    assert shown & WITH_NAME == (shown if covers else set()) & WITH_NAME
    assert bool(shown & WITH_NAME) is covers
    assert shown - WITH_NAME
    assert ("has no letter for" in page) is not covers
    assert client.get("/").text == page
    assert len(fonts.asked) <= 1, "what was asked once is known"
    sheet = client.get("/titles/harbour").text
    assert ("[&#34;billboard&#34;, 1, 1]" in sheet) is covers
