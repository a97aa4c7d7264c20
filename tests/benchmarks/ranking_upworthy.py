"""Who picks the better pictures in 1,426 real picture tests, 2,000 impressions each in batches of 100?

    python -m tests.benchmarks.ranking_upworthy [seeds]

The tests' own click rates are the truth. Asked: the bandit with a shared prior beats uniform, epsilon-greedy and
per-picture Beta Thompson in mean click rate. Part of what a test calls its rate is its own sampling noise; it is the
same for all who play.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from tests.ranking.upworthy_game import (
    OURS,
    Arrival,
    PictureTests,
    contenders,
    play,
    play_with_newcomers,
    posterior,
    read_picture_tests,
    widths,
)

MATERIAL = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).resolve().parents[3] / "shared"))


def main(seeds: int = 10) -> bool:
    """True when ours beats every baseline by more than two standard errors of the difference. Prints the tables."""
    tests = read_picture_tests(MATERIAL)
    blind, best = np.nanmean(tests.rates, axis=1).mean(), np.nanmax(tests.rates, axis=1).mean()
    print(f"{len(tests.rates)} tests, {int(tests.allowed.sum())} pictures; blind {blind:.5f}, best {best:.5f}")
    variance = posterior(tests, tests.impressions, np.nan_to_num(tests.rates) * tests.impressions).picture_variance
    print(
        f"pictures of one test differ by {variance**0.5:.2f} in the logarithm of their rate, sampling noise taken out"
    )
    rates = _table(tests, seeds, blind, best)
    _widths(tests, max(1, seeds // 3))
    _newcomers(tests, max(1, seeds // 3))
    ours = rates.pop(OURS)
    margins = {name: ours - theirs for name, theirs in rates.items() if not name.startswith("shared prior")}
    return all(_error(margin) * 2 < margin.mean() for margin in margins.values())


def _table(tests: PictureTests, seeds: int, blind: float, best: float) -> dict[str, np.ndarray]:
    print(f"\n{'':36}{'click rate':>11}{'s.e.':>9}{'of the best':>13}{'seconds':>9}")
    rates = {}
    for name in contenders(tests, 0):
        begun = time.perf_counter()
        rates[name] = np.array([play(tests, contenders(tests, seed)[name], seed) for seed in range(seeds)])
        mean, seconds = rates[name].mean(), time.perf_counter() - begun
        share = (mean - blind) / (best - blind)
        print(f"{name:36}{mean:>11.5f}{_error(rates[name]):>9.5f}{share:>12.1%} {seconds:>8.1f}", flush=True)
    return rates


def _widths(tests: PictureTests, seeds: int) -> None:
    """Click rate by how much of the spread Thompson sampling uses, on two halves of the tests."""
    print(f"\n{'width of the spread used':36}{'even tests':>11}{'odd tests':>11}")
    halves = tests.every(2, 0), tests.every(2, 1)
    for width in (0.0, 0.1, 0.2, 0.3, 0.5, 1.0):
        means = [np.mean([play(half, widths(half, width), seed) for seed in range(seeds)]) for half in halves]
        print(f"{width:<36.1f}{means[0]:>11.5f}{means[1]:>11.5f}", flush=True)


def _newcomers(tests: PictureTests, seeds: int) -> None:
    """Cold start of a picture: how soon one that arrives half way is shown, when it is the best and when it is not."""
    print(f"\n{'one picture arrives half way':36}{'click rate':>11}{'share if best':>15}{'if not':>9}")
    for name in contenders(tests, 0):
        if "Beta" in name and seeds > 1:
            continue  # a hundred seconds a seed
        arrivals = [play_with_newcomers(tests, name, seed) for seed in range(seeds)]
        means = [np.mean([getattr(one, part) for one in arrivals]) for part in Arrival.__slots__]
        print(f"{name:36}{means[0]:>11.5f}{means[1]:>15.1%}{means[2]:>9.1%}", flush=True)


def _error(values: np.ndarray) -> float:
    """Standard error of the mean over seeds."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
