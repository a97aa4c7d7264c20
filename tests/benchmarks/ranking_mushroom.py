"""Linear Thompson on the mushroom game: regret over ten seeds as a share of choosing blindly.

    python -m tests.benchmarks.ranking_mushroom [seeds] [draws]

Published: 2.37 % (Riquelme, Tucker and Snoek, 2018). Asked of ours: 2.6 % at most.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from tests.ranking.mushroom_game import play, read_mushrooms

MATERIAL = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).resolve().parents[3] / "shared"))
ASKED = 0.026


def main(seeds: int = 10, draws: int = 50_000) -> bool:
    """True when the mean regret is what is asked for. Prints a row for each seed."""
    mushrooms = read_mushrooms(MATERIAL)
    print(f"{'seed':>4} {'regret, % of blind':>19} {'seconds':>8}")
    regrets = []
    for seed in range(seeds):
        begun = time.perf_counter()
        regrets.append(play(mushrooms, seed, draws))
        print(f"{seed:>4} {100 * regrets[-1]:>19.2f} {time.perf_counter() - begun:>8.1f}", flush=True)
    mean, deviation = np.mean(regrets), np.std(regrets, ddof=1) if seeds > 1 else 0.0
    print(
        f"mean {100 * mean:.2f} +- {100 * deviation:.2f} (deviation over seeds) %, asked: at most {100 * ASKED:.1f} %"
    )
    return bool(mean <= ASKED)


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
