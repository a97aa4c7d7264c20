"""What packets and key frames tell of groups of pictures, on hand-made lists."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from artwork.domain import Rgb
from artwork.film.groups import (
    LOOK_SIZE,
    GroupParams,
    GroupPlanner,
    Look,
    Probe,
    Reading,
    is_fading,
    is_flat,
    openings,
    out_of_turn,
    suspicious_places,
    unlikeness,
)

RATE = Fraction(1, 25)
PARAMS = GroupParams()
WIDTH, HEIGHT = LOOK_SIZE


def flat(level: int) -> Rgb:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def slope(light: float = 1.0, hue: int = 0, *, down: bool = False) -> Rgb:
    """Dark to bright from left to right, or from the top down; the hue is the order of the colour channels."""
    ramp = np.broadcast_to(np.linspace(20, 230, HEIGHT)[:, None], (HEIGHT, WIDTH))
    across = np.broadcast_to(np.linspace(20, 230, WIDTH), (HEIGHT, WIDTH))
    first = ramp if down else across
    colours = np.stack([first, first / 2, 120 - first / 3], axis=2)
    return np.roll(colours * light, hue, axis=2).astype(np.uint8)


FOREST, OCEAN = slope(), slope(hue=1, down=True)


def ticks(count: int) -> NDArray[np.int64]:
    return np.arange(count, dtype=np.int64)


def readings(looks: list[Look], count: int) -> list[Reading]:
    planner = GroupPlanner(ticks(count), [look.place for look in looks], RATE, PARAMS)
    return [planner.plan(look, after) for look, after in zip(looks, [*looks[1:], None], strict=True)]


def test_a_look_is_not_unlike_itself() -> None:
    assert unlikeness(FOREST, FOREST) == 0


def test_black_and_white_have_nothing_in_common() -> None:
    assert unlikeness(flat(0), flat(255)) == 1


def test_other_colours_in_another_layout_are_another_shot() -> None:
    assert unlikeness(FOREST, OCEAN) > PARAMS.unlike


def test_dark_pictures_are_told_apart() -> None:
    """At a tenth of the light both keep to the lowest steps of the histogram until they are brightened."""
    assert unlikeness(slope(0.1), slope(0.1, hue=1, down=True)) > PARAMS.stirred


def test_black_and_a_faint_picture_are_flat_and_a_night_scene_is_not() -> None:
    assert [is_flat(look) for look in (flat(0), flat(255), slope(0.05), slope(0.3))] == [True, True, True, False]


def test_a_picture_and_its_darker_self_are_a_fade_and_two_pictures_are_none() -> None:
    assert is_fading(FOREST, slope(0.5))
    assert is_fading(OCEAN, flat(0))
    assert not is_fading(FOREST, OCEAN)
    assert not is_fading(FOREST, FOREST)


def test_a_frame_coded_far_larger_than_its_neighbours_is_suspicious() -> None:
    """P frames of 100 with B frames of 20 between them; the one at 24 takes 600, of a key frame's 1000."""
    sizes = np.full(48, 20, np.int64)
    sizes[::4] = 100
    sizes[0], sizes[24] = 1000, 600
    assert suspicious_places(sizes, 0, 48, PARAMS) == (24,)


def test_nothing_is_suspicious_in_an_even_group_or_in_one_of_a_single_frame() -> None:
    sizes = np.array([1000] + [100] * 47, np.int64)
    assert suspicious_places(sizes, 0, 48, PARAMS) == ()
    assert suspicious_places(sizes, 47, 48, PARAMS) == ()


def test_small_jumps_far_below_the_key_frame_are_not_suspicious() -> None:
    """Ten times its neighbours, but a tenth of the key frame: something small moved."""
    sizes = np.array([1000] + [10] * 47, np.int64)
    sizes[30] = 100
    assert suspicious_places(sizes, 0, 48, PARAMS) == ()


def test_of_suspicious_frames_close_together_the_largest_stands_for_all() -> None:
    sizes = np.array([1000] + [50] * 99, np.int64)
    sizes[[30, 34, 70]] = 400, 700, 300
    assert suspicious_places(sizes, 0, 100, PARAMS) == (34, 70)


def test_a_jump_to_a_higher_rate_is_suspicious_where_it_begins() -> None:
    """The frames before are small, the frames behind stay large: held against the lesser side."""
    sizes = np.array([1000] + [50] * 23 + [300] * 24, np.int64)
    assert suspicious_places(sizes, 0, 48, PARAMS)[0] in range(24, 37)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([0, 48, 96, 144], [False, False, False]),
        ([0, 48, 60, 108, 156], [False, True, False, False]),
        ([0, 48, 60, 96, 144], [False, True, False, False]),
        ([0, 30, 76, 137], [True, True, True]),
        ([0, 90, 340, 400], [True, False, True]),
        ([0], []),
    ],
    ids=["steady", "counted anew", "on a grid", "none in turn", "the usual 250", "one"],
)
def test_key_frames_out_of_turn_are_those_that_nothing_regular_explains(
    places: list[int], expected: list[bool]
) -> None:
    assert out_of_turn(places) == expected


