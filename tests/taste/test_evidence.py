"""Plays are summed by worth and age, in any order, in any blocks; likings are what they say beyond everybody's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tastes_made import DAY, NEW_YEAR, made_plays, made_traits, some_of

from ranking.taste import evidence as evidence_module
from ranking.taste.evidence import Evidence, gathered
from ranking.taste.history import Plays
from ranking.taste.likings import everybody_of, likings_of
from ranking.taste.measure import measure_of
from ranking.taste.params import TasteParams
from ranking.taste.traits import TitleTraits, TraitTable, trait_table


def plays(*rows: tuple[str, str, float, float]) -> Plays:
    """Profile, title, worth, days since New Year."""
    profiles, titles, worth, days = zip(*rows, strict=True) if rows else ((), (), (), ())
    at = NEW_YEAR + DAY * np.array(days, dtype=float)
    return Plays(np.array(profiles, object), np.array(titles, object), np.array(worth, dtype=float), at)


def two_titles() -> TraitTable:
    """Up is a comedy with a warm look, heat is crime of which no picture is known."""
    return trait_table(
        [
            TitleTraits("up", ("Comedy",), {"warm": 0.5}, {"ed": 0.4}, (1.0, 0.0)),
            TitleTraits("heat", (" CRIME",)),
            TitleTraits("up2", ("comedy",), {"warm": 0.5}, {"ed": 0.2}, (0.0, 1.0)),
        ]
    )


def test_traits_are_columns_by_name() -> None:
    """Titles by id; genres and themes together, by name; a person must be seen in two titles."""
    table = two_titles()
    assert (table.words, table.people, table.rank) == (("comedy", "crime", "warm"), ("ed",), 2)
    assert table.genres == {"comedy", "crime"}
    assert table.places == {"heat": 0, "up": 1, "up2": 2}
    # words, people, vector; then whether genres, themes, people, vector are known
    assert table.table.tolist() == [
        [0, 1, 0, 0, 0, 0, 1, 0, 0, 0],
        [1, 0, 0.5, 0.4, 1, 0, 1, 1, 1, 1],
        [1, 0, 0.5, 0.2, 0, 1, 1, 1, 1, 1],
    ]
    assert table.columns("themes").tolist() == [2]
    assert table.columns("vector").tolist() == [4, 5]


def test_people_whom_no_picture_shows_are_nobodys_taste_but_their_titles_are_known() -> None:
    """Of nobody but Ed can a picture be chosen; that the last title is without him is known, its cast is told."""
    casts = ({"ed": 1.0, "al": 1.0}, {"ed": 1.0, "al": 1.0}, {"al": 1.0})
    titles = [TitleTraits(f"t{number}", cast=people) for number, people in enumerate(casts)]
    table = trait_table(titles, frozenset({"ed"}))
    assert table.people == ("ed",)
    assert table.table[:, table.columns("people")].tolist() == [[1.0], [1.0], [0.0]]
    assert table.table[:, table.known("people")].tolist() == [1.0, 1.0, 1.0]
    assert trait_table(titles, frozenset()).people == ()


def test_of_a_title_that_comes_twice_everybody_counts_the_first_source_more() -> None:
    twice = [TitleTraits("a", cast={"ed": 0.5}), TitleTraits("a", cast={"ed": 1.0, "al": 1.0})]
    table = trait_table([*twice, TitleTraits("b", cast={"ed": 1.0, "al": 1.0})])
    assert (table.people, table.table[0, table.columns("people")].tolist()) == (("al", "ed"), [1.0, 0.5])


def test_people_of_a_single_title_are_nobodys_taste() -> None:
    """Of four actors two are seen in two titles; one of those is named without being seen."""
    cast = ({"ann": 0.5, "bob": 0.2, "cat": 0.1}, {"ann": 0.1, "bob": 0.3, "cat": 0.0}, {"dan": 0.9})
    table = trait_table([TitleTraits(f"t{number}", cast=people) for number, people in enumerate(cast)])
    assert table.people == ("ann", "bob")
    assert table.table[:, :2].tolist() == [[0.5, 0.2], [0.1, 0.3], [0.0, 0.0]]


def test_of_a_title_that_comes_twice_each_part_is_the_first_known() -> None:
    """What is published knows the pictures, the manifest the genres."""
    table = trait_table([TitleTraits("up", (), {"warm": 1.0}), TitleTraits("up", ("comedy",), {"cold": 1.0})])
    assert table.words == ("comedy", "warm")
    assert table.table.tolist() == [[1, 1, 1, 1, 0, 0]]


def test_plays_are_summed_by_worth_and_age() -> None:
    """A year before a member's newest play counts half, however long ago that newest one is."""
    history = [plays(("ann", "up", 1.0, 0), ("ann", "heat", 0.5, 365)), plays(("bob", "up", 0.25, -3650))]
    found = gathered(history, two_titles(), 365.0)
    assert found.profiles == ("ann", "bob")
    # ann: 0.5 x up + 0.5 x heat; bob: 0.25 x up
    assert found.sums.tolist() == [
        [0.5, 0.5, 0.25, 0.2, 0.5, 0, 1.0, 0.5, 0.5, 0.5],
        [0.25, 0, 0.125, 0.1, 0.25, 0, 0.25, 0.25, 0.25, 0.25],
    ]
    assert found.plays.tolist() == [2, 1]


