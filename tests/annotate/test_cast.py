"""A title's cast: faces grouped into people, their share of the screen time, and faces that come later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from review_builders import annotation

from artwork.annotate.cast import CastParams, find_cast, open_face_embedder, stretches
from artwork.domain import (
    AnnotatedFrame,
    Box,
    ContextualAnnotation,
    Face,
    ModelRef,
    Rgb,
    Shot,
    Timecode,
    Vectors,
)
from artwork.errors import ModelError

TICK = Fraction(1, 10)


class ByPlace:
    """A face embedder of three people: who it is depends on the third of the frame that the face lies in."""

    model = ModelRef("by place", "0")
    dimension = 3
    likeness = 0.5
    identity = True

    def embed(self, still: Rgb, faces: Sequence[Face]) -> Vectors:
        del still
        rows = [np.eye(3)[min(2, int(3 * face.box.centre[0]))] for face in faces]
        return np.array(rows, np.float32).reshape(len(faces), 3)


def at(pts: int) -> Timecode:
    return Timecode(pts, TICK)


def shot(number: int, start: int, end: int) -> Shot:
    return Shot(number, at(start), at(end), at(start), at(end))


def frame(name: str, number: int, pts: int, *places: float, tall: float = 0.3) -> AnnotatedFrame:
    """A frame with a face at each of these places across."""
    faces = tuple(Face(Box(place, 0.2, 0.1, tall), 0.9) for place in places)
    seen = replace(annotation(0), contextual=ContextualAnnotation(faces))
    return AnnotatedFrame(name, number, at(pts), 0.1, name, "0" * 16, seen)


SHOTS = [shot(0, 0, 40), shot(1, 40, 100)]
FRAMES = [
    frame("a", 0, 10, 0.0),  # from 0 to 2 s
    frame("b", 0, 30, 0.0, 0.5),  # from 2 to 4 s
    frame("c", 1, 50),  # nobody, from 4 to 6.5 s
    frame("d", 1, 80, 0.5),  # from 6.5 to 10 s
]


def read(_key: str) -> Rgb:
    return np.zeros((100, 200, 3), np.uint8)


def test_a_frame_stands_for_its_part_of_its_shot() -> None:
    assert stretches(FRAMES, SHOTS) == {"a": 2.0, "b": 2.0, "c": 2.5, "d": 3.5}
    assert stretches([], SHOTS) == {}


def test_people_come_by_their_share_of_the_time_in_which_faces_are_seen() -> None:
    """Faces are seen for 7.5 s: the one in the middle for 5.5 of them, the one on the left for 4."""
    cast = find_cast(FRAMES, SHOTS, read, ByPlace())
    assert [(one.number, one.prominence) for one in cast.people] == [(1, 5.5 / 7.5), (2, 4 / 7.5)]
    numbers = {frame: sorted(cast.by_face()[one] for one in cast.by_face() if one[0] == frame) for frame in "abcd"}
    assert numbers == {"a": [2], "b": [1, 2], "c": [], "d": [1]}
    assert (cast.likeness, cast.identity) == (0.5, True)


def test_a_title_without_faces_has_no_cast() -> None:
    assert find_cast([frame("c", 0, 5)], SHOTS, read, ByPlace()).people == ()
    assert find_cast([], [], read, ByPlace()).people == ()


def test_two_faces_of_one_frame_are_two_people_even_when_they_are_the_same_to_the_embedder() -> None:
    cast = find_cast([frame("a", 0, 10, 0.0, 0.05)], SHOTS, read, ByPlace())
    assert [len(one.sightings) for one in cast.people] == [1, 1]


def test_a_face_too_small_to_be_told_apart_belongs_to_nobody() -> None:
    cast = find_cast([frame("a", 0, 10, 0.0, tall=0.2)], SHOTS, read, ByPlace(), CastParams(least_side=21))
    assert cast.people == ()


def test_only_the_most_prominent_are_kept_and_the_best_picture_is_the_largest() -> None:
    large = frame("e", 1, 90, 0.5, tall=0.6)
    cast = find_cast([*FRAMES, large], SHOTS, read, ByPlace(), CastParams(most_people=1))
    [person] = cast.people
    assert (person.number, person.best.frame) == (1, "e")


def test_a_face_that_comes_later_is_recognised_or_it_is_nobody() -> None:
    cast = find_cast(FRAMES, SHOTS, read, ByPlace())
    left, middle, right = np.eye(3, dtype=np.float32)
    assert cast.recognised(np.stack([left, middle, right])) == (2, 1, 0)
    assert cast.recognised(np.stack([right])) == (0,)
    assert cast.recognised(np.zeros((0, 3), np.float32)) == ()


def test_a_network_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"nothing")
    for name in ("no.onnx", "absent.onnx"):
        with pytest.raises(ModelError, match="is no face network"):
            open_face_embedder(CastParams(model=name), tmp_path)
    assert not open_face_embedder().identity
