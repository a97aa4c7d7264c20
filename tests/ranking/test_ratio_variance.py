"""How much ratios differ: found again where it is known, kept where nothing was seen."""

from __future__ import annotations

import numpy as np
import pytest

from ranking.policy.variance import Counts, group_levels, learned_variance, shrunk_ratio


def test_a_ratio_is_drawn_to_one_as_far_as_its_plays_are_few() -> None:
    """Variance 0.1 weighs like ten expected plays: (10 + 30) / (10 + 10) = 2, with nothing seen 1."""
    assert shrunk_ratio(np.array([30.0, 0.0]), np.array([10.0, 0.0]), 0.1).tolist() == [2.0, 1.0]


def test_the_level_of_a_group_counts_a_member_only_as_far_as_members_agree() -> None:
    """Two members of 10 and 90 expected plays, ratios 1 and 2, inner variance 0.1: credible 1/2 and 1/10.

    Plays 10/2 + 180/10 = 23, expected 10/2 + 90/10 = 14; with an outer variance of 1: 24 / 15.
    """
    counts = Counts(np.array([10.0, 180.0]), np.array([10.0, 90.0]), np.array([0, 0]))
    assert group_levels(counts, 1.0, 0.1).tolist() == pytest.approx([24 / 15])


def test_nothing_seen_leaves_what_was_believed() -> None:
    nothing = np.zeros(4)
    assert learned_variance(Counts(nothing, nothing, np.array([0, 0, 1, 1])), 0.2, 0.03) == 0.03


@pytest.mark.parametrize("truth", [0.005, 0.02, 0.08])
def test_the_variance_of_pictures_is_found_again(truth: float) -> None:
    """3,000 titles of four pictures, 40 expected plays each, titles differing threefold; right to a third."""
    generator = np.random.default_rng(11)
    group = np.repeat(np.arange(3000), 4)
    level = np.exp(generator.normal(0, 0.5, 3000))[group]
    ratio = generator.gamma(1 / truth, truth, len(group))
    expected = np.full(len(group), 40.0)
    plays = generator.poisson(expected * level * ratio).astype(np.float64)
    assert learned_variance(Counts(plays, expected, group), 0.3, 0.02) == pytest.approx(truth, rel=0.34)


def test_pictures_that_do_not_differ_are_found_out() -> None:
    generator = np.random.default_rng(12)
    group = np.repeat(np.arange(2000), 4)
    expected = np.full(len(group), 40.0)
    plays = generator.poisson(expected).astype(np.float64)
    assert learned_variance(Counts(plays, expected, group), 0.3, 0.02) < 0.004


def test_showing_more_of_what_did_well_does_not_mislead_it() -> None:
    """Truth 0.06; in each of 20 rounds every title shows its two leaders only: right to a third all the same."""
    generator = np.random.default_rng(13)
    ratio = generator.gamma(1 / 0.06, 0.06, (3000, 4))
    expected, plays = np.full((3000, 4), 2.0), generator.poisson(2.0 * ratio).astype(np.float64)
    for _ in range(20):
        leading = np.argsort(np.argsort(-(plays / expected), axis=1), axis=1) < 2
        expected += 2.0 * leading
        plays += generator.poisson(2.0 * ratio) * leading
    group = np.repeat(np.arange(3000), 4)
    assert learned_variance(Counts(plays.ravel(), expected.ravel(), group), 0.3, 0.02) == pytest.approx(0.06, rel=0.34)
