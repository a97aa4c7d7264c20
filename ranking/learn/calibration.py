"""Calibration: what a model says, brought to what happened on days that it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit  # type: ignore[import-untyped]  # scipy ships no types

from ranking.learn.metrics import losses

Floats = NDArray[np.float64]
_DEVIATIONS = np.array([10.0, 0.5, 0.5])
"""Of the intercept around 0, and of the two slopes around 1, before anything is seen: a model is believed until few or
many plays speak against it."""
_ROUNDS, _CLOSE = 50, 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds of a play = intercept + popularity x the title's log-odds + picture x what the trees say.

    A model that believes too much in pictures has `picture` below 1; one that learned nothing true has 0.
    """

    intercept: float = 0.0
    popularity: float = 1.0
    picture: float = 1.0

    def log_odds(self, offsets: Floats, raw: Floats) -> Floats:
        """(rows,): calibrated. offsets: (rows,) of the titles; raw: (rows,) of the trees."""
        return self.intercept + self.popularity * offsets + self.picture * raw


def calibrated(offsets: Floats, raw: Floats, plays: Floats, weights: Floats) -> Calibration:
    """The most probable calibration after these impressions: a logistic regression drawn towards doing nothing.

    Args:
        offsets: (rows,) log-odds of the titles.
        raw: (rows,) of the trees.
        plays: (rows,) 0 or 1.
        weights: (rows,) of the impressions.

    Source:
        Platt, "Probabilistic outputs for support vector machines", 1999; with a slope of its own for the picture,
        which in a single one would drown in that of the titles.
    """
    design = np.column_stack([np.ones(len(raw)), offsets, raw])
    usual = np.array([0.0, 1.0, 1.0])

    def doubt(point: Floats) -> float:
        """What is minimised: the loss, and how far the point lies from doing nothing."""
        far = (point - usual) / _DEVIATIONS
        return float(weights @ losses(design @ point, plays) + 0.5 * far @ far)

    found, reached = usual, doubt(usual)
    for _ in range(_ROUNDS):
        chance = expit(design @ found)
        slope = design.T @ (weights * (plays - chance)) - (found - usual) / _DEVIATIONS**2
        bend = (design * (weights * chance * (1 - chance))[:, None]).T @ design + np.diag(1 / _DEVIATIONS**2)
        step = np.linalg.solve(bend, slope)
        while (there := doubt(found + step)) > reached and np.abs(step).max() > _CLOSE:
            step = step / 2  # a full step of Newton's may lead beyond where the curve still holds
        if np.abs(step).max() <= _CLOSE:
            break
        found, reached = found + step, there
    return Calibration(float(found[0]), max(0.0, float(found[1])), max(0.0, float(found[2])))
