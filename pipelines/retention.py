"""What of a store's immutable folders is needed: by what is in use, by tokens that may come back, and to learn from.

A release is needed whole while it is in use or is what `artwork rollback` would put in use. One that was in use of late
is needed to understand the tokens it gave, its pictures and memberships, and for some days to explain them: its
beliefs. Of one that is long gone, training needs the pictures, the memberships with their segments, and the name of the
model; not what that believed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from ranking.errors import SnapshotError
from ranking.learn import answers, beliefs, learned, members, segmentation, snapshot
from ranking.learn.folder import MANIFEST, POINTER, RELEASES, Active, Manifest, read_active, release_before
from ranking.learn.learned import Learned
from ranking.learn.registry import FOLDER as MODELS_FOLDER
from ranking.learn.registry import NAME, models

MODELS = f"{MODELS_FOLDER}/{NAME}"
PAST = "past"
"""Where among the releases those lie that no token names any more: decisions made with them can be learned from."""
FOLDERS = (
    answers.FOLDER, learned.FOLDER, beliefs.FOLDER, members.FOLDER, segmentation.FOLDER, snapshot.FOLDER, MODELS
)  # fmt: skip
"""In the order in which they are tidied: what names others before what it names."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back a store remembers.

    Attributes:
        since: POSIX seconds; what was in use since then may still be asked for.
        explained: POSIX seconds, not before that; decisions of what was in use since then are explained.
        decided: (snapshot, model) of decisions that can still be learned from; None where no log tells, and any may be.
    """

    since: float
    explained: float
    decided: frozenset[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """Names of what is needed.

    Attributes:
        releases: by id, those that tokens name. past: those that only training still needs.
        folders: names in each of `FOLDERS`.
        told: beliefs of which nothing is needed but what they say of themselves.
        shown: snapshots whose files may still be sent.
    """

    releases: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)
    folders: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    told: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def add(self, active: Active, *, whole: bool, explained: bool = True) -> None:
        """The release is needed: to be served, or to understand tokens."""
        self.shown.add(active.snapshot)
        self.understood(active)
        if whole or explained:
            self.name(beliefs.FOLDER, active.beliefs)
        if whole:
            self.name(answers.FOLDER, active.answers)
            self.name(learned.FOLDER, active.learned)

    def understood(self, active: Active) -> None:
        """What its decisions were about, and whose they were, is needed; not what was believed."""
        self.name(snapshot.FOLDER, active.snapshot)
        self.name(members.FOLDER, active.members)
        self.told.update([active.beliefs] if active.beliefs else [])

    def name(self, folder: str, name: str | None) -> None:
        """That of this name in the folder is needed; None for nothing."""
        if name is not None:
            self.folders[folder].add(name)


def needs_of(store: Path, horizon: Horizon) -> Needs:
    """What this store needs, and what that needs in turn.

    Raises:
        SnapshotError: what is in use, or would be gone back to, cannot be read: then nothing can be told of the rest.
        LearnedModelError: a model of the registry does not say what it is.
    """
    needs = Needs()
    served = list(_served(store))
    for active in served:
        needs.add(active, whole=True)
    for name, active, ended in _former(store):
        if active in served or ended >= horizon.since:
            needs.releases.add(name)
            needs.add(active, whole=False, explained=ended >= horizon.explained)
        elif horizon.decided is None or _decided(store, active) in horizon.decided:
            needs.past.add(name)
            needs.understood(active)
    needs.told.difference_update(needs.folders[beliefs.FOLDER])
    needs.folders[snapshot.FOLDER] |= {name for name, _ in horizon.decided or ()}
    fits = segmentation.read_fits(store)
    for fit in (fits.newest, fits.former) if fits else ():
        if fit:
            needs.name(segmentation.FOLDER, fit.segmentation)
            needs.name(members.FOLDER, fit.members)
    needs.folders[segmentation.FOLDER] |= set(_segmentations(store, needs.folders[members.FOLDER]))
    needs.folders[MODELS] |= _models(store, served)
    return needs


def _served(store: Path) -> Iterator[Active]:
    if (store / POINTER).exists():
        yield read_active(store)
    with suppress(SnapshotError):  # there is none, or one that nobody can go back to
        yield release_before(store)


def _former(store: Path) -> list[tuple[str, Active, float]]:
    """Every release by name, and when another took its place; of the one that was put in use last that is never.

    One that cannot be read is nothing to anybody.
    """
    found: list[tuple[float, str, Active]] = []
    for file in (store / RELEASES).rglob("*.json"):
        with suppress(OSError, ValueError):  # msgspec's errors are ValueErrors
            found.append((file.stat().st_mtime, file.stem, msgspec.json.decode(file.read_bytes(), type=Active)))
    found.sort(key=lambda one: one[:2])
    ends = [*(begun for begun, _, _ in found), math.inf][1:]
    return [(name, active, end) for (_, name, active), end in zip(found, ends, strict=True)]


def _decided(store: Path, active: Active) -> tuple[str, str] | None:
    """What decisions of this release say that they were made with, as `ranking.learn.recall` finds it again."""
    facts = _facts(store / beliefs.FOLDER / active.beliefs) if active.beliefs else None
    return (active.snapshot, str(facts["model"])) if facts else None


def _segmentations(store: Path, memberships: Collection[str]) -> Iterator[str]:
    """The fits that these memberships are of."""
    fits = segmentation.fit_folders(store)
    for name in sorted(memberships):
        facts = _facts(store / members.FOLDER / name)
        fit = fits.get(str(facts["segmentation"])) if facts else None
        if fit:
            yield fit.name


def _facts(folder: Path) -> Mapping[str, object] | None:
    """What the folder says of itself, in whatever format its parts are; None where it is gone or damaged."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest).facts
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None


def _models(store: Path, served: Collection[Active]) -> set[str]:
    """Those behind what is served, the one that was made before each of these, and the newest."""
    made: list[tuple[datetime, str]] = models(store)
    order = [name for _, name in made]
    needed = set(order[-1:])
    for active in served:
        if active.learned is None:
            continue
        try:
            model = Learned.open(store / learned.FOLDER / active.learned).promise.model
        except SnapshotError:
            return set(order)  # which one is behind it is not known
        if model in order:
            needed |= set(order[max(0, order.index(model) - 1) : order.index(model) + 1])
    return needed
