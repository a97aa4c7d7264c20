"""Which segment of a fit is which of the one before: so that names, ids and numbers mean the same to whoever reads on.

Segments are paired by the cosine of what they like, all pairs at once (Kuhn, "The Hungarian method for the assignment
problem", 1955); a pair that likes too different things is none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]  # scipy ships no types

from ranking.features import Tastes
from ranking.taste.likings import unit
from ranking.taste.traits import Matrix

LEAST_LIKENESS = 0.7
"""Cosine below which two segments are two: at 0.7 half of what one likes is what the other does."""


def likeness(new: Tastes, former: Tastes) -> Matrix:
    """(new segments, former segments) cosines of likings, in all words of both; the population's rows left out.

    Where neither fit has words, their vectors are compared, if they are of one length.
    """
    words = sorted({*new.vocabulary, *former.vocabulary})
    left, right = _in_words(new, words), _in_words(former, words)
    if not words and new.vectors.shape[1] == former.vectors.shape[1]:
        left, right = new.vectors[:-1], former.vectors[:-1]
    return np.asarray(unit(left)[0] @ unit(right)[0].T)


def pairs(new: Tastes, former: Tastes, least: float = LEAST_LIKENESS) -> dict[int, int]:
    """New number to former number, for the segments that are the same."""
    alike = likeness(new, former)
    if not alike.size:
        return {}
    rows, columns = linear_sum_assignment(alike, maximize=True)
    found = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in found if alike[row, column] >= least}


def numbering(segments: int, same: Mapping[int, int]) -> list[int]:
    """The order in which the new segments stand: those that are the same keep their number wherever there is one.

    Args:
        segments: new ones.
        same: new place to former number.
    """
    order = [-1] * segments
    for place, number in same.items():
        if number < segments:
            order[number] = place
    others = iter([place for place in range(segments) if place not in order])
    return [place if place >= 0 else next(others) for place in order]


def _in_words(tastes: Tastes, words: list[str]) -> Matrix:
    laid = np.zeros((len(tastes) - 1, len(words)))
    places = [words.index(word) for word in tastes.vocabulary]
    laid[:, places] = tastes.themes[:-1]
    return laid
