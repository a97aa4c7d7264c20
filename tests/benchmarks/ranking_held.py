"""What it costs and brings to hold a member's pictures still: seasons of learning under several caps on change.

    python -m tests.benchmarks.ranking_held

A season is ten days, three of them blind, with 400 members of known taste, the service called directly; the world, the
titles and the nights are those of tests/pipelines/test_season.py. Of each cap the mean over the worlds of three seeds:
how often a member saw another picture of a title than the last time, blind and at the end, and which part of what
pictures can be worth (against pictures at random, of the best picture for each taste) the last three days had.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from pipelines.season import SeasonParams
from pipelines.visitors import WorldParams
from ranking.policy.policies import POLICIES, dressed
from tests.pipelines.test_season import passed, publish

CAPS, SEEDS = (1.0, 0.5, 0.25, 0.0), (1, 2, 3)
SEASON, MEMBERS, LAST = SeasonParams(days=10, blind=3), 400, 3


def main() -> dict[float, tuple[float, ...]]:
    """By cap: changes while blind, changes at the end, and the part that was had at the end. Printed."""
    print(f"{'cap':>5}{'changed, blind':>16}{'changed, end':>14}{'had at the end':>16}")
    found = {}
    for most in CAPS:
        found[most] = tuple(np.mean([_season(most, seed) for seed in SEEDS], axis=0).tolist())
        blind, end, had = found[most]
        print(f"{most:5.2f}{blind:16.1%}{end:14.1%}{had:16.1%}", flush=True)
    return found


def _season(most: float, seed: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder), dressed(POLICIES["thompson"], most_change=most).version)
        chronicle, _, _ = passed(Path(folder), WorldParams(members=MEMBERS, seed=seed), SEASON)
    changes = chronicle.changes()
    last = chronicle.takes()[-LAST:]
    had = np.mean([(take.served - take.random) / (take.best - take.random) for take in last])
    return float(np.nanmean(changes[: SEASON.blind])), float(changes[-LAST:].mean()), float(had)


if __name__ == "__main__":
    main()
