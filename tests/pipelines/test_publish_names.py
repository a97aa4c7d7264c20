"""People named on the page reach what is served with the next publish, and nothing is composed again for it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import published_films
import pytest
from published_films import forbid_composing, in_use, judge, run, settings_of, stock

from artwork.domain import Box, ContextualAnnotation, Face, ShotScale, Title, content_id
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.naming import key_of, naming
from pipelines.difference import difference

LEFT, RIGHT = (Face(Box(left, 0.4, 0.06, 0.12), 0.95) for left in (0.42, 0.52))


@pytest.fixture
def faces(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published title whose four frames show two faces each; the first is approved, nobody is named."""
    context = ContextualAnnotation((LEFT, RIGHT), ShotScale.MEDIUM)
    monkeypatch.setattr(published_films, "ANNOTATION", replace(published_films.ANNOTATION, contextual=context))
    store = tmp_path / "store"
    stock(store, [Title("hill", str(film), "The Hill", cast=("Ada", "Bea"))])
    judge(store, "hill", "approved", 0)
    run(store)
    forbid_composing(monkeypatch)
    return store


def call(store: Path, name: str, face: int, *frames: int) -> None:
    """A person names that face of these frames."""
    with closing(Catalog.open(store)) as catalog:
        journal, ids = Journal(catalog.database), [content_id("hill", frame) for frame in frames]
        key = key_of(ids[0], face)
        spots = {frame: [(LEFT, RIGHT)[face].box.centre] for frame in ids}
        assert journal.append(
            "hill", [naming(key, name, spots, journal.names("hill").heads.get(key, 0))], "Ana"
        ).entries


def told(store: Path) -> tuple[dict[str, float], set[str]]:
    """The cast of the picture, and its texts for those who do not see."""
    entry = in_use(store)["hill"]
    return dict(entry.options[0].cast), {one.alt for one in entry.renditions}


def test_names_are_served_with_the_next_publish_and_gone_with_the_one_after_they_are(faces: Path) -> None:
    """Ada is seen in all four frames, Bea in one of four; a text names people only where it can name all."""
    nobody = ({}, {"The Hill: two people from the waist up"})
    assert told(faces) == nobody
    call(faces, "Ada", 0, 0, 1, 2, 3)
    assert [one.change for one in difference(settings_of(faces))] == ["changed"]
    run(faces)
    assert told(faces) == ({"Ada": 1.0}, {"The Hill: two people from the waist up"})
    call(faces, "Bea", 1, 0)
    run(faces)
    assert told(faces) == ({"Ada": 1.0, "Bea": 0.25}, {"The Hill: Ada and Bea from the waist up"})
    with closing(Catalog.open(faces)) as catalog:
        for _ in range(2):
            Journal(catalog.database).undo("hill", "Ana")
    run(faces)
    assert told(faces) == nobody


def test_who_is_not_billed_is_in_the_cast_but_in_no_text(faces: Path) -> None:
    """What a reviewer calls somebody of their own may give the story away."""
    call(faces, "Ada", 0, 0)
    call(faces, "The one who did it", 1, 0)
    run(faces)
    assert told(faces) == (
        {"Ada": 0.25, "The one who did it": 0.25},
        {"The Hill: two people from the waist up"},
    )


def test_two_faces_of_one_name_are_counted(faces: Path) -> None:
    """Somebody and their reflection: named once in the cast, and two in the text."""
    call(faces, "Ada", 0, 0)
    call(faces, "Ada", 1, 0)
    run(faces)
    assert told(faces) == ({"Ada": 0.25}, {"The Hill: two people from the waist up"})
