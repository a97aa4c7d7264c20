"""What every policy keeps: the suite of the port `Policy`."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.domain import Page, Reason
from ranking.policy.decide import REASONS, decide
from ranking.policy.lots import DrawSeed
from ranking.policy.wrappers import given_shown, holds
from ranking.ports import Policy
from tests.ranking.pages import EVERY_POLICY, any_page, page, permuted

SEED = DrawSeed("salt", "snapshot", "profile")
every_policy = pytest.mark.parametrize("policy", EVERY_POLICY.values(), ids=EVERY_POLICY.keys())


@every_policy
@settings(max_examples=40, deadline=None)
@given(asked=any_page())
def test_probabilities_are_none_below_nought_and_sum_to_one_over_what_is_allowed(policy: Policy, asked: Page) -> None:
    """A row without any allowed option is all nought."""
    shares = policy.probabilities(asked)
    assert shares.shape == asked.keys.shape
    assert shares.min() >= 0
    assert not shares[~asked.allowed].any()
    np.testing.assert_allclose(shares.sum(axis=1), asked.allowed.any(axis=1), atol=1e-9)


@every_policy
@settings(max_examples=40, deadline=None)
@given(asked=any_page(), order=st.randoms(use_true_random=False))
def test_the_order_of_titles_and_of_options_does_not_matter(policy: Policy, asked: Page, order: random.Random) -> None:
    titles, options = (np.array(order.sample(range(count), count)) for count in asked.keys.shape)
    turned = policy.probabilities(permuted(asked, titles, options))
    np.testing.assert_allclose(turned, policy.probabilities(asked)[titles][:, options], atol=1e-5)


@every_policy
@settings(max_examples=40, deadline=None)
@given(asked=any_page())
def test_what_is_not_allowed_does_not_matter_whatever_is_believed_of_it(policy: Policy, asked: Page) -> None:
    other = replace(
        asked,
        mean=np.where(asked.allowed, asked.mean, 9.0),
        spread=np.where(asked.allowed, asked.spread, 3.0),
    )
    np.testing.assert_allclose(policy.probabilities(other), policy.probabilities(asked), atol=1e-7)


@every_policy
@settings(max_examples=60, deadline=None)
@given(asked=any_page())
def test_answers_made_without_it_say_what_those_given_what_was_shown_are(policy: Policy, asked: Page) -> None:
    """So tables, and mixtures over segments, need only be made for members of whom nothing is known."""
    none = np.full(len(asked), -1)
    free = policy.probabilities(replace(asked, shown=none))
    np.testing.assert_allclose(given_shown(policy, asked, free), policy.probabilities(asked), atol=1e-12)
    np.testing.assert_array_equal(given_shown(policy, replace(asked, shown=none), free), free)
    if not holds(policy):
        np.testing.assert_array_equal(given_shown(policy, asked, free), free)


@every_policy
@settings(max_examples=60, deadline=None)
@given(asked=any_page(), epoch=st.integers(0, 10_000))
def test_nothing_is_drawn_that_has_no_probability_and_what_is_drawn_is_told_with_its_own(
    policy: Policy, asked: Page, epoch: int
) -> None:
    shares = policy.probabilities(asked)
    drawn = decide(asked, shares, SEED, epoch)
    for row, column in enumerate(drawn.columns.tolist()):
        assert (column < 0) == (not asked.allowed[row].any())
        if column >= 0:
            assert drawn.propensities[row] == shares[row, column] > 0


@every_policy
def test_the_only_option_is_certain(policy: Policy) -> None:
    """Alone on its page, or alone allowed of three."""
    assert policy.probabilities(page([[-3.0]], [[0.2]])).tolist() == [[1.0]]
    alone = replace(page([[-3.0, -2.0, -1.0]], [[0.2, 0.2, 0.2]]), allowed=np.array([[False, True, False]]))
    np.testing.assert_allclose(policy.probabilities(alone), [[0.0, 1.0, 0.0]])


@every_policy
def test_no_option_gives_the_fallback(policy: Policy) -> None:
    """No option allowed, no option at all, no title at all."""
    barred = replace(page([[-3.0, -2.0]], [[0.2, 0.2]]), allowed=np.array([[False, False]]))
    for asked in (barred, Page.of(np.zeros((1, 0), np.uint64), np.zeros((1, 0)))):
        drawn = decide(asked, policy.probabilities(asked), SEED, 0)
        assert drawn.columns.tolist() == [-1]
        assert drawn.propensities.tolist() == [1.0]
        assert REASONS[drawn.reasons[0]] is Reason.FALLBACK
    nothing = Page.of(np.zeros((0, 3), np.uint64), np.zeros((0, 3)))
    assert len(decide(nothing, policy.probabilities(nothing), SEED, 0).columns) == 0


@every_policy
def test_the_same_page_gets_the_same_answer_and_is_left_as_it_was(policy: Policy) -> None:
    asked = page([[-3.0, -2.9, -2.8], [-1.0, -1.0, -1.2]], [[0.1, 0.2, 0.3], [0.2, 0.2, 0.2]])
    before = asked.mean.copy(), asked.spread.copy()
    np.testing.assert_array_equal(policy.probabilities(asked), policy.probabilities(asked))
    np.testing.assert_array_equal(asked.mean, before[0])
    np.testing.assert_array_equal(asked.spread, before[1])


@every_policy
def test_tables_of_single_precision_are_answered_as_well(policy: Policy) -> None:
    asked = page([[-3.0, -2.9, -2.8]], [[0.1, 0.2, 0.3]])
    single = replace(asked, mean=asked.mean.astype(np.float32), spread=asked.spread.astype(np.float32))
    np.testing.assert_allclose(policy.probabilities(single), policy.probabilities(asked), atol=1e-5)


def test_every_policy_has_a_version_of_its_own() -> None:
    assert len({policy.version for policy in EVERY_POLICY.values()}) == len(EVERY_POLICY)
