"""The world's truth: what a picture is worth is known, small, and told by its looks in part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipelines.visitors import DEVICES, KINDS, World, WorldParams, world_of
from ranking.domain import Option
from ranking.learn.snapshot import TitleNotes

NOTES = [
    TitleNotes("noir", "Noir", genres=("Thriller",)),
    TitleNotes("orbit", "Orbit", genres=("Science Fiction", "Adventure")),
    TitleNotes("bare", "No picture of it", genres=("Comedy",)),
    TitleNotes("none", "No genre"),
]
LOOKS = [{"dark": 1.0, "muted": 1.0}, {"bright": 1.0, "colourful": 1.0}, {"close-up": 1.0}, {"wide view": 1.0}]
OPTIONS = [
    Option(f"{title}-{number}", title, themes=looks)
    for title in ("noir", "orbit", "none")
    for number, looks in enumerate(LOOKS)
]


def world(**changes: object) -> World:
    return world_of(OPTIONS, NOTES, WorldParams(**{"members": 40, **changes}))


def log_odds(made: World) -> np.ndarray:
    return np.log(made.chances / (1 - made.chances))


def test_titles_without_a_picture_are_no_part_of_it() -> None:
    made = world()
    assert made.titles == ("noir", "orbit", "none")
    assert made.options == tuple(option.id for option in OPTIONS)
    assert made.title_of.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_members_are_of_every_kind_alike() -> None:
    assert np.bincount(world(members=42).kinds).tolist() == [11, 11, 10, 10]


def test_the_same_world_twice_and_another_for_another_seed() -> None:
    assert (world().chances == world().chances).all()
    assert (world().chances != world(seed=2).chances).any()


def test_without_pictures_own_worth_a_kind_prefers_its_looks() -> None:
    made = world(picture_spread=0.0, own_spread=0.0)
    best = dict(zip((kind.name for kind in KINDS), (made.chances[::4, :4].argmax(axis=1)).tolist(), strict=True))
    assert best == {
        "people and their feelings": 2,
        "the dark side": 0,
        "far places": 3,
        "play and colour": 1,
    }


def test_without_any_effect_of_pictures_there_is_nothing_to_choose() -> None:
    made = world(look_spread=0.0, picture_spread=0.0, own_spread=0.0)
    assert made.at_random == pytest.approx(made.with_best)
    assert made.with_best_single == pytest.approx(made.with_best)


def test_a_kind_likes_the_titles_of_its_genres() -> None:
    """1.3 for liked and -0.9 for others: 2.2 between kinds, whatever the title is worth to all."""
    odds = log_odds(world(look_spread=0.0, picture_spread=0.0, own_spread=0.0))
    dark, far = (
        next(number for number, kind in enumerate(KINDS) if kind.name == name)
        for name in ("the dark side", "far places")
    )
    odds = odds[::4]
    assert odds[dark, 0] - odds[far, 0] == pytest.approx(2.2)
    assert odds[far, 4] - odds[dark, 4] == pytest.approx(2.2)
    fans_of_none = (odds[:, 8] == odds[:, 8].max()).sum()
    assert fans_of_none == 1


def test_what_pictures_are_worth_averages_to_nothing_within_a_title() -> None:
    made = world()
    odds = log_odds(made)
    for title in range(3):
        mine = odds[:, made.title_of == title]
        alone = log_odds(world(look_spread=0.0, picture_spread=0.0, own_spread=0.0))[:, made.title_of == title]
        assert mine.mean(axis=1) == pytest.approx(alone.mean(axis=1))


def test_looks_are_worth_what_the_params_say() -> None:
    made = log_odds(world(picture_spread=0.0, own_spread=0.0, look_spread=0.3, title_spread=0.0))
    centred = [
        made[:, 4 * title : 4 * title + 4] - made[:, 4 * title : 4 * title + 4].mean(1, keepdims=True)
        for title in range(3)
    ]
    assert np.concatenate(centred, axis=1).std(axis=1) == pytest.approx([0.3] * 4 * len(KINDS))


def test_the_best_choices_are_in_order() -> None:
    made = world()
    share = np.bincount(made.groups, minlength=16) / 40
    random, single, best = (share @ table for table in (made.at_random, made.with_best_single, made.with_best))
    assert (random < single).all()
    assert (single <= best + 1e-12).all()
    assert made.best_for(np.arange(40)).tolist() == made.best_single.tolist()


def test_members_of_every_kind_look_at_every_device_at_every_hour() -> None:
    """Four kinds, five devices (two of them in the hand), six hours (one of them in the night): 120 are all of them."""
    made = world(members=240)
    mixed = {(int(made.kinds[n]), DEVICES.index(made.device(n)), made.hour(n)) for n in range(240)}
    assert len(mixed) == 4 * 4 * 6  # two of the five devices are televisions
    ways = np.bincount(made.groups, minlength=16).reshape(4, 4)
    assert (ways == [60 * 3 / 5 * 5 / 6, 60 * 3 / 5 / 6, 60 * 2 / 5 * 5 / 6, 60 * 2 / 5 / 6]).all()


def test_dark_pictures_lose_in_the_hand_and_win_across_the_room_and_at_night() -> None:
    """Brightness 0.2, 0.4, 0.6 and 0.8 lies -1.34, -0.45, 0.45 and 1.34 deviations from its middle.

    By day across the room that is worth -0.3 each, there at night -0.1 more; in the hand 0.3, at night 0.2.
    """
    lit = [replace(option, brightness=0.2 + 0.2 * (place % 4)) for place, option in enumerate(OPTIONS)]
    made = world_of(lit, NOTES, WorldParams(members=40, handheld_spread=0.3, night_spread=0.1))
    odds = log_odds(made).reshape(4, 4, -1)
    steps = np.array([-3, -1, 1, 3]) / 5**0.5
    for way, worth in ((1, -0.1), (2, 0.6), (3, 0.5)):
        assert (odds[:, way] - odds[:, 0])[:, :4] == pytest.approx(np.tile(worth * steps, (4, 1)))


def test_looks_that_nobody_measured_leave_the_pictures_own_worth() -> None:
    """No words at all: pictures still differ, and nothing divides by nothing."""
    plain = [Option(f"p{number}", "noir") for number in range(3)]
    made = world_of(plain, NOTES, WorldParams(members=4))
    assert np.isfinite(made.chances).all()
    assert len(set(made.chances[0].tolist())) == 3
