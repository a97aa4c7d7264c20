"""Proofs in every language in which the title will be published, as it will be."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, TITLE, come_in

from artwork.compose.treatment import Billing
from artwork.compose.typefaces import Typefaces
from artwork.domain import Title
from artwork.review.app import Equipment, create_app
from artwork.review.proofs import Announced
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from pipelines.review import announced


def announce(title: Title) -> Announced:
    """Its own name, a German one, and one that cannot be lettered."""
    return Announced((Billing(title.name), Billing("Der Hafen", "de")), {"xx": "no font has that letter"})


@pytest.fixture
def client(review_catalog: Catalog, review_store: Path) -> TestClient:
    app = create_app(review_catalog, Blobs(review_store / "blobs"), None, Equipment(announce=announce))
    client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
    come_in(client, "Ana")
    return client


def proof(client: TestClient, canvas: str, locale: str = "") -> bytes:
    answer = client.get(f"/proofs/harbour/f6/{canvas}.jpg", params={"width": 160, "locale": locale})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_the_page_knows_every_language_its_own_first(client: TestClient) -> None:
    found = re.search(r'data-locales="([^"]*)"', client.get("/titles/harbour").text)
    assert found
    assert json.loads(html.unescape(found[1])) == [
        ["", "Harbour"],
        ["de", "Der Hafen"],
        ["xx", "no font has that letter"],
    ]


def test_a_canvas_with_the_title_on_it_differs_by_language_and_one_without_does_not(client: TestClient) -> None:
    assert proof(client, "billboard") != proof(client, "billboard", "de")
    assert proof(client, "thumbnail") == proof(client, "thumbnail", "de") == proof(client, "thumbnail", "xx")


def test_a_language_that_cannot_be_set_says_why(client: TestClient) -> None:
    for locale, why in (("xx", "no font has that letter"), ("fr", "the title has no name in 'fr'")):
        answer = client.get("/proofs/harbour/f6/billboard.jpg", params={"locale": locale})
        assert (answer.status_code, answer.json()["detail"]) == (404, why)


def test_the_names_are_those_that_would_be_published() -> None:
    """A name in another language is taken from the manifest's columns, and one without a font is told."""
    title = replace(TITLE, extra={"name_de": "Der Hafen", "name_xx": "\u200b", "name_pt_br": "O porto"})
    found = announced(title, Typefaces.open())
    assert [(one.locale, one.name) for one in found.billings] == [
        ("", "Harbour"),
        ("de", "Der Hafen"),
        ("pt-BR", "O porto"),
    ]
    assert list(found.problems) == ["xx"]
    assert found.rows()[0] == ["", "Harbour"]
