"""How well a play or a rating speaks for a title, in one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from ranking.domain import QualifyingPlay
from ranking.taste.rows import Columns, Numbers

_RULE = QualifyingPlay()


@dataclass(frozen=True, slots=True)
class QualityParams:
    """What a row of a history is worth.

    Attributes:
        best_rating: the highest of the scale; MovieLens rates from 0.5 to 5.
        unknown_runtime: the worth of a play that was long enough to qualify, of a title of unknown length; no source:
            half, as it may have been anything from two minutes to all.
    """

    best_rating: float = 5.0
    unknown_runtime: float = 0.5

    def __post_init__(self) -> None:
        if not (self.best_rating > 0 and 0 <= self.unknown_runtime <= 1):
            raise ValueError(
                f"best rating {self.best_rating}, worth of a play of unknown length {self.unknown_runtime}"
            )


def quality(rows: pd.DataFrame, params: QualityParams) -> Numbers:
    """(rows,) 0 to 1: the rating's share of the best one; where there is none, the share that was watched.

    A completed title counts as wholly watched whatever was left of its credits. Where no runtime is known a play
    that is long enough to qualify is worth `unknown_runtime`, and a shorter one nothing.
    """
    columns = (rows[name].to_numpy(dtype=np.float64) for name in (Columns.PLAYED, Columns.RUNTIME, Columns.COMPLETED))
    played, runtime, completed = columns
    rating = rows[Columns.RATING].to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        watched = np.clip(np.nan_to_num(played / runtime, nan=0.0), 0.0, 1.0)
        guessed = np.where(played >= _RULE.least_seconds, params.unknown_runtime, 0.0)
    share = np.where(completed == 1.0, 1.0, np.where(np.isnan(runtime), guessed, watched))
    return cast("Numbers", np.where(np.isnan(rating), share, np.clip(rating / params.best_rating, 0.0, 1.0)))
