"""How often each title is played whatever its picture: a model's starting point, so that what it learns is pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, logit  # type: ignore[import-untyped]  # scipy ships no types

Floats = NDArray[np.float64]
_STRENGTHS = np.geomspace(1.0, 100_000.0, 61)
"""Impressions that the prior may be worth: from none to so many that all titles are one."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """Base rates of titles.

    Attributes:
        log_odds: (titles,) of a play, in the order of the codes.
        overall: log-odds of an ordinary title, and of one never seen.
        strength: impressions that the prior is worth: few where titles differ much.
    """

    log_odds: Floats
    overall: float
    strength: float


def popularity(codes: NDArray[np.int32], plays: Floats, weights: Floats, titles: int) -> Popularity:
    """The base rate of every title, drawn towards that of all as far as its impressions are few.

    Impressions are weighted by inverse propensity, so the rate is that of the title with its pictures shown evenly: a
    title is not popular because its best picture was shown most. Weighted impressions are worth fewer; Kish's
    (sum w)^2 / sum w^2 says how many. Plays of a title are Beta-binomial around the rate of all; how far around is
    learned from all titles at once, by the likelihood (empirical Bayes).

    Args:
        codes: (rows,) the title of each impression, 0 to titles - 1.
        plays: (rows,) 0 or 1; at least one is 1 and one is 0.
        weights: (rows,) > 0.
        titles: how many; one without impressions has the overall rate.

    Source:
        Kish, "Survey Sampling", 1965, for the effective number; Robbins, "An empirical Bayes approach to statistics",
        1956.
    """
    total, played, squared = (
        np.bincount(codes, weights=one, minlength=titles) for one in (weights, weights * plays, weights * weights)
    )
    seen = total > 0
    overall = float(played.sum() / total.sum())
    effective = np.divide(total * total, squared, out=np.zeros(titles), where=seen)
    earned = np.divide(played, total, out=np.zeros(titles), where=seen) * effective
    strength = float(_STRENGTHS[int(np.argmax([_likelihood(earned, effective, overall, one) for one in _STRENGTHS]))])
    rates = (earned + strength * overall) / (effective + strength)
    return Popularity(np.asarray(logit(rates), dtype=np.float64), float(logit(overall)), strength)


def likings(
    base: Popularity, cells: NDArray[np.int64], plays: Floats, weights: Floats, shape: tuple[int, int]
) -> Floats:
    """(titles, tastes) log-odds of a play of each title by members of each taste, drawn towards the title's own.

    Who likes a title plays it with any picture. What matches a taste is seen in titles that the taste likes: left in,
    such a liking would be put down to the match, and pictures be preferred that resemble what is liked elsewhere.

    Args:
        base: of the titles.
        cells: (rows,) title x tastes + taste.
        plays: (rows,) 0 or 1.
        weights: (rows,) > 0.
        shape: titles, tastes.
    """
    count = shape[0] * shape[1]
    total, played, squared = (
        np.bincount(cells, weights=one, minlength=count) for one in (weights, weights * plays, weights * weights)
    )
    seen = total > 0
    titles = np.repeat(np.asarray(expit(base.log_odds)), shape[1])
    effective = np.divide(total * total, squared, out=np.zeros(count), where=seen)
    earned = np.divide(played, total, out=np.zeros(count), where=seen) * effective
    strength = float(_STRENGTHS[int(np.argmax([_likelihood(earned, effective, titles, one) for one in _STRENGTHS]))])
    rates = (earned + strength * titles) / (effective + strength)
    return np.asarray(logit(rates), dtype=np.float64).reshape(shape)


def _likelihood(plays: Floats, impressions: Floats, overall: float | Floats, strength: float) -> float:
    """Log of the Beta-binomial probability of these counts, up to what does not depend on the strength."""
    alpha, beta = overall * strength, (1 - overall) * strength
    return float((betaln(plays + alpha, impressions - plays + beta) - betaln(alpha, beta)).sum())
