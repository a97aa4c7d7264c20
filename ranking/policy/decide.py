"""The draw: the only place in which chance enters, and the logged probability is the one drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.domain import TOLERANCE, Grid, Page, Reason
from ranking.errors import PageError
from ranking.policy.greedy import best_means
from ranking.policy.lots import DrawSeed, lots, seeds_at

REASONS = tuple(Reason)
"""What the codes of `Choices.reasons` stand for."""
_PERSONALISED, _EXPLORE, _COLD_START, _PINNED, _FALLBACK, _HELD = (
    REASONS.index(reason)
    for reason in (
        Reason.PERSONALISED, Reason.EXPLORE, Reason.COLD_START, Reason.PINNED, Reason.FALLBACK, Reason.HELD
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choices:
    """What was drawn for a page.

    Attributes:
        columns: (titles,) int64. The option's column, -1: no option was left, show the fallback.
        propensities: (titles,) float64. The probability that the column was drawn with; 1 for a fallback.
        reasons: (titles,) uint8. Codes of `REASONS`.
    """

    columns: NDArray[np.int64]
    propensities: NDArray[np.float64]
    reasons: NDArray[np.uint8]


def decide(
    page: Page, probabilities: Grid, seed: DrawSeed, epoch: int | NDArray[np.int64], *, known: bool = True
) -> Choices:
    """One option for every title, each as often over members and epochs as its probability says.

    The options race: each runs an exponential time named by (salt, snapshot, profile, title, canvas, option, epoch)
    at the speed of its probability, and the first one wins. So equal requests give equal answers; the order of the
    options does not matter; and where beliefs move within an epoch, a picture changes only if its own chances fell
    against the winner's.

    Args:
        page: what the policy was asked.
        probabilities: (titles, width), what it answered.
        seed: whose draw it is.
        epoch: one for all, or (titles,), see `lots.staggered`.
        known: whether the member's own taste was used; else the reason is cold start.

    Raises:
        PageError: a row sums to neither 0 nor 1, or gives probability to what is not allowed.
    """
    possible = probabilities > 0
    _check(page, probabilities, possible)
    drawn = lots(page.keys, seeds_at(seed.number, np.array(epoch, dtype=np.int64, ndmin=1))[:, None])
    finish = np.full(page.keys.shape, np.inf)
    np.divide(-np.log(drawn), probabilities, out=finish, where=possible)
    rows = np.arange(len(page))
    if not page.keys.shape[1]:
        return Choices(np.full(len(page), -1), np.ones(len(page)), np.full(len(page), _FALLBACK, np.uint8))
    winners = finish.argmin(axis=1)
    fallen = np.isinf(finish[rows, winners])
    propensities = np.where(fallen, 1.0, probabilities[rows, winners])
    reasons = _reasons(page, winners, propensities, known=known)
    reasons[fallen] = _FALLBACK
    return Choices(np.where(fallen, -1, winners), propensities, reasons)


def _check(page: Page, probabilities: Grid, possible: NDArray[np.bool_]) -> None:
    if probabilities.shape != page.keys.shape:
        raise PageError(f"probabilities {probabilities.shape} for a page of {page.keys.shape}")
    total = probabilities @ np.ones(probabilities.shape[1])
    sound = (np.abs(total - 1.0) < TOLERANCE) | (total == 0.0)
    if not sound.all() or (probabilities.min(initial=0.0) < 0) or (possible > page.allowed).any():
        row = int(np.argmin(sound))
        raise PageError(f"probabilities of row {row} sum to {total[row]:.6f}, or reach what is not allowed")


def _reasons(
    page: Page, winners: NDArray[np.int64], propensities: NDArray[np.float64], *, known: bool
) -> NDArray[np.uint8]:
    """(titles,): pinned, or explore where a better believed option was passed over, else what is known decides.

    What was passed over for the picture that the member saw last was not passed over to learn: that one is held.

    An editor's picture that was drawn among others, by a policy that does not hold to pins, was no editor's choice.
    """
    rows = np.arange(len(page))
    usual = _PERSONALISED if known else _COLD_START
    passed_over = np.where(winners == page.shown, _HELD, _EXPLORE)
    reasons = np.where(page.mean[rows, winners] < best_means(page), passed_over, usual)
    pinned = (winners == page.pinned) & (propensities >= 1 - TOLERANCE)
    return np.where(pinned, _PINNED, reasons).astype(np.uint8)
