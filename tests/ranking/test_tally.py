"""Counts added, faded, kept in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.policy.tally import Tally

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def words(*names: str) -> np.ndarray:
    return np.array(names, dtype=np.str_)


def test_rows_of_one_picture_are_added_up_whatever_their_order() -> None:
    """Two impressions of b in segment 0, one of them played, and one of a without a segment."""
    plays = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    expected = np.array([[0.04, 0.0], [0.0, 0.05], [0.04, 0.0]])
    tally = Tally.empty(1, NOON).added(words("b", "a", "b"), words("t", "t", "t"), plays, expected)
    assert tally.pictures.tolist() == ["a", "b"]
    assert tally.titles.tolist() == ["t", "t"]
    np.testing.assert_allclose(tally.plays, [[0, 0], [1, 0]])
    np.testing.assert_allclose(tally.expected, [[0, 0.05], [0.08, 0]])


def test_nothing_added_to_nothing_is_nothing() -> None:
    none = np.zeros((0, 3))
    tally = Tally.empty(2, NOON).added(words(), words(), none, none)
    assert tally.plays.shape == (0, 3)


def test_a_count_is_worth_half_after_its_half_life() -> None:
    tally = Tally.empty(0, NOON).added(words("a"), words("t"), np.array([[8.0]]), np.array([[4.0]]))
    later = tally.faded(NOON + timedelta(days=20), half_life_days=10)
    assert later.plays.tolist() == [[2.0]]
    assert later.expected.tolist() == [[1.0]]
    assert later.faded(NOON, 10) is later


events = st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.integers(0, 2)), max_size=20)


def rows(of: list) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    plays, expected = np.zeros((len(of), 3)), np.zeros((len(of), 3))
    for row, (_, played, segment) in enumerate(of):
        plays[row, segment], expected[row, segment] = played, 0.25
    names = np.array([name for name, _, _ in of], dtype=np.str_)
    return names, np.char.upper(names) if len(of) else names, plays, expected


@given(first=events, second=events)
def test_it_does_not_matter_in_how_many_parts_or_in_which_order_events_come(first: list, second: list) -> None:
    whole = Tally.empty(2, NOON).added(*rows(first + second))
    parts = Tally.empty(2, NOON).added(*rows(second)).added(*rows(first))
    assert whole.pictures.tolist() == parts.pictures.tolist()
    assert whole.titles.tolist() == parts.titles.tolist()
    np.testing.assert_allclose(whole.plays, parts.plays)
    np.testing.assert_allclose(whole.expected, parts.expected)


def test_pictures_out_of_order_are_an_error() -> None:
    with pytest.raises(ValueError, match="ascending"):
        Tally(words("b", "a"), words("t", "t"), np.zeros((2, 1)), np.zeros((2, 1)), NOON)


def test_tables_of_other_shapes_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 pictures"):
        Tally(words("a"), words("t"), np.zeros((1, 2)), np.zeros((1, 3)), NOON)