def test_more_is_seen_of_a_group_that_opens_a_shot() -> None:
    """0.16 s are 4 frames, and 2 to choose from; in turn 2, two seconds apart; else the key frame alone."""
    assert openings(ticks(200), [0, 48, 60, 108, 156], RATE, PARAMS) == (6, 1, 6, 1, 2)


def test_an_opening_ends_with_its_group() -> None:
    assert openings(ticks(6), [0, 2, 5], RATE, PARAMS) == (2, 3, 1)


def test_a_quiet_group_between_alike_key_frames_is_not_read() -> None:
    looks = [Look(0, FOREST), Look(48, FOREST), Look(96, FOREST)]
    assert [reading.until - reading.first for reading in readings(looks, 120)] == [0, 0, 24]


def test_a_key_frame_out_of_turn_that_shows_another_shot_is_a_cut() -> None:
    looks = [Look(0, FOREST), Look(30, FOREST), Look(76, OCEAN), Look(137, FOREST)]
    plan = readings(looks, 150)
    assert [(reading.until - reading.first, reading.cut_ahead) for reading in plan[1:3]] == [(0, True), (0, True)]


def test_no_cut_is_believed_unseen_at_the_end_of_the_first_group() -> None:
    assert not readings([Look(0, FOREST), Look(30, OCEAN), Look(76, OCEAN)], 90)[0].cut_ahead


def test_a_change_that_a_regular_key_frame_shows_is_looked_for_in_the_group() -> None:
    looks = [Look(0, FOREST), Look(48, FOREST), Look(96, OCEAN), Look(144, OCEAN)]
    changed = readings(looks, 150)[1]
    assert changed.until > changed.first
    assert not changed.cut_ahead


def test_a_group_is_read_past_the_probe_that_shows_another_picture() -> None:
    """A short shot between two alike: the cut at 20 and 0.4 s (10 frames) behind it are read."""
    looks = [Look(0, FOREST, (Probe(10, FOREST), Probe(20, OCEAN))), Look(48, FOREST), Look(96, FOREST)]
    assert readings(looks, 120)[0].until == 31


def test_a_probe_that_gave_no_picture_counts_as_a_change() -> None:
    looks = [Look(0, FOREST, (Probe(20, None),)), Look(48, FOREST), Look(96, FOREST)]
    assert readings(looks, 120)[0].until == 31


def test_a_fade_out_is_read_whole_and_a_fade_in_until_its_picture_is_there() -> None:
    looks = [Look(0, FOREST), Look(48, FOREST), Look(77, flat(0)), Look(96, OCEAN), Look(144, OCEAN)]
    assert [reading.until - reading.first for reading in readings(looks, 150)] == [0, 77 - 48, 1, 0, 150 - 144]


def test_a_fade_in_is_read_past_all_suspects_but_one() -> None:
    """From 20 on one suspect is left, which leads away or back, not both; 1 s (25 frames) behind it is read."""
    suspects = tuple(Probe(place, FOREST) for place in (8, 20, 80))
    looks = [Look(0, flat(0), suspects), Look(100, OCEAN), Look(200, OCEAN)]
    assert readings(looks, 220)[0].until == 46


def test_between_two_blank_pictures_all_is_read() -> None:
    looks = [Look(0, flat(0)), Look(100, flat(0)), Look(200, OCEAN)]
    assert readings(looks, 220)[0].until == 100


def test_an_encoder_whose_key_frames_out_of_turn_show_the_same_shot_is_not_believed() -> None:
    """Six of the first seven show what was there before; then a change needs to be seen."""
    places = [0, 31, 70, 95, 140, 151, 190, 215]
    looks = [Look(place, FOREST) for place in places[:-1]] + [Look(places[-1], OCEAN)]
    assert not readings(looks, 230)[-2].cut_ahead


def test_a_film_of_one_group_is_read_to_its_end() -> None:
    assert readings([Look(0, FOREST)], 500)[0] == Reading(0, 500, 500, None)


@given(
    st.lists(st.tuples(st.integers(1, 300), st.sampled_from([FOREST, OCEAN, flat(0), slope(0.5)])), min_size=1),
    st.integers(1, 300),
)
def test_readings_tile_the_film_and_stay_inside_their_groups(steps: list[tuple[int, Rgb]], rest: int) -> None:
    places = np.cumsum([0] + [step for step, _ in steps[:-1]])
    looks = [Look(int(place), pixels) for place, (_, pixels) in zip(places, steps, strict=True)]
    plan = readings(looks, int(places[-1]) + rest)
    assert [reading.first for reading in plan] == [look.place for look in looks]
    assert all(reading.first <= reading.until <= reading.end for reading in plan)
    assert [reading.end for reading in plan] == [*(int(place) for place in places[1:]), int(places[-1]) + rest]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(1, 400))
def test_every_group_is_seen_and_no_opening_leaves_its_group(lengths: list[int], last: int) -> None:
    places = [int(place) for place in np.cumsum([0, *lengths])]
    ends = [*places[1:], places[-1] + last]
    seen = openings(ticks(ends[-1]), places, RATE, PARAMS)
    assert all(1 <= length <= end - place for place, end, length in zip(places, ends, seen, strict=True))
