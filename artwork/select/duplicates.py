"""Near-duplicates: which frames show the same picture, and which of them stands for the others.

A frame that is kept absorbs all that look like it; the next best that is left is kept, and so on. Joining pairs into
chains (union-find) obeys the same law, but a slow pan, each frame like the next, would end as one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Vectors

_BLOCK = 512
_SPREAD_SAMPLE = 1024


@dataclass(frozen=True, slots=True)
class DuplicateParams:
    """When two frames show the same picture.

    sure_bits: perceptual hashes (64 bits) at most this far apart are one picture, whatever the vectors say.
    likely_bits: at most this far apart, vectors decide with the wide limit.
    narrow, wide: limits on 1 - cosine, as shares of the film's own spread (the median of 1 - cosine between frames
        of different shots). Spaces differ (a CLIP space is a narrow cone, the built-in descriptor is not), films
        differ; the share does not, so that one pair of numbers serves every model.
    certain: 1 - cosine at most this is one picture in every space and every film.

    The shares and bits were set by eye, on pairs of frames of Big Buck Bunny sorted by distance: below `narrow` a
    viewer takes both for one picture, between `narrow` and `wide` those with unlike hashes are other moments.
    """

    sure_bits: int = 6
    likely_bits: int = 18
    narrow: float = 0.13
    wide: float = 0.28
    certain: float = 0.002


def spread(vectors: Vectors, shots: NDArray[np.int64]) -> float:
    """The median of 1 - cosine between frames of different shots; of all pairs where there is but one shot.

    Over at most 1,024 frames, evenly taken. 0 where there are no pairs.
    """
    count = len(vectors)
    if count < 2:
        return 0.0
    taken = np.unique(np.linspace(0, count - 1, min(count, _SPREAD_SAMPLE)).round().astype(np.int64))
    distances = 1.0 - vectors[taken] @ vectors[taken].T
    pairs = np.triu(np.ones(distances.shape, dtype=np.bool_), k=1)
    across = pairs & (shots[taken][:, None] != shots[taken][None, :])
    return max(0.0, float(np.median(distances[across if across.any() else pairs])))


def hash_bits(phashes: Sequence[str]) -> NDArray[np.uint64]:
    """The hashes as numbers: (count,) uint64."""
    return np.array([int(phash, 16) for phash in phashes], dtype=np.uint64)


def alike(
    hashes: NDArray[np.uint64], vectors: Vectors, film_spread: float, params: DuplicateParams
) -> NDArray[np.bool_]:
    """(count, count) bool: whether two frames show the same picture. Symmetric; true on the diagonal."""
    count = len(hashes)
    result = np.empty((count, count), dtype=np.bool_)
    narrow = max(params.certain, params.narrow * film_spread)
    wide = max(params.certain, params.wide * film_spread)
    for start in range(0, count, _BLOCK):
        rows = slice(start, start + _BLOCK)
        bits = np.bitwise_count(hashes[rows, None] ^ hashes[None, :])
        distances = 1.0 - vectors[rows] @ vectors.T
        result[rows] = (
            (bits <= params.sure_bits) | (distances <= narrow) | ((bits <= params.likely_bits) & (distances <= wide))
        )
    # Products of blocks may differ in the last bit from one side of the diagonal to the other.
    result |= result.T
    np.fill_diagonal(result, val=True)
    return result


def keepers(same: NDArray[np.bool_], order: Sequence[int]) -> NDArray[np.int64]:
    """For each frame the one that stands for it; a frame that is kept stands for itself.

    Args:
        same: (count, count) bool, from `alike`.
        order: all frames, the best first.

    No two frames that stand for themselves look alike.
    """
    stands_for = np.full(len(order), -1, dtype=np.int64)
    for frame in order:
        if stands_for[frame] < 0:
            stands_for[same[frame] & (stands_for < 0)] = frame
    return stands_for
