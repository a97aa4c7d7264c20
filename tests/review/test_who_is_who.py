"""Reviewers name the people of a title: bound to faces, merged by name, undone, told, and safe from what names hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hostile import HOSTILE
from review_builders import ORIGIN, ROLES, TITLE, annotation, come_in

from artwork.domain import AnnotatedFrame, Box, Face, ModelRef, Rgb, Vectors
from artwork.review.app import Equipment, create_app
from artwork.review.casting import Casting
from artwork.review.footage import FilmReviews
from artwork.review.people import ReviewParams
from artwork.review.pictures import decoded
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal

CAST = "/api/titles/harbour/cast"
PEOPLE = "/api/titles/harbour/people"
Come = Callable[..., TestClient]


class Told:
    """An embedder that is told who is in which still: faces of one number are one person."""

    likeness, identity = 0.5, True

    def __init__(self, stills: Mapping[bytes, int], version: str) -> None:
        self._stills = stills
        self.model = ModelRef("told", version)

    def embed(self, still: Rgb, faces: list[Face]) -> Vectors:
        axes = np.eye(8, dtype=np.float32)
        return np.stack([axes[self._stills[still.tobytes()]] for _ in faces])


@pytest.fixture
def come(review_catalog: Catalog, review_store: Path) -> Come:
    """Somebody at a page whose machine takes these frames for these people; f1, f3, f5 and f7 show a face each."""
    blobs = Blobs(review_store / "blobs")

    def enter(name: str = "Ana", groups: str = "1112") -> TestClient:
        film = FilmReviews(review_catalog).of("harbour")
        frames = [film.frames[frame] for frame in ("f1", "f3", "f5", "f7")]
        stills = {decoded(blobs.get(one.still)).tobytes(): int(who) for one, who in zip(frames, groups, strict=True)}
        equipment = Equipment(casting=Casting(blobs, Told(stills, groups)))
        app = create_app(review_catalog, blobs, ReviewParams(roles=ROLES), equipment)
        client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
        come_in(client, name)
        return client

    return enter


def people(client: TestClient) -> dict[str, int]:
    """Who is there, and in how many frames."""
    return {one["name"]: one["frames"] for one in client.get(CAST).json()["people"]}


def call(client: TestClient, names: Mapping[str, str], expected: int = 200) -> dict[str, object]:
    """Those of these labels get these names."""
    found = client.get(CAST).json()
    wanted = [
        {"key": one["key"], "seen": one["seen"], "name": names[one["name"]]}
        for one in found["people"]
        if one["name"] in names
    ]
    answer = client.post(PEOPLE, json={"grouping": found["grouping"], "people": wanted})
    assert answer.status_code == expected, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_a_person_is_named_and_everything_says_the_name(come: Come, review_catalog: Catalog) -> None:
    client = come()
    assert people(client) == {"person 1": 3, "person 2": 1}
    told = call(client, {"person 1": " Ada \u202eLovelace"})
    assert (told["people"], told["standings"], told["slate"], told["conflicts"]) == (True, {}, False, [])
    found = client.get(CAST).json()
    assert people(client) == {"Ada Lovelace": 3, "person 2": 1}
    assert [one["named"] for one in found["people"]] == [True, False]
    assert found["choices"] == ["Ada Lovelace"]
    assert (found["frames"]["f1"], found["frames"]["f7"], found["frames"]["f2"]) == (
        ["Ada Lovelace"],
        ["person 2"],
        ["nobody"],
    )
    tiles = client.get("/api/titles/harbour/tiles").json()["tiles"]
    assert [tile["cast"] for tile in tiles] == [["Ada Lovelace"], ["Ada Lovelace"], ["nobody"]]
    [entry] = Journal(review_catalog.database).entries("harbour")
    assert (entry.action, entry.reviewer, entry.content["name"]) == ("name", "Ana", "Ada Lovelace")
    assert sorted(entry.content["faces"]) == ["f1", "f3", "f5"]
    assert Journal(review_catalog.database).check().whole
    assert Journal(review_catalog.database).standings("harbour") == {}


def test_two_groups_of_one_name_are_one_person(come: Come) -> None:
    """One is seen in three quarters of the time in which a face is seen, the other in a quarter: both in all of it."""
    client = come()
    before = {one["name"]: one["prominence"] for one in client.get(CAST).json()["people"]}
    assert before == {"person 1": 0.75, "person 2": 0.25}
    call(client, {"person 1": "Ada", "person 2": "ada"})
    [one] = client.get(CAST).json()["people"]
    assert (one["name"], one["frames"], one["prominence"]) == ("Ada", 4, 1.0)
    assert len(one["others"]) == 3


def test_the_capitals_of_a_name_are_mended_by_naming_again(come: Come) -> None:
    client = come()
    call(client, {"person 1": "ada lovelace"})
    call(client, {"ada lovelace": "Ada Lovelace"})
    assert people(client) == {"Ada Lovelace": 3, "person 2": 1}


def test_a_name_is_taken_away_and_undone_and_done_again(come: Come) -> None:
    client = come()
    call(client, {"person 1": "Ada"})
    call(client, {"Ada": "Bea"})
    assert people(client) == {"Bea": 3, "person 2": 1}
    assert client.post("/api/titles/harbour/undo").json()["people"]
    assert people(client) == {"Ada": 3, "person 2": 1}
    client.post("/api/titles/harbour/redo")
    assert people(client) == {"Bea": 3, "person 2": 1}
    call(client, {"Bea": ""})
    assert people(client) == {"person 1": 3, "person 2": 1}


def test_faces_named_together_are_undone_together_and_verdicts_are_left_alone(come: Come) -> None:
    client = come()
    verdict = {"frame": "f1", "seen": 0, "verdict": {"verdict": "approved", "reason": ""}}
    client.post("/api/titles/harbour/changes", json={"changes": [verdict]})
    call(client, {"person 1": "Ada", "person 2": "Bea"})
    assert client.post("/api/titles/harbour/undo").json()["standings"] == {}
    assert people(client) == {"person 1": 3, "person 2": 1}
    undone = client.post("/api/titles/harbour/undo").json()
    assert undone["standings"]["f1"]["verdict"] == "proposed"
    assert not undone["people"]


def test_names_stay_with_their_faces_when_the_machine_groups_otherwise(come: Come) -> None:
    """The new group has a face that was Ada, one that was Bea and one that nobody named: that one stays nobody's."""
    client = come(groups="1123")
    call(client, {"person 1": "Ada", "person 2": "Bea"})
    other = come("Ben", groups="1222")
    found = {one["name"]: one for one in other.get(CAST).json()["people"]}
    assert {name: one["frames"] for name, one in found.items()} == {"Ada": 2, "Bea": 1, "person 1": 1}
    assert found["person 1"]["beside"] == ["Ada", "Bea"]
    call(other, {"person 1": "Ada"})
    assert people(other) == {"Ada": 3, "Bea": 1}


