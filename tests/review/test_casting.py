"""Who is in a title, on the page: found once, kept in the store, told with the tiles and in the coverage."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, come_in

from artwork.annotate.face_looks import FaceLooks
from artwork.domain import Face, Rgb, Vectors
from artwork.review.app import Equipment, create_app
from artwork.review.casting import Casting
from artwork.review.footage import FilmReviews
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog


class Counting(FaceLooks):
    """Counts the stills that it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.stills = 0

    def embed(self, still: Rgb, faces: list[Face]) -> Vectors:
        self.stills += 1
        return super().embed(still, faces)


@pytest.fixture
def client(review_catalog: Catalog, review_store: Path) -> TestClient:
    app = create_app(review_catalog, Blobs(review_store / "blobs"), None, Equipment())
    client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
    come_in(client, "Ana")
    return client


def test_before_the_cast_is_found_tiles_say_nothing_of_it_and_then_they_do(client: TestClient) -> None:
    tiles = client.get("/api/titles/harbour/tiles").json()["tiles"]
    assert [tile["cast"] for tile in tiles] == [None, None, None]
    found = client.get("/api/titles/harbour/cast").json()
    assert not found["identity"]
    assert found["people"][0]["name"] == "person 1"
    assert sum(one["frames"] for one in found["people"]) == 4  # f1, f3, f5 and f7 show a face each
    again = client.get("/api/titles/harbour/tiles").json()["tiles"]
    assert [tile["cast"] for tile in again] == [found["frames"][name] for name in ("f1", "f3", "f6")]
    assert found["frames"]["f6"] == ["nobody"]


def test_a_person_has_a_face_picture_and_nobody_has_none(client: TestClient) -> None:
    [address, *_] = [one["portrait"] for one in client.get("/api/titles/harbour/cast").json()["people"]]
    answer = client.get(address)
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (96, 96, 3)
    assert client.get("/portraits/harbour/f1/1.jpg").status_code == 404
    assert client.get("/portraits/harbour/f2/0.jpg").status_code == 404
    assert client.get("/portraits/harbour/f1/-1.jpg").status_code == 404
    assert client.get("/portraits/nowhere/f1/0.jpg").status_code == 404


def test_approving_moves_the_coverage_of_the_person(client: TestClient) -> None:
    found = client.get("/api/titles/harbour/cast").json()
    before = {facet["name"]: facet["shares"] for facet in found["coverage"]}
    change = {"frame": "f1", "seen": 0, "verdict": {"verdict": "approved", "reason": ""}}
    told = client.post("/api/titles/harbour/changes", json={"changes": [change]}).json()
    after = {facet["name"]: facet["shares"] for facet in told["coverage"]}
    [name] = found["frames"]["f1"]
    if "Who" in before:  # the two candidates with a face may be one person, and one value is no facet
        assert {share[0]: share[1] for share in after["Who"]}[name] == 1
    assert client.get("/api/titles/harbour/tiles").json()["tiles"][0]["cast"] == [name]


def test_what_was_found_is_kept_and_what_is_damaged_is_found_again(
    review_catalog: Catalog, review_store: Path, tmp_path: Path
) -> None:
    film = FilmReviews(review_catalog).of("harbour")
    first, second, third = Counting(), Counting(), Counting()
    blobs = Blobs(review_store / "blobs")
    found = Casting(blobs, first, folder=tmp_path / "cast").find(film)
    assert first.stills == 4
    other = Casting(blobs, second, folder=tmp_path / "cast")
    assert other.known(film) is not None
    assert other.find(film) == found
    assert second.stills == 0
    [file] = (tmp_path / "cast").iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    assert Casting(blobs, third, folder=tmp_path / "cast").find(film) == found
    assert third.stills == 4
