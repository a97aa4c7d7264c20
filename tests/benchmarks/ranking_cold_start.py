"""Cold start of titles and pictures: how soon are new ones chosen well, with a learned prior, likeness, and none?

    python -m tests.benchmarks.ranking_cold_start [SEEDS]

A model is learned from visits to 20 titles of a made-up town. Then 40 other titles come, with six pictures each that
nobody has seen; tastes and beauty count for them as they did for the others, and each picture has something of its own.
Thompson sampling chooses, counts correct every prior alike. Printed: after so many impressions of a picture, how much
is had of what lies between blind choice (0 %) and the best picture for each segment (100 %).
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "learn"))

from newcomers import NO_PRIOR, gained, newcomers, truth
from visits import BEGIN, Town

from pipelines.priors import prior_of
from pipelines.train import make_model
from ranking.learn.events import EventLog
from ranking.learn.params import LearningParams, TrainParams
from ranking.policy.scorers import Similarity
from ranking.ports import Scorer

SHOWN = (0, 5, 10, 20, 50, 100, 200, 500)
VISITS = 5_000
TOWN = Town(theme=0.4, aesthetic=0.08)
"""The best picture for each segment is worth a third more plays than blind choice, the best for all a quarter."""


def main(seeds: int = 5) -> bool:
    """True when the learned prior is ahead from the first impression to the hundredth. Prints the table."""
    town = TOWN
    with tempfile.TemporaryDirectory() as place:
        model = _learned(town, Path(place))
        print(f"{'impressions of a picture':26}" + "".join(f"{count:>8}" for count in SHOWN))
        found = {}
        for name, prior in (("learned prior", model), ("likeness", Similarity()), ("no prior", NO_PRIOR)):
            worlds = [(newcomers(seed=seed), seed) for seed in range(seeds)]
            rounds = [gained(town, one, truth(town, one, seed), prior, SHOWN, seed) for one, seed in worlds]
            found[name] = np.mean(rounds, axis=0)
            print(f"{name:26}" + "".join(f"{share:>8.1%}" for share in found[name]), flush=True)
    early = [place for place, count in enumerate(SHOWN) if count <= 100]
    return all((found["learned prior"] > one)[early].all() for name, one in found.items() if name != "learned prior")


def _learned(town: Town, store: Path) -> Scorer:
    town.open(store)
    with closing(EventLog.open(store)) as log:
        town.visit(store, log, VISITS, 0)
        made = make_model(store, log, LearningParams(fit=TrainParams(threads=1)), BEGIN + timedelta(days=2))
    print(f"learned from {made.model.facts.origin.rows:,} impressions of other titles, {made.trained.trees} trees")
    return prior_of(store, made.model.digest).scorer


if __name__ == "__main__":
    sys.exit(0 if main(*(int(number) for number in sys.argv[1:])) else 1)
