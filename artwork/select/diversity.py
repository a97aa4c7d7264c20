"""The diverse best few: good frames, unlike one another, from many shots, near and far, of people and of places.

Maximal marginal relevance with quotas: each step takes the frame of the largest
`balance * relevance - (1 - balance) * likeness to what was taken`.

Source:
    Carbonell and Goldstein, "The use of MMR, diversity-based reranking", 1998.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import ShotScale, Vectors


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many frames, and how they are spread.

    count: at most this many. per_shot: at most this many of a shot, without exception. per_scale, per_cluster: at
    most this many of a shot scale and of a cluster while there is another to take. people, places: at least this
    many with and without a face, where there are so many.
    """

    count: int
    per_shot: int
    per_scale: int
    per_cluster: int
    people: int
    places: int

    def __post_init__(self) -> None:
        if self.count < 0 or min(self.per_shot, self.per_scale, self.per_cluster) < 1:
            raise ValueError(f"quotas that nothing can meet: {self}")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is known of a frame that may be taken."""

    shot: int
    cluster: int
    scale: ShotScale
    peopled: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two frames are, from 0 (as unlike as two shots of the film usually are, or more) to 1 (the same).

    `spread` is the film's usual 1 - cosine, so that `balance` means the same in every model's space.
    """

    vectors: Vectors
    spread: float

    def to(self, place: int) -> NDArray[np.float64]:
        """(count,) float64: of every frame to the one at `place`."""
        return self.of(self.vectors @ self.vectors[place])

    def of(self, cosines: NDArray[np.floating]) -> NDArray[np.float64]:
        """The likeness that these cosines stand for."""
        if self.spread <= 0:
            return np.ones(len(cosines), dtype=np.float64)
        return np.clip(1.0 - (1.0 - cosines.astype(np.float64)) / self.spread, 0.0, 1.0)


class _Ledger:
    """What has been taken so far, and therefore what may be taken next."""

    def __init__(self, choices: Sequence[Choice], quotas: Quotas) -> None:
        self.quotas = quotas
        self.shots = np.array([choice.shot for choice in choices], dtype=np.int64)
        self.clusters = np.array([choice.cluster for choice in choices], dtype=np.int64)
        self.scales = np.array([list(ShotScale).index(choice.scale) for choice in choices], dtype=np.int64)
        self.peopled = np.array([choice.peopled for choice in choices], dtype=np.bool_)
        self.open = np.ones(len(choices), dtype=np.bool_)
        self.taken: list[int] = []

    def take(self, place: int) -> None:
        """The frame is taken; its shot closes when its quota is full."""
        self.taken.append(place)
        self.open[place] = False
        of_shot = self.shots == self.shots[place]
        if np.count_nonzero(of_shot[self.taken]) >= self.quotas.per_shot:
            self.open &= ~of_shot

    def may_be_next(self) -> NDArray[np.bool_]:
        """(count,) bool. None is true when nothing is left."""
        allowed = self.open & self._reserved()
        for group, most in ((self.clusters, self.quotas.per_cluster), (self.scales, self.quotas.per_scale)):
            full = [member for member, number in Counter(group[self.taken].tolist()).items() if number >= most]
            fresh = allowed & ~np.isin(group, full)
            allowed = fresh if fresh.any() else allowed
        return allowed

    def _reserved(self) -> NDArray[np.bool_]:
        """(count,) bool: the frames that leave room for the people and the places still owed."""
        owed = {
            kind: min(
                max(0, least - int(np.count_nonzero(self.peopled[self.taken] == kind))),
                int(np.count_nonzero(self.open & (self.peopled == kind))),
            )
            for kind, least in ((True, self.quotas.people), (False, self.quotas.places))
        }
        left = self.quotas.count - len(self.taken)
        if not any(owed.values()) or left > sum(owed.values()):
            return np.ones(len(self.open), dtype=np.bool_)
        return np.where(self.peopled, owed[True] > 0, owed[False] > 0)


def diverse_few(
    relevance: NDArray[np.float64], likeness: Likeness, choices: Sequence[Choice], quotas: Quotas, balance: float
) -> list[int]:
    """The places of the frames taken, in the order in which they were taken; ties go to the earlier place.

    Args:
        relevance: (count,) float64, 0 to 1.
        likeness: how alike two frames are.
        choices: what is known of each frame.
        quotas: how many, and how spread.
        balance: 1 looks at relevance only, 0 at likeness only.
    """
    ledger = _Ledger(choices, quotas)
    nearest = np.zeros(len(choices), dtype=np.float64)
    while len(ledger.taken) < quotas.count:
        allowed = ledger.may_be_next()
        if not allowed.any():
            break
        worth = np.where(allowed, balance * relevance - (1 - balance) * nearest, -math.inf)
        best = int(np.argmax(worth))
        ledger.take(best)
        nearest = np.maximum(nearest, likeness.to(best))
    return ledger.taken
