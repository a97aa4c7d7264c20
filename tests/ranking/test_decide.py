"""The draw: as often as the probabilities say, named by what it is for, still where nothing moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chi2

from ranking.domain import Page, Reason
from ranking.errors import PageError
from ranking.policy.decide import REASONS, Choices, decide
from ranking.policy.lots import DrawSeed, key_of, option_keys, staggered
from ranking.policy.uniform import Uniform
from ranking.ports import Policy
from tests.ranking.pages import EVERY_POLICY, any_page, page, permuted

SEED = DrawSeed("salt", "snapshot", "profile")
DRAWS = 1_000_000
FALSE_ALARM = 1e-6
"""How often a true draw would fail a chi-square test here; the seeds are fixed, so it did not."""


def drawn_often(asked: Page, policy: Policy, times: int) -> tuple[np.ndarray, np.ndarray]:
    """(titles, width) how often each option was drawn over so many epochs of four members, and its probability."""
    shares = np.asarray(policy.probabilities(asked))
    titles, width = shares.shape
    epochs = np.tile(np.arange(times // 4), titles)
    rows = np.repeat(np.arange(titles), times // 4)
    many = Page(*(getattr(asked, name)[rows] for name in ("keys", "mean", "spread", "allowed", "pinned", "shown")))
    counted = np.zeros((titles, width))
    for member in ("Ada", "Berta", "Carl", "Dora"):
        drawn = decide(many, shares[rows], DrawSeed("salt", "snapshot", member), epochs)
        np.add.at(counted, (rows, drawn.columns), 1)
        np.testing.assert_array_equal(drawn.propensities, shares[rows, drawn.columns])
    return counted, shares


def surprise(counted: np.ndarray, expected: np.ndarray, free: int) -> float:
    """The probability of counts at least so far from what was expected."""
    seen = expected > 0
    assert not counted[~seen].any()
    if not free:
        return float((counted == expected).all())
    return float(chi2.sf(((counted - expected)[seen] ** 2 / expected[seen]).sum(), free))


@pytest.mark.parametrize("policy", EVERY_POLICY.values(), ids=EVERY_POLICY.keys())
def test_a_million_draws_are_as_frequent_as_the_probabilities_that_are_logged(policy: Policy) -> None:
    """Ten titles of six options, 100,000 draws each; chi-square over all of them."""
    generator = np.random.default_rng(7)
    asked = Page(
        np.array([option_keys(f"title {row}", "wide", "abcdef") for row in range(10)]),
        generator.normal(-3, 0.2, (10, 6)),
        generator.uniform(0.05, 0.3, (10, 6)),
        generator.random((10, 6)) < 0.9,
        np.where(np.arange(10) == 3, 2, -1),
        np.where(np.arange(10) == 5, 1, -1),
    )
    counted, shares = drawn_often(asked, policy, DRAWS // 10)
    assert counted.sum() == DRAWS
    expected = shares * (DRAWS // 10)
    rare = expected < 5  # too few for the chi-square distribution: looked at by themselves
    assert (counted[rare] <= 30).all()
    assert surprise(counted[~rare], expected[~rare], int(((~rare).sum(axis=1) - 1).sum())) > FALSE_ALARM


def test_what_two_titles_show_a_member_has_nothing_to_do_with_each_other() -> None:
    """Pairs of draws: two titles at one epoch, and one title at two epochs; 16 cells each, all alike."""
    asked = Page.of(np.array([option_keys(title, "wide", "abcd") for title in ("one", "two")]), np.zeros((2, 4)))
    rows = np.repeat([0, 1], 200_000)
    many = Page.of(asked.keys[rows], asked.mean[rows])
    drawn = decide(many, Uniform().probabilities(many), SEED, np.tile(np.arange(200_000), 2)).columns.reshape(2, -1)
    for first, second in ((drawn[0], drawn[1]), (drawn[0][1:], drawn[0][:-1]), (drawn[0][::2], drawn[1][1::2])):
        counted = np.bincount(first * 4 + second, minlength=16).astype(float)
        assert surprise(counted, np.full(16, len(first) / 16), 15) > FALSE_ALARM


def test_neighbouring_members_draw_independently() -> None:
    """Members whose names differ by one digit, one title of two options: 20,000 pairs in four cells."""
    asked = Page.of(option_keys("title", "wide", "ab")[None], np.zeros((1, 2)))
    shares = Uniform().probabilities(asked)
    drawn = np.array([decide(asked, shares, DrawSeed("s", "s", f"{n}"), 0).columns[0] for n in range(20_001)])
    counted = np.bincount(drawn[1:] * 2 + drawn[:-1], minlength=4).astype(float)
    assert surprise(counted, np.full(4, 5000.0), 3) > FALSE_ALARM


@pytest.mark.parametrize(
    "other",
    [DrawSeed("other", "snapshot", "profile"), DrawSeed("salt", "other", "profile"), DrawSeed("salt", "snapshot", "o")],
    ids=["salt", "snapshot", "profile"],
)
def test_the_draw_is_named_by_salt_snapshot_and_profile(other: DrawSeed) -> None:
    """Of 200 titles of five alike options another seed draws about one in five the same: 40, not over 70."""
    asked = Page.of(np.array([option_keys(f"{row}", "wide", "abcde") for row in range(200)]), np.zeros((200, 5)))
    shares = Uniform().probabilities(asked)
    same = decide(asked, shares, SEED, 3).columns == decide(asked, shares, other, 3).columns
    assert 15 < same.sum() < 70
    assert (decide(asked, shares, SEED, 3).columns == decide(asked, shares, SEED, 3).columns).all()


def test_epoch_title_canvas_and_option_are_in_the_name_as_well() -> None:
    names = [("t", "wide", "a"), ("u", "wide", "a"), ("t", "tall", "a"), ("t", "wide", "b")]
    assert len({int(option_keys(title, canvas, [option])[0]) for title, canvas, option in names}) == 4
    assert key_of("ab", "c") != key_of("a", "bc")
    asked = Page.of(np.array([option_keys(f"{row}", "wide", "abcde") for row in range(200)]), np.zeros((200, 5)))
    shares = Uniform().probabilities(asked)
    assert (decide(asked, shares, SEED, 3).columns != decide(asked, shares, SEED, 4).columns).sum() > 100


@given(asked=any_page())
def test_the_order_of_options_does_not_change_what_is_drawn(asked: Page) -> None:
    """The option drawn is the same one, by its key."""
    policy = EVERY_POLICY["explored"]
    titles, options = np.arange(len(asked)), np.arange(asked.keys.shape[1])[::-1]
    turned = permuted(asked, titles, options)

    def keys(of: Page) -> list[int]:
        columns = decide(of, policy.probabilities(of), SEED, 1).columns
        return [int(of.keys[row, column]) if column >= 0 else -1 for row, column in enumerate(columns)]

    assert keys(asked) == keys(turned)


def test_few_pictures_change_when_probabilities_move_a_little() -> None:
    """Of 20,000 titles, a move of 0.05 from one option to another changes at most 2 x 0.05 of the pictures."""
    rows = 20_000
    asked = Page.of(np.array([option_keys(f"{row}", "wide", "abc") for row in range(rows)]), np.zeros((rows, 3)))
    before, after = np.tile([0.5, 0.3, 0.2], (rows, 1)), np.tile([0.45, 0.3, 0.25], (rows, 1))
    changed = decide(asked, before, SEED, 0).columns != decide(asked, after, SEED, 0).columns
    assert 0.04 < changed.mean() < 0.1


def test_a_new_option_takes_pictures_but_moves_none_between_the_others() -> None:
    rows = 5_000
    keys = np.array([option_keys(f"{row}", "wide", "abcd") for row in range(rows)])
    three = replace(Page.of(keys, np.zeros((rows, 4))), allowed=np.tile([True, True, True, False], (rows, 1)))
    four = Page.of(keys, np.zeros((rows, 4)))
    before, after = (decide(asked, Uniform().probabilities(asked), SEED, 0).columns for asked in (three, four))
    assert (after[after != before] == 3).all()
    assert 0.2 < (after == 3).mean() < 0.3


def reasons(drawn: Choices) -> list[Reason]:
    return [REASONS[code] for code in drawn.reasons]


def test_the_reason_says_why() -> None:
    """Pinned; the best; another one than the best; nothing allowed; and the best for a member not known."""
    asked = replace(
        page([[0, 1], [0, 1], [0, 1], [0, 1]]),
        allowed=np.array([[True, True]] * 3 + [[False, False]]),
        pinned=np.array([0, -1, -1, -1]),
    )
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    told = decide(asked, shares, SEED, 0)
    assert reasons(told) == [Reason.PINNED, Reason.PERSONALISED, Reason.EXPLORE, Reason.FALLBACK]
    assert told.columns.tolist() == [0, 1, 0, -1]
    assert reasons(decide(asked, shares, SEED, 0, known=False))[1] is Reason.COLD_START


def test_an_editor_s_picture_that_was_drawn_among_others_was_not_pinned() -> None:
    """A policy that does not hold to pins draws it like any other, and its weight is that of a draw."""
    asked = replace(page([[0, 1]] * 40), pinned=np.zeros(40, dtype=np.int64))
    told = decide(asked, Uniform().probabilities(asked), DrawSeed("salt", "snapshot", "profile"), np.arange(40))
    assert set(told.columns.tolist()) == {0, 1}
    expected = [Reason.EXPLORE if column == 0 else Reason.PERSONALISED for column in told.columns.tolist()]
    assert reasons(told) == expected


@pytest.mark.parametrize(
    "shares",
    [[[0.5, 0.4]], [[1.1, -0.1]], [[np.nan, 1.0]], [[1.0]], [[0.2, 0.8]]],
    ids=["sums to 0.9", "below nought", "not a number", "too few", "not allowed"],
)
def test_probabilities_that_are_none_are_an_error(shares: list[list[float]]) -> None:
    asked = replace(page([[0.0, 0.0]]), allowed=np.array([[True, False]]))
    with pytest.raises(PageError):
        decide(asked, np.array(shares), SEED, 0)


def test_titles_take_turns_to_be_drawn_anew() -> None:
    """Every third epoch each: over three turns of the epoch every title is due once, about a third at a time."""
    keys = np.array([key_of("title", f"{row}", "wide") for row in range(3000)], dtype=np.uint64)
    epochs = np.array([staggered(epoch, 3, SEED.number, keys) for epoch in range(10, 14)])
    due = np.diff(epochs, axis=0)
    assert (due.sum(axis=0) == 1).all()
    assert (np.abs(due.mean(axis=1) - 1 / 3) < 0.05).all()
    assert (staggered(10, 1, SEED.number, keys) == 10).all()
    with pytest.raises(ValueError, match="1 or more"):
        staggered(1, 0, 0, keys)
