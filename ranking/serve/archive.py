"""The archive: what a token's numbers stand for, in the release that it was made from, current or not.

Events name releases of days, and a refresh makes one every few minutes: of each of them little is known by heart, and
nothing is scored or laid out. Only an explanation opens a whole one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ranking.domain import DayPart, Decision
from ranking.errors import SnapshotError, TokenError
from ranking.learn.beliefs import FOLDER as BELIEFS
from ranking.learn.beliefs import model_of
from ranking.learn.folder import read_release
from ranking.learn.snapshot import DECIDED_WITHOUT, Snapshot
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.policy.decide import REASONS
from ranking.serve.passage import Passage
from ranking.serve.policies import policy_named
from ranking.serve.release import NOT_LEARNED, Release, policy_or_standard
from ranking.serve.tokens import DEVICES, Claim, columns_of

KEPT = 4
"""Releases that stay open, and snapshots: tokens live for days, a snapshot for hours."""
Kept = TypeVar("Kept")
_MOST_KNOWN = 20_000
"""Releases of which is known by heart what they are made of: one every few minutes, for as long as tokens live."""
_MOST_PASSAGES = 1_000
"""Ways from former snapshots to served ones, and releases that led nowhere, that are kept."""


@dataclass(frozen=True, slots=True)
class Told:
    """A token in words.

    Attributes:
        under: which of `ranking.features.SITUATIONS` its propensity holds under.
        began, ends: of the decision's epoch, in POSIX seconds.
    """

    decision: Decision
    under: int
    began: float
    ends: float


@dataclass(frozen=True, slots=True)
class Origin:
    """What decisions say of the release that they were made from: its snapshot's digest, its policy, its model."""

    snapshot: str
    policy: str
    model: str


