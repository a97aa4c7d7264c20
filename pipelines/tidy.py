"""The process behind `artwork tidy`: what nothing needs any more is removed from a store, and its room is free.

It can be killed anywhere: what names others goes before what it names, a folder goes at once, and what is left
half removed goes the next time. A publish waits until it has ended, and so does whoever puts something in use.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from artwork.errors import StoreError
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.database import FILE as CATALOG_FILE
from artwork.store.lease import acquire
from artwork.store.mentions import mentioned_digests
from pipelines.premises import premises
from pipelines.publish import LEASE
from pipelines.release import alone
from pipelines.retention import FOLDERS, MODELS, PAST, Horizon, Needs, needs_of
from pipelines.settings import Settings
from pipelines.store import open_blobs, open_catalog
from ranking.errors import SnapshotError
from ranking.learn.beliefs import FOLDER as BELIEFS
from ranking.learn.database import FILE as EVENTS_FILE
from ranking.learn.database import Database
from ranking.learn.folder import (
    DRAFT,
    GONE,
    MANIFEST,
    POINTER,
    RELEASES,
    let_parts_go,
    remove_folder,
)
from ranking.learn.promised import FOLDER as PROMISED
from ranking.learn.provenance import decided_with
from ranking.learn.segmentation import POINTER as FITS
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.learn.snapshot import Snapshot
from ranking.serve.release import Release

DAY_SECONDS = 86_400.0
"""What is not finished after a day never will be: nobody works on one file for so long."""
BLOBS, LEFTOVERS = "blobs", "leftovers"
_MARKS = (CATALOG_FILE, POINTER, FITS, EVENTS_FILE)
"""What a store has at least one of: in a folder without any nothing is ours to remove."""
_NAME = "[0-9a-f]" * 16
_UNFINISHED = (f"{DRAFT}*", f"{GONE}*", ".table-*")


@dataclass(slots=True)
class Freed:
    """What became of one kind of thing: how many went, or would go, and how many stay; with their bytes."""

    what: str
    freed: int = 0
    freed_bytes: int = 0
    kept: int = 0
    kept_bytes: int = 0

    def count(self, size: int, *, goes: bool) -> None:
        """One more."""
        if goes:
            self.freed, self.freed_bytes = self.freed + 1, self.freed_bytes + size
        else:
            self.kept, self.kept_bytes = self.kept + 1, self.kept_bytes + size

    def as_row(self) -> dict[str, object]:
        """For a table, or for a program."""
        return asdict(self)


def tidy(settings: Settings, now: datetime | None = None, *, dry_run: bool = False) -> list[Freed]:
    """What nothing needs any more is gone; what that was, kind by kind.

    Args:
        settings: which store, and for how long it remembers.
        now: aware; the clock's unless said otherwise.
        dry_run: remove nothing, only tell.

    Raises:
        StoreError: there is no store, a publish works on it, or something cannot be read or removed. What is in use is
            looked at first: where it cannot be read, or the catalogue is another's, nothing is removed.
    """
    store, moment = premises(settings), now or datetime.now(UTC)
    if not any((store / mark).exists() for mark in _MARKS):
        raise StoreError(f"no store in {store}: name another with --store")
    keep = max(
        settings.tidy.keep_days * DAY_SECONDS, settings.serve.token_days * DAY_SECONDS + settings.serve.epoch_seconds
    )
    since = moment.timestamp() - keep
    with ExitStack() as stack:
        catalog = stack.enter_context(_catalog(settings))
        if catalog and not dry_run:
            stack.enter_context(_no_publish(catalog))
        # A long log is read for minutes, before anybody has to wait: of what is old nothing more is decided meanwhile.
        explained = max(since, moment.timestamp() - settings.tidy.explain_days * DAY_SECONDS)
        horizon = Horizon(since, explained, _decided(settings, moment - timedelta(days=settings.tidy.learn_days)))
        with nullcontext() if dry_run else alone(store):
            if (store / POINTER).exists():
                _check(Release.load(store), catalog)
            needs = needs_of(store, horizon)
            shown = _shown_digests(store, needs)
            told = [
                _tidy_releases(store / RELEASES, needs, since, dry_run=dry_run),
                *(_tidy_folders(store, folder, needs, horizon, dry_run=dry_run) for folder in FOLDERS),
                _tidy_leftovers(store, moment.timestamp() - DAY_SECONDS, dry_run=dry_run),
            ]
        if catalog:
            told.append(_tidy_blobs(open_blobs(settings), catalog, shown, since, dry_run=dry_run))
    return told


def tidied_words(told: Iterable[Freed], *, dry_run: bool) -> str:
    """What was freed, for people."""
    freed = [one for one in told if one.freed]
    if not freed:
        return "nothing to free: all of it is needed, or young"
    megabytes = sum(one.freed_bytes for one in freed) / 1e6
    parts = ", ".join(f"{one.freed:,} {one.what}" for one in freed)
    return f"{megabytes:,.1f} MB {'would be' if dry_run else 'are'} free: {parts}"


@contextmanager
def _catalog(settings: Settings) -> Iterator[Catalog | None]:
    """The catalogue; None where there is none, or nothing in it: then it says of no blob that it is not needed."""
    if not settings.catalog_url and not (Path(settings.store) / CATALOG_FILE).exists():
        yield None
        return
    with open_catalog(settings, create=False) as catalog:
        yield catalog if catalog.titles() else None


def _check(served: Release, catalog: Catalog | None) -> None:
    """What is in use was read, else a service may still serve what it had before; and the catalogue knows its titles.

    Raises:
        StoreError: it does not: of its pictures it would say that nobody needs them.
    """
    known = {record.title.id for record in catalog.titles()} if catalog else None
    strange = [title for title in served.snapshot.names.titles if known is not None and title not in known]
    if strange:
        problem = f"title {strange[0]!r} is served, and the catalogue does not know it"
        raise StoreError(f"{problem}: name the right one (ARTWORK_CATALOG_URL), or publish first")


@contextmanager
def _no_publish(catalog: Catalog) -> Iterator[None]:
    lease = acquire(catalog.database, LEASE)
    if lease is None:
        raise StoreError("a publish works on this store: tidy it when that has ended")
    with lease:
        yield


def _decided(settings: Settings, since: datetime) -> frozenset[tuple[str, str]] | None:
    """What decisions since then were made with; None where there is no log, perhaps because it lies elsewhere."""
    url = settings.serve.events_url
    if not url and not (Path(settings.store) / EVENTS_FILE).exists():
        return None
    database = Database.open(url or settings.store)
    try:
        return decided_with(database, since)
    finally:
        database.close()


def _shown_digests(store: Path, needs: Needs) -> set[bytes]:
    """Of every file that a service may send, or may have to send again."""
    found: set[bytes] = set()
    for name in sorted(needs.shown):
        with suppress(SnapshotError):  # it is gone or damaged: nothing is sent from it. What is in use was read before
            found.update(Snapshot.open(store / SNAPSHOTS / name).files["digest"].tolist())
    return found


def _tidy_releases(folder: Path, needs: Needs, since: float, *, dry_run: bool) -> Freed:
    """Tokens find the releases that they may name, and no other; training those that it may learn from."""
    told = Freed("releases")
    for file, facts in _there(sorted(folder.rglob(f"{_NAME}.json"))):
        old = file.stem not in needs.releases and facts.st_mtime < since
        goes = old and file.stem not in needs.past
        told.count(facts.st_size, goes=goes)
        if old and not goes and not dry_run:
            (folder / PAST).mkdir(exist_ok=True)
            _removing(file, partial(file.replace, folder / PAST / file.name))
        elif goes and not dry_run:
            _removing(file, file.unlink)
    return told


def _tidy_folders(store: Path, name: str, needs: Needs, horizon: Horizon, *, dry_run: bool) -> Freed:
    told = Freed("models" if name == MODELS else name)
    for folder, facts in _there(_folders(store / name)):
        if name == BELIEFS and folder.name in needs.told:
            goes, size = _let_go(folder, facts.st_mtime < horizon.explained, dry_run=dry_run)
        else:
            goes = folder.name not in needs.folders[name] and facts.st_mtime < horizon.since
            size = _bytes_in(folder)
            if goes and not dry_run:
                goes = remove_folder(folder, horizon.since)
        told.count(size, goes=goes)
    return told


def _let_go(folder: Path, old: bool, *, dry_run: bool) -> tuple[bool, int]:  # noqa: FBT001  # what it comes to
    """All but what the folder says of itself; whether that came to anything, and the bytes that went, or stay."""
    size, own = _bytes_in(folder), sum(facts.st_size for _, facts in _there([folder / MANIFEST]))
    goes = old and size > own
    if goes and not dry_run:
        let_parts_go(folder)
    return goes, size - own if goes else size


def _tidy_leftovers(store: Path, before: float, *, dry_run: bool) -> Freed:
    """What processes that were killed have left behind: drafts, and what was on its way out."""
    told = Freed(LEFTOVERS)
    places = [store / name for name in (*FOLDERS, PROMISED, "space")]
    left = [found for place in places for pattern in _UNFINISHED for found in place.glob(pattern)]
    left += [found for place in (store, store / RELEASES) for found in place.glob(f".*.json*-{_NAME}")]
    for found, facts in _there(left):
        goes = facts.st_mtime < before
        told.count(_bytes_in(found) if found.is_dir() else facts.st_size, goes=goes)
        if goes and not dry_run:
            _removing(found, partial(shutil.rmtree, found) if found.is_dir() else found.unlink)
    return told


def _tidy_blobs(blobs: Blobs, catalog: Catalog, shown: Collection[bytes], since: float, *, dry_run: bool) -> Freed:
    told = Freed(BLOBS)
    needed = mentioned_digests(catalog.database) | set(shown)
    for key, size in blobs.sizes():
        goes = bytes.fromhex(key[3:67]) not in needed and blobs.modified(key) < since
        if goes and not dry_run:
            goes = blobs.remove(key, since)
        told.count(size, goes=goes)
    return told


def _folders(place: Path) -> list[Path]:
    return sorted(folder for folder in place.glob(_NAME) if folder.is_dir())


def _there(places: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Those that are still there: others work meanwhile, and a draft is gone when it is finished."""
    for place in places:
        try:
            facts = place.stat()
        except FileNotFoundError:
            continue
        yield place, facts


def _bytes_in(folder: Path) -> int:
    """Of all that is in it, or was a moment ago."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sum(facts.st_size for _, facts in _there(files) if stat.S_ISREG(facts.st_mode))


def _removing(place: Path, remove: Callable[[], object]) -> None:
    try:
        remove()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot remove {place}: {error.strerror or error}") from error
