"""What was published and is no longer approved goes out of service: the set that the service reads, kept up to date."""

from __future__ import annotations

import fcntl
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from artwork.domain import content_id
from artwork.errors import StoreError, UnknownTitle
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED, REJECTED
from ranking.errors import RankingError, SnapshotError
from ranking.learn.folder import POINTER, read_active, release_before
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.learn.withdrawn import read_withdrawn, write_withdrawn

LOCK = "withdrawn.lock"


@dataclass(frozen=True, slots=True)
class Published:
    """A picture of the snapshot in use. approved: a person had approved it; otherwise it is a title's fallback."""

    option: str
    approved: bool


class Withdrawals:
    """Brings the withdrawn pictures of a store in line with its journal. Safe to share between threads."""

    def __init__(self, store: Path, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._lock = threading.Lock()
        self._behind = False

    def refresh(self, titles: Collection[str] | None = None) -> frozenset[str]:
        """Every published picture that is no longer approved is withdrawn, and no other; the pictures withdrawn now.

        The pictures are those in use and those in use before: going back must not show what was taken back since.
        A fallback that nobody ever approved stays, unless somebody rejects it. Where nothing is published nothing is
        written. A title that the catalogue does not know is left as it is.

        Args:
            titles: those whose verdicts changed; None: look at all of them.

        Raises:
            StoreError: the snapshot cannot be read or the set not written; the next call looks at all titles.
        """
        if not (self._store / POINTER).exists():
            return frozenset()
        with self._lock:
            whole = self._behind or titles is None
            self._behind = True
            try:
                with _alone(self._store):
                    withdrawn = self._now(None if whole else titles)
            except (RankingError, OSError, ValueError) as error:  # a damaged table is a ValueError
                raise StoreError(f"what was published could not be taken out of service: {error}") from error
            self._behind = False
        return withdrawn

    def _now(self, titles: Collection[str] | None) -> frozenset[str]:
        published = self._in_use_or_before()
        try:
            before: frozenset[str] | None = read_withdrawn(self._store)
        except SnapshotError:
            before, titles = None, None  # a damaged set is written anew, from every title
        withdrawn: set[str] = set()
        for title, mine in published.items():
            verdicts = self._verdicts(title) if titles is None or title in titles else None
            as_before = (one.option for one in mine if before and one.option in before)
            withdrawn.update(as_before if verdicts is None else _gone(mine, verdicts))
        now = frozenset(withdrawn)
        if now != before:
            write_withdrawn(self._store, now)
        return now

    def _in_use_or_before(self) -> Mapping[str, tuple[Published, ...]]:
        """What is in use, by title, and behind it what `artwork rollback` would put in use.

        A picture that is in both counts as it is in use now: what was approved then may be a fallback today.
        """
        titles: dict[str, dict[str, Published]] = {}
        for snapshot in (_published(self._store / FOLDER / read_active(self._store).snapshot), self._before()):
            for title, mine in snapshot.items():
                known = titles.setdefault(title, {})
                for one in mine:
                    known.setdefault(one.option, one)
        return {title: tuple(known.values()) for title, known in titles.items()}

    def _before(self) -> Mapping[str, tuple[Published, ...]]:
        """What was in use before; nothing where there is none, or one that nobody can go back to: it cannot be read."""
        try:
            return _published(self._store / FOLDER / release_before(self._store).snapshot)
        except (SnapshotError, OSError, ValueError):
            return {}

    def _verdicts(self, title: str) -> Mapping[str, str] | None:
        try:
            return self._catalog.verdicts(title)
        except UnknownTitle:
            return None


def refresh_or_say(withdrawals: Withdrawals, titles: Collection[str] | None = None) -> None:
    """As `refresh`; what goes wrong is said on stderr: the verdicts stand either way."""
    try:
        withdrawals.refresh(titles)
    except StoreError as error:
        sys.stderr.write(f"artwork: {error}\n")


def _gone(published: Collection[Published], verdicts: Mapping[str, str]) -> Iterator[str]:
    """The options of a title that may no longer be shown."""
    said = {content_id("candidate", frame): verdict for frame, verdict in verdicts.items()}
    for one in published:
        verdict = said.get(one.option)
        if verdict != APPROVED if one.approved else verdict == REJECTED:
            yield one.option


@lru_cache(maxsize=4)
def _published(folder: Path) -> Mapping[str, tuple[Published, ...]]:
    """The pictures of a snapshot, by title; a snapshot never changes."""
    snapshot = Snapshot.open(folder)
    titles: dict[str, list[Published]] = {}
    for row, notes in zip(snapshot.options, snapshot.option_notes, strict=True):
        title = snapshot.names.titles[int(row["title"])]
        titles.setdefault(title, []).append(Published(notes.id, bool(row["approved"])))
    return {title: tuple(mine) for title, mine in titles.items()}


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """No other process of this machine writes the set meanwhile; where the file system knows no locks, hope."""
    with (store / LOCK).open("ab") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
