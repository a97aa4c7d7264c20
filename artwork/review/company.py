"""Who is in a title, as the page shows it: the people whom somebody named, and of the groups what nobody named yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from artwork.annotate.cast import Cast, clarity, prominences
from artwork.domain import AnnotatedFrame
from artwork.review.coverage import UNNAMED
from artwork.review.footage import FilmReview
from artwork.store.naming import Names, Spot, key_of, spot

SOMEBODY, NOBODY = UNNAMED
FaceId = tuple[str, int]
"""A frame, and the number of a face in it."""


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in a title: the faces of one name, or those of one group that have none.

    label: the name, else "person 3". named: whether it is a name. faces: in the film's order. best: of them, the one
    to know the person by. prominence: share of the screen time in which any face is seen, 0 to 1. beside: the names
    that other faces of the same group have.
    """

    label: str
    named: bool
    faces: tuple[FaceId, ...]
    best: FaceId
    prominence: float
    beside: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the journal calls the person by."""
        return key_of(*self.best)

    @property
    def frames(self) -> int:
        """In how many frames the person is seen."""
        return len({frame for frame, _ in self.faces})


@dataclass(frozen=True)
class Company:
    """The people of a title, the most prominent first, and who of them is in which frame.

    grouping: names the grouping that they come from. identity: whether faces were told apart by more than looks.
    """

    people: tuple[Character, ...]
    by_frame: Mapping[str, tuple[str, ...]]
    grouping: str
    identity: bool

    def names(self, frame: AnnotatedFrame) -> list[str]:
        """Who is in a frame, in words: the people of the cast, else somebody, else nobody."""
        if not frame.annotation.contextual.faces:
            return [NOBODY]
        return list(self.by_frame.get(frame.id, ())) or [SOMEBODY]

    @cached_property
    def label_of(self) -> Mapping[FaceId, str]:
        """What each face that is somebody's is called."""
        return {face: one.label for one in self.people for face in one.faces}

    @property
    def order(self) -> list[str]:
        """Every label there is, the most prominent first."""
        return [*(one.label for one in self.people), SOMEBODY, NOBODY]

    def keyed(self, key: str) -> Character | None:
        """The person of this key; None where the people are others by now."""
        return next((one for one in self.people if one.key == key), None)


def company_of(film: FilmReview, cast: Cast, added: Mapping[FaceId, int], names: Names, grouping: str) -> Company:
    """The people of a title.

    Args:
        film: its frames, those that people added included.
        cast: its groups of faces.
        added: the groups in which faces of other frames were recognised.
        names: that people gave.
        grouping: names the cast.
    """
    frames = film.frames
    groups = cast.by_face() | dict(added)
    labels = {
        (frame.id, face): name or (unnamed(groups[frame.id, face]) if groups.get((frame.id, face)) else "")
        for frame in frames.values()
        if frame.annotation.contextual.faces
        for face, name in enumerate(names.of(frame))
    }
    faces: defaultdict[str, list[FaceId]] = defaultdict(list)
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for one, label in labels.items():
        if label:
            faces[label].append(one)
            group = groups.get(one)
            if group and label != unnamed(group):
                beside[unnamed(group)].add(label)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for label, theirs in faces.items():
        for frame_id, _ in theirs:
            seen[frame_id].add(label)
    shares = prominences(list(frames.values()), film.shots, lambda frame: seen[frame.id])
    named = set(names.every)
    people = [
        Character(label, label in named, tuple(mine), _best(mine, frames), shares[label], tuple(sorted(beside[label])))
        for label, mine in faces.items()
    ]
    people.sort(key=lambda one: (-one.prominence, _number(one, groups), one.label))
    order = {one.label: place for place, one in enumerate(people)}
    by_frame = {frame: tuple(sorted(labels_of, key=order.__getitem__)) for frame, labels_of in seen.items()}
    return Company(tuple(people), by_frame, grouping, cast.identity)


def unnamed(number: int) -> str:
    """What a person without a name is called."""
    return f"person {number}"


def faces_of(film: FilmReview, frame: str) -> tuple[FaceId, ...]:
    """The faces of a frame; none of a frame that the title has not."""
    found = film.frames.get(frame)
    return tuple((frame, face) for face in range(len(found.annotation.contextual.faces))) if found else ()


def spots(faces: Iterable[FaceId], frames: Mapping[str, AnnotatedFrame]) -> dict[str, list[Spot]]:
    """Where these faces are, by frame: what a name is bound to."""
    found: defaultdict[str, list[Spot]] = defaultdict(list)
    for frame, face in faces:
        found[frame].append(spot(frames[frame].annotation.contextual.faces[face]))
    return dict(found)


def _best(faces: Sequence[FaceId], frames: Mapping[str, AnnotatedFrame]) -> FaceId:
    """The clearest; the first of equals."""
    return max(faces, key=lambda one: clarity(frames[one[0]].annotation.contextual.faces[one[1]]))


def _number(person: Character, groups: Mapping[FaceId, int]) -> int:
    return min((groups[one] for one in person.faces if groups.get(one)), default=len(groups) + 1)
