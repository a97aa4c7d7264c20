"""The low-rank space of pictures: what of an embedding ranking needs, in a few numbers.

It is fitted once for each embedding model and kept, since vectors of two spaces do not compare: pictures that are
published next year must lie where those of today lie.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from artwork.domain import ModelRef, content_id
from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, replace_file, write_folder

FORMAT = "artwork-space-1"
FOLDER = "space"
"""Where spaces lie in a store."""
RANK = 16
"""Numbers of a vector: of 512 of CLIP the first 16 directions hold most of what tells the frames of films apart."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Space:
    """Directions in which the pictures of a model differ most.

    Attributes:
        model: whose vectors it takes.
        mean: (dimension,) float64, of the vectors it was fitted on.
        axes: (rank, dimension) float64, orthonormal, by falling spread; zeros where the vectors spread no further.
        frames: how many it was fitted on.
        digest: names it; empty before it is kept.
    """

    model: ModelRef
    mean: Vectors = field(repr=False, compare=False)
    axes: Vectors = field(repr=False, compare=False)
    frames: int
    digest: str = ""

    @property
    def rank(self) -> int:
        """Numbers of a vector of this space."""
        return len(self.axes)

    @property
    def embedding(self) -> ModelRef:
        """What made vectors of this space: the model, and the space behind it."""
        behind = f"rank {self.rank} of space {self.digest}"
        before = f"{self.model.preprocessing}; " if self.model.preprocessing else ""
        return dataclasses.replace(self.model, preprocessing=before + behind)

    def project(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(count, rank) float32 of (count, dimension): each vector in this space."""
        return np.asarray((vectors.astype(np.float64) - self.mean) @ self.axes.T, dtype=np.float32)


class _Pointer(msgspec.Struct, frozen=True):
    space: str


def fit_space(model: ModelRef, vectors: Iterable[NDArray[np.float32]], rank: int = RANK) -> Space:
    """The space of some vectors: their centred principal components.

    One pass, in memory of the square of the dimension. A direction and its opposite say the same: the largest part of
    each is positive, so that equal vectors in equal order give an equal space.

    Args:
        model: which made the vectors.
        vectors: (dimension,) each; none give a space without axes.
        rank: most axes.
    """
    count, total, squares = 0, np.zeros(0), np.zeros((0, 0))
    for vector in vectors:
        wide = vector.astype(np.float64)
        if not count:
            total, squares = np.zeros(len(wide)), np.zeros((len(wide), len(wide)))
        count += 1
        total += wide
        squares += np.outer(wide, wide)
    mean = total / max(count, 1)
    spread, directions = np.linalg.eigh(squares / max(count, 1) - np.outer(mean, mean))
    order = np.argsort(-spread, kind="stable")[:rank]
    axes = directions.T[order]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]) if axes.size else np.zeros(0)
    # What is left of no spread is rounding: its directions mean nothing, and differ from machine to machine.
    axes *= (signs * (spread[order] > 1e-9 * max(spread.max(initial=0.0), 1e-12)))[:, None]
    return Space(model, mean, axes, count)


def space_of(store: Path, model: ModelRef) -> Space | None:
    """The space that is kept for the model; None where none is.

    Raises:
        SnapshotError: it is damaged.
    """
    place = _pointer(store, model)
    try:
        named = msgspec.json.decode(place.read_bytes(), type=_Pointer).space
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{place} cannot be read ({error})") from error
    if not (named.isascii() and named.isalnum()):
        raise SnapshotError(f"{place} names no folder: {named!r}")
    folder = store / FOLDER / named
    facts = read_manifest(folder, FORMAT, verify=True).facts
    mean, axes = read_array(folder, "mean.npy"), read_array(folder, "axes.npy")
    if facts.get("model") != dataclasses.asdict(model) or axes.shape[1:] != mean.shape:
        raise SnapshotError(f"{folder} is not the space of {model}")
    return Space(model, np.asarray(mean, np.float64), np.asarray(axes, np.float64), int(str(facts["frames"])), named)


def keep_space(store: Path, space: Space) -> Space:
    """The space is kept for its model from now on; with the digest that names it: equal spaces have equal ones.

    Raises:
        SnapshotError: it cannot be written.
    """
    facts = {"model": dataclasses.asdict(space.model), "frames": space.frames, "rank": space.rank}
    parts = {"mean.npy": space.mean, "axes.npy": space.axes}
    digest = write_folder(store / FOLDER, FORMAT, "", facts, parts)
    place = _pointer(store, space.model)
    try:
        replace_file(place, msgspec.json.encode(_Pointer(digest)))
    except OSError as error:
        raise SnapshotError(f"cannot write {place} ({error})") from error
    return dataclasses.replace(space, digest=digest)


def _pointer(store: Path, model: ModelRef) -> Path:
    return store / FOLDER / f"{content_id(model.name, model.digest, model.preprocessing)}.json"
