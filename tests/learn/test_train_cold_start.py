"""Cold start is measured: titles and pictures that nobody has seen, with a prior and without."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from newcomers import NO_PRIOR, gained, newcomers, truth
from visits import BEGIN, Town

from pipelines.priors import prior_of
from pipelines.train import make_model
from ranking.learn.events import EventLog
from ranking.learn.params import LearningParams, TrainParams
from ranking.policy.scorers import Similarity
from ranking.ports import Scorer

TOWN = Town()
SHOWN = (0, 20, 100)


@pytest.fixture(scope="module")
def model(visited_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """Learned from the visits to other titles."""
    store = Path(shutil.copytree(visited_once, tmp_path_factory.mktemp("cold") / "store"))
    with closing(EventLog.open(store)) as log:
        made = make_model(store, log, LearningParams(fit=TrainParams(threads=1)), BEGIN + timedelta(days=3))
    return prior_of(store, made.model.digest).scorer


def table(prior: Scorer, seeds: int = 3) -> np.ndarray:
    """(looks,): of what could be gained over blind choice, the share that is, mean over worlds."""
    worlds = [(newcomers(20, seed=seed), seed) for seed in range(seeds)]
    return np.mean([gained(TOWN, one, truth(TOWN, one, seed), prior, SHOWN, seed) for one, seed in worlds], axis=0)


def test_new_pictures_are_chosen_well_from_the_first_impression_on_where_something_promises(model: Scorer) -> None:
    """From nothing: over half of what can be had with the model, more than with likeness, none without a prior.

    After 100 impressions of each picture those without a prior have not caught up.
    """
    learned, likeness, nothing = table(model), table(Similarity()), table(NO_PRIOR)
    assert abs(nothing[0]) < 1e-6
    assert learned[0] > 0.5
    assert learned[0] > likeness[0] > 0.2
    assert learned[-1] > nothing[-1] + 0.1
    assert nothing[-1] > 0.05  # and they do learn


def test_counts_do_not_make_a_good_promise_worse(model: Scorer) -> None:
    """Hundreds of impressions later the same or better: chance plays of few impressions are not believed."""
    learned = table(model)
    assert learned[1] > learned[0] - 0.05
    assert learned[2] > learned[0] - 0.02
