"""The diverse few: MMR worked out by hand, and the quotas as laws."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import ShotScale
from artwork.select.diversity import Choice, Likeness, Quotas, diverse_few

FREE = Quotas(count=3, per_shot=99, per_scale=99, per_cluster=99, people=0, places=0)


def turned(*degrees: float) -> np.ndarray:
    angles = np.radians(np.array(degrees))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def choices(count: int) -> list[Choice]:
    return [Choice(place, place, ShotScale.NO_PEOPLE, peopled=False) for place in range(count)]


def test_nothing_to_choose_from_gives_nothing() -> None:
    assert diverse_few(np.zeros(0), Likeness(np.zeros((0, 2), dtype=np.float32), 1.0), [], FREE, 0.5) == []


def test_likeness_is_one_for_the_same_and_nought_at_the_usual_distance() -> None:
    """At a spread of 0.5: cosine 1 is 1, 0.75 is one half, 0.5 and less is 0."""
    assert Likeness(turned(0), 0.5).of(np.array([1.0, 0.75, 0.5, -1.0])).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_frames_of_a_film_without_any_spread_are_all_the_same() -> None:
    assert Likeness(turned(0, 0), 0.0).to(0).tolist() == [1.0, 1.0]


def test_a_less_relevant_frame_comes_first_when_it_is_unlike_what_was_taken() -> None:
    """Taken: 0 (0.9). Then 1 is worth 0.5*0.8 - 0.5*0.985 = -0.09 and 2, at right angles, 0.5*0.4 = 0.2."""
    taken = diverse_few(np.array([0.9, 0.8, 0.4]), Likeness(turned(0, 10, 90), 1.0), choices(3), FREE, 0.5)
    assert taken == [0, 2, 1]


def test_relevance_alone_ranks_when_balance_is_one() -> None:
    assert diverse_few(np.array([0.3, 0.9, 0.8]), Likeness(turned(0, 0, 0), 1.0), choices(3), FREE, 1.0) == [1, 2, 0]


def test_ties_go_to_the_earlier_place() -> None:
    assert diverse_few(np.full(3, 0.5), Likeness(turned(0, 120, 240), 1.0), choices(3), FREE, 0.5) == [0, 1, 2]


def test_a_place_is_kept_for_people_and_for_places() -> None:
    """Three places are more relevant than the only frame with somebody in it, which still is among the three."""
    few = [Choice(place, place, ShotScale.WIDE, peopled=place == 3) for place in range(4)]
    quotas = Quotas(count=3, per_shot=1, per_scale=9, per_cluster=9, people=1, places=1)
    taken = diverse_few(np.array([0.9, 0.8, 0.7, 0.1]), Likeness(turned(0, 90, 180, 270), 1.0), few, quotas, 1.0)
    assert taken == [0, 1, 3]


def test_another_scale_and_another_cluster_come_before_more_of_the_same() -> None:
    """Frames 0 and 1 share a cluster, 0 and 2 a scale: 3 is next, then the rest, relevance deciding."""
    few = [
        Choice(0, 0, ShotScale.WIDE, peopled=False),
        Choice(1, 0, ShotScale.FULL, peopled=False),
        Choice(2, 1, ShotScale.WIDE, peopled=False),
        Choice(3, 2, ShotScale.MEDIUM, peopled=False),
    ]
    quotas = Quotas(count=4, per_shot=1, per_scale=1, per_cluster=1, people=0, places=0)
    taken = diverse_few(np.array([0.9, 0.8, 0.7, 0.1]), Likeness(turned(0, 90, 180, 270), 1.0), few, quotas, 1.0)
    assert taken == [0, 3, 2, 1]


@pytest.mark.parametrize("field", ["per_shot", "per_scale", "per_cluster"])
def test_quotas_that_allow_nothing_are_an_error(field: str) -> None:
    quotas = {"count": 1, "per_shot": 1, "per_scale": 1, "per_cluster": 1, "people": 0, "places": 0}
    with pytest.raises(ValueError, match="nothing can meet"):
        Quotas(**{**quotas, field: 0})


films = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 4),
        st.sampled_from(ShotScale),
        st.booleans(),
        st.floats(0, 1),
        st.floats(0, 360),
    ),
    max_size=25,
)


def pick(film: list, quotas: Quotas, balance: float) -> list[int]:
    known = [Choice(in_shot, cluster, scale, peopled) for in_shot, cluster, scale, peopled, _, _ in film]
    relevance = np.array([row[4] for row in film])
    return diverse_few(relevance, Likeness(turned(*[row[5] for row in film]), 0.7), known, quotas, balance)


@given(films, st.integers(0, 12), st.integers(1, 3), st.floats(0, 1))
def test_quotas_over_shots_hold_and_nobody_is_turned_away_without_need(
    film: list, count: int, per_shot: int, balance: float
) -> None:
    """As many are taken as the quotas over shots allow, none twice."""
    quotas = Quotas(count, per_shot, per_scale=2, per_cluster=1, people=count // 3, places=count // 4)
    taken = pick(film, quotas, balance)
    of_shot = Counter(film[place][0] for place in taken)
    room = sum(min(per_shot, number) for number in Counter(row[0] for row in film).values())
    assert len(set(taken)) == len(taken) == min(count, room)
    assert all(number <= per_shot for number in of_shot.values())


@given(films, st.integers(2, 12), st.floats(0, 1))
def test_people_and_places_both_appear_where_there_are_both(film: list, count: int, balance: float) -> None:
    """With a shot for every frame, as many of each as are owed, or as there are."""
    film = [(place, *row[1:]) for place, row in enumerate(film)]
    quotas = Quotas(count, per_shot=1, per_scale=2, per_cluster=1, people=count // 3, places=count // 4)
    taken = pick(film, quotas, balance)
    for peopled, owed in ((True, quotas.people), (False, quotas.places)):
        there = sum(row[3] == peopled for row in film)
        assert sum(film[place][3] == peopled for place in taken) >= min(owed, there)
