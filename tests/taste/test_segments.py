"""Members of known taste are found again; no segment is below the floor; rows in any order give the same segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tastes_made import GENRES, made_plays, made_titles, made_traits, some_of

from ranking.domain import TasteMixture
from ranking.errors import TooLittleEvidence
from ranking.taste.evidence import gathered
from ranking.taste.groups import floored
from ranking.taste.history import Plays
from ranking.taste.likings import unit
from ranking.taste.membership import Spread, mixture, posterior
from ranking.taste.params import ClusterParams, TasteParams
from ranking.taste.portrait import Former
from ranking.taste.segments import Fitted, drawn_order, fitted
from ranking.taste.traits import trait_table

TRAITS = made_traits()
QUICK = TasteParams(clusters=ClusterParams(most=6, splits=4, starts=3))


def fit(
    history: Plays, params: TasteParams = QUICK, former: Former | None = None
) -> tuple[Fitted, dict[str, TasteMixture]]:
    """The segments of the history, and every member's taste."""
    found, placed = fitted(gathered([history], TRAITS, params.half_life_days), TRAITS, params, former)
    return found, {one.id: one.taste for one in found.profiles(placed)}


def test_planted_tastes_are_found_and_named() -> None:
    """Four groups of known sizes: the number, the sizes and the names come out, the largest group first."""
    found, tastes = fit(made_plays((200, 120, 80, 60), faithful=0.6))
    assert [(one.name, one.size) for one in found.segments] == [
        ("comedy", 200),
        ("drama", 120),
        ("horror", 80),
        ("romance", 60),
    ]
    assert sum(one.share for one in found.segments) == pytest.approx(1.0)
    strongest = {name: taste.strongest for name, taste in tastes.items()}
    assert all(strongest[name] == GENRES.index(name.split("-")[1]) for name in strongest)
    # comedy is 0.6 + 0.4 / 6 of what its friends play
    assert found.shares[0, found.tastes.vocabulary.index("comedy")] == pytest.approx(0.667, abs=0.13)
    assert not found.tastes.themes[-1].any()


def test_members_who_play_anything_have_no_segments() -> None:
    """Chance reaches an agreement of 0.4 at most, below what is asked; everybody is the population."""
    found, tastes = fit(made_plays((120, 120, 120), faithful=0.0), TasteParams())
    assert max(one.mean for one in found.tried) < 0.5
    assert found.segments == ()
    assert len(found.tastes) == 1
    assert {taste.population for taste in tastes.values()} == {1.0}


def test_a_group_below_the_floor_joins_its_neighbours() -> None:
    """Thirty friends of horror are no segment; with a floor of thirty they are."""
    history = made_plays((200, 120, 30, 60), faithful=0.6)
    assert "horror" not in {one.name for one in fit(history)[0].segments}
    assert {"comedy", "drama", "horror", "romance"} == {
        one.name for one in fit(history, replace(QUICK, floor=30))[0].segments
    }


def test_fewer_tastes_than_segments_that_are_tried() -> None:
    """Members of three kinds, each like the other to the last digit: three segments, whatever the floor would allow."""
    profiles = [f"{kind}-{member}" for kind in range(3) for member in range(60) for _ in range(5)]
    titles = [f"{GENRES[int(profile[0])]}-0" for profile in profiles]
    ones = np.ones(len(profiles))
    found, _ = fit(Plays(np.array(profiles, object), np.array(titles, object), ones, ones), replace(QUICK, floor=10))
    assert [one.size for one in found.segments] == [60, 60, 60]


def test_a_single_group_is_the_population() -> None:
    """When all small groups have joined the large one there is nothing left to tell apart."""
    assert fit(made_plays((60, 12, 12, 12)), replace(QUICK, floor=50))[0].segments == ()


def test_fewer_members_than_a_group_may_have_are_refused() -> None:
    """Nothing is told even of the population: it would be a small group."""
    with pytest.raises(TooLittleEvidence, match="members with enough history 49, at least 50"):
        fit(made_plays((49,)))
    with pytest.raises(TooLittleEvidence, match="enough history 0, at least 50"):
        fit(made_plays((60,), plays=2))
    assert fit(made_plays((50,)))[0].segments == ()


