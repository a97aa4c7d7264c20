"""What the approved pictures cover, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from review_builders import annotation, at

from artwork.domain import AnnotatedFrame, Appraisal, Theme
from artwork.review.coverage import Item, coverage, part, people


def item(number: int, seconds: float, *, approved: bool, theme: str = "calm") -> Item:
    frame = AnnotatedFrame(f"f{number}", 0, at(round(24 * seconds)), 0.5, "x", "0" * 16, annotation(number))
    vector = np.array([1.0, 0.0], dtype=np.float32)
    return Item(frame, Appraisal(frame.id, vector, 5.0, (Theme("mood", theme, 0.6),)), approved)


def test_a_title_without_candidates_covers_nothing() -> None:
    [facet] = coverage((), 90.0, ("billboard", "square"), ())
    assert (facet.name, facet.missing) == ("Canvases", ("billboard", "square"))


def test_every_value_is_counted_among_the_approved_and_among_all() -> None:
    items = [
        item(0, 1, approved=False),
        item(1, 2, approved=True),
        item(3, 50, approved=True, theme="tense"),
        item(5, 89, approved=False),
    ]
    found = {facet.name: facet for facet in coverage(items, 90.0, ("billboard", "square"), ("square",))}
    counted = {
        name: [(one.name, one.approved, one.candidates) for one in facet.shares] for name, facet in found.items()
    }
    assert counted == {
        "Canvases": [("billboard", 0, 1), ("square", 1, 1)],
        "Shot scale": [("Medium shot", 2, 3), ("No face seen", 0, 1)],
        "People": [("nobody", 0, 1), ("one face", 2, 3)],
        "Part of the film": [("opening", 1, 2), ("middle", 1, 1), ("ending", 0, 1)],
        "Mood": [("calm", 1, 3), ("tense", 1, 1)],
    }
    assert found["Part of the film"].missing == ("ending",)


def test_the_people_of_the_cast_are_counted_and_those_without_a_number_are_not() -> None:
    items = [
        replace(item(1, 1, approved=True), who=("person 2", "person 10")),
        replace(item(3, 2, approved=False), who=("person 2",)),
        replace(item(5, 3, approved=True), who=("somebody else",)),
        replace(item(0, 4, approved=True), who=("nobody",)),
    ]
    [who] = [facet for facet in coverage(items, 90.0, (), ()) if facet.name == "Who"]
    assert [(one.name, one.approved, one.candidates) for one in who.shares] == [("person 2", 1, 2), ("person 10", 1, 1)]


def test_a_facet_of_one_value_says_nothing_and_is_left_out() -> None:
    names = [facet.name for facet in coverage([item(1, 1, approved=True)], 90.0, ("square",), ("square",))]
    assert names == ["Canvases"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "opening"), (30, "middle"), (59, "middle"), (60, "ending"), (90, "ending")]
)
def test_the_film_has_three_parts(seconds: float, said: str) -> None:
    assert part(item(0, seconds, approved=False).frame, 90.0) == said


def test_a_film_of_no_length_is_all_opening() -> None:
    assert part(item(0, 5, approved=False).frame, 0.0) == "opening"
    assert people(item(1, 0, approved=False).frame) == "one face"
