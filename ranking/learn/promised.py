"""What a model promises of a snapshot's pictures: kept, so that it is asked once and not at every refresh.

Counts move every few minutes, what they are held against only with the model, the snapshot or the segments.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, write_folder

FORMAT = "artwork-promised-1"
FOLDER = "promised"
_MEANS = "means.npy"


class _Facts(msgspec.Struct, frozen=True):
    key: str
    under: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Promised:
    """What a model says before counts correct it.

    Attributes:
        key: names all that it was made from.
        under: as in `ranking.learn.beliefs.Beliefs`.
        means: (tables, segments + 1, titles, width) float32, as there.
    """

    key: str
    under: tuple[int, ...]
    means: NDArray[np.float32]

    @classmethod
    def find(cls, store: Path, key: str) -> Promised | None:
        """What was kept under this key. Where that is gone or damaged there is none: the model says it again."""
        for folder, facts in _kept(store):
            if facts.key == key:
                try:
                    read_manifest(folder, FORMAT, verify=True)
                    return cls(key, facts.under, cast("NDArray[np.float32]", read_array(folder, _MEANS)))
                except SnapshotError:
                    shutil.rmtree(folder, ignore_errors=True)  # else the same, written again, would be taken for it
        return None

    def keep(self, store: Path) -> None:
        """It is in the store, and of all others the youngest: what is gone back to need not be asked for either.

        Raises:
            SnapshotError: it cannot be written.
        """
        kept = dict(_kept(store))
        others = [folder for folder, facts in kept.items() if facts.key != self.key]
        unread = [folder for folder in _folders(store) if folder not in kept]  # the same, written again, would be it
        for folder in (*unread, *sorted(others, key=lambda folder: folder.stat().st_mtime)[:-1]):
            shutil.rmtree(folder, ignore_errors=True)
        plain = cast("dict[str, object]", msgspec.to_builtins(_Facts(self.key, self.under)))
        write_folder(store / FOLDER, FORMAT, "", plain, {_MEANS: self.means.astype("<f4", copy=False)})


def _folders(store: Path) -> list[Path]:
    return sorted((store / FOLDER).glob("[0-9a-f]*"))


def _kept(store: Path) -> Iterator[tuple[Path, _Facts]]:
    for folder in _folders(store):
        try:
            yield folder, msgspec.convert(read_manifest(folder, FORMAT, whole=False).facts, _Facts)
        except (SnapshotError, msgspec.ValidationError):
            continue
