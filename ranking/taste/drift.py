"""What has changed between two fits of the segments: which stayed, which came and went, and who has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from ranking.domain import Segment
from ranking.features import Tastes
from ranking.taste.matching import likeness, pairs


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment that is in both fits; `likeness` is the cosine of what it likes then and now."""

    former: Segment
    now: Segment
    likeness: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Between a former fit and a newer one.

    Attributes:
        kept: by number. new, gone: without a counterpart.
        members: known to both fits.
        moved: of those, the share whose strongest segment is not the one that it was; None where they are fewer than
            a segment may have: it would tell what single members did.
        agreement: adjusted mutual information of their strongest segments, whatever they are called; None likewise.
    """

    kept: tuple[Kept, ...]
    new: tuple[Segment, ...]
    gone: tuple[Segment, ...]
    members: int
    moved: float | None
    agreement: float | None


def drift(
    former: tuple[Sequence[Segment], Tastes],
    now: tuple[Sequence[Segment], Tastes],
    strongest: tuple[NDArray[np.int64], NDArray[np.int64]],
    floor: int,
) -> Drift:
    """What has changed.

    Args:
        former: segments by number, and their tastes.
        now: likewise.
        strongest: (members,) number of the strongest segment of each member that both fits know: then, and now.
        floor: of fewer members nothing is told.
    """
    then_segments, then_tastes = former
    now_segments, now_tastes = now
    same, alike = pairs(now_tastes, then_tastes), likeness(now_tastes, then_tastes)
    kept = [Kept(then_segments[old], now_segments[new], float(alike[new, old])) for new, old in sorted(same.items())]
    before, after = strongest
    moved = agreement = None
    if len(before) >= max(floor, 1):
        called = np.full(len(now_segments), -1, dtype=np.int64)
        called[list(same)] = list(same.values())
        moved = float(np.mean(called[after] != before))
        agreement = float(adjusted_mutual_info_score(before, after))
    return Drift(
        tuple(kept),
        tuple(one for one in now_segments if one.number not in same),
        tuple(one for one in then_segments if one.number not in same.values()),
        len(before),
        moved,
        agreement,
    )
