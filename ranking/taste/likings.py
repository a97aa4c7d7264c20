"""From sums to likings: what a member watches more of, or less, than everybody, as far as that is known.

    share of word j       a_pj = sum of weight x strength / sum of weight       over the member's plays
    known                 c_p  = weight / (weight + prior)                      0 for nothing, towards 1
    everybody's share     mu_j = mean over members of a_pj, each by its c_p
    liking                z_pj = c_p (a_pj - mu_j) / sqrt(mu_j (1 - mu_j))

So a liking counts in standard deviations of a single play: a rare genre and a common one can be compared. With few
plays it is near 0, as nobody's taste is known from one evening. Vectors are means, less everybody's, shrunk alike.

Source:
    Shrinking by weight / (weight + prior) is the credibility of Bühlmann, "Experience rating and credibility", 1967.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.taste.evidence import Evidence
from ranking.taste.traits import BLOCKS, Matrix, TraitTable

DIGITS = 9
"""Likings are rounded to so many digits: sums that were added in another order are the same likings."""
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Everybody:
    """What everybody plays: what tastes are relative to.

    Attributes:
        means: (columns,) of words, people and vectors; of words and people shares, 0 to 1.
        spread: (words + people,) standard deviation of one play.
    """

    means: Matrix
    spread: Matrix


@dataclass(frozen=True, slots=True)
class Likings:
    """What members like, row by row as in the evidence.

    Attributes:
        words: (profiles, words) in standard deviations of one play; 0 is as everybody.
        people: (profiles, people) likewise.
        vectors: (profiles, rank) less everybody's.
        weight: (profiles,) evidence: plays of full worth, the newest counting fully.
    """

    words: Matrix
    people: Matrix
    vectors: Matrix
    weight: Matrix


def everybody_of(evidence: Evidence, traits: TraitTable, prior_plays: float) -> Everybody:
    """What these members play, each counting by how much of their taste is known.

    Args:
        evidence: sums in the columns of `traits`.
        traits: of the titles.
        prior_plays: plays of full worth after which half of a taste is known.
    """
    means = np.zeros(traits.table.shape[1] - len(BLOCKS))
    for block in BLOCKS:
        columns = traits.columns(block)
        theirs, known = _means(evidence, traits, block, prior_plays)
        means[columns] = (theirs * known).sum(axis=0) / max(known.sum(), np.finfo(float).tiny)
    shares = means[: len(traits.words) + len(traits.people)]
    np.clip(shares, 0.0, 1.0, out=shares)
    return Everybody(means, np.sqrt(shares * (1.0 - shares)))


def likings_of(evidence: Evidence, traits: TraitTable, prior_plays: float, everybody: Everybody) -> Likings:
    """The likings in the evidence; a block of which a member's titles say nothing is 0."""
    words, people = len(traits.words), len(traits.people)
    relative = np.zeros((len(evidence.sums), len(everybody.means)))
    for block in BLOCKS:
        columns = traits.columns(block)
        theirs, known = _means(evidence, traits, block, prior_plays)
        relative[:, columns] = (theirs - everybody.means[columns]) * known
    relative[:, : words + people] /= np.where(everybody.spread > _LEAST_SPREAD, everybody.spread, np.inf)
    relative = np.round(relative, DIGITS).astype(np.float64)
    weight = evidence.sums[:, len(everybody.means) :].max(axis=1, initial=0.0)
    rounded = np.round(weight, DIGITS).astype(np.float64)
    return Likings(relative[:, :words], relative[:, words : words + people], relative[:, words + people :], rounded)


def _means(evidence: Evidence, traits: TraitTable, block: str, prior: float) -> tuple[Matrix, Matrix]:
    """(profiles, columns of the block) what each plays on average; (profiles, 1) how far that is known."""
    weight = evidence.sums[:, [traits.known(block)]]
    sums = evidence.sums[:, traits.columns(block)]
    return np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0), weight / (weight + prior)


def unit(rows: Matrix) -> tuple[Matrix, NDArray[np.float64]]:
    """Rows of length 1, and what their lengths were; a row of zeros stays one."""
    length = np.sqrt((rows * rows).sum(axis=1))
    return np.divide(rows, length[:, None], out=np.zeros_like(rows), where=length[:, None] > 0), length
