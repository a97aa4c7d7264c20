"""Cold start, played: titles and pictures that nobody has seen, chosen among by who promises what of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from scipy.special import expit, logit
from visits import Town

from ranking.domain import Option, TasteMixture
from ranking.features import Circumstances, Pictures, feature_grid
from ranking.learn.synthetic import World, synthetic_titles
from ranking.policy.eligibility import Asked
from ranking.policy.page import scored_table
from ranking.policy.policies import POLICIES
from ranking.policy.residual import ResidualParams, fitted
from ranking.policy.scorers import Corrected, Similarity, SimilarityParams
from ranking.policy.tally import Tally
from ranking.ports import Meetings, Scorer

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NO_PRIOR = Similarity(SimilarityParams(worth={}))
"""Says the same of every picture: what is learned of new ones then comes from their counts alone."""


def newcomers(titles: int = 40, options: int = 6, seed: int = 77) -> list[Option]:
    """Pictures of titles that were never shown."""
    return [
        one for entry in synthetic_titles(World(titles=titles, options=options, seed=seed)) for one in entry.options
    ]


def truth(town: Town, options: Sequence[Option], seed: int) -> np.ndarray:
    """(segments + 1, titles, width): take fractions by the same law as in the town; what is a picture's own is new."""
    chance = np.random.default_rng(seed)
    titles = len({one.title for one in options})
    width = len(options) // titles
    grid = feature_grid(town.tastes, Pictures.of(options, town.tastes), Circumstances())
    own = logit(town.take) + chance.normal(0, 0.5, (titles, 1)) + chance.normal(0, town.picture, (titles, width))
    match, pretty = np.nan_to_num(grid[:, :, 0]), grid[:, :, 3] - 5
    law = (town.theme * match + town.aesthetic * pretty).reshape(-1, titles, width)
    return np.asarray(expit(own + law))


def gained(
    town: Town, options: Sequence[Option], rates: np.ndarray, prior: Scorer, shown: Sequence[int], seed: int
) -> list[float]:
    """How much of what lies between blind choice and the best is had, after so many impressions of a picture.

    Args:
        town: whose segments look.
        options: by title and id, equally many of each title.
        rates: as `truth` gives them.
        prior: what promises; counts correct it, and Thompson sampling chooses.
        shown: mean impressions of a picture at which it is asked, rising.
        seed: of chance.
    """
    ordered = sorted(options, key=lambda one: (one.title, one.id))
    groups, _, width = rates.shape
    place = {one.id: number for number, one in enumerate(options)}
    rates = rates.reshape(groups, -1)[:, [place[one.id] for one in ordered]].reshape(rates.shape)
    chance, tally = np.random.default_rng(seed), Tally.empty(groups - 1, NOW)
    blind, best, so_far, found = rates.mean(), rates.max(axis=2).mean(), 0, []
    promised = _promised(town, ordered, prior)
    for wanted in shown:
        for step in _steps(so_far, wanted):
            shares = _shares(town, ordered, prior, tally, groups)
            visits = step * width // groups  # of each segment, of every title
            counts = chance.multinomial(visits, shares / shares.sum(axis=2, keepdims=True))
            tally = _counted(tally, ordered, counts, chance.binomial(counts, rates), promised)
        so_far = wanted
        shares = _shares(town, ordered, prior, tally, groups)
        found.append(float(((shares * rates).sum(axis=2).mean() - blind) / (best - blind)))
    return found


def _steps(begin: int, end: int) -> list[int]:
    """Refreshes between two looks: every ten impressions of a picture, and sooner where fewer are asked for."""
    whole, rest = divmod(end - begin, 10)
    return [10] * whole + ([rest] if rest else [])


def _shares(town: Town, options: Sequence[Option], prior: Scorer, tally: Tally, groups: int) -> np.ndarray:
    """(segments + 1, titles, width): what Thompson sampling answers each segment."""
    scorer = Corrected(prior, fitted(tally, ResidualParams()), "counts")
    table = scored_table("boxart", options, scorer, town.tastes)
    rows = np.arange(len(table.titles))
    parts = [{number: 1.0} for number in range(groups - 1)] + [{}]
    tastes = [TasteMixture("made", 0.0 if part else 1.0, part) for part in parts]
    return np.stack([POLICIES["thompson"].probabilities(table.page(rows, taste, Asked(NOW))) for taste in tastes])


def _promised(town: Town, options: Sequence[Option], prior: Scorer) -> np.ndarray:
    """(segments + 1, options): the plays that were promised of an impression."""
    grid = feature_grid(town.tastes, Pictures.of(options, town.tastes), Circumstances())
    ids = np.array([one.id for one in options])
    return np.stack([expit(prior.beliefs(Meetings(rows, ids, np.full(len(ids), -1))).mean) for rows in grid])


def _counted(
    tally: Tally, options: Sequence[Option], counts: np.ndarray, plays: np.ndarray, promised: np.ndarray
) -> Tally:
    groups = len(counts)
    ids, titles = (np.array([getattr(one, name) for one in options]) for name in ("id", "title"))
    expected = counts.reshape(groups, -1) * promised
    return tally.added(ids, titles, plays.reshape(groups, -1).T.astype(float), expected.T)
