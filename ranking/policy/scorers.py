"""Who says how probable a play is: likeness where nothing was learned yet, and any prior corrected by counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ranking.features import NAMES
from ranking.policy.residual import Residual
from ranking.ports import Beliefs, Meetings, Scorer


@dataclass(frozen=True, slots=True)
class SimilarityParams:
    """What each feature is worth in log-odds, before anything was learned.

    Attributes:
        worth: feature to log-odds per unit. The weights are small: in a simulated catalogue the best picture of
            eight is worth 11 % to a member, 0.1 in log-odds.
        neutral: what a feature is compared with, 0 unless it says otherwise; an unknown value counts as neutral.
        take_fraction: of an ordinary picture: 4 plays of 100 impressions.
        spread: standard deviation of the log-odds: pictures of one title differ by this much
            (0.18 in 1,426 real picture tests; measured: tests/benchmarks/ranking_upworthy.py).
    """

    worth: Mapping[str, float] = field(
        default_factory=lambda: {
            "theme_match": 0.15,
            "embedding_match": 0.15,
            "cast_affinity": 0.15,
            "aesthetic": 0.04,
        }
    )
    neutral: Mapping[str, float] = field(default_factory=lambda: {"aesthetic": 5.0})
    take_fraction: float = 0.04
    spread: float = 0.2

    def __post_init__(self) -> None:
        unknown = {*self.worth, *self.neutral} - set(NAMES)
        if unknown:
            raise ValueError(f"no features {sorted(unknown)}: there are {', '.join(NAMES)}")


@dataclass(frozen=True, slots=True)
class Similarity:
    """The scorer of a cold start: pictures that match the taste and please are a little better."""

    params: SimilarityParams = field(default_factory=SimilarityParams)

    @property
    def version(self) -> str:
        """Name and parameters."""
        worth = ", ".join(f"{name}={self.params.worth[name]:g}" for name in sorted(self.params.worth))
        return f"similarity({worth})"

    @property
    def looks_at(self) -> frozenset[str]:
        """What is worth anything."""
        return frozenset(name for name, worth in self.params.worth.items() if worth)

    def beliefs(self, meetings: Meetings) -> Beliefs:
        """Linear in the features; equally unsure of all."""
        weights = np.array([self.params.worth.get(name, 0.0) for name in NAMES])
        neutral = np.array([self.params.neutral.get(name, 0.0) for name in NAMES])
        moved = np.nan_to_num(meetings.features - neutral, nan=0.0)
        usual = np.log(self.params.take_fraction / (1 - self.params.take_fraction))
        return Beliefs(usual + (moved * weights).sum(axis=1), np.full(len(moved), self.params.spread))


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a prior promises, moved by what each picture really earned; as unsure as the counts leave one.

    A take fraction of a few per cent makes log-ratio and log-odds the same to within a tenth of themselves.
    """

    prior: Scorer
    residual: Residual
    name: str = ""

    @property
    def version(self) -> str:
        """The prior's, and the name of the counts."""
        return f"{self.prior.version} + residual {self.name}".rstrip()

    @property
    def looks_at(self) -> frozenset[str]:
        """The prior's: what a picture earned was counted whatever it was seen on."""
        return self.prior.looks_at

    def beliefs(self, meetings: Meetings) -> Beliefs:
        """The prior's mean plus the residual's; the spread is the residual's, which holds the prior's failings too."""
        mean, spread = self.residual.of(meetings.pictures, meetings.segments)
        return Beliefs(self.prior.beliefs(meetings).mean + mean, spread)
