"""How well a play or a rating speaks for a title, in one number."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from ranking.domain import QualifyingPlay
from ranking.taste.params import QualityParams
from ranking.taste.rows import Columns, Numbers

_RULE = QualifyingPlay()


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