def test_titles_that_nothing_is_known_of_are_counted_apart() -> None:
    """Their member is there, with no evidence; the member's other plays count as they did."""
    found = gathered(
        [plays(("ann", "alien", 1.0, 0), ("bob", "alien", 1.0, 9), ("bob", "up", 1.0, 0))], two_titles(), 9
    )
    assert (found.rows, found.unknown, found.profiles) == (3, 2, ("ann", "bob"))
    assert found.plays.tolist() == [0, 1]
    assert found.sums[:, 0].tolist() == [0, 1]


def test_nobody_played_anything() -> None:
    """No rows are no members, and nothing breaks."""
    found = gathered([], two_titles(), 365.0)
    assert (found.profiles, found.rows) == ((), 0)
    assert gathered([plays()], two_titles(), 365.0).sums.shape == (0, 10)


@given(st.permutations(range(60)), st.sets(st.integers(1, 59), max_size=4))
def test_neither_order_nor_blocks_matter(order: list[int], cuts: set[int]) -> None:
    """The same rows in any order, cut anywhere, are the same evidence to the last digits, and the same likings."""
    made = made_plays((2, 2, 2), plays=10)
    traits = made_traits()
    whole = gathered([made], traits, 10.0)
    bounds = [0, *sorted(cuts), 60]
    blocks = [some_of(made, np.array(order[one:two])) for one, two in pairwise(bounds)]
    parts = gathered(blocks, traits, 10.0)
    assert parts.profiles == whole.profiles
    np.testing.assert_allclose(parts.sums, whole.sums, rtol=1e-12)
    params = TasteParams()
    likings = [measure_of(one, traits, params).placed(one, traits).likings.words for one in (whole, parts)]
    assert np.array_equal(*likings)


def test_members_of_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that lie in several arrays are each their own member's."""
    made = made_plays((5, 5, 5), plays=4)
    whole = gathered([made], made_traits(), 30.0)
    monkeypatch.setattr(evidence_module, "BLOCK", 4)
    blocks = [some_of(made, np.arange(begin, begin + 7) % 60) for begin in range(0, 56, 7)]
    blocks.append(some_of(made, np.arange(56, 60)))
    parts = gathered(blocks, made_traits(), 30.0)
    np.testing.assert_allclose(parts.sums, whole.sums, rtol=1e-12)
    assert parts.plays.tolist() == [4] * 15


def test_a_liking_is_what_is_beyond_everybody() -> None:
    """Two members of 10 plays, one all comedy, one all crime; with a prior of 10 plays half of either is known.

    Everybody plays 0.5 of each, a single play deviates by 0.5; so (1 - 0.5) / 0.5 x 0.5 = 0.5 for what is liked.
    """
    traits = trait_table([TitleTraits("up", ("comedy",)), TitleTraits("heat", ("crime",))])
    rows = [("ann", "up", 1.0, 0.0)] * 10 + [("bob", "heat", 1.0, 0.0)] * 10
    found = gathered([plays(*rows)], traits, 365.0)
    everybody = everybody_of(found, traits, 10.0)
    likings = likings_of(found, traits, 10.0, everybody)
    assert everybody.means.tolist() == [0.5, 0.5]
    assert likings.words.tolist() == [[0.5, -0.5], [-0.5, 0.5]]
    assert likings.weight.tolist() == [10, 10]


def test_what_all_do_alike_is_no_liking() -> None:
    """A genre that every play has, and one that none has, set nobody apart; and nothing is divided by nothing."""
    traits = trait_table([TitleTraits("up", ("comedy",)), TitleTraits("heat", ("comedy",)), TitleTraits("x", ("war",))])
    found = gathered([plays(("ann", "up", 1.0, 0), ("bob", "heat", 0.5, 0))], traits, 365.0)
    placed = measure_of(found, traits, TasteParams()).placed(found, traits)
    assert not placed.likings.words.any()
    assert not placed.points.any()


def test_words_and_vectors_count_by_their_share() -> None:
    """On the mean each part of the squared length is its share; without vectors words are all."""
    made = made_plays((20, 20, 20))
    for rank, share in ((0, 1.0), (3, 0.7)):
        titles = [TitleTraits(f"{g}-{n}", (g,), vector=_direction(g, rank)) for g in _GENRES for n in range(10)]
        traits = trait_table(titles)
        found = gathered([made], traits, 365.0)
        measure = measure_of(found, traits, TasteParams(vector_share=0.3))
        placed = measure.placed(found, traits)
        squares = (placed.points * placed.lengths[:, None]) ** 2
        assert squares[:, : len(traits.words)].sum(axis=1).mean() == pytest.approx(share)
        assert squares.sum(axis=1).mean() == pytest.approx(1.0)


_GENRES = ("comedy", "drama", "horror", "romance", "western", "crime")


def _direction(genre: str, rank: int) -> tuple[float, ...]:
    return tuple(float(_GENRES.index(genre) % rank == dimension) for dimension in range(rank))


def test_evidence_of_nothing_known_has_no_likings() -> None:
    """Members whose titles are all strangers."""
    traits = made_traits()
    nothing = Evidence(("ann",), np.zeros((1, traits.table.shape[1])), np.zeros(1, dtype=np.int64), 3, 3)
    placed = measure_of(nothing, traits, TasteParams()).placed(nothing, traits)
    assert not placed.likings.words.any()
    assert placed.likings.weight.tolist() == [0]
