"""What beliefs are made from: which model promises, and what every picture was counted to earn against its promise.

The counts are kept, so that new events are added to them and nothing is read twice. Up to when events were counted is
kept with them: what is received later, however late it happened, is counted by the next refresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, write_folder

FORMAT = "artwork-learned-1"
FOLDER = "learned"
Matrix = NDArray[np.float64]


class Promise(msgspec.Struct, frozen=True):
    """What the counts were made by; where any of it changes, all events are counted again.

    Attributes:
        model: its digest; None where likeness promises. prior: version of the scorer that promises.
        segmentation: what the columns are of. rule: version of the reward.
        residual: the numbers of `ranking.policy.residual.ResidualParams`.
    """

    model: str | None
    prior: str
    segmentation: str
    rule: str
    residual: dict[str, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """Counts of every picture, as `ranking.policy.tally.Tally` has them.

    Attributes:
        promise: what they were made by.
        at: up to when they count, and fade; events received before that are in them.
        pictures, titles: (pictures,) ids, ascending by picture.
        plays, expected: (pictures, segments + 1); the last column is the population's.
        impressions: how many were counted.
    """

    promise: Promise
    at: datetime
    pictures: NDArray[np.str_]
    titles: NDArray[np.str_]
    plays: Matrix
    expected: Matrix
    impressions: int

    def __post_init__(self) -> None:
        rows = len(self.pictures)
        if len(self.titles) != rows or len(self.plays) != rows or self.plays.shape != self.expected.shape:
            raise ValueError(f"{rows} pictures, plays {self.plays.shape}, expected {self.expected.shape}")

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Learned:
        """The counts in this folder.

        Raises:
            SnapshotError: they are damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, verify=verify)
        plays, expected = (cast("Matrix", read_array(folder, f"{name}.npy")) for name in ("plays", "expected"))
        try:
            told = msgspec.convert(manifest.facts, _Facts)
            names = msgspec.json.decode((folder / "pictures.json").read_bytes(), type=list[tuple[str, str]])
            pictures, titles = (np.array([pair[place] for pair in names], dtype=np.str_) for place in (0, 1))
            at = datetime.fromisoformat(manifest.made_at)
            return cls(told.promise, at, pictures, titles, plays, expected, told.impressions)
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{folder} cannot be read ({error})") from error


def write_learned(store: Path, learned: Learned) -> str:
    """The digest of the counts that are now in the store; not in use before the pointer is moved.

    Raises:
        SnapshotError: they cannot be written.
    """
    facts = cast("dict[str, object]", msgspec.to_builtins(_Facts(learned.promise, learned.impressions)))
    parts: dict[str, object] = {
        "pictures.json": list(zip(learned.pictures.tolist(), learned.titles.tolist(), strict=True)),
        "plays.npy": learned.plays.astype("<f8"),
        "expected.npy": learned.expected.astype("<f8"),
    }
    return write_folder(store / FOLDER, FORMAT, learned.at.isoformat(), facts, parts)


class _Facts(msgspec.Struct, frozen=True):
    promise: Promise
    impressions: int
