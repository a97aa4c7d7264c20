"""On MovieLens: halves of the members find segments that agree, and segments foretell plays better than everybody's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from movielens_game import guesses, halves_agreement, interval, read_game

from ranking.taste.params import ClusterParams, TasteParams

QUICK = TasteParams(clusters=ClusterParams(most=4, splits=6, starts=3))
SMOOTHING = 10_000.0
"""What `python -m tests.benchmarks ranking_movielens` chooses on the members' past."""


def test_halves_of_the_members_agree(material: Path, tmp_path: Path) -> None:
    """Adjusted mutual information of 0.4 at least on the mean of three splits; chance is 0."""
    game = read_game(material, tmp_path / "problems.jsonl")
    assert np.mean([halves_agreement(game, QUICK, seed)[0] for seed in range(3)]) > 0.4


def test_segments_beat_the_population_at_held_out_plays(material: Path, tmp_path: Path) -> None:
    """The last fifth of each member's ratings: the whole 95 % interval of the gain is above 0."""
    game = read_game(material, tmp_path / "problems.jsonl")
    told, fit = guesses(*game.split(0.2), QUICK, SMOOTHING)
    assert len(fit.segments) >= 2
    assert min(one.size for one in fit.segments) >= 50
    low, high = interval(told.population_loss - told.mixture_loss)
    assert 0 < low < high
