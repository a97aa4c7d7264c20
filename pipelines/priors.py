"""Who promises: the model in use, or likeness where there is none; and what its promise was of things that happened."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit  # type: ignore[import-untyped]  # scipy ships no types

from ranking.learn.dataset import Rows
from ranking.learn.learned import Learned, Promise
from ranking.learn.registry import Model, read_model
from ranking.learn.showings import coded
from ranking.policy.boosted import Boosted
from ranking.policy.residual import ResidualParams, fitted
from ranking.policy.scorers import Corrected, Similarity
from ranking.policy.tally import Tally
from ranking.ports import Meetings, Scorer


@dataclass(frozen=True, slots=True)
class Prior:
    """A scorer that has not seen the counts, and the model behind it, if there is one."""

    scorer: Scorer
    model: Model | None = None

    def chances(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,): how probable it said a play of each was, with the title's popularity where it knows that."""
        segments = np.full(len(rows), -1, dtype=np.int64)
        pictures, of_picture = coded(rows.told["option"])
        asked = Meetings(rows.features.astype(np.float64), np.array(pictures, dtype=np.str_)[of_picture], segments)
        log_odds = self.scorer.beliefs(asked).mean
        if self.model is not None:
            titles, of_title = coded(rows.told["title"])
            log_odds = log_odds - self.model.offsets[0] + self.model.promised([str(one) for one in titles])[of_title]
        return cast("NDArray[np.float64]", expit(log_odds))

    def promise(self, segmentation: str, rule: str, params: ResidualParams) -> Promise:
        """What counts against it are made by."""
        return Promise(
            self.model.digest if self.model else None, self.scorer.version, segmentation, rule, asdict(params)
        )


def prior_of(store: Path, model: str | None) -> Prior:
    """The prior of this model, None for likeness.

    Raises:
        LearnedModelError: the model is not there, or not what it was.
    """
    if model is None:
        return Prior(Similarity())
    found = read_model(store, model)
    offset, slope = found.offsets
    return Prior(Boosted.of_text(found.text, slope, offset), found)


def corrected(prior: Prior, learned: tuple[str, Learned], fit: tuple[str, int], at: datetime) -> Corrected:
    """The prior as its counts correct it, faded to this moment.

    Counts in other segments than these say something of the picture, and nothing of the picture in a segment.

    Args:
        prior: that promised.
        learned: digest, and the counts.
        fit: name of the segmentation that is scored, and how many segments it has.
        at: aware.
    """
    name, counts = learned
    segmentation, segments = fit
    plays, expected = (
        np.array(one) if counts.promise.segmentation == segmentation else _of_everybody(one, segments)
        for one in (counts.plays, counts.expected)
    )
    params = ResidualParams(**counts.promise.residual)
    tally = tally_of(counts, plays, expected).faded(at, params.half_life_days)
    return Corrected(prior.scorer, fitted(tally, params), name)


def tally_of(learned: Learned, plays: NDArray[np.float64], expected: NDArray[np.float64]) -> Tally:
    """The counts as the residual knows them."""
    return Tally(learned.pictures, learned.titles, plays, expected, learned.at)


def _of_everybody(counts: NDArray[np.float64], segments: int) -> NDArray[np.float64]:
    folded = np.zeros((len(counts), segments + 1))
    folded[:, -1] = counts.sum(axis=1)
    return folded
