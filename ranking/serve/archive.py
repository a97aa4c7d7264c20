"""The archive: what a token's numbers stand for, in the release that it was made from, current or not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from ranking.domain import DayPart, Decision
from ranking.errors import TokenError
from ranking.learn.folder import read_release
from ranking.policy.decide import REASONS
from ranking.serve.release import Release
from ranking.serve.tokens import DEVICES, Claim, columns_of

KEPT = 4
"""Former releases that stay open: tokens live for days, a release for hours."""


@dataclass(frozen=True, slots=True)
class Told:
    """A token in words. began, ends: of the decision's epoch, in POSIX seconds."""

    decision: Decision
    release: Release
    began: float
    ends: float


class Archive:
    """Releases by id: the newest, and former ones that tokens still name."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._open: OrderedDict[str, Release] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, release: Release) -> None:
        """The release is known from now on; the one longest unused may be let go."""
        with self._guard:
            self._open[release.id] = release
            self._open.move_to_end(release.id)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)

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
            )
        except (LookupError, ValueError) as error:
            raise TokenError("the token names what its release does not have") from error
        return Told(decision, release, claim.page.began, claim.page.ends)