def test_a_face_of_a_named_group_can_be_somebody_else(come: Come) -> None:
    client = come()
    call(client, {"person 1": "Ada"})
    found, look = client.get(CAST).json(), client.get("/api/titles/harbour/frames/f3").json()
    [face] = look["who"]
    assert (face["name"], face["label"]) == ("Ada", "Ada")
    wanted = {"key": face["key"], "seen": face["seen"], "name": "Bea", "alone": True}
    client.post(PEOPLE, json={"grouping": found["grouping"], "people": [wanted]})
    assert people(client) == {"Ada": 2, "Bea": 1, "person 2": 1}
    assert client.get("/api/titles/harbour/frames/f6").json()["who"] == []


def test_names_stay_when_the_title_is_ingested_again(come: Come, review_catalog: Catalog) -> None:
    """Another detector boxes f1's face wider and behind a new one, finds f3's no more, and one in f2 that is new."""
    client = come()
    call(client, {"person 1": "Ada"})
    film = FilmReviews(review_catalog).of("harbour")
    ears, wide = Face(Box(0.05, 0.05, 0.1, 0.1), 0.9), Face(Box(0.36, 0.2, 0.22, 0.4), 0.9)
    changed = {"f1": (ears, wide), "f2": (ears,), "f3": ()}

    def again(frame: AnnotatedFrame) -> AnnotatedFrame:
        if frame.id not in changed:
            return frame
        context = replace(frame.annotation.contextual, faces=changed[frame.id])
        return replace(frame, annotation=replace(annotation(1), contextual=context))

    with review_catalog.acquire(TITLE.id) as lease:
        anew = [again(frame) for frame in film.frames.values()]
        review_catalog.record_annotations(lease, ModelRef("other", "2"), film.shots, anew, "t")
    names = Journal(review_catalog.database).names("harbour")
    frames = FilmReviews(review_catalog).of("harbour").frames
    assert {name: names.of(frames[name]) for name in ("f1", "f2", "f3", "f7")} == {
        "f1": ("", "Ada"),
        "f2": ("",),
        "f3": (),
        "f7": ("",),
    }


