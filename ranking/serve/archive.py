"""The archive: what a token's numbers stand for, in the release that it was made from, current or not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ranking.domain import DayPart, Decision
from ranking.errors import SnapshotError, TokenError
from ranking.learn.folder import read_release
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.learn.snapshot import Snapshot
from ranking.policy.decide import REASONS
from ranking.serve.passage import Passage
from ranking.serve.release import Release
from ranking.serve.tokens import DEVICES, Claim, columns_of

KEPT = 4
"""Former releases that stay open: tokens live for days, a release for hours."""
_MOST_KNOWN = 20_000
"""Releases whose snapshots are known by heart: one every few minutes, for as long as tokens live."""
_MOST_PASSAGES = 1_000
"""Ways from former snapshots to served ones, and releases that led nowhere, that are kept."""


@dataclass(frozen=True, slots=True)
class Told:
    """A token in words.

    Attributes:
        release: that it was decided from. under: which of `ranking.features.SITUATIONS` its propensity holds under.
        began, ends: of the decision's epoch, in POSIX seconds.
    """

    decision: Decision
    release: Release
    under: int
    began: float
    ends: float


class Archive:
    """Releases by id: the newest, and former ones that tokens still name."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._open: OrderedDict[str, Release] = OrderedDict()
        self._guard = threading.Lock()
        self._snapshots: dict[str, str] = {}
        self._passages: dict[tuple[str, str], Passage | None] = {}

    def keep(self, release: Release) -> None:
        """The release is known from now on; the one longest unused may be let go."""
        with self._guard:
            self._open[release.id] = release
            self._open.move_to_end(release.id)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            # A copy: another thread may add to the dictionary meanwhile. What was gone is looked for again.
            self._passages = {key: one for key, one in dict(self._passages).items() if one}
            self._snapshots[release.id] = release.snapshot.digest

    def holds(self, name: str) -> bool:
        """Whether the release of this id is open."""
        return name in self._open

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
        found = Release.load(self._store, read_release(self._store, active), policy=policy)
        self.keep(found)
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
                    before = now if digest == now.digest else Snapshot.open(self._store / SNAPSHOTS / digest)
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
        release = self.release(claim.page.release)
        snapshot, row = release.snapshot, claim.row
        names, title, column = snapshot.names, int(row["title"]), int(row["column"])
        rendition, reason = int(row["rendition"]), REASONS[int(row["reason"])]
        try:
            options = names.options[title]
            decision = Decision(
                profile=claim.page.profile,
                title=names.titles[title],
                canvas=names.canvases[claim.page.canvas],
                option=None if reason == "fallback" else options[column],
                rendition=snapshot.rendition_ids[rendition].decode() if rendition >= 0 else "",
                propensity=float(row["propensity"]),
                reason=reason,
                policy=release.policy.version,
                model=release.model,
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
        return Told(decision, release, claim.page.drawn_under, claim.page.began, claim.page.ends)
