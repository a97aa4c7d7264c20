"""LightGBM as a scorer: trees over the few features, learned across all titles; asked when tables are made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import cast

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.errors import LearnedModelError
from ranking.features import NAMES
from ranking.ports import Beliefs, Meetings


@dataclass(frozen=True, slots=True)
class Boosted:
    """A booster over `ranking.features.NAMES`, trained with the title's log-odds as its starting point.

    Its raw answer is therefore what the picture adds to its title, and that is what pictures are compared by.

    Attributes:
        booster: loaded and checked. digest: sha256 of its text.
        slope: what every answer of the trees is multiplied by: its calibration.
        offset: log-odds added to that: a title's, where one is wanted; it changes no order.
        spread: standard deviation of what the trees leave unexplained, for use without a residual.
    """

    booster: lightgbm.Booster = field(compare=False)
    digest: str
    slope: float = 1.0
    offset: float = 0.0
    spread: float = 0.2

    @classmethod
    def of_text(cls, text: str, slope: float = 1.0, offset: float = 0.0) -> Boosted:
        """The scorer of a model's text.

        The text must have been tried in a child process before: LightGBM ends the process over a damaged one.

        Raises:
            LearnedModelError: it was trained on other features than those of this version.
        """
        named = next((line for line in text.splitlines() if line.startswith("feature_names=")), "")
        names = tuple(named.removeprefix("feature_names=").split())
        if names != NAMES:
            raise LearnedModelError(f"the model looks at {', '.join(names) or 'nothing'}, not at {', '.join(NAMES)}")
        return cls(lightgbm.Booster(model_str=text), hashlib.sha256(text.encode()).hexdigest(), slope, offset)

    @property
    def version(self) -> str:
        """Name and digest."""
        return f"lightgbm@{self.digest[:12]}"

    @property
    def looks_at(self) -> frozenset[str]:
        """What a tree splits on; nothing where the trees' answers count for nothing."""
        splits = self.booster.feature_importance("split").tolist() if self.slope else [0] * len(NAMES)
        return frozenset(name for name, count in zip(NAMES, splits, strict=True) if count)

    def beliefs(self, meetings: Meetings) -> Beliefs:
        """One thread: tables are made where others work."""
        if not len(meetings.features):
            return Beliefs(np.empty(0), np.empty(0))
        raw = self.booster.predict(meetings.features, raw_score=True, num_threads=1)
        mean = np.asarray(cast("NDArray[np.float64]", raw), dtype=np.float64) * self.slope + self.offset
        return Beliefs(mean, np.full(len(mean), self.spread))