@settings(max_examples=15)
@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=6),
    st.integers(5, 40),
    st.sampled_from([0.3, 0.6, 0.9]),
    st.integers(0, 3),
)
def test_no_segment_is_below_the_floor(members: list[int], floor: int, faithful: float, seed: int) -> None:
    """Whatever the groups are; sizes add up to the members, tastes are mixtures, and their weights sum to one."""
    params = replace(QUICK, floor=floor)
    history = made_plays(members, faithful=faithful, seed=seed, plays=12)
    if sum(members) < floor:
        with pytest.raises(TooLittleEvidence):
            fit(history, params)
        return
    found, tastes = fit(history, params)
    assert all(one.size >= floor for one in found.segments)
    assert sum(one.size for one in found.segments) in {0, found.members}
    for taste in tastes.values():
        assert taste.population + sum(taste.weights.values()) == pytest.approx(1.0)
        assert set(taste.weights) <= set(range(len(found.segments)))


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_rows_in_any_order_are_the_same_fit(seed: int) -> None:
    """Names, ids, numbers, tastes, memberships: all equal."""
    made = made_plays((70, 60, 55), faithful=0.5)
    first, tastes = fit(made)
    again, others = fit(some_of(made, np.random.default_rng(seed).permutation(len(made))))
    assert (again.name, again.segments) == (first.name, first.segments)
    assert np.array_equal(again.tastes.themes, first.tastes.themes)
    assert others.keys() == tastes.keys()
    for name, taste in tastes.items():
        assert others[name].weights == pytest.approx(taste.weights)


def test_who_is_called_what_is_no_difference() -> None:
    """Members of other ids have the same segments: names and sizes do not hang on the draw."""
    made = made_plays((80, 70, 60), faithful=0.7)
    other = replace(made, profiles=np.array([one[::-1] for one in made.profiles], object))
    names = [[(one.name, one.size) for one in fit(history)[0].segments] for history in (made, other)]
    assert names[0] == names[1]


def test_what_is_found_again_keeps_its_name_its_id_and_its_number() -> None:
    """A later history, in which the smallest group has grown to be the largest: nothing is renamed or renumbered."""
    first, _ = fit(made_plays((100, 80, 60), faithful=0.7))
    later, _ = fit(made_plays((60, 70, 140), faithful=0.6, seed=5), former=(first.segments, first.tastes))
    assert [(one.number, one.id, one.name) for one in later.segments] == [
        (one.number, one.id, one.name) for one in first.segments
    ]
    assert [one.size for one in later.segments] == [60, 70, 140]
    assert later.name != first.name


def test_a_new_segment_takes_a_free_number_and_another_name() -> None:
    """Drama is gone and western is new: it has drama's number, an id and a name of its own."""
    first, _ = fit(made_plays((100, 80, 60), faithful=0.7))
    later, _ = fit(made_plays((100, 0, 60, 0, 70), faithful=0.7), former=(first.segments, first.tastes))
    assert [one.name for one in later.segments] == ["comedy", "western", "horror"]
    assert later.segments[1].id not in {one.id for one in first.segments}


def test_likings_are_told_apart_by_vectors_where_there_are_no_words() -> None:
    """Titles without genres, but with directions of their own."""
    titles = [replace(title, genres=()) for title in made_titles(rank=6)]
    traits = trait_table(titles)
    found, _ = fitted(gathered([made_plays((80, 70, 60))], traits, 365.0), traits, QUICK)
    assert [one.size for one in found.segments] == [80, 70, 60]
    assert found.tastes.vectors[0].argmax() == 0


