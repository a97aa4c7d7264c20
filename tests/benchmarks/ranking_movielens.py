"""Segments on MovieLens: whether two halves of the members find the same, and whether they foretell what is played.

    python -m tests.benchmarks.ranking_movielens [splits]

Asked: segments are stable between halves of the members (adjusted mutual information), and their mixture beats the
population's prior at predicting held-out plays. `tests/taste/movielens_game.py` says how either is measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from ranking.taste.params import TasteParams
from tests.taste.movielens_game import (
    HELD_OUT,
    HITS_AT,
    best_smoothing,
    guesses,
    halves_agreement,
    interval,
    read_game,
)

MATERIAL = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).resolve().parents[3] / "shared"))


def main(splits: int = 10) -> bool:
    """True when the mixture beats the prior beyond doubt."""
    params = TasteParams()
    with tempfile.TemporaryDirectory() as folder:
        game = read_game(MATERIAL, Path(folder) / "problems.jsonl")
    print(f"{len(game.members):,} ratings by {len(game.names)} members of {len(game.traits):,} titles")
    found = [halves_agreement(game, params, seed) for seed in range(splits)]
    agreement = np.array([one[0] for one in found])
    numbers = ", ".join(f"{one[1]}|{one[2]}" for one in found)
    print(
        f"halves, {splits} splits: adjusted mutual information {agreement.mean():.3f} on average, "
        f"{agreement.min():.3f} to {agreement.max():.3f}; segments {numbers}"
    )
    past, future = game.split(HELD_OUT)
    smoothing = best_smoothing(past, params)
    told, fit = guesses(past, future, params, smoothing)
    print(f"held out: {len(future.members):,} plays, the last fifth of each member; smoothing {smoothing:g} plays")
    print(f"segments: {', '.join(f'{one.name} ({one.size})' for one in fit.segments)}")
    print(f"{'':>24} {'population':>11} {'mixture':>8} {'gain':>7}  95 % of the gain")
    gains = told.population_loss - told.mixture_loss
    rows = (
        ("log loss, nats a play", told.population_loss, told.mixture_loss, gains),
        (f"hits among {HITS_AT}", told.population_hits, told.mixture_hits, told.mixture_hits - told.population_hits),
    )
    for name, population, mixture, gain in rows:
        low, high = interval(gain)
        print(
            f"{name:>24} {population.mean():>11.4f} {mixture.mean():>8.4f} {gain.mean():>7.4f}  {low:.4f} to {high:.4f}"
        )
    return interval(gains)[0] > 0


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
