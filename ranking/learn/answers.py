"""Answers: a policy's probabilities for every segment and title, tabulated where beliefs are made.

A decision then mixes rows instead of asking the policy. They hold for a request without limits; where a request's
limits leave other options, the policy itself is asked, and so it is where there are no answers at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, write_folder

FORMAT = "artwork-answers-2"
FORMER = "artwork-answers-1"
"""Of the one table that beliefs had."""
FOLDER = "answers"


@dataclass(frozen=True, slots=True)
class Answers:
    """Opened answers; memory-mapped, never changed.

    Attributes:
        digest: their name. beliefs: what the policy was asked about. policy: its version.
        tables: (tables, canvases, segments + 1, titles, 2, width) float32: the believed mean, and the policy's
            probability, for each table of the beliefs; the last segment is the population.
        allowed: (canvases, titles, width) bool: the options among which it chose.
        place: the file of the tables.
    """

    digest: str
    beliefs: str
    policy: str
    tables: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    place: Path

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Answers:
        """The answers in this folder.

        Raises:
            SnapshotError: they are damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, former=FORMER, verify=verify)
        tables = cast("NDArray[np.float32]", read_array(folder, "answers.npy"))
        allowed = cast("NDArray[np.bool_]", read_array(folder, "allowed.npy"))
        tables = tables[None] if manifest.format == FORMER else tables
        shape = tables.shape
        if tables.ndim != 6 or shape[4] != 2 or allowed.shape != (shape[1], shape[3], shape[5]):
            raise SnapshotError(f"{folder}: its tables do not fit together")
        facts = manifest.facts
        place = folder / "answers.npy"
        return cls(folder.name, str(facts["beliefs"]), str(facts["policy"]), tables, allowed, place)

    def private_tables(self) -> NDArray[np.float32]:
        """The tables, mapped once more: what is written there stays in this process, a page of memory for each place.

        Raises:
            SnapshotError: the file is gone.
        """
        try:
            mapped = np.asarray(np.load(self.place, mmap_mode="c", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{self.place} cannot be read ({' '.join(str(error).split())})") from error
        return mapped.reshape(self.tables.shape)


def write_answers(
    store: Path,
    asked: tuple[str, str],
    table: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    made_at: datetime,
) -> str:
    """The digest of the answers that are now in the store; they are not in use before the pointer is moved.

    Args:
        store: the folder of the artefacts.
        asked: digest of the beliefs, and version of the policy.
        table: as in `Answers`.
        allowed: as in `Answers`.
        made_at: aware.

    Raises:
        SnapshotError: they cannot be written.
    """
    facts = {"beliefs": asked[0], "policy": asked[1]}
    parts = {"answers.npy": table.astype("<f4"), "allowed.npy": allowed}
    return write_folder(store / FOLDER, FORMAT, made_at.isoformat(), facts, parts)
