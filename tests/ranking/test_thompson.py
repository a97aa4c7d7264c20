"""Thompson sampling: probabilities in closed form, against counting, and what top-two makes of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from ranking.domain import Page
from ranking.policy.greedy import Greedy
from ranking.policy.thompson import SampledThompson, Thompson, TopTwoThompson
from tests.ranking.pages import any_page, page

FINE = Thompson(nodes=128, reach=6.0)


def test_two_options_are_the_normal_distribution_of_their_difference() -> None:
    """Means 0.1 apart, spreads 0.3 and 0.4, so 0.5 together: Phi(0.2) = 0.5793."""
    shares = FINE.probabilities(page([[-3.0, -2.9]], [[0.3, 0.4]]))
    np.testing.assert_allclose(shares, [[0.4207, 0.5793]], atol=5e-4)


@given(
    gap=st.floats(-3, 3),
    first=st.floats(0.1, 1.0),
    ratio=st.floats(0.3, 3.0),
)
def test_any_two_options_agree_with_the_closed_form(gap: float, first: float, ratio: float) -> None:
    """P(second is best) = Phi(gap / root of the sum of the squared spreads)."""
    second = first * ratio
    expected = float(ndtr(gap / math.hypot(first, second)))
    fine = FINE.probabilities(page([[0.0, gap]], [[first, second]]))[0, 1]
    served = Thompson().probabilities(page([[0.0, gap]], [[first, second]]))[0, 1]
    assert fine == pytest.approx(expected, abs=5e-4)
    assert served == pytest.approx(expected, abs=3e-3)


def test_options_alike_share_alike() -> None:
    np.testing.assert_allclose(Thompson().probabilities(page([[-3.0] * 7], [[0.2] * 7])), [[1 / 7] * 7], atol=1e-6)


def test_three_options_with_one_ahead_by_its_own_spread() -> None:
    """Means 1, 0, 0 with spreads 1: the integral of phi(x - 1) Phi(x)^2 is 0.6337 by Simpson's rule."""
    x = np.linspace(-8, 10, 20_001)
    weights = np.where(np.arange(len(x)) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1
    integrand = np.exp(-((x - 1) ** 2) / 2) / math.sqrt(2 * math.pi) * ndtr(x) ** 2
    ahead = float((weights * integrand).sum() * (x[1] - x[0]) / 3)
    assert ahead == pytest.approx(0.6337, abs=1e-4)
    np.testing.assert_allclose(FINE.probabilities(page([[1, 0, 0]], [[1, 1, 1]]))[0, 0], ahead, atol=5e-4)


def test_without_doubt_it_is_greedy() -> None:
    """Spreads of nought, and a width of nought; equals share."""
    sure = page([[0.0, 0.1, 0.1]], [[0.0, 0.0, 0.0]])
    np.testing.assert_allclose(Thompson().probabilities(sure), [[0, 0.5, 0.5]], atol=1e-6)
    assert Thompson(0.0).probabilities(page([[0.0, 0.1]], [[9.0, 9.0]])).tolist() == [[0, 1]]


def test_half_the_width_is_half_the_spread() -> None:
    half = Thompson(0.5).probabilities(page([[0.0, 0.1, 0.3]], [[0.4, 0.2, 0.2]]))
    np.testing.assert_allclose(half, Thompson().probabilities(page([[0.0, 0.1, 0.3]], [[0.2, 0.1, 0.1]])), atol=1e-6)


def test_counting_comes_to_the_same() -> None:
    """10,000 worlds: a share of 0.25 is right to 0.0043, so 0.02 is over four deviations."""
    generator = np.random.default_rng(3)
    asked = Page.of(
        np.arange(24, dtype=np.uint64).reshape(4, 6),
        generator.normal(-3, 0.2, (4, 6)),
        generator.uniform(0.1, 0.3, (4, 6)),
    )
    counted = SampledThompson(draws=10_000).probabilities(asked)
    np.testing.assert_allclose(FINE.probabilities(asked), counted, atol=0.02)


@given(asked=any_page(), shift=st.floats(-50, 50))
def test_only_differences_within_a_title_matter(asked: Page, shift: float) -> None:
    moved = Page.of(asked.keys, asked.mean + shift, asked.spread + 0.05, asked.allowed)
    still = Page.of(asked.keys, asked.mean, asked.spread + 0.05, asked.allowed)
    np.testing.assert_allclose(Thompson().probabilities(moved), Thompson().probabilities(still), atol=1e-4)


def test_a_page_of_more_titles_than_are_done_at_once_is_answered_row_by_row() -> None:
    generator = np.random.default_rng(5)
    mean, spread = generator.normal(-3, 0.2, (600, 5)), generator.uniform(0.1, 0.3, (600, 5))
    keys = np.arange(3000, dtype=np.uint64).reshape(600, 5)
    whole = Thompson().probabilities(Page.of(keys, mean, spread))
    for row in (0, 499, 500, 599):
        alone = Thompson().probabilities(Page.of(keys[[row]], mean[[row]], spread[[row]]))
        np.testing.assert_allclose(whole[[row]], alone, atol=1e-6)


def test_top_two_gives_half_of_the_leaders_turns_to_the_runner_up() -> None:
    """Shares 0.8 and 0.2: 0.8 (0.5 + 0.5 x 0.2 / 0.8) = 0.5 each; between two it is a coin."""
    asked = page([[0.0, 0.8416212]], [[0.6, 0.8]])  # Phi(0.8416) = 0.8
    np.testing.assert_allclose(TopTwoThompson(FINE).probabilities(asked), [[0.5, 0.5]], atol=1e-3)


def test_top_two_of_three_by_hand() -> None:
    """Shares 1/3 each stay; leader always is Thompson itself."""
    alike = page([[0, 0, 0]], [[1, 1, 1]])
    np.testing.assert_allclose(TopTwoThompson().probabilities(alike), [[1 / 3] * 3], atol=1e-6)
    asked = page([[0, 0.3, 0.5]], [[1, 1, 1]])
    np.testing.assert_allclose(
        TopTwoThompson(leader=1.0).probabilities(asked), Thompson().probabilities(asked), atol=1e-9
    )


def test_top_two_leaves_what_is_beyond_doubt() -> None:
    asked = page([[0.0, 5.0]], [[0.01, 0.01]])
    np.testing.assert_allclose(TopTwoThompson().probabilities(asked), Greedy().probabilities(asked), atol=1e-6)


@pytest.mark.parametrize("nonsense", [{"nodes": 4}, {"reach": 1.0}, {"width": -0.1}])
def test_a_grid_that_resolves_nothing_is_an_error(nonsense: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"nodes|width"):
        Thompson(**nonsense)
