"""What holds for any policy: a least of exploration, a picture held still, an editor's word.

They are worn from the inside out in this order: `Pinned(CappedChange(Explored(policy)))`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Grid, Page
from ranking.policy.greedy import on_columns
from ranking.policy.uniform import evenly
from ranking.ports import Policy


@dataclass(frozen=True, slots=True)
class Explored:
    """Every allowed one of n options has at least `least` / n: no weight of a later judgement exceeds n / `least`.

    That holds for this policy alone. A cap on change that is worn over it takes from all pictures but the one shown:
    what is left of the least is `least` x `most` / n, and with `most=0` nothing. See `CappedChange`.
    """

    inner: Policy
    least: float = 0.02

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise ValueError(f"least exploration {self.least} is not a probability")

    @property
    def version(self) -> str:
        """Name and parameters, and the policy inside."""
        return f"explored(least={self.least:g}, {self.inner.version})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        return (1 - self.least) * self.inner.probabilities(page) + self.least * evenly(page.allowed)


@dataclass(frozen=True, slots=True)
class CappedChange:
    """Where it is known what the member saw last, another picture comes with probability `most` at most.

    `most=0` holds the picture still. The probabilities are those given what was shown, as they must be drawn with and
    logged. A picture that is no longer allowed is not held; where nothing is known, nothing is capped.

    No option keeps more than its share of `most`: one that had p without the cap has p x `most` at least with it, so a
    weight of inverse propensity may be 1 / `most` times as large, and training cuts it (`LearningParams.most_weight`).
    With `most=0` the others have none: they are never drawn for this member, and the log says nothing of them.
    """

    inner: Policy
    most: float

    def __post_init__(self) -> None:
        if not 0 <= self.most <= 1:
            raise ValueError(f"most change {self.most} is not a probability")

    @property
    def version(self) -> str:
        """Name and parameters, and the policy inside."""
        return f"capped-change(most={self.most:g}, {self.inner.version})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        return self.capped(page, self.inner.probabilities(page))

    def capped(self, page: Page, free: Grid) -> Grid:
        """(titles, width): what the others exceed `most` by goes back to the picture shown, all in proportion."""
        if (page.shown < 0).all():
            return free
        held = _on_allowed(page, page.shown)
        others = np.where(held > 0, 0.0, free)
        change = others.sum(axis=1, keepdims=True)
        over = (change > self.most) & held.any(axis=1, keepdims=True)
        scaled = others * (self.most / np.maximum(change, np.finfo(float).tiny)) + (1 - self.most) * held
        return np.where(over, scaled, free)


@dataclass(frozen=True, slots=True)
class Pinned:
    """An editor's picture is always shown where there is one and it is allowed; elsewhere the policy inside decides."""

    inner: Policy

    @property
    def version(self) -> str:
        """Name, and the policy inside."""
        return f"pinned({self.inner.version})"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        if (page.pinned < 0).all():
            return self.inner.probabilities(page)
        fixed = _on_allowed(page, page.pinned)
        return np.where(fixed.any(axis=1, keepdims=True), fixed, self.inner.probabilities(page))


def holds(policy: Policy) -> bool:
    """Whether the policy looks at what a member saw last."""
    return isinstance(policy, CappedChange) or (isinstance(policy, Pinned) and holds(policy.inner))


def given_shown(policy: Policy, page: Page, free: Grid) -> Grid:
    """(titles, width): what the policy answers given `page.shown`, from its answers where nothing is known.

    So the policy need not be asked again: its answers may have been tabulated, or mixed over a member's segments, and
    the cap is put on the whole. A policy that does not look at what was shown answers the same.
    """
    match policy:
        case Pinned():
            given = given_shown(policy.inner, page, free)
            if (page.pinned < 0).all():
                return given
            return np.where(_on_allowed(page, page.pinned).any(axis=1, keepdims=True), free, given)
        case CappedChange():
            return policy.capped(page, given_shown(policy.inner, page, free))
        case _:
            return free


def _on_allowed(page: Page, columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """(titles, width): 1 at each row's column if that is allowed, else the row is all 0."""
    return np.where(page.allowed, on_columns(columns, page.keys.shape[1]), 0.0)
