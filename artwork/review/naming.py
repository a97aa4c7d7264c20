"""Naming people, over the wire: the faces that are one person now get one name, and keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Request
from pydantic import Field

from artwork.review.changes import Strict, answer
from artwork.review.company import Company, FaceId, faces_of, spots
from artwork.review.gate import InRoom, Judge
from artwork.review.room import TitleView
from artwork.store.entries import Change
from artwork.store.naming import LONGEST_NAME, Spot, frame_of, key_of, naming, person_name, spelt_as

router = APIRouter(prefix="/api/titles/{title}")
MOST = 200
"""People named in one act: far more than a page shows."""


class PeopleMoved(LookupError):
    """The people of a title are others than the reviewer had before them."""


class Naming(Strict):
    """Somebody gets a name; an empty one takes theirs away. alone: only the face of the key, not all of theirs."""

    key: str = Field(min_length=1, max_length=300)
    seen: int = Field(ge=0)
    alone: bool = False
    name: str = Field(max_length=10 * LONGEST_NAME)


class Introduction(Strict):
    """People named together: undone together, too. grouping: as the page was told it."""

    grouping: str = Field(max_length=200)
    people: list[Naming] = Field(min_length=1, max_length=MOST)


@router.post("/people")
def introduce(request: Request, room: InRoom, who: Judge, title: str, act: Introduction) -> dict[str, object]:
    """The people have these names, but for those whom somebody else named meanwhile: these are told."""
    view = room.view(title)
    company = view.company or room.casting.find(view.film, view.names)
    if company.grouping != act.grouping:
        raise PeopleMoved("the faces of this title were grouped anew since you looked: look again, then name them")
    known, changes = [*view.film.record.title.cast, *_staying(company, view, act.people)], list[Change]()
    for one in act.people:
        name = spelt_as(person_name(one.name), known)
        known.append(name)
        changes.append(naming(one.key, name, _faces(company, view, one), one.seen))
    return answer(request, room, title, room.journal.append(title, changes, who.name))


def _staying(company: Company, view: TitleView, people: Sequence[Naming]) -> Iterator[str]:
    """The names that somebody has still when these people have theirs: of a name that goes, the spelling goes too."""
    called = [company.keyed(one.key) for one in people if not one.alone]
    going = {person.label for person in called if person is not None}
    return (name for name in view.names.every if name not in going)


def _faces(company: Company, view: TitleView, one: Naming) -> dict[str, list[Spot]]:
    """The faces that the name is for, by frame."""
    faces: tuple[FaceId, ...]
    if one.alone:
        found = next((face for face in faces_of(view.film, frame_of(one.key)) if key_of(*face) == one.key), None)
        faces = (found,) if found else ()
    else:
        person = company.keyed(one.key)
        faces = person.faces if person else ()
    if not faces:
        raise PeopleMoved("somebody else named people here since you looked: look again, then name them")
    return spots(faces, view.film.frames)
