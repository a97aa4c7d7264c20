"""A training table in memory: what is learned from, in the smallest arrays that hold it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ranking.features import NAMES
from ranking.learn.table import Columns, read_batches, row_count

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """The rows of a training table; 65 bytes each.

    Attributes:
        titles, pictures: the names behind the codes, ascending.
        features: (rows, len(NAMES)) float32, NaN where unknown.
        title, picture: (rows,) codes. shown_at: (rows,) microseconds since 1970. play: (rows,) 0 or 1.
        weight: (rows,) of inverse propensity, 1 on average. segment, familiarity: as in `table.Columns`.
    """

    titles: tuple[str, ...]
    pictures: tuple[str, ...]
    features: Floats
    title: NDArray[np.int32]
    picture: NDArray[np.int32]
    shown_at: NDArray[np.int64]
    play: NDArray[np.int8]
    weight: Floats
    segment: NDArray[np.int16]
    familiarity: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.play)

    @classmethod
    def read(cls, file: Path) -> Examples:
        """All rows of the table.

        Raises:
            LearnedModelError: it cannot be read, or is not a training table of this version.
        """
        rows = row_count(file)
        features = np.empty((rows, len(NAMES)), dtype=np.float32)
        parts = {name: np.empty(rows, dtype=kind) for name, kind in _KINDS.items()}
        names: dict[str, dict[str, int]] = {Columns.TITLE: {}, Columns.PICTURE: {}}
        begin = 0
        for batch in read_batches(file):
            part = slice(begin, begin := begin + batch.num_rows)
            for place, name in enumerate(NAMES):
                features[part, place] = batch.column(name).to_numpy()
            for name, column in parts.items():
                found = batch.column(name).combine_chunks()
                column[part] = _coded(found, names[name]) if name in names else _plain(found)
        weight = parts[Columns.WEIGHT]
        if rows:
            weight /= weight.mean(dtype=np.float64)
        titles, title = _ascending(names[Columns.TITLE], parts[Columns.TITLE])
        pictures, picture = _ascending(names[Columns.PICTURE], parts[Columns.PICTURE])
        others = (parts[name] for name in list(_KINDS)[2:])
        return cls(titles, pictures, features, title, picture, *others)


_KINDS = {
    Columns.TITLE: np.int32,
    Columns.PICTURE: np.int32,
    Columns.SHOWN_AT: np.int64,
    Columns.PLAY: np.int8,
    Columns.WEIGHT: np.float32,
    Columns.SEGMENT: np.int16,
    Columns.FAMILIARITY: np.int8,
}
"""In the order of `Examples`."""


def _plain(found: pa.Array) -> NDArray[np.generic]:
    ticks = found.cast(pa.int64()) if pa.types.is_timestamp(found.type) else found
    return cast("NDArray[np.generic]", ticks.to_numpy(zero_copy_only=False))


def _coded(found: pa.DictionaryArray, known: dict[str, int]) -> NDArray[np.int32]:
    """Codes of the whole table for those of a row group."""
    codes = [known.setdefault(str(name), len(known)) for name in found.dictionary.to_pylist()]
    return cast("NDArray[np.int32]", np.array(codes, dtype=np.int32)[found.indices.to_numpy()])


def _ascending(known: dict[str, int], codes: NDArray[np.int32]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The names in order, and the codes of that order: the same table in other row groups gives the same."""
    names = tuple(sorted(known))
    place = np.empty(len(names), dtype=np.int32)
    place[[known[name] for name in names]] = np.arange(len(names), dtype=np.int32)
    return names, place[codes] if names else codes
