"""Tables of beliefs: scored once, picked and mixed for a request."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ranking.domain import Option, TasteMixture
from ranking.features import Tastes
from ranking.policy.decide import decide
from ranking.policy.eligibility import Asked
from ranking.policy.lots import DrawSeed
from ranking.policy.page import OptionTable, scored_table
from ranking.policy.policies import POLICIES, STANDARD, dressed
from ranking.policy.scorers import Similarity

NOW = Asked(datetime(2026, 3, 1, 12, tzinfo=UTC))
WARM, COLD = "warm", "cold"
TASTES = Tastes((WARM, COLD), (), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.zeros((3, 0)), np.zeros((3, 0)))
"""Segment 0 likes what is warm, segment 1 what is cold, the population both."""
OPTIONS = [
    Option("b-hearth", "b", themes={WARM: 0.9}),
    Option("b-ice", "b", themes={COLD: 0.9}, pinned=False),
    Option("a-snow", "a", themes={COLD: 0.9}, fallback=True),
    Option("c-two", "c", approved=False),
    Option("c-one", "c", pinned=True),
]


@pytest.fixture
def table() -> OptionTable:
    return scored_table("wide", OPTIONS, Similarity(), TASTES)


def test_titles_and_options_lie_in_the_order_of_their_ids(table: OptionTable) -> None:
    assert table.titles == ("a", "b", "c")
    assert table.options == (("a-snow",), ("b-hearth", "b-ice"), ("c-one", "c-two"))
    assert table.pinned.tolist() == [-1, -1, 0]
    assert table.fallback.tolist() == [0, -1, -1]
    assert table.segments == 2


def test_a_table_does_not_depend_on_the_order_of_what_it_is_made_of(table: OptionTable) -> None:
    again = scored_table("wide", OPTIONS[::-1], Similarity(), TASTES)
    np.testing.assert_array_equal(again.beliefs, table.beliefs)
    np.testing.assert_array_equal(again.keys, table.keys)


def test_another_canvas_has_other_keys(table: OptionTable) -> None:
    tall = scored_table("tall", OPTIONS, Similarity(), TASTES)
    assert (tall.keys[1] != table.keys[1]).all()
    assert (tall.title_keys != table.title_keys).all()


@pytest.mark.parametrize(("segment", "best"), [(0, "b-hearth"), (1, "b-ice")])
def test_each_segment_is_shown_what_it_likes(table: OptionTable, segment: int, best: str) -> None:
    page = table.page(table.rows(["b"]), TasteMixture("s", 0.0, {segment: 1.0}), NOW)
    column = decide(page, POLICIES["greedy"].probabilities(page), DrawSeed("", "", "Ada"), 0).columns[0]
    assert table.options[1][column] == best


def test_a_mixture_is_the_weighted_mean_of_its_segments_and_the_population(table: OptionTable) -> None:
    """Half segment 0, a quarter segment 1, a quarter the population."""
    page = table.page(np.array([1]), TasteMixture("s", 0.25, {0: 0.5, 1: 0.25}), NOW)
    weights = np.array([0.5, 0.25, 0.25])
    np.testing.assert_allclose(page.mean[0], weights @ table.beliefs[:, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(page.spread[0], weights @ table.beliefs[:, 1, 1], rtol=1e-6)


def test_a_segment_that_the_table_does_not_know_counts_as_the_population(table: OptionTable) -> None:
    known = table.page(np.array([1]), TasteMixture("s"), NOW)
    unknown = table.page(np.array([1]), TasteMixture("s", 0.0, {9: 1.0}), NOW)
    np.testing.assert_array_equal(known.mean, unknown.mean)


def test_only_the_strongest_segments_are_mixed(table: OptionTable) -> None:
    many = replace(table, beliefs=np.repeat(table.beliefs, 4, axis=0))
    weights = {number: (0.3 if number < 3 else 0.02) for number in range(8)}
    page = many.page(np.array([1]), TasteMixture("s", 0.0, weights), NOW)
    expected = np.tensordot([0.3, 0.3, 0.3, 0.02, 0.08], many.beliefs[[0, 1, 2, 3, 11]][:, 1], axes=1)
    np.testing.assert_allclose(page.mean[0], expected[0], rtol=1e-5)


def test_an_unknown_title_has_no_option_and_does_not_disturb_the_others(table: OptionTable) -> None:
    rows = table.rows(["nowhere", "b"])
    assert rows.tolist() == [-1, 1]
    page = table.page(rows, TasteMixture("s"), NOW)
    assert page.allowed.tolist() == [[False, False], [True, True]]
    drawn = decide(page, STANDARD.probabilities(page), DrawSeed("", "", "Ada"), 0)
    assert drawn.columns[0] == -1
    assert drawn.columns[1] >= 0


def test_what_is_refused_and_what_is_padding_is_not_allowed(table: OptionTable) -> None:
    page = table.page(table.rows(["c", "a"]), TasteMixture("s"), NOW)
    assert page.allowed.tolist() == [[True, False], [True, False]]


def test_what_was_shown_is_handed_on(table: OptionTable) -> None:
    page = table.page(table.rows(["b"]), TasteMixture("s"), NOW, shown=np.array([1]))
    assert page.shown.tolist() == [1]
    assert dressed(POLICIES["thompson"], most_change=0).probabilities(page).tolist() == [[0.0, 1.0]]


def test_a_table_that_is_mapped_from_a_file_answers_the_same(table: OptionTable, tmp_path) -> None:  # noqa: ANN001
    np.save(tmp_path / "beliefs.npy", table.beliefs)
    mapped = replace(table, beliefs=np.load(tmp_path / "beliefs.npy", mmap_mode="r"))
    taste = TasteMixture("s", 0.5, {0: 0.5})
    before = mapped.beliefs.copy()
    np.testing.assert_array_equal(
        mapped.page(np.array([0, 1]), taste, NOW).mean, table.page(np.array([0, 1]), taste, NOW).mean
    )
    np.testing.assert_array_equal(mapped.beliefs, before)


def test_no_options_make_an_empty_table() -> None:
    empty = scored_table("wide", [], Similarity(), TASTES)
    page = empty.page(empty.rows([]), TasteMixture("s"), NOW)
    assert STANDARD.probabilities(page).shape == (0, 0)


def test_titles_asked_of_an_empty_table_get_the_fallback() -> None:
    empty = scored_table("wide", [], Similarity(), TASTES)
    page = empty.page(empty.rows(["a"]), TasteMixture("s"), NOW)
    assert decide(page, STANDARD.probabilities(page), DrawSeed("", "", ""), 0).columns.tolist() == [-1]


def test_tables_of_other_shapes_are_an_error(table: OptionTable) -> None:
    with pytest.raises(ValueError, match="beliefs"):
        replace(table, beliefs=table.beliefs[:, :2])


def test_the_decision_path_loads_neither_trees_nor_frames() -> None:
    heavy = {"lightgbm", "pandas", "sklearn", "torch", "cv2", "PIL", "open_clip", "scenedetect", "pydantic"}
    look = "import sys, ranking.policy.page, ranking.policy.policies, ranking.policy.decide; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split()
    assert not heavy & set(loaded)
