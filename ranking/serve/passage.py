"""From the numbers of one snapshot to those of another: what a former token names, where it is now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.learn.snapshot import Snapshot

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Passage:
    """Where each thing of a former snapshot is in a later one; -1 for what is not there any more.

    Attributes:
        same: whether the later one is the very same.
        titles: (titles,). canvases: (canvases,). renditions: (renditions,). All of the former snapshot.
        columns: (titles, width): the column of an option in its title's row.
    """

    same: bool
    titles: Numbers
    canvases: Numbers
    renditions: Numbers
    columns: Numbers

    @classmethod
    def between(cls, before: Snapshot, after: Snapshot) -> Passage:
        """Found by ids: a title's, and with it an option's, a canvas', a rendition's."""
        there, titles = after.names, {name: row for row, name in enumerate(after.names.titles)}
        rows = np.array([titles.get(name, -1) for name in before.names.titles], dtype=np.int64)
        columns = np.full((before.titles, before.width), -1, dtype=np.int64)
        for row, options in enumerate(before.names.options):
            if rows[row] >= 0:
                places = {option: column for column, option in enumerate(there.options[rows[row]])}
                columns[row, : len(options)] = [places.get(option, -1) for option in options]
        canvases = {name: number for number, name in enumerate(there.canvases)}
        return cls(
            before.digest == after.digest,
            rows,
            np.array([canvases.get(name, -1) for name in before.names.canvases], dtype=np.int64),
            _found(before.rendition_ids, after.rendition_ids),
            columns,
        )


def _found(wanted: NDArray[np.generic], ascending: NDArray[np.generic]) -> Numbers:
    """(wanted,) places in the others, -1 for what is not among them."""
    if not len(ascending):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.searchsorted(ascending, wanted).clip(max=len(ascending) - 1)
    return np.where(ascending[places] == wanted, places, -1).astype(np.int64)
