"""How good predictions are on days that nothing was learned from: log loss, calibration, order within titles.

All are weighted by inverse propensity, so they speak of pictures shown evenly, not of what the policy liked to show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit  # type: ignore[import-untyped]  # scipy ships no types

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the impressions, by what was predicted of them."""

    predicted: float
    played: float
    share: float


@dataclass(frozen=True, slots=True)
class Measured:
    """How good one prediction is.

    Attributes:
        log_loss: nats an impression. calibration_error: mean distance of prediction and play over ten bins (ECE).
        ndcg: within title and segment, 0 to 1; None where no cell can tell.
        gain, gain_error: log loss of the title's popularity alone minus this one's, and its standard error.
    """

    log_loss: float
    calibration_error: float
    ndcg: float | None
    gain: float
    gain_error: float


def losses(log_odds: Floats, plays: Floats) -> Floats:
    """(rows,): log loss of each prediction, in nats."""
    return np.logaddexp(0.0, np.where(plays > 0, -log_odds, log_odds))


def bins(log_odds: Floats, plays: Floats, weights: Floats, count: int = 10) -> list[Bin]:
    """Equal shares of the impressions in the order of their predictions; fewer where predictions are alike."""
    chance = expit(log_odds)
    order = np.argsort(chance, kind="stable")
    reached = np.cumsum(weights[order])
    cuts = weights.sum() * np.arange(1, count) / count * (1 + 1e-12)  # what reaches a cut belongs before it
    edges = np.searchsorted(reached, cuts, side="right")
    found = []
    for part in np.split(order, edges):
        heavy = weights[part].sum()
        if heavy > 0:
            predicted, played = ((weights[part] * one[part]).sum() / heavy for one in (chance, plays))
            found.append(Bin(float(predicted), float(played), float(heavy / reached[-1])))
    return found


def calibration_error(found: list[Bin]) -> float:
    """Mean distance of what was predicted from what was played, each bin by its share.

    Source:
        Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015.
    """
    return float(sum(one.share * abs(one.predicted - one.played) for one in found))


def ndcg(cells: Codes, pictures: Codes, scores: Floats, plays: Floats, weights: Floats) -> float | None:
    """How well scores order the pictures of a cell (a title, in a segment) by their take fractions; 1 is perfectly.

    A picture's gain is its take fraction in the cell, impressions weighted; its score is the mean of its scores. The
    discount of place k is 1 / log2(k + 1); pictures of one score share the discounts of their places. Cells of one
    picture, or without a play, tell nothing; the others count by their impressions.

    Source:
        Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002; ties as in McSherry and
        Najork, 2008.
    """
    arms, arm = np.unique(np.column_stack([cells, pictures]), axis=0, return_inverse=True)
    arm = arm.ravel()
    shown = np.bincount(arm, weights=weights)
    gains = np.bincount(arm, weights=weights * plays) / shown
    means = np.round(np.bincount(arm, weights=weights * scores) / shown, 9)
    cell = np.unique(arms[:, 0], return_inverse=True)[1].ravel()
    counts = np.bincount(cell)
    best = np.bincount(cell, weights=gains * _discounts(cell, gains))
    tells = (counts > 1) & (best > 0)
    if not tells.any():
        return None
    reached = np.bincount(cell, weights=gains * _discounts(cell, means))
    impressions = np.bincount(cell, weights=shown)[tells]
    return float((reached[tells] / best[tells]) @ impressions / impressions.sum())


def _discounts(cell: Codes, scores: Floats) -> Floats:
    """(arms,): the discount of each arm's place in its cell, highest score first; equal scores share theirs."""
    order = np.lexsort((-scores, cell))
    ordered, starts = cell[order], np.searchsorted(cell[order], np.arange(cell.max() + 1))
    discount = 1 / np.log2(np.arange(len(cell)) - starts[ordered] + 2)
    fresh = np.r_[True, (ordered[1:] != ordered[:-1]) | (scores[order][1:] != scores[order][:-1])]
    tie = np.cumsum(fresh) - 1
    shared = np.bincount(tie, weights=discount) / np.bincount(tie)
    found = np.empty(len(cell))
    found[order] = shared[tie]
    return found


def measured(
    log_odds: Floats, alone: Floats, pictures: tuple[Codes, Codes], plays: Floats, weights: Floats
) -> Measured:
    """How good a prediction is.

    Args:
        log_odds: (rows,) predicted.
        alone: (rows,) what the title's popularity alone predicts.
        pictures: (rows,) cells and (rows,) pictures, see `ndcg`.
        plays: (rows,) 0 or 1.
        weights: (rows,) of the impressions.
    """
    share = weights / weights.sum()
    loss, saved = losses(log_odds, plays), losses(alone, plays) - losses(log_odds, plays)
    gain = float(share @ saved)
    error = float(np.sqrt((share * share) @ (saved - gain) ** 2))
    order = ndcg(*pictures, log_odds - alone, plays, weights)
    return Measured(float(share @ loss), calibration_error(bins(log_odds, plays, weights)), order, gain, error)
