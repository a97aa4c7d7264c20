"""Average linkage by hand: who is joined, who never is, and that order does not matter."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from artwork.annotate.linkage import linked
from artwork.domain import Vectors


def turned(*degrees: float) -> Vectors:
    """Unit vectors in the plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_nothing_gives_no_groups() -> None:
    assert linked(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), 0.5) == []


def test_the_most_alike_are_joined_first_until_none_are_alike_enough() -> None:
    """0, 10 and 30 degrees: cos 10 joins the first two; on average cos 30 and cos 20 are 0.903, enough for 0.9."""
    vectors = turned(0, 10, 30, 90)
    assert linked(vectors, np.arange(4), 0.9) == [[0, 1, 2], [3]]
    assert linked(vectors, np.arange(4), 0.91) == [[0, 1], [2], [3]]
    assert linked(vectors, np.arange(4), 0.99) == [[0], [1], [2], [3]]
    assert linked(vectors, np.arange(4), -1.0) == [[0, 1, 2, 3]]


def test_two_that_may_never_meet_stay_apart_however_alike_and_whoever_joins_them() -> None:
    vectors = turned(0, 0, 2, 4)
    groups = linked(vectors, np.array([7, 7, 1, 2]), 0.0)
    assert sorted(map(len, groups)) == [1, 3]
    assert not any({0, 1} <= set(group) for group in groups)


@given(st.lists(st.floats(0, 360), min_size=1, max_size=24), st.floats(-1, 1))
def test_every_one_is_in_exactly_one_group_and_no_two_groups_are_left_that_are_alike_enough(
    degrees: list[float], likeness: float
) -> None:
    vectors = turned(*degrees)
    groups = linked(vectors, np.arange(len(degrees)), likeness)
    assert sorted(one for group in groups for one in group) == list(range(len(degrees)))
    for number, group in enumerate(groups):
        for other in groups[:number]:
            assert float(np.mean(vectors[group] @ vectors[other].T)) < likeness + 1e-3
