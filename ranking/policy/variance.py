"""How much ratios differ within their groups, learned from all groups at once: empirical Bayes by marginal likelihood.

It is the likelihood, not the scatter, that is used: the counts come from a policy that shows more of what did well,
and only the likelihood does not mind how the counts were come by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln  # type: ignore[import-untyped]  # scipy ships no types

Amounts = NDArray[np.float64]
Groups = NDArray[np.int64]

_DOUBT = 1.0
_STEPS = np.linspace(-3.0, 3.0, 13)
_NODES = np.linspace(-4.0, 4.0, 13)


@dataclass(frozen=True, slots=True)
class Counts:
    """Plays and expected plays of some members of groups; (members,) each, groups numbered from 0, none empty."""

    plays: Amounts
    expected: Amounts
    group: Groups


def by_group(amounts: Amounts, group: Groups) -> Amounts:
    """(groups,): the amounts of each group added up."""
    return np.bincount(group, weights=amounts).astype(np.float64)


def shrunk_ratio(plays: Amounts, expected: Amounts, variance: float) -> Amounts:
    """Plays over expected plays, drawn towards 1 as far as they are few: the posterior mean under Gamma(1/v, 1/v)."""
    return (1 / variance + plays) / (1 / variance + expected)


def group_levels(counts: Counts, outer: float, inner: float) -> Amounts:
    """(groups,): how much more than expected each group plays.

    A member that was shown a lot does not set the level of its group by itself: what it says counts as far as the
    variance `inner` between members allows. `outer` is the variance between groups.
    """
    credible = 1 / (1 + inner * counts.expected)
    plays, expected = (by_group(one * credible, counts.group) for one in (counts.plays, counts.expected))
    return shrunk_ratio(plays, expected, outer)


def learned_variance(counts: Counts, outer: float, prior: float) -> float:
    """The variance of members' ratios around their groups: the posterior mean, between `prior` / 20 and `prior` x 20.

    Members' plays are negative binomial given their group's level; the level is integrated out over 13 nodes, each
    group's own. Before any plays the logarithm of the variance is normal around `prior`, with deviation 1.

    Args:
        counts: what was seen.
        outer: variance of the groups' levels around 1.
        prior: the variance that is believed before.
    """
    seen = counts.expected > 0
    if not seen.any():
        return prior
    shown = Counts(counts.plays[seen], counts.expected[seen], np.unique(counts.group[seen], return_inverse=True)[1])
    variances = prior * np.exp(_STEPS)
    likelihood = np.array([_log_likelihood(shown, outer, variance) for variance in variances])
    weight = likelihood - 0.5 * (_STEPS / _DOUBT) ** 2
    weight = np.exp(weight - weight.max())
    return float(variances @ weight / weight.sum())


def _log_likelihood(counts: Counts, outer: float, variance: float) -> float:
    """Of the plays given the expected plays, over all groups, up to what does not depend on the variance."""
    shape, wide = 1 / variance, 1 / outer
    own = gammaln(shape + counts.plays) - gammaln(shape) + shape * np.log(shape)
    level = np.log(group_levels(counts, outer, variance))
    sure = by_group(counts.expected / (1 + variance * counts.expected), counts.group)
    deviation = 1 / np.sqrt(wide + sure)
    played = by_group(counts.plays, counts.group)
    terms = np.empty((len(_NODES), len(level)))
    for place, node in enumerate(_NODES):
        log_level = level + node * deviation
        level_here = np.exp(log_level)
        grown = (shape + counts.plays) * np.log(shape + counts.expected * level_here[counts.group])
        prior = wide * (log_level - level_here)
        terms[place] = played * log_level - by_group(grown, counts.group) + prior
    top = terms.max(axis=0)
    inside = np.log(np.exp(terms - top).sum(axis=0)) + top + np.log(deviation)
    return float(own.sum() + inside.sum())
