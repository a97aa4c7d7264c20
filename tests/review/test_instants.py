"""An instant that a reviewer takes from the film is a candidate like any other: seen, searched, with its vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from review_builders import MODEL, ORIGIN, at, come_in

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef, Shot, Timecode
from artwork.review.app import Equipment, create_app
from artwork.review.film import Glimpse
from artwork.review.footage import FilmReviews
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.records import TitleRecord
from artwork.store.slate import approved

INSTANT = {"pts": 31, "time_base": "1/24"}
"""Between the frames of the scan."""


class OneModelDesk:
    """Reads no film: gives the frame f3 again, at another instant, and the vector of f3 from the one model it has."""

    def __init__(self, catalog: Catalog, model: ModelRef) -> None:
        film = FilmReviews(catalog).of("harbour")
        self._like, self._appraisal, self._model = film.frames["f3"], film.appraisals["f3"], model

    def full(self, record: TitleRecord, at: Timecode) -> bytes:
        raise NotImplementedError

    def around(self, record: TitleRecord, at: Timecode, each_side: int) -> list[Glimpse]:
        raise NotImplementedError

    def annotated(self, record: TitleRecord, shots: Sequence[Shot], at: Timecode) -> AnnotatedFrame:
        del record, shots
        return replace(self._like, id=f"made-{at.pts}", at=at)

    def appraised(self, frame: AnnotatedFrame, model: ModelRef) -> Appraisal | None:
        return replace(self._appraisal, frame_id=frame.id) if model == self._model else None


@pytest.fixture(params=[MODEL, ModelRef("another", "0" * 16)], ids=["its own model", "another model"])
def model(request: pytest.FixtureRequest) -> ModelRef:
    return request.param


@pytest.fixture
def client(review_catalog: Catalog, review_store: Path, model: ModelRef) -> Iterator[TestClient]:
    """Ana's browser, at a page that has this model and no other."""
    equipment = Equipment(OneModelDesk(review_catalog, model))
    app = create_app(review_catalog, Blobs(review_store / "blobs"), None, equipment)
    with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}) as opened:
        come_in(opened, "Ana")
        yield opened


def add(client: TestClient) -> dict[str, object]:
    answer = client.post("/api/titles/harbour/instants", json=INSTANT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_is_a_candidate_of_its_time_and_goes_again_with_an_undo(client: TestClient) -> None:
    told = add(client)
    assert (told["frame"], [tile["kind"] for tile in told["tiles"]]) == ("made-31", ["candidate"])
    look = client.get("/api/titles/harbour/frames/made-31").json()
    beside = [one["id"] for one in look["neighbours"]]
    assert beside == ["f0", "f1", "f2", "f3", "f4", "f5"]  # two lie before it: the window is four to each side
    client.post("/api/titles/harbour/undo")
    assert client.get("/api/titles/harbour/frames/made-31").status_code == 404


def sorted_frames(client: TestClient) -> list[AnnotatedFrame]:
    room = client.app.state.room
    return sorted(room.view("harbour").film.frames.values(), key=lambda one: one.at)


def test_it_is_found_by_likeness_only_where_the_titles_own_model_embedded_it(
    client: TestClient, model: ModelRef
) -> None:
    add(client)
    found = client.get("/api/titles/harbour/similar", params={"frame": "f3"}).json()["found"]
    names = [name for name, _ in found]
    assert ("made-31" in names) == (model == MODEL)
    assert len(names) == 8 + (model == MODEL)
    answer = client.get("/api/titles/harbour/similar", params={"frame": "made-31"})
    assert answer.status_code == (200 if model == MODEL else 404)


def test_what_is_published_finds_its_vector_in_the_journal(
    client: TestClient, review_catalog: Catalog, model: ModelRef
) -> None:
    told = add(client)
    seen = told["standings"]["made-31"]["seen"]
    change = {"frame": "made-31", "seen": seen, "verdict": {"verdict": "approved", "reason": ""}}
    client.post("/api/titles/harbour/changes", json={"changes": [change]})
    [kept] = approved(review_catalog, Journal(review_catalog.database), "harbour")
    assert kept.addition is not None
    found = kept.addition.appraised_by(MODEL)
    assert (found is not None) == (model == MODEL)
    if found is not None:
        expected = FilmReviews(review_catalog).of("harbour").appraisals["f3"].vector
        assert np.array_equal(found.vector, expected)


def test_two_who_take_the_same_instant_have_one_candidate(client: TestClient, review_catalog: Catalog) -> None:
    first, second = add(client), add(client)
    assert first["frame"] == second["frame"]
    tiles = client.get("/api/titles/harbour/tiles").json()["tiles"]
    assert [tile["id"] for tile in tiles].count("made-31") == 1
    assert at(31) == sorted_frames(client)[[one.id for one in sorted_frames(client)].index("made-31")].at
    client.post("/api/titles/harbour/undo")
    assert "made-31" in [tile["id"] for tile in client.get("/api/titles/harbour/tiles").json()["tiles"]]
    assert Journal(review_catalog.database).check().whole