class Archive:
    """Releases by id: the newest, and former ones that tokens still name."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._open: OrderedDict[str, Release] = OrderedDict()
        self._guard = threading.Lock()
        self._origins: dict[str, Origin] = {}
        self._pictures: OrderedDict[str, Snapshot] = OrderedDict()
        self._snapshots: dict[str, str] = {}
        self._passages: dict[tuple[str, str], Passage | None] = {}

    def keep(self, release: Release) -> None:
        """The release decides from now on, with what it has; the one longest unused may be let go."""
        self._know(release.id, Origin(release.snapshot.digest, release.policy.version, release.model))
        with self._guard:
            # A copy: another thread may add to the dictionary meanwhile. What was gone is looked for again, and where
            # no page is answered from any more nothing leads to.
            now, ways = release.snapshot.digest, dict(self._passages)
            self._passages = {key: one for key, one in ways.items() if one and key[1] == now}
        self._hold(release)

    def _hold(self, release: Release) -> None:
        with self._guard:
            _keep(self._open, release.id, release)
            _keep(self._pictures, release.snapshot.digest, release.snapshot)
            self._snapshots[release.id] = release.snapshot.digest

    def knows(self, name: str) -> bool:
        """Whether the decisions of this release are told of without a file."""
        origin = self._origins.get(name)
        return origin is not None and origin.snapshot in self._pictures

    def know(self, name: str) -> tuple[Origin, Snapshot]:
        """What decisions say of the release of this id, and its snapshot; from now on without a file.

        Raises:
            SnapshotError: the release was never in use in this store, or its pictures are gone.
        """
        origin = self._origins.get(name)
        if origin is None:
            self._know(name, origin := _origin(self._store, name))
        return origin, self._snapshot(origin.snapshot)

    def release(self, name: str) -> Release:
        """The release of this id; opened when it is not.

        Raises:
            SnapshotError: it was never in use in this store, or its folders are gone.
        """
        with self._guard:
            if name in self._open:
                self._open.move_to_end(name)
                return self._open[name]
        active, _, policy = name.partition(":")
        found = Release.load(self._store, read_release(self._store, active), policy=policy, strict=False)
        self._hold(found)  # its decisions were made with all that it had, whatever it has lost since
        return found

    def passages(self, names: Iterable[str], now: Snapshot) -> dict[str, Passage | None]:
        """`opened_passages` of those releases that were asked about before: from memory, without a file or a lock."""
        known, passages = self._snapshots, self._passages
        keys = {name: (known.get(name, ""), now.digest) for name in names}
        return {name: passages[key] for name, key in keys.items() if key in passages}

    def opened_passages(self, names: Iterable[str], now: Snapshot) -> dict[str, Passage | None]:
        """By the ids of releases: from their numbers to the snapshot's; None where what one named is gone.

        Of a release only its snapshot is opened, and most have the one in use: beliefs come every few minutes.
        """
        found: dict[str, Passage | None] = {}
        for name in names:
            try:
                digest = read_release(self._store, name.partition(":")[0]).snapshot
                if (passage := self._passages.get((digest, now.digest))) is None:
                    before = now if digest == now.digest else self._snapshot(digest)
                    passage = Passage.between(before, now)
            except SnapshotError:
                digest, passage = f"gone: {name}", None
            if len(self._snapshots) > _MOST_KNOWN or len(self._passages) > _MOST_PASSAGES:
                self._snapshots, self._passages = {}, {}
            found[name] = self._passages[digest, now.digest] = passage
            self._snapshots[name] = digest
        return found

    def told(self, claim: Claim) -> Told:
        """The decision that a verified token is about.

        Raises:
            SnapshotError: its release is gone.
            TokenError: its numbers are not those of the release.
        """
        (origin, snapshot), row = self.know(claim.page.release), claim.row
        names, title, column = snapshot.names, int(row["title"]), int(row["column"])
        try:
            rendition, reason = int(row["rendition"]), REASONS[int(row["reason"])]
            options = names.options[title]
            decision = Decision(
                profile=claim.page.profile,
                title=names.titles[title],
                canvas=names.canvases[claim.page.canvas],
                option=None if reason == "fallback" else options[column],
                rendition=snapshot.rendition_ids[rendition].decode() if rendition >= 0 else "",
                propensity=float(row["propensity"]),
                reason=reason,
                policy=origin.policy,
                model=origin.model,
                snapshot=snapshot.digest,
                epoch=claim.page.epoch,
                candidates=tuple(options[place] for place in columns_of(int(row["allowed"]))),
                segment=claim.page.segment,
                device=DEVICES[claim.page.device],
                day_part=None if claim.page.local_hour is None else DayPart.of_hour(claim.page.local_hour),
                shown=options[int(row["shown"]) - 1] if row["shown"] else None,
            )
        except (LookupError, ValueError) as error:
            raise TokenError("the token names what its release does not have") from error
        return Told(decision, claim.page.drawn_under, claim.page.began, claim.page.ends)

    def _know(self, name: str, origin: Origin) -> None:
        if len(self._origins) > _MOST_KNOWN:
            self._origins = {}
        self._origins[name] = origin

    def _snapshot(self, digest: str) -> Snapshot:
        """The snapshot; no decision needs all of it, and so does nobody who asks what was decided."""
        with self._guard:
            if digest in self._pictures:
                self._pictures.move_to_end(digest)
                return self._pictures[digest]
        found = Snapshot.open(self._store / SNAPSHOTS / digest, besides=DECIDED_WITHOUT)
        with self._guard:
            _keep(self._pictures, digest, found)
        return found


def _keep(open_ones: OrderedDict[str, Kept], name: str, one: Kept) -> None:
    """It is the last that is let go; there are `KEPT` at most."""
    open_ones[name] = one
    open_ones.move_to_end(name)
    while len(open_ones) > KEPT:
        open_ones.popitem(last=False)


def _origin(store: Path, name: str) -> Origin:
    """What the release of this id says of itself, and its beliefs of theirs: the tables are not looked at.

    Raises:
        SnapshotError: it was never in use in this store.
    """
    active, _, policy = name.partition(":")
    release = read_release(store, active)
    decides = policy_named(policy) if policy else policy_or_standard(release.policy, [])
    try:
        model = model_of(store / BELIEFS / release.beliefs) if release.beliefs else NOT_LEARNED
    except SnapshotError:
        model = NOT_LEARNED  # as decisions had it that were made without them
    return Origin(release.snapshot, decides.version, model)
