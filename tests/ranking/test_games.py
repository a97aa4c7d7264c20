"""The two games on real material, small; whole they are benchmarks: ranking_mushroom and ranking_upworthy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ranking import mushroom_game, upworthy_game


@pytest.mark.material
def test_linear_thompson_learns_what_to_eat(material: Path) -> None:
    """6,000 mushrooms, two seeds: a tenth of the regret of eating blindly at most; 50,000 come to 1 %."""
    mushrooms = mushroom_game.read_mushrooms(material)
    assert mushrooms[0].shape == (8124, 118)
    assert mushrooms[1].sum() == 4208
    regrets = [mushroom_game.play(mushrooms, seed, draws=6_000) for seed in range(2)]
    assert np.mean(regrets) < 0.12


@pytest.mark.material
def test_a_shared_prior_beats_every_baseline_on_real_picture_tests(material: Path) -> None:
    """Every third of 1,426 tests, one seed; the whole is printed by the benchmark, with standard errors."""
    tests = upworthy_game.read_picture_tests(material)
    assert len(tests.rates) == 1426
    third = tests.every(3, 0)
    players = upworthy_game.contenders(third, seed=0)
    rates = {name: upworthy_game.play(third, player, seed=0) for name, player in players.items() if "Beta" not in name}
    rates["Beta"] = upworthy_game.play(third, upworthy_game.by_beta_thompson(third, 0, draws=40), seed=0)
    ours = rates.pop(upworthy_game.OURS)
    baselines = {name: rate for name, rate in rates.items() if not name.startswith("shared prior")}
    assert len(baselines) == 4
    assert ours > max(baselines.values())
