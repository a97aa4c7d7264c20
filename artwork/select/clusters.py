"""Clusters of frames: what the film shows again and again.

k-means on the unit sphere, weighted by screen time, with no chance in it: centres start where much screen time lies
far from every centre so far (k-means++ with its draw replaced by the most likely point).

Source:
    Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", 2001 (spherical
    k-means); Arthur and Vassilvitskii, "k-means++", 2007; Song et al., "To click or not to click", 2016 (Hecate:
    representative frames out of the big clusters).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Vectors

_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which cluster each frame is in, how much screen time it holds, and how near the frame is to its middle.

    member_of: (count,) int64. share: (clusters,) float64, sums to 1. typicality: (count,) float64, cosine to the
    cluster's middle.
    """

    member_of: NDArray[np.int64]
    share: NDArray[np.float64]
    typicality: NDArray[np.float64]


def clustered(vectors: Vectors, mass: NDArray[np.float64], count: int) -> Clusters:
    """The frames in at most `count` clusters.

    Args:
        vectors: (frames, dimension) float32, rows of length 1.
        mass: (frames,) float64, screen time that each frame stands for; positive.
        count: number of clusters wanted; fewer where there are fewer distinct frames.
    """
    if len(vectors) == 0:
        nothing = np.zeros(0)
        return Clusters(np.zeros(0, dtype=np.int64), nothing, nothing)
    centres = _starts(vectors, mass, count)
    member_of = np.argmax(vectors @ centres.T, axis=1)
    for _ in range(_ROUNDS):
        centres = _middles(vectors, mass, member_of, centres)
        moved = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(moved, member_of):
            break
        member_of = moved
    share = np.bincount(member_of, weights=mass, minlength=len(centres)) / mass.sum()
    typicality = np.einsum("ij,ij->i", vectors, centres[member_of]).astype(np.float64)
    return Clusters(member_of.astype(np.int64), share, typicality)


def _starts(vectors: Vectors, mass: NDArray[np.float64], count: int) -> Vectors:
    """(<= count, dimension): the frame nearest to the film's middle, then always the heaviest far one."""
    middle = mass @ vectors.astype(np.float64)
    chosen = [int(np.argmax(vectors @ middle.astype(np.float32)))]
    distances = 1.0 - vectors @ vectors[chosen[0]]
    while len(chosen) < min(count, len(vectors)):
        pull = mass * np.maximum(distances, 0.0)
        heaviest = int(np.argmax(pull))
        if distances[heaviest] <= np.finfo(np.float32).eps * 8:
            break
        chosen.append(heaviest)
        distances = np.minimum(distances, 1.0 - vectors @ vectors[heaviest])
    return vectors[chosen]


def _middles(vectors: Vectors, mass: NDArray[np.float64], member_of: NDArray[np.int64], before: Vectors) -> Vectors:
    """The weighted middle of each cluster, on the sphere; an empty cluster, or one that cancels out, stays put."""
    weights = np.where(member_of == np.arange(len(before))[:, None], mass / mass.max(), 0.0).astype(np.float32)
    sums = weights @ vectors
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = sums / np.where(lengths > 0, lengths, 1.0)
    return np.where(lengths > 1e-9, moved, before)
