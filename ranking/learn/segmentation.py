"""A segmentation: one fit of the segments, what each of them likes, and which fit is the newest.

The fit and the memberships that belong to it are pointed to together, so that a member's numbers never meet the
segments of another fit. The fit before stays known: what has drifted is told between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.domain import Segment
from ranking.errors import SnapshotError
from ranking.features import Tastes
from ranking.learn.folder import read_array, read_manifest, replace_file, write_folder

FORMAT = "artwork-segmentation-1"
FOLDER = "segmentation"
POINTER = "segmentation.json"


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A fit of the segments.

    Attributes:
        name: what mixtures, beliefs and memberships of this fit say they are of.
        made_at: aware.
        segments: by number; none where the members were too few to be told apart.
        tastes: a row for each segment and, last, the population's. Values are relative to the population: 0 is
            neither liked nor disliked, and so the population's row is 0.
        shares: (segments + 1, vocabulary) how much of what is played has each word, 0 to 1, as far as it is known:
            drawn to the population's like the tastes. The population last.
        genres: the words of the vocabulary that are genres of titles; the others are themes and looks of pictures.
        facts: how it was fitted: anything that JSON holds.
    """

    name: str
    made_at: datetime
    segments: tuple[Segment, ...]
    tastes: Tastes
    shares: NDArray[np.float64]
    genres: frozenset[str] = frozenset()
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = len(self.segments) + 1
        numbers = [segment.number for segment in self.segments]
        ids = {segment.id for segment in self.segments}
        if not self.name or numbers != list(range(rows - 1)) or len(ids) != rows - 1:
            raise ValueError(f"segmentation {self.name!r}: segments numbered {numbers}, ids {sorted(ids)}")
        if len(self.tastes) != rows or self.shares.shape != (rows, len(self.tastes.vocabulary)):
            found = f"{len(self.tastes)} tastes and shares of {self.shares.shape}"
            raise ValueError(f"segmentation {self.name}: {rows - 1} segments and the population, but {found}")
        tables = (self.tastes.themes, self.tastes.cast, self.tastes.vectors, self.shares)
        if not all(np.isfinite(table).all() for table in tables):
            raise ValueError(f"segmentation {self.name}: not every taste is a finite number")
        if not self.genres <= set(self.tastes.vocabulary):
            raise ValueError(f"segmentation {self.name}: genres that are no words of its vocabulary")

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Segmentation:
        """The segmentation in this folder.

        Raises:
            SnapshotError: it is damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, verify=verify)
        tables = [cast("NDArray[np.float64]", read_array(folder, f"{name}.npy")) for name in _TABLES]
        try:
            told = msgspec.convert(manifest.facts, _Facts)
            themes, people, vectors, shares = tables
            tastes = Tastes(told.vocabulary, told.people, themes, people, vectors)
            made_at = datetime.fromisoformat(manifest.made_at)
            return cls(told.name, made_at, told.segments, tastes, shares, frozenset(told.genres), told.fit)
        except (ValueError, IndexError) as error:  # msgspec's errors are ValueErrors
            raise SnapshotError(f"{folder} cannot be read ({error})") from error


class Fit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Digests of a segmentation and of its memberships, as they lie in a store."""

    segmentation: str
    members: str | None = None


class Fits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest fit of a store, and the one before it."""

    newest: Fit
    former: Fit | None = None


def write_segmentation(store: Path, segmentation: Segmentation) -> str:
    """The digest of the segmentation that is now in the store; not the newest before it is pointed to.

    Raises:
        SnapshotError: it cannot be written.
    """
    tastes = segmentation.tastes
    genres = tuple(sorted(segmentation.genres))
    words = tastes.vocabulary, tastes.people, genres
    facts = _Facts(segmentation.name, segmentation.segments, *words, dict(segmentation.facts))
    tables = tastes.themes, tastes.cast, tastes.vectors, segmentation.shares
    parts = {f"{name}.npy": table.astype("<f8") for name, table in zip(_TABLES, tables, strict=True)}
    plain = cast("dict[str, object]", msgspec.to_builtins(facts))
    return write_folder(store / FOLDER, FORMAT, segmentation.made_at.isoformat(), plain, parts)


def point_to_fit(store: Path, fit: Fit) -> Fits:
    """From now on this fit is the newest; the one that was is the former, unless it is the same.

    Raises:
        SnapshotError: the pointer cannot be read or written.
    """
    before = read_fits(store)
    former = None if before is None else before.former if before.newest == fit else before.newest
    fits = Fits(fit, former)
    try:
        replace_file(store / POINTER, msgspec.json.encode(fits))
    except OSError as error:
        raise SnapshotError(f"cannot move the pointer {store / POINTER} ({error})") from error
    return fits


def read_fits(store: Path) -> Fits | None:
    """The newest fit and the one before; None where the members of this store were never segmented.

    Raises:
        SnapshotError: the pointer cannot be read.
    """
    try:
        return msgspec.json.decode((store / POINTER).read_bytes(), type=Fits)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{store / POINTER} cannot be read ({error})") from error


def return_to_fit(store: Path, fit: Fit | None) -> None:
    """The fit is the newest once more; None: it is as if no members were ever segmented. No folder goes away.

    Raises:
        SnapshotError: the pointer cannot be read or written.
    """
    if fit is not None:
        point_to_fit(store, fit)
        return
    try:
        (store / POINTER).unlink(missing_ok=True)
    except OSError as error:
        raise SnapshotError(f"cannot take away the pointer {store / POINTER} ({error})") from error


def fit_named(store: Path, name: str, members: str) -> Fit:
    """The fit of this name, with these memberships of it.

    Raises:
        SnapshotError: there is none of this name, or one is damaged.
    """
    folder = fit_folders(store).get(name)
    if folder is None:
        raise SnapshotError(f"the segmentation {name} is no longer in {store / FOLDER}")
    return Fit(folder.name, members)


def fit_folders(store: Path) -> dict[str, Path]:
    """The folder of every segmentation, by its name; the newest of equal names.

    Raises:
        SnapshotError: one is damaged.
    """
    found: dict[str, tuple[str, Path]] = {}
    for folder in sorted((store / FOLDER).glob("*")):
        if not folder.name.isalnum():
            continue
        manifest = read_manifest(folder, FORMAT)
        name = str(manifest.facts["name"])
        found[name] = max(found.get(name, ("", folder)), (manifest.made_at, folder))
    return {name: folder for name, (_, folder) in found.items()}


def newest_segmentation(store: Path) -> Segmentation | None:
    """The newest segmentation of a store; None where there was never one.

    Raises:
        SnapshotError: it is damaged.
    """
    fits = read_fits(store)
    return None if fits is None else Segmentation.open(store / FOLDER / fits.newest.segmentation)


_TABLES = ("themes", "cast", "vectors", "shares")


class _Facts(msgspec.Struct, frozen=True):
    name: str
    segments: tuple[Segment, ...]
    vocabulary: tuple[str, ...]
    people: tuple[str, ...]
    genres: tuple[str, ...]
    fit: dict[str, object]