def test_people_are_liked_by_what_is_beyond_everybody() -> None:
    """Ed is seen in half of every comedy and in no drama: his friends are those of comedy.

    Comedy is 0.6 + 0.4 / 6 of what its 60 members play, 0.4 / 6 of what 120 others do: everybody sees Ed in about
    0.5 x 0.267 of a play, his friends in 0.5 x 0.667, of which two thirds are known: 1 - 0.133 / 0.266 is a half.
    """
    titles = [replace(title, cast={"ed": 0.5} if "comedy" in title.id else {"al": 0.1}) for title in made_titles()]
    traits = trait_table(titles)
    history = made_plays((60, 60, 60), faithful=0.6, plays=20)
    found, _ = fitted(gathered([history], traits, 1e9), traits, QUICK)
    friends = next(one.number for one in found.segments if one.name == "comedy")
    likings = found.tastes.cast[:, found.tastes.people.index("ed")]
    assert likings[friends] == pytest.approx(0.5, abs=0.02)
    assert likings.sum() == likings[friends]


def test_the_population_fades_as_evidence_comes() -> None:
    """It is prior / (prior + weight): 1 without history, 10 / 20 after ten plays, 10 / 1,010 after a thousand."""
    probable = np.array([0.75, 0.25])
    shares = [mixture("s", weight, probable, 10.0).population for weight in (0.0, 10.0, 30.0, 1_000.0)]
    assert shares == pytest.approx([1.0, 0.5, 0.25, 10 / 1_010])
    assert mixture("s", 30.0, probable, 10.0).weights == pytest.approx({0: 0.5625, 1: 0.1875})


def test_a_sliver_of_a_segment_is_the_population() -> None:
    """Of 0.99 and 0.01, known by half, the second would weigh 0.005."""
    taste = mixture("s", 10.0, np.array([0.99, 0.01]), 10.0)
    assert taste.weights == pytest.approx({0: 0.495})
    assert taste.population == pytest.approx(0.505)


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
def test_memberships_sum_to_one(segments: int, dimensions: int, seed: int) -> None:
    """Also for a member of no marked taste, who is as probable in a segment as anybody."""
    generator = np.random.default_rng(seed)
    points, lengths = unit(generator.normal(size=(8, dimensions)))
    points[0] = lengths[0] = 0.0
    middles, _ = unit(generator.normal(size=(segments, dimensions)))
    sizes = generator.dirichlet(np.ones(segments))
    found = posterior(points, lengths, middles, Spread(5.0, 1.0, sizes))
    assert found.sum(axis=1) == pytest.approx(np.ones(8))
    assert found[0] == pytest.approx(sizes)


def test_a_taste_that_is_less_marked_says_less() -> None:
    """Log-odds of two segments at right angles: concentration 4, times 1 for a taste of the median length or more.

    And times a half for one of half that length; segments of 3 : 1 add the logarithm of 3.
    """
    points, lengths = np.array([[1.0, 0.0]] * 3), np.array([1.0, 0.5, 9.0])
    found = posterior(points, lengths, np.eye(2), Spread(4.0, 1.0, np.array([0.75, 0.25])))
    assert np.log(found[:, 0] / found[:, 1]) == pytest.approx(np.log(3) + np.array([4.0, 2.0, 4.0]))


def test_groups_are_dissolved_from_the_smallest_on() -> None:
    """Of three groups of 6, 3 and 1 around their middles, a floor of 2 leaves two, a floor of 5 none."""
    points = unit(
        np.array([[1.0, 0.01 * i, 0] for i in range(6)] + [[0.01 * i, 1, 0] for i in range(3)] + [[0, 0.6, 0.8]])
    )
    middles = np.eye(3)
    two = floored(points[0], points[1], middles, 2)
    assert two is not None
    assert np.bincount(two.labels).tolist() == [6, 4]
    assert floored(points[0], points[1], middles, 5) is None


def test_members_are_drawn_by_a_hash_of_theirs() -> None:
    """The order does not hang on how they are listed."""
    names = [f"m{number}" for number in range(50)]
    order = [names[place] for place in drawn_order(names)]
    assert order == [names[::-1][place] for place in drawn_order(names[::-1])]
    assert order != names