def test_of_two_who_name_one_person_the_second_is_told(come: Come) -> None:
    client = come()
    found = client.get(CAST).json()
    wanted = {"key": found["people"][0]["key"], "seen": 0, "name": "Ada"}
    client.post(PEOPLE, json={"grouping": found["grouping"], "people": [wanted]})
    come_in(client, "Ben")
    late = client.post(PEOPLE, json={"grouping": found["grouping"], "people": [wanted | {"name": "Bea"}]}).json()
    assert [one["standing"]["reviewer"] for one in late["conflicts"]] == ["Ana"]
    assert people(client) == {"Ada": 3, "person 2": 1}
    kept = client.post("/api/titles/harbour/undo").json()  # Ben has done nothing that could be undone
    assert (kept["conflicts"], people(client)) == ([], {"Ada": 3, "person 2": 1})


def test_whoever_looks_at_other_groups_than_there_are_names_nobody(come: Come) -> None:
    client = come()
    [first, second] = client.get(CAST).json()["people"]
    for key, grouping in (
        (first["key"], "another"),
        ("people/f2/0", client.get(CAST).json()["grouping"]),
        ("people/f1/7", client.get(CAST).json()["grouping"]),
        ("f1", client.get(CAST).json()["grouping"]),
    ):
        for alone in (False, True):
            wanted = {"key": key, "seen": 0, "name": "Ada", "alone": alone}
            answer = client.post(PEOPLE, json={"grouping": grouping, "people": [wanted]})
            assert (answer.status_code, "look again" in answer.json()["detail"]) == (409, True)
    call(client, {"person 1": "Ada", "person 2": "Ada"})
    [merged] = client.get(CAST).json()["people"]
    gone = next(one for one in (first, second) if one["key"] != merged["key"])
    wanted = {"key": gone["key"], "seen": 0, "name": "Bea"}
    answer = client.post(PEOPLE, json={"grouping": client.get(CAST).json()["grouping"], "people": [wanted]})
    assert answer.status_code == 409


def test_who_may_not_change_anything_names_nobody(come: Come) -> None:
    viewer = come("Vera")
    call(viewer, {"person 1": "Ada"}, expected=403)
    stranger = come()
    del stranger.headers["x-csrf-token"]
    call(stranger, {"person 1": "Ada"}, expected=403)
    stranger.cookies.clear()
    assert stranger.post(PEOPLE, json={"grouping": "", "people": []}).status_code == 401
    assert people(viewer) == {"person 1": 3, "person 2": 1}


@pytest.mark.parametrize("bad", ["person 7", "nobody", "x" * 121, "x" * 5_000])
def test_a_name_that_nobody_can_have_is_refused_with_the_reason(come: Come, bad: str) -> None:
    client = come()
    call(client, {"person 1": bad}, expected=422)
    assert people(client) == {"person 1": 3, "person 2": 1}


def test_the_cast_of_the_manifest_is_to_choose_from_and_gives_the_spelling(come: Come, review_catalog: Catalog) -> None:
    with review_catalog.acquire(TITLE.id) as lease:
        review_catalog.record_title(lease, replace(TITLE, cast=("The Keeper", "The Daughter")))
    client = come()
    call(client, {"person 1": "the keeper", "person 2": "A Stranger"})
    assert people(client) == {"The Keeper": 3, "A Stranger": 1}
    assert client.get(CAST).json()["choices"] == ["The Keeper", "The Daughter", "A Stranger"]


def test_a_hundred_hostile_names_name_people_or_are_refused(come: Come) -> None:
    """What is kept can be read: no control, no invisible, no reordering character; and every page still stands."""
    client = come("Ada")
    for name in HOSTILE:
        found = client.get(CAST).json()
        one = min(found["people"], key=lambda each: each["key"])
        wanted = {"key": one["key"], "seen": one["seen"], "name": name}
        answer = client.post(PEOPLE, json={"grouping": found["grouping"], "people": [wanted]})
        assert answer.status_code in {200, 422}, name
        for label in people(client):
            assert all(letter.isprintable() or letter in "\u200c\u200d" for letter in label), name
    for path in ("/titles/harbour", "/journal", "/journal.jsonl", "/api/titles/harbour/frames/f1"):
        assert client.get(path).status_code == 200
    assert "<script>window.hit" not in client.get("/journal").text


def test_the_others_are_told_who_is_who(come: Come, review_catalog: Catalog) -> None:
    client = come()
    call(client, {"person 1": "Ada"})
    room = client.app.state.room  # type: ignore[attr-defined]  # Starlette's test client has no type for it
    told = room.told("harbour", Journal(review_catalog.database).entries("harbour"))
    assert (told["people"], told["standings"], told["acts"][0]["name"]) == (True, {}, "Ada")
    shares = {facet["name"]: facet["shares"] for facet in told["coverage"]}
    assert "Who" not in shares  # the candidates with a face are both Ada's, and one value is no facet
