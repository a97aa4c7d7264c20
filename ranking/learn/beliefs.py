"""Beliefs: what a model thinks of every picture of a snapshot, in every segment and under all circumstances.

They are scored once, where they are made; a decision only looks them up. There is a table for each of the
circumstances that the model tells apart: one that never looks at the part of the day has one along it.
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
from ranking.features import SITUATIONS
from ranking.learn.folder import read_array, read_manifest, write_folder
from ranking.learn.promised import Promised

FORMAT = "artwork-beliefs-2"
FORMER = "artwork-beliefs-1"
"""One table, whatever the circumstances: read as that, until the next refresh."""
FOLDER = "beliefs"
ALL_ALIKE = (0,) * len(SITUATIONS)
"""Where nothing is told apart, one table holds under all circumstances."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Opened beliefs; memory-mapped, never changed.

    Attributes:
        digest: their name. snapshot: which one they are of. made_at: aware.
        model: version. segmentation: which fit of the segments the rows are of. segments: by number.
        under: (situations,) number of the table that holds under each of `ranking.features.SITUATIONS`.
        tables: (tables, canvases, segments + 1, titles, 2, width) float32: mean and spread of the log-odds of a play,
            in the snapshot's order of canvases, titles and options; the last segment is the population. One canvas
            stands for all where none differs.
    """

    digest: str
    snapshot: str
    made_at: datetime
    model: str
    segmentation: str
    segments: tuple[Segment, ...]
    under: tuple[int, ...]
    tables: NDArray[np.float32]

    def of(self, table: int, canvas: int) -> NDArray[np.float32]:
        """(segments + 1, titles, 2, width): what is believed on this canvas, by this table."""
        return cast("NDArray[np.float32]", self.tables[table, canvas if self.tables.shape[1] > 1 else 0])

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Beliefs:
        """The beliefs in this folder.

        Raises:
            SnapshotError: they are damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, former=FORMER, verify=verify)
        try:
            facts = msgspec.convert(manifest.facts, _Facts)
        except (msgspec.ValidationError, ValueError) as error:
            raise SnapshotError(f"{folder} cannot be read ({error})") from error
        tables = cast("NDArray[np.float32]", read_array(folder, "beliefs.npy"))
        if manifest.format == FORMER:
            tables = tables[None]
        if tables.dtype != np.float32 or tables.ndim != 6 or tables.shape[2] != len(facts.segments) + 1:
            raise SnapshotError(f"{folder}: {tables.shape} beliefs for {len(facts.segments)} segments")
        if len(facts.under) != len(SITUATIONS) or set(facts.under) != set(range(len(tables))):
            raise SnapshotError(f"{folder}: {len(tables)} tables for the circumstances {facts.under}")
        made_at = datetime.fromisoformat(manifest.made_at)
        names = facts.model, facts.segmentation, facts.segments
        return cls(folder.name, facts.snapshot, made_at, *names, facts.under, tables)


def model_of(folder: Path) -> str:
    """The model that the beliefs in this folder are of; their tables are not looked at, and may be gone.

    Raises:
        SnapshotError: the folder is gone, or does not say it.
    """
    try:
        return msgspec.convert(read_manifest(folder, FORMAT, former=FORMER, whole=False).facts, _Facts).model
    except msgspec.ValidationError as error:
        raise SnapshotError(f"{folder} cannot be read ({error})") from error


class _Facts(msgspec.Struct, frozen=True):
    snapshot: str
    model: str
    segmentation: str
    segments: tuple[Segment, ...]
    under: tuple[int, ...] = ALL_ALIKE


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model said of a snapshot: all that beliefs are made from, as in `Beliefs`.

    `promised` is what it said before counts corrected it, None where there are no counts.
    """

    snapshot: str
    model: str
    segmentation: str
    segments: Sequence[Segment]
    tables: NDArray[np.float32]
    under: tuple[int, ...] = ALL_ALIKE
    promised: Promised | None = None


def write_beliefs(store: Path, scored: Scored, made_at: datetime) -> str:
    """The digest of the beliefs that are now in the store; they are not in use before the pointer is moved.

    Raises:
        SnapshotError: they cannot be written, a number is not finite, or the segments are not the rows.
    """
    tables, numbers = scored.tables, [segment.number for segment in scored.segments]
    if numbers != list(range(len(numbers))) or tables.shape[2] != len(numbers) + 1:
        raise SnapshotError(f"{tables.shape[2]} rows of beliefs for segments {numbers}")
    if len(scored.under) != len(SITUATIONS) or set(scored.under) != set(range(len(tables))):
        raise SnapshotError(f"{len(tables)} tables of beliefs for the circumstances {scored.under}")
    if not np.isfinite(tables).all() or (tables[:, :, :, :, 1] < 0).any():
        raise SnapshotError("a belief is not a finite number, or its spread is below 0")
    facts = _Facts(scored.snapshot, scored.model, scored.segmentation, tuple(scored.segments), scored.under)
    plain = cast("dict[str, object]", msgspec.to_builtins(facts))
    parts = {"beliefs.npy": tables.astype("<f4", copy=False)}
    return write_folder(store / FOLDER, FORMAT, made_at.isoformat(), plain, parts)
