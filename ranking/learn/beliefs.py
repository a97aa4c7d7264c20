"""Beliefs: what a model thinks of every picture of a snapshot, in every segment and on every canvas.

They are scored once, where they are made; a decision only looks them up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.domain import Segment
from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, write_folder

FORMAT = "artwork-beliefs-1"
FOLDER = "beliefs"


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Opened beliefs; memory-mapped, never changed.

    Attributes:
        digest: their name. snapshot: which one they are of. made_at: aware.
        model: version. segmentation: which fit of the segments the rows are of. segments: by number.
        table: (canvases, segments + 1, titles, 2, width) float32: mean and spread of the log-odds of a play, in the
            snapshot's order of canvases, titles and options; the last segment is the population.
    """

    digest: str
    snapshot: str
    made_at: datetime
    model: str
    segmentation: str
    segments: tuple[Segment, ...]
    table: NDArray[np.float32]

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Beliefs:
        """The beliefs in this folder.

        Raises:
            SnapshotError: they are damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, verify=verify)
        try:
            facts = msgspec.convert(manifest.facts, _Facts)
        except (msgspec.ValidationError, ValueError) as error:
            raise SnapshotError(f"{folder} cannot be read ({error})") from error
        table = cast("NDArray[np.float32]", read_array(folder, "beliefs.npy"))
        if table.dtype != np.float32 or table.ndim != 5 or table.shape[1] != len(facts.segments) + 1:
            raise SnapshotError(f"{folder}: {table.shape} beliefs for {len(facts.segments)} segments")
        made_at = datetime.fromisoformat(manifest.made_at)
        names = facts.model, facts.segmentation, facts.segments
        return cls(folder.name, facts.snapshot, made_at, *names, table)


class _Facts(msgspec.Struct, frozen=True):
    snapshot: str
    model: str
    segmentation: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model said of a snapshot: all that beliefs are made from, as in `Beliefs`."""

    snapshot: str
    model: str
    segmentation: str
    segments: Sequence[Segment]
    table: NDArray[np.float32]


def write_beliefs(store: Path, scored: Scored, made_at: datetime) -> str:
    """The digest of the beliefs that are now in the store; they are not in use before the pointer is moved.

    Raises:
        SnapshotError: they cannot be written, a number is not finite, or the segments are not the rows.
    """
    table, numbers = scored.table, [segment.number for segment in scored.segments]
    if numbers != list(range(len(numbers))) or table.shape[1] != len(numbers) + 1:
        raise SnapshotError(f"{table.shape[1]} rows of beliefs for segments {numbers}")
    if not np.isfinite(table).all() or (table[:, :, :, 1] < 0).any():
        raise SnapshotError("a belief is not a finite number, or its spread is below 0")
    facts = _Facts(scored.snapshot, scored.model, scored.segmentation, tuple(scored.segments))
    plain = cast("dict[str, object]", msgspec.to_builtins(facts))
    return write_folder(store / FOLDER, FORMAT, made_at.isoformat(), plain, {"beliefs.npy": table.astype("<f4")})
