"""What a season's choices were worth, worked out by hand on a world of two titles."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.chronicle import Chronicle, Day
from pipelines.visitors import World, WorldParams

# Title 0 has options 0 and 1, title 1 has option 2. Members 0 and 2 are of kind 0, member 1 of kind 1.
CHANCES = np.array([[0.1, 0.3, 0.2], [0.5, 0.1, 0.4]])
WORLD = World(("one", "two"), ("a", "b", "c"), np.array([0, 0, 1]), CHANCES, np.array([0, 1, 0]), WorldParams())


def day(number: int, member: list[int], option: list[int], reason: list[str], played: list[bool]) -> Day:
    columns = np.array(member), np.array(option), np.array(reason), np.array(played)
    return Day(number, "model", *columns, len(member), 2 * len(member), 1, "token")


DAYS = (
    day(1, [0, 1, 2], [0, 0, 2], ["explore", "explore", "cold_start"], [False, True, False]),
    day(2, [0, 1, 2, 2], [1, 0, 1, 2], ["personalised"] * 3 + ["explore"], [True, True, False, False]),
)
CHRONICLE = Chronicle(WORLD, DAYS, np.array([0.001, 0.003, 0.002]))


def test_the_worlds_own_values() -> None:
    """Two thirds are kind 0: option a is worth (2 x 0.1 + 0.5) / 3, b (2 x 0.3 + 0.1) / 3: a tie, which a wins."""
    assert WORLD.at_random == pytest.approx(np.array([[0.2, 0.2], [0.3, 0.4]]))
    assert WORLD.best_single.tolist() == [0, 2]
    assert WORLD.with_best_single == pytest.approx(np.array([[0.1, 0.2], [0.5, 0.4]]))
    assert WORLD.with_best == pytest.approx(np.array([[0.3, 0.2], [0.5, 0.4]]))
    assert WORLD.best_for(np.array([0, 2])).tolist() == [1, 2]


def test_take_fractions_are_expected_over_what_was_seen() -> None:
    """Day 1: member 0 saw a (0.1), member 1 saw a (0.5), member 2 saw c (0.2)."""
    first, second = CHRONICLE.takes()
    assert (first.served, first.random, first.single, first.best) == pytest.approx(
        ((0.1 + 0.5 + 0.2) / 3, (0.2 + 0.3 + 0.2) / 3, (0.1 + 0.5 + 0.2) / 3, (0.3 + 0.5 + 0.2) / 3)
    )
    assert first.observed == pytest.approx(1 / 3)
    assert second.served == second.best == pytest.approx((0.3 + 0.5 + 0.3 + 0.2) / 4)


def test_shares_of_a_title_sum_to_one_or_are_nothing() -> None:
    assert CHRONICLE.shares(DAYS, np.array([0])).tolist() == [0.5, 0.5, 0.0]
    assert CHRONICLE.shares(DAYS[1:], np.array([0, 2])).tolist() == [0.0, 1.0, 1.0]
    assert CHRONICLE.shares(DAYS, np.array([], dtype=np.int64)).tolist() == [0.0, 0.0, 0.0]


def test_counts_and_reasons() -> None:
    assert (CHRONICLE.seen, CHRONICLE.plays, CHRONICLE.events, CHRONICLE.duplicates) == (7, 3, 14, 2)
    assert CHRONICLE.typical_seconds == 0.002
    assert CHRONICLE.reasons(DAYS[1:]) == {"personalised": 0.75, "explore": 0.25}
    assert list(CHRONICLE.reasons()) == ["explore", "personalised", "cold_start"]


def test_changes_are_of_what_was_seen_again() -> None:
    """On day 2 member 0 saw b after a, member 1 saw a again, member 2 saw title one first and c again: 1 of 3."""
    first, second = CHRONICLE.changes()
    assert np.isnan(first)
    assert second == pytest.approx(1 / 3)


def test_what_was_seen_before_the_last_time_does_not_count() -> None:
    """a, b, b: changed on day 2, not on day 3, whatever was seen on day 1; on day 4 nobody came again."""
    days = [day(number, [0], [option], ["explore"], [False]) for number, option in enumerate((0, 1, 1), 1)]
    days.append(day(4, [1], [0], ["explore"], [False]))
    assert Chronicle(WORLD, tuple(days), np.array([0.001])).changes().tolist()[1:3] == [1.0, 0.0]
    assert np.isnan(Chronicle(WORLD, tuple(days), np.array([0.001])).changes()[[0, 3]]).all()
