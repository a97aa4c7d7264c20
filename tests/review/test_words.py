"""Search by words, with an embedder whose space is known: pictures and words along the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient
from review_builders import MODEL, ORIGIN, come_in

from artwork.domain import ModelRef, Rgb, Vectors
from artwork.review.app import Equipment, create_app
from artwork.review.footage import FilmReviews
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog


class Interpreter:
    """Reads the number in "frame 3" as the vector of the third frame."""

    temperature = 100.0

    def __init__(self, model: ModelRef, vectors: Vectors) -> None:
        self.model = model
        self.dimension = vectors.shape[1]
        self._vectors = vectors

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        raise NotImplementedError

    def embed_words(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[int(text.rsplit(maxsplit=1)[1])] for text in texts])


def page(catalog: Catalog, store: Path, model: ModelRef) -> TestClient:
    words = Interpreter(model, FilmReviews(catalog).of("harbour").vectors)
    app = create_app(catalog, Blobs(store / "blobs"), None, Equipment(words=words))
    client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
    come_in(client, "Ana")
    return client


def test_words_find_the_frames_that_they_describe(review_catalog: Catalog, review_store: Path) -> None:
    client = page(review_catalog, review_store, MODEL)
    found = client.get("/api/titles/harbour/words", params={"words": "frame 5"}).json()["found"]
    assert found[0][0] == "f5"
    assert len(found) == 8
    assert 'data-words="1"' in client.get("/titles/harbour").text


def test_words_of_another_model_are_never_compared(review_catalog: Catalog, review_store: Path) -> None:
    client = page(review_catalog, review_store, ModelRef("another", "model"))
    assert client.get("/api/titles/harbour/words", params={"words": "frame 5"}).status_code == 409
    assert 'data-words="0"' in client.get("/titles/harbour").text


def test_near_duplicates_are_those_that_look_alike(review_catalog: Catalog) -> None:
    film = FilmReviews(review_catalog).of("harbour")
    assert film.duplicates_of("nothing") == []
    assert all("f3" in film.duplicates_of(other) for other in film.duplicates_of("f3"))
    assert set(film.looks) == {"f1", "f3", "f5", "f6", "f7"}


def test_a_title_is_read_again_when_a_stage_was_redone(review_catalog: Catalog) -> None:
    films = FilmReviews(review_catalog)
    first = films.of("harbour")
    assert films.of("harbour") is first
    with review_catalog.acquire("harbour") as lease:
        review_catalog.record_title(lease, first.record.title)
        assert films.of("harbour") is first
        review_catalog.record_refused_title(lease, first.record.title, "the film is away")
    assert films.of("harbour").record.refused == "the film is away"
