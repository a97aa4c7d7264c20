"""Names, reasons and notes from anywhere: the pages stay what they are, and say what was said."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from hostile import HOSTILE
from review_builders import TITLE

from artwork.store.catalog import Catalog

Enter = Callable[[str], TestClient]


class Skeleton(HTMLParser):
    """The elements of a page and the names of their attributes, and the text of its first heading."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.heading = ""
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        self._inside = self._inside or tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        self.heading += data if self._inside else ""


def rename(catalog: Catalog, name: str) -> None:
    with catalog.acquire(TITLE.id) as lease:
        catalog.record_title(lease, replace(TITLE, name=name, genres=(name,), location=f"/films/{name}.mp4"))


def test_there_are_a_hundred() -> None:
    assert len(HOSTILE) == 100


def test_no_name_changes_a_page(enter: Enter, review_catalog: Catalog) -> None:
    """The elements of a page are the same whatever a title is called, and its heading is the name, letter by letter."""
    client = enter("Ana")
    rename(review_catalog, "Harbour")
    pages = ("/", "/titles/harbour")
    plain = {path: Skeleton(client.get(path).text).elements for path in pages}
    for name in HOSTILE:
        rename(review_catalog, name)
        for path in pages:
            page = Skeleton(client.get(path).text)
            assert page.elements == plain[path], (name, path)
        assert page.heading == name


def test_reasons_notes_and_reviewers_come_back_as_they_were_said(enter: Enter) -> None:
    client, ada = enter("Ana"), enter("Ada")
    plain = len(Skeleton(ada.get("/journal").text).elements)
    for number, words in enumerate(HOSTILE):
        reason, note = words[:500], words[:4000]
        changes = [
            {"frame": "f1", "seen": 2 * number, "verdict": {"verdict": "rejected", "reason": reason}},
        ]
        assert client.post("/api/titles/harbour/changes", json={"changes": changes}).status_code == 200, words
        changes = [{"frame": "f1", "seen": 2 * number + 1, "note": {"note": note}}]
        told = client.post("/api/titles/harbour/changes", json={"changes": changes}).json()
        standing = told["standings"]["f1"]
        assert (standing["reason"], standing["note"]) == (reason, note)
    journal = ada.get("/journal").text
    assert "<script" not in journal
    assert html.escape(HOSTILE[0]) in journal.replace("&#34;", "&quot;")
    assert "The chain of 200 entries is whole" in journal
    assert len(Skeleton(journal).elements) > plain


def test_a_proof_of_a_name_that_cannot_be_lettered_says_why(enter: Enter, review_catalog: Catalog) -> None:
    client = enter("Ana")
    for name in ("\u200b", "x" * 5_000, "\U0001f600", "a\0b"):
        rename(review_catalog, name)
        answer = client.get("/proofs/harbour/f6/billboard.jpg", params={"width": 160})
        assert answer.status_code in {200, 404}
        assert answer.status_code == 200 or answer.json()["detail"]


@pytest.mark.parametrize("base", ["", "0", "-1", "1/0", "NaN", "1e9", "<script>", "9" * 400, "\0", "1/-25", "1\n"])
def test_an_instant_that_is_none_is_said_to_be_none(base: str, enter: Enter) -> None:
    """And one that is an instant finds no desk that reads films here."""
    client = enter("Ana")
    for path in ("/api/titles/harbour/around", "/api/titles/harbour/glimpse.jpg"):
        assert client.get(path, params={"pts": "5", "time_base": base}).status_code == 422, path
    assert client.get("/api/titles/harbour/around", params={"pts": 10**30, "time_base": "1/25"}).status_code == 422
    assert client.get("/api/titles/harbour/around", params={"pts": -5, "time_base": "1/25"}).status_code == 409


def test_hostile_paths_find_nothing(enter: Enter) -> None:
    client = enter("Ana")
    for words in ("..%2f..%2fetc%2fpasswd", "%00", "a/b", "%3Cscript%3E", "review.key"):
        for path in (
            f"/titles/{words}",
            f"/pictures/320/{words}",
            f"/static/x/{words}",
            f"/frames/harbour/{words}/full.jpg",
        ):
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert "root:" not in answer.text
