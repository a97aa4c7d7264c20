"""Each policy's answers, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.domain import Page
from ranking.policy.greedy import EpsilonGreedy, Greedy
from ranking.policy.policies import POLICIES, STANDARD, dressed
from ranking.policy.softmax import Softmax
from ranking.policy.uniform import Uniform
from ranking.policy.wrappers import CappedChange, Explored, Pinned
from tests.ranking.pages import any_page, page

LIKELY = page([[0.0, np.log(2.0), np.log(5.0)]])
"""Odds of 1 to 2 to 5."""


def test_uniform_shares_among_what_is_allowed() -> None:
    asked = replace(page([[1, 2, 3, 4]]), allowed=np.array([[True, False, True, True]]))
    np.testing.assert_allclose(Uniform().probabilities(asked), [[1 / 3, 0, 1 / 3, 1 / 3]])


def test_greedy_takes_the_largest_mean() -> None:
    assert Greedy().probabilities(LIKELY).tolist() == [[0, 0, 1]]


def test_greedy_takes_the_smallest_key_of_equals_wherever_it_stands() -> None:
    tied = Page.of(np.array([[7, 3, 5]], dtype=np.uint64), np.array([[1.0, 1.0, 1.0]]))
    assert Greedy().probabilities(tied).tolist() == [[0, 1, 0]]


def test_the_largest_key_that_there_is_wins_like_any_other() -> None:
    last = np.uint64(2**64 - 1)
    alone = Page.of(np.array([[last, last]]), np.array([[0.0, 1.0]]), None, np.array([[True, False]]))
    assert Greedy().probabilities(alone).tolist() == [[1, 0]]


def test_epsilon_greedy_leaves_a_tenth_to_all_three() -> None:
    """0.1 / 3 each, and 0.9 more for the best."""
    np.testing.assert_allclose(EpsilonGreedy(0.1).probabilities(LIKELY), [[0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3]])


def test_softmax_at_temperature_one_is_in_proportion_to_the_odds() -> None:
    np.testing.assert_allclose(Softmax(1.0).probabilities(LIKELY), [[1 / 8, 2 / 8, 5 / 8]])


def test_softmax_at_half_the_temperature_squares_them() -> None:
    np.testing.assert_allclose(Softmax(0.5).probabilities(LIKELY), [[1 / 30, 4 / 30, 25 / 30]])


def test_explored_gives_each_of_three_at_least_a_third_of_the_least() -> None:
    np.testing.assert_allclose(Explored(Greedy(), 0.03).probabilities(LIKELY), [[0.01, 0.01, 0.98]])


def test_a_capped_change_leaves_the_picture_that_was_shown_most_of_the_time() -> None:
    """Uniform would change in 2 of 3; capped at 0.2 each of the others has 0.1."""
    shown = replace(LIKELY, shown=np.array([1]))
    np.testing.assert_allclose(CappedChange(Uniform(), 0.2).probabilities(shown), [[0.1, 0.8, 0.1]])


def test_a_capped_change_does_not_touch_what_changes_less_anyway() -> None:
    shown = replace(LIKELY, shown=np.array([2]))
    np.testing.assert_allclose(CappedChange(Softmax(1.0), 0.5).probabilities(shown), [[1 / 8, 2 / 8, 5 / 8]])


def test_a_held_picture_stays() -> None:
    shown = replace(LIKELY, shown=np.array([0]))
    assert CappedChange(Uniform(), 0.0).probabilities(shown).tolist() == [[1, 0, 0]]


def test_a_picture_that_may_no_longer_be_shown_is_not_held() -> None:
    gone = replace(LIKELY, shown=np.array([0]), allowed=np.array([[False, True, True]]))
    np.testing.assert_allclose(CappedChange(Uniform(), 0.0).probabilities(gone), [[0, 0.5, 0.5]])


def test_a_pin_beats_everything_that_is_allowed() -> None:
    fixed = replace(LIKELY, pinned=np.array([0]), shown=np.array([1]))
    assert dressed(Greedy(), 0.1).probabilities(fixed).tolist() == [[1, 0, 0]]
    barred = replace(fixed, allowed=np.array([[False, True, True]]))
    np.testing.assert_allclose(Pinned(Greedy()).probabilities(barred), [[0, 0, 1]])


@given(asked=any_page(), least=st.floats(0, 1), most=st.floats(0, 1))
def test_under_a_cap_what_is_left_of_the_least_is_its_share_of_most(asked: Page, least: float, most: float) -> None:
    shares = CappedChange(Explored(Greedy(), least), most).probabilities(asked)
    floor = least * most / np.maximum(asked.allowed.sum(axis=1, keepdims=True), 1)
    assert (shares >= floor * asked.allowed - 1e-12).all()


@given(asked=any_page(), least=st.floats(0, 1))
def test_no_allowed_option_of_an_explored_policy_is_rarer_than_its_least(asked: Page, least: float) -> None:
    shares = Explored(Greedy(), least).probabilities(asked)
    floor = least / np.maximum(asked.allowed.sum(axis=1, keepdims=True), 1)
    assert (shares >= floor * asked.allowed - 1e-12).all()


@given(asked=any_page(), most=st.floats(0, 1))
def test_a_picture_changes_no_more_often_than_the_cap(asked: Page, most: float) -> None:
    shares = CappedChange(Uniform(), most).probabilities(asked)
    for row, column in enumerate(asked.shown):
        if column >= 0 and asked.allowed[row, column]:
            assert 1 - shares[row, column] <= most + 1e-9


@pytest.mark.parametrize(
    ("make", "value"),
    [(EpsilonGreedy, 1.5), (Softmax, 0.0), (lambda least: Explored(Uniform(), least), -0.1)],
    ids=["epsilon", "temperature", "least"],
)
def test_numbers_that_mean_nothing_are_an_error(make, value: float) -> None:  # noqa: ANN001 - any of the policies
    with pytest.raises(ValueError, match=str(value)):
        make(value)


def test_what_serves_says_all_of_what_it_does() -> None:
    assert STANDARD.version == (
        "pinned(capped-change(most=0.5, explored(least=0.02, thompson(width=0.3, nodes=16, reach=3.5))))"
    )
    assert list(POLICIES) == [
        "uniform",
        "greedy",
        "epsilon-greedy",
        "softmax",
        "thompson",
        "full-thompson",
        "sampled-thompson",
        "top-two",
    ]
