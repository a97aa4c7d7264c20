"""Every option alike: the policy that learns without bias, and the yardstick of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Grid, Page


def evenly(among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(titles, width): 1 shared by the options of each row that are True; 0 where none is."""
    count = among.sum(axis=1, keepdims=True)
    return cast("NDArray[np.float64]", among / np.maximum(count, 1))


@dataclass(frozen=True, slots=True)
class Uniform:
    """Each allowed option is as probable as every other."""

    @property
    def version(self) -> str:
        """Name and parameters."""
        return "uniform"

    def probabilities(self, page: Page) -> Grid:
        """(titles, width)."""
        return evenly(page.allowed)
