"""What was known when a decision was made: the pictures of its snapshot, and the member's taste as it was served.

A model must learn from what it will be asked with. Taking today's segments instead would also tell it, through the
taste, of the very plays that it is to predict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import SnapshotError
from ranking.features import PER_MEETING, Circumstances, Pictures, Tastes, feature_grid
from ranking.learn import beliefs, members, snapshot
from ranking.learn.folder import RELEASES, Active, read_manifest
from ranking.learn.members import MOST_SEGMENTS, Members
from ranking.learn.segmentation import Segmentation, fit_folders
from ranking.learn.shelf import Shelf
from ranking.learn.snapshot import Snapshot

Floats = NDArray[np.float32]
Source = tuple[str, str | None]
"""What a decision is understood with: the digests of its snapshot and of its memberships."""
_ROW_BYTES = 250
"""Of the two ids of a picture and its place among the rows."""
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Known:
    """A snapshot's pictures as they met the tastes of one fit of the segments.

    Attributes:
        rows: (title, picture) to its row below.
        meetings: (segments + 1, pictures, 3) what depends on taste and picture; the population last, NaN: unknown.
        looks: (pictures, 4) what is the picture's own.
        members: whose taste was which; None where nothing was known of anybody.
    """

    rows: dict[tuple[str, str], int]
    meetings: Floats
    looks: Floats
    members: Members | None

    @property
    def size(self) -> int:
        """Bytes of memory, without the memberships, which are mapped."""
        return self.meetings.nbytes + self.looks.nbytes + _ROW_BYTES * len(self.rows)

    def features(self, rows: NDArray[np.int64], taste: Mixtures) -> Floats:
        """(rows, 7): what is of taste and picture, and of the picture alone.

        A taste is a mixture, and is served as one: what its segments believe is added up by weight. So is here the
        match of its segments with the picture; the population likes nothing more than anything else, and counts 0.
        A match that no segment of a taste knows is not known.
        """
        matches, known = np.zeros((len(rows), len(PER_MEETING)), np.float32), np.zeros((len(rows), 3), np.bool_)
        for number, weight in zip(taste.numbers.T, taste.weights.T, strict=True):
            match = self.meetings[number, rows]
            told = ~np.isnan(match) & (weight > 0)[:, None]
            matches += np.where(told, match, 0) * weight[:, None]
            known |= told
        return np.hstack([np.where(known, matches, np.float32(np.nan)), self.looks[rows]])

    def tastes(self, profiles: Sequence[str | None]) -> Mixtures:
        """The taste of each member."""
        return mixtures(self.members, profiles, len(self.meetings) - 1)


@dataclass(frozen=True, slots=True)
class Mixtures:
    """Tastes, the heaviest segment first: (members, kept) numbers and weights, 0 for nothing."""

    numbers: NDArray[np.int64]
    weights: Floats

    @property
    def known(self) -> Floats:
        """(members,) what the segments weigh; the rest is the population's."""
        return cast("Floats", self.weights.sum(axis=1))

    @property
    def heaviest(self) -> NDArray[np.int64]:
        """(members,) the heaviest part: a segment, or -1 for the population."""
        return np.where(self.weights[:, 0] >= 1 - self.known, self.numbers[:, 0], -1) if len(self.weights) else _NONE


def mixtures(known: Members | None, profiles: Sequence[str | None], segments: int) -> Mixtures:
    """The tastes of these members, in as many segments; what a segment beyond them weighs is the population's."""
    if known is None:
        shape = len(profiles), MOST_SEGMENTS
        return Mixtures(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32))
    numbers, weights = known.of_many(profiles)
    inside = (weights > 0) & (numbers < segments)
    return Mixtures(np.where(inside, numbers, 0).astype(np.int64), np.where(inside, weights, np.float32(0)))


class Recall:
    """Snapshots, tastes and memberships of every release that was ever in use in a store."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._releases = _releases(store)
        self._fits = fit_folders(store)
        self._open: Shelf[Source, Known | None] = Shelf(self._known, lambda known: known.size if known else 0)

    def source(self, snapshot_name: str, model: str) -> Source:
        """What decisions of this snapshot and model are understood with: of a whole day of refreshes one and the same.

        A refresh gives a model's beliefs another name every few minutes, and changes nobody's taste.
        """
        active = self._releases.get((snapshot_name, model))
        return snapshot_name, active.members if active else None

    def known(self, source: Source) -> Known | None:
        """What decisions of this source were made with; None where the snapshot is gone."""
        return self._open.of(source)

    def _known(self, source: Source) -> Known | None:
        snapshot_name, memberships = source
        try:
            options = Snapshot.open(self._store / snapshot.FOLDER / snapshot_name).option_values()
        except SnapshotError:
            return None
        theirs = _members(self._store, memberships)
        fit = self._fits.get(theirs.segmentation) if theirs else None
        tastes = Segmentation.open(fit).tastes if fit else _no_taste()
        pictures = Pictures.of(options, tastes)
        grid = feature_grid(tastes, pictures, Circumstances())
        rows = {(one.title, one.id): row for row, one in enumerate(options)}
        meetings = grid[:, :, : len(PER_MEETING)].astype(np.float32)
        return Known(rows, meetings, pictures.looks.astype(np.float32), theirs if fit else None)


def _no_taste() -> Tastes:
    nothing = np.zeros((1, 0))
    return Tastes((), (), nothing, nothing, nothing)


def _members(store: Path, name: str | None) -> Members | None:
    if name is None:
        return None
    try:
        return Members.open(store / members.FOLDER / name)
    except SnapshotError:
        return None


def _releases(store: Path) -> dict[tuple[str, str], Active]:
    """The releases by what a decision says of them: its snapshot, and the model of its beliefs.

    Of two that are alike in both, the one with the later memberships is taken; a model's name holds its segments'.
    """
    found: dict[tuple[str, str], tuple[str, Active]] = {}
    for file in sorted((store / RELEASES).rglob("*.json")):
        try:
            active = msgspec.json.decode(file.read_bytes(), type=Active)
            if active.beliefs is None:
                continue
            manifest = read_manifest(
                store / beliefs.FOLDER / active.beliefs, beliefs.FORMAT, former=beliefs.FORMER, whole=False
            )
        except (OSError, ValueError, SnapshotError):
            continue  # what is gone was tidied away; its decisions are learned from without tastes
        key = active.snapshot, str(manifest.facts["model"])
        found[key] = max(found.get(key, ("", active)), (manifest.made_at, active), key=lambda pair: pair[0])
    return {key: active for key, (_, active) in found.items()}
