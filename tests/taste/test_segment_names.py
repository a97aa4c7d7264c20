"""Segments are named by what sets them apart, paired with those before by what they like, and numbered for ever."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.domain import Segment
from ranking.features import Tastes
from ranking.taste.drift import drift
from ranking.taste.matching import numbering, pairs
from ranking.taste.names import named

WORDS = ("comedy", "dark", "drama", "romance", "warm")
GENRES = frozenset({"comedy", "drama", "romance"})


def tastes(*rows: list[float], words: tuple[str, ...] = WORDS) -> Tastes:
    """Segments that like these, and the population."""
    table = np.array([*rows, [0.0] * len(words)])
    return Tastes(words, (), table, np.empty((len(table), 0)), np.empty((len(table), 0)))


def segments(*sizes: int) -> tuple[Segment, ...]:
    """Segments of these sizes, named by their numbers."""
    return tuple(Segment(f"s{n}", n, f"segment {n}", size, size / sum(sizes)) for n, size in enumerate(sizes))


@pytest.mark.parametrize(
    ("likings", "name"),
    [
        ([0.5, 0.0, 0.0, 0.0, 0.0], "comedy"),
        ([0.5, 0.0, 0.0, 0.4, 0.1], "comedy and romance, warm"),
        ([0.5, 0.0, 0.0, 0.2, 0.0], "comedy"),
        ([0.0, 0.3, 0.0, 0.0, 0.1], "dark"),
        ([-0.5, 0.0, 0.0, 0.0, 0.01], "broad"),
    ],
)
def test_a_name_is_the_genres_and_the_look_liked_most(likings: list[float], name: str) -> None:
    """A second genre when it is liked 0.6 times as much; nothing that is hardly liked."""
    assert named(WORDS, GENRES, np.array([likings])) == [name]


def test_no_two_segments_have_one_name() -> None:
    """The later one tells its next word; where there is none it is numbered."""
    same = np.array([[0.5, 0.1, 0.0, 0.0, 0.2]] * 3)
    assert named(WORDS, GENRES, same) == ["comedy, warm", "comedy, warm, dark", "comedy, warm, dark 2"]
    assert named(WORDS, GENRES, same[:1], ["comedy, warm"]) == ["comedy, warm, dark"]
    assert named(WORDS, GENRES, np.zeros((2, 5))) == ["broad", "broad 2"]


def test_nobody_has_no_names() -> None:
    """No segments, no words."""
    assert named((), frozenset(), np.empty((0, 0))) == []


def test_segments_are_paired_by_what_they_like() -> None:
    """Crosswise here; words that only one fit has count as not liked by the other."""
    former = tastes([1.0, 0, 0, 0, 0], [0, 0, 1.0, 0, 0])
    now = tastes([0, 0.1, 1.0], [1.0, 0, 0], [0, -1.0, 0.2], words=("comedy", "dark", "drama"))
    assert pairs(now, former) == {0: 1, 1: 0}


def test_tastes_that_differ_too_much_are_no_pair() -> None:
    """At a cosine of 0.6; and nothing is the pair of a fit without segments."""
    assert pairs(tastes([0.6, 0.8, 0, 0, 0]), tastes([1.0, 0, 0, 0, 0])) == {}
    assert pairs(tastes(), tastes([1.0, 0, 0, 0, 0])) == {}
    assert pairs(tastes([1.0, 0, 0, 0, 0]), tastes()) == {}


@given(st.integers(0, 6), st.dictionaries(st.integers(0, 5), st.integers(0, 8)))
def test_numbers_are_kept_where_there_is_one(count: int, same: dict[int, int]) -> None:
    """Every new segment has one number; a kept one its own, unless fewer segments are left than that."""
    same = {place: number for place, number in same.items() if place < count}
    same = {place: number for place, number in same.items() if list(same.values()).count(number) == 1}
    order = numbering(count, same)
    assert sorted(order) == list(range(count))
    assert all(order[number] == place for place, number in same.items() if number < count)


def test_drift_is_who_stayed_who_came_and_who_moved() -> None:
    """Comedy stays as number 1, drama is gone, romance is new.

    Of five members of both fits three were of comedy: two still are, one has moved to romance; both of drama have.
    """
    then = segments(60, 40), tastes([1.0, 0, 0, 0, 0], [0, 0, 1.0, 0, 0])
    now = segments(50, 70), tastes([0, 0, 0, 1.0, 0], [1.0, 0, 0, 0, 0.1])
    found = drift(then, now, (np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, 0])), 5)
    assert [(kept.former.number, kept.now.number) for kept in found.kept] == [(0, 1)]
    assert found.kept[0].likeness == pytest.approx(1 / np.sqrt(1.01))
    assert ([one.number for one in found.new], [one.number for one in found.gone]) == ([0], [1])
    assert (found.members, found.moved) == (5, 0.6)
    assert found.agreement is not None
    assert 0 < found.agreement < 1


def test_nothing_has_moved_between_a_fit_and_itself() -> None:
    """All kept, agreement 1; a fit without common members says nothing of moves."""
    fit = segments(60, 40), tastes([1.0, 0, 0, 0, 0], [0, 0, 1.0, 0, 0])
    labels = np.array([0, 1, 1, 0])
    found = drift(fit, fit, (labels, labels), 4)
    assert (len(found.kept), found.new, found.gone, found.moved, found.agreement) == (2, (), (), 0.0, 1.0)
    nobody = np.empty(0, dtype=np.int64)
    assert drift(fit, fit, (nobody, nobody), 0).moved is None


def test_of_too_few_members_no_moves_are_told() -> None:
    """One member in both fits who moved would be told of by name; of so many as a segment has, it is a share."""
    fit = segments(60, 40), tastes([1.0, 0, 0, 0, 0], [0, 0, 1.0, 0, 0])
    labels = np.array([0, 1, 1, 0])
    found = drift(fit, fit, (labels, labels), 5)
    assert (found.members, found.moved, found.agreement, len(found.kept)) == (4, None, None, 2)
