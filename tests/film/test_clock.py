"""Times always grow, start at zero, and are the film's own where the film's own can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from artwork.film.clock import FilmClock

MILLISECOND = Fraction(1, 1000)
BROADCAST = Fraction(1, 90000)


def ticks(stamps: Iterable[int | None], time_base: Fraction = MILLISECOND, rate: int | None = 25) -> list[int]:
    clock = FilmClock(time_base, Fraction(rate) if rate else None)
    return [clock.stamp(pts).pts for pts in stamps]


def test_times_count_from_the_first_frame_and_keep_a_variable_frame_rate() -> None:
    assert ticks([500, 540, 700, 701]) == [0, 40, 200, 201]


def test_a_negative_first_time_counts_as_zero() -> None:
    assert ticks([-6006, -3003, 0], BROADCAST) == [0, 3003, 6006]


def test_frames_without_times_follow_each_other_at_the_nominal_rate() -> None:
    assert ticks([None, None, None]) == [0, 40, 80]


def test_a_film_that_says_no_rate_counts_as_25_frames_a_second() -> None:
    assert ticks([None, None], rate=None) == [0, 40]


def test_a_frame_without_a_time_among_others_follows_its_predecessor() -> None:
    assert ticks([0, 40, None, 120]) == [0, 40, 80, 120]


def test_the_first_known_time_is_set_against_the_frames_before_it() -> None:
    assert ticks([None, None, 9000, 9040]) == [0, 40, 80, 120]


def test_a_frame_in_wrong_order_is_put_a_tick_behind_its_predecessor_and_shifts_nothing() -> None:
    assert ticks([0, 40, 120, 80, 160]) == [0, 40, 120, 121, 160]


def test_twice_the_same_time_becomes_two_times() -> None:
    assert ticks([0, 40, 40, 80]) == [0, 40, 41, 80]


def test_a_clock_that_wraps_at_33_bits_goes_on() -> None:
    wrap = 2**33
    assert ticks([wrap - 3600, 0, 3600], BROADCAST) == [0, 3600, 7200]


def test_a_clock_that_was_set_back_goes_on_with_its_intervals() -> None:
    assert ticks([0, 40, 80, 80_000, 0, 100]) == [0, 40, 80, 80_000, 80_040, 80_140]


def test_a_leap_of_half_a_day_is_no_pause_but_damage() -> None:
    assert ticks([0, 40, 10**12, 10**12 + 40]) == [0, 40, 80, 120]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=40))
def test_times_grow_whatever_the_stamps(stamps: list[int | None]) -> None:
    """Strictly, from zero."""
    told = ticks(stamps)
    assert told[0] == 0
    assert all(earlier < later for earlier, later in pairwise(told))
