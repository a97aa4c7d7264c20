"""Names belong to faces: they are found again by where the faces are, and nobody else gets them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import (
    AnnotatedFrame,
    Box,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FrameAnnotation,
    PaletteColour,
    ShotScale,
    Timecode,
    VisualAnnotation,
)
from artwork.store.entries import Action, Change, Entry
from artwork.store.naming import (
    LONGEST_NAME,
    NOBODY_NAMED,
    UnfitPersonName,
    frame_of,
    key_of,
    names_of,
    naming,
    person_name,
    spelt_as,
    spot,
)

VISUAL = VisualAnnotation(0.3, 0.2, 0.15, 0.9, 0.01, 0.002, 0.0, 0.0, 0.0, (PaletteColour("#336699", 1.0),))
BUILT = CompositionalAnnotation(0.5, 0.5, 0.2, ((0.9, 0.1), (0.4, 0.6)))
LEFT, RIGHT = Box(0.1, 0.2, 0.2, 0.4), Box(0.6, 0.2, 0.2, 0.4)


def frame(*boxes: Box, name: str = "f1") -> AnnotatedFrame:
    context = ContextualAnnotation(tuple(Face(box, 0.9) for box in boxes), ShotScale.MEDIUM)
    return AnnotatedFrame(
        name, 0, Timecode(24, Fraction(1, 24)), 0.2, "s.jpg", "0" * 16, FrameAnnotation(VISUAL, context, BUILT)
    )


def entries(*changes: Change | int) -> list[Entry]:
    """The entries of these changes; a number undoes the entry of that number."""
    found = []
    for number, one in enumerate(changes, 1):
        if isinstance(one, int):
            found.append(Entry(number, "t", found[one - 1].frame, Action.UNDO, {}, one, number, "Ana", "", ""))
        else:
            found.append(Entry(number, "t", one.frame, one.action, one.content, None, number, "Ana", "", ""))
    return found


def named(name: str, *faces: tuple[str, Box]) -> Change:
    spots = {frame: [spot(Face(box, 0.9))] for frame, box in faces}
    return naming(key_of(faces[0][0], 0), name, spots, 0)


def test_nobody_has_a_name_before_somebody_gives_one() -> None:
    assert not names_of([])
    assert names_of([]).of(frame(LEFT, RIGHT)) == ("", "")
    assert (NOBODY_NAMED.every, NOBODY_NAMED.newest) == ((), 0)


def test_a_name_is_that_of_the_face_it_was_given_to_and_of_no_other() -> None:
    names = names_of(entries(named("Ada", ("f1", LEFT))))
    assert names.of(frame(LEFT, RIGHT)) == ("Ada", "")
    assert names.of(frame(RIGHT, LEFT)) == ("", "Ada")
    assert names.of(frame(LEFT, name="f2")) == ("",)
    assert (names.every, names.heads) == (("Ada",), {"people/f1/0": 1})


def test_the_newest_name_counts_an_empty_one_takes_it_away_and_undoing_brings_it_back() -> None:
    ada, bea, none = (named(name, ("f1", LEFT)) for name in ("Ada", "Bea", ""))
    assert names_of(entries(ada, bea)).of(frame(LEFT)) == ("Bea",)
    assert names_of(entries(ada, bea, ada)).of(frame(LEFT)) == ("Ada",)
    assert names_of(entries(ada, none)).of(frame(LEFT)) == ("",)
    assert names_of(entries(ada, none, 2)).of(frame(LEFT)) == ("Ada",)
    assert names_of(entries(ada, bea, 2)).of(frame(LEFT)) == ("Ada",)
    assert names_of(entries(ada, none)).every == ()


def test_a_face_that_another_detector_boxes_otherwise_keeps_its_name_and_one_it_does_not_see_loses_it() -> None:
    names = names_of(entries(named("Ada", ("f1", LEFT)), named("Bea", ("f1", RIGHT))))
    looser = Box(0.05, 0.1, 0.3, 0.55)
    assert names.of(frame(RIGHT, looser)) == ("Bea", "Ada")
    assert names.of(frame(Box(0.8, 0.7, 0.1, 0.1))) == ("",)
    assert names.of(frame()) == ()


def test_of_two_faces_around_a_named_spot_the_nearer_is_meant() -> None:
    """The middle of LEFT is (0.2, 0.4); both boxes hold it, the second about it."""
    names = names_of(entries(named("Ada", ("f1", LEFT))))
    assert names.of(frame(Box(0.0, 0.0, 0.6, 0.8), Box(0.12, 0.22, 0.2, 0.4))) == ("", "Ada")


def test_of_two_names_that_lead_to_one_face_the_newer_counts() -> None:
    """The face was named, found again a little to the side by another detector, and named anew there."""
    moved = Box(0.12, 0.21, 0.2, 0.4)
    names = names_of(entries(named("Ada", ("f1", LEFT)), named("Bea", ("f1", moved))))
    assert names.of(frame(moved)) == names.of(frame(LEFT)) == ("Bea",)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8, unique=True),
    st.lists(st.sampled_from(["", "Ada", "Bea"]), min_size=8, max_size=8),
    st.floats(-0.03, 0.03),
    st.floats(0.9, 1.2),
)
def test_faces_apart_keep_their_names_when_they_are_found_again(
    cells: list[tuple[int, int]], given_names: list[str], shift: float, scale: float
) -> None:
    """Faces in a grid, named one by one; found again shifted by less than a third of their size, larger or smaller."""
    boxes = [Box(0.05 + 0.25 * x, 0.05 + 0.25 * y, 0.1, 0.1) for x, y in cells]
    again = [Box(box.left + shift, box.top - shift, 0.1 * scale, 0.1 * scale) for box in boxes]
    names = names_of(entries(*(named(name, ("f1", box)) for name, box in zip(given_names, boxes, strict=False))))
    assert names.of(frame(*again)) == tuple(given_names[: len(boxes)])


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u202eada\u202c\0\x1b", "ada"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("<b>Ada</b>", "<b>Ada</b>"),
        ("\u200b\u200d\ufeff \u2028", ""),
        ("", ""),
    ],
)
def test_a_name_is_one_line_of_what_can_be_read(given_name: str, kept: str) -> None:
    assert person_name(given_name) == kept


@pytest.mark.parametrize("bad", ["x" * (LONGEST_NAME + 1), "person 3", "Nobody", "somebody else", "x" * 10_000_000])
def test_what_nobody_can_be_called_is_said(bad: str) -> None:
    with pytest.raises(UnfitPersonName, match="nobody can be called"):
        person_name(bad)


@given(st.text(max_size=200))
def test_cleaning_a_name_again_changes_nothing(text: str) -> None:
    try:
        once = person_name(text)
    except UnfitPersonName:
        return
    assert person_name(once) == once
    assert len(once) <= LONGEST_NAME


def test_a_known_spelling_is_taken_and_another_name_is_left_alone() -> None:
    assert spelt_as("ada LOVELACE", ["Bea", "Ada Lovelace"]) == "Ada Lovelace"
    assert spelt_as("Ada", ["Ada Lovelace"]) == "Ada"


def test_keys_lead_to_frames_and_frames_lead_to_themselves() -> None:
    assert frame_of(key_of("f1", 2)) == "f1"
    assert frame_of("f1") == "f1"


def test_frames_get_verdicts_and_people_get_names() -> None:
    with pytest.raises(ValueError, match="people get names"):
        Change("f1", Action.NAME, {"name": "Ada", "faces": {}})
    with pytest.raises(ValueError, match="people get names"):
        Change("people/f1/0", Action.VERDICT, {"verdict": "approved"})
