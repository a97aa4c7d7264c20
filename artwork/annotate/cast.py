"""Who is seen in a title: its faces grouped into people, whom nobody has named, by how alike their vectors are.

Two faces of one frame are never one person. How sure a group is depends on the embedder: a face network tells people
apart, the built-in one tells looks apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwork.annotate.face_looks import FaceLooks
from artwork.annotate.face_network import FaceNetwork, FaceNetworkParams
from artwork.annotate.linkage import linked
from artwork.domain import AnnotatedFrame, Face, Rgb, Shot, Vectors
from artwork.ports import FaceEmbedder


@dataclass(frozen=True, slots=True)
class CastParams:
    """Settings of the cast.

    Attributes:
        least_side: pixels of the still that a face must be high to be told apart; smaller ones belong to nobody.
        most_faces: faces that are grouped, the largest: memory grows with their square, 64 MB for 4,000.
        most_people: people that are kept, the most prominent.
        model: a face network that tells people apart: an ONNX file, by its path or by its name in the models folder;
            empty: the built-in embedder, which tells looks apart.
        network: what that network wants to see.
    """

    least_side: int = 24
    most_faces: int = 4_000
    most_people: int = 12
    model: str = ""
    network: FaceNetworkParams = field(default_factory=FaceNetworkParams)


def open_face_embedder(params: CastParams | None = None, models: Path = Path()) -> FaceEmbedder:
    """The face network that is set, otherwise the built-in embedder; `identity` says which it became.

    Args:
        params: `CastParams()` when None.
        models: where a network that is no path is looked up.

    Raises:
        ModelError: the network cannot be opened.
    """
    params = params or CastParams()
    return FaceNetwork(models / params.model, params.network) if params.model else FaceLooks()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face of a frame: its number there, the largest first, and the seconds of the film that the frame stands for."""

    frame: str
    face: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is seen in a title, without a name.

    number: 1 for the most prominent. prominence: share of the screen time in which any face is seen, 0 to 1.
    sightings: in the film's order. best: of them, the one to know the person by. middle: mean of their vectors.
    """

    number: int
    prominence: float
    sightings: tuple[Sighting, ...]
    best: Sighting
    middle: NDArray[np.float32] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a title, the most prominent first. identity: whether they were told apart by more than looks."""

    people: tuple[Person, ...] = ()
    likeness: float = 1.0
    identity: bool = False

    def by_face(self) -> dict[tuple[str, int], int]:
        """The number of the person that each face is; by frame and number in it. A face of nobody is not in it."""
        return {(one.frame, one.face): person.number for person in self.people for one in person.sightings}

    def recognised(self, vectors: Vectors) -> tuple[int, ...]:
        """The number of the person that each face of another frame shows; 0 for none of them."""
        if not self.people or not len(vectors):
            return (0,) * len(vectors)
        alike = vectors @ np.stack([person.middle for person in self.people]).T
        best = np.argmax(alike, axis=1)
        sure = alike[np.arange(len(vectors)), best] >= self.likeness
        return tuple(self.people[int(one)].number if certain else 0 for one, certain in zip(best, sure, strict=True))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A face that can be told apart. clarity: how well it shows who it is."""

    sighting: Sighting
    clarity: float
    vector: NDArray[np.float32] = field(repr=False, compare=False)


def find_cast(
    frames: Sequence[AnnotatedFrame],
    shots: Sequence[Shot],
    read: Callable[[str], Rgb | None],
    embedder: FaceEmbedder,
    params: CastParams | None = None,
) -> Cast:
    """The people of a title.

    Args:
        frames: all that a scan kept, in the film's order.
        shots: of the film.
        read: gives a still by its key; None where it is damaged or gone: nobody is told apart there.
        embedder: turns faces into vectors.
        params: `CastParams()` when None.
    """
    params = params or CastParams()
    seconds = stretches(frames, shots)
    showing = [frame for frame in frames if frame.annotation.contextual.faces]
    seen: list[_Seen] = []
    for frame in showing:
        still = read(frame.still)
        if still is None:
            continue
        for number, vector in face_vectors(frame, still, embedder, params):
            face = frame.annotation.contextual.faces[number]
            seen.append(_Seen(Sighting(frame.id, number, seconds[frame.id]), clarity(face), vector))
    largest = sorted(range(len(seen)), key=lambda one: (-seen[one].clarity, one))[: params.most_faces]
    groups = _groups([seen[one] for one in sorted(largest)], embedder.likeness)
    whole = sum(seconds[frame.id] for frame in showing)
    groups.sort(key=lambda group: -_on_screen(group))  # of equals the one seen first
    people = [_person(number, group, whole) for number, group in enumerate(groups[: params.most_people], 1)]
    return Cast(tuple(people), embedder.likeness, embedder.identity)


def face_vectors(
    frame: AnnotatedFrame, still: Rgb, embedder: FaceEmbedder, params: CastParams
) -> list[tuple[int, NDArray[np.float32]]]:
    """Number and vector of each face of a frame that is large enough."""
    faces = frame.annotation.contextual.faces
    large = [number for number, face in enumerate(faces) if face.box.height * still.shape[0] >= params.least_side]
    return list(zip(large, embedder.embed(still, [faces[number] for number in large]), strict=True))


def stretches(frames: Iterable[AnnotatedFrame], shots: Sequence[Shot]) -> dict[str, float]:
    """The seconds that each frame stands for, by frame: in its shot, as far as half way to the frames beside it."""
    by_shot: dict[int, list[AnnotatedFrame]] = defaultdict(list)
    for frame in frames:
        by_shot[frame.shot].append(frame)
    ends = {shot.number: (shot.start.seconds, shot.end.seconds) for shot in shots}
    found: dict[str, float] = {}
    for number, mine in by_shot.items():
        mine.sort(key=lambda frame: (frame.at, frame.id))
        times = [frame.at.seconds for frame in mine]
        first, last = ends.get(number, (times[0], times[-1]))
        edges = [first, *((before + after) / 2 for before, after in pairwise(times)), last]
        found |= {frame.id: max(0.0, end - start) for frame, (start, end) in zip(mine, pairwise(edges), strict=True)}
    return found


def prominences(
    frames: Sequence[AnnotatedFrame], shots: Sequence[Shot], who: Callable[[AnnotatedFrame], Iterable[str]]
) -> dict[str, float]:
    """The share of the screen time in which any face is seen that each is seen in, 0 to 1; nobody without a face.

    Args:
        frames: of a film.
        shots: of the film.
        who: names those who are seen in a frame.
    """
    seconds = stretches(frames, shots)
    showing = [frame for frame in frames if frame.annotation.contextual.faces]
    whole = sum(seconds[frame.id] for frame in showing)
    found: dict[str, float] = defaultdict(float)
    for frame in showing:
        for name in set(who(frame)):
            found[name] += seconds[frame.id]
    return {name: min(1.0, share / whole) if whole > 0 else 0.0 for name, share in found.items()}


def clarity(face: Face) -> float:
    """How well a face shows who it is: large, certain, turned to the camera."""
    return face.box.area * face.confidence * (1.5 if face.frontal else 1.0)


def _groups(seen: Sequence[_Seen], likeness: float) -> list[list[_Seen]]:
    if not seen:
        return []
    frames = {one.sighting.frame: number for number, one in enumerate(seen)}
    apart = np.array([frames[one.sighting.frame] for one in seen], np.int64)
    groups = linked(np.stack([one.vector for one in seen]), apart, likeness)
    return [[seen[one] for one in group] for group in groups]


def _person(number: int, group: Sequence[_Seen], whole: float) -> Person:
    best = max(group, key=lambda one: one.clarity)
    middle = np.stack([one.vector for one in group]).mean(axis=0)
    sightings = tuple(one.sighting for one in group)
    share = _on_screen(group) / whole if whole > 0 else 0.0
    return Person(number, share, sightings, best.sighting, np.asarray(middle, np.float32))


def _on_screen(group: Iterable[_Seen]) -> float:
    """Seconds; a person is in each frame once."""
    return sum(one.sighting.seconds for one in group)
