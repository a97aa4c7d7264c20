"""Linear Thompson on the mushroom game: regret over ten seeds as a share of choosing blindly.

    python -m tests.benchmarks.ranking_mushroom [seeds] [draws]

Published: 2.37 % (Riquelme, Tucker and Snoek, 2018). Asked of ours: 2.6 % at most. Beside it the same learner that
draws from its beliefs as they are, not widened: on some seeds it locks itself in.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from tests.ranking.mushroom_game import AS_BELIEVED, POLICY, play, read_mushrooms

MATERIAL = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).resolve().parents[3] / "shared"))
ASKED = 0.026


def main(seeds: int = 10, draws: int = 50_000) -> bool:
    """True when the mean regret is what is asked for. Prints a row for each seed."""
    mushrooms = read_mushrooms(MATERIAL)
    print(f"{'seed':>4} {'regret, % of blind':>19} {'not widened':>12}")
    rows = []
    for seed in range(seeds):
        rows.append([100 * play(mushrooms, seed, draws, policy) for policy in (POLICY, AS_BELIEVED)])
        print(f"{seed:>4} {rows[-1][0]:>19.2f} {rows[-1][1]:>12.2f}", flush=True)
    regrets = np.array(rows)
    deviations = regrets.std(axis=0, ddof=1) if seeds > 1 else np.zeros(2)
    print(f"mean {regrets[:, 0].mean():>19.2f} {regrets[:, 1].mean():>12.2f}   asked: at most {100 * ASKED:.1f}")
    print(f"s.d. {deviations[0]:>19.2f} {deviations[1]:>12.2f}")
    return bool(regrets[:, 0].mean() <= 100 * ASKED)


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
