"""The process behind `artwork publish`: approved candidates to renditions, a snapshot, and the pointer last.

Whatever dies on the way, what was in use before still is: blobs and rows of the catalogue are added, a snapshot's
folder is whole or absent, and only then is the pointer moved. What was composed is not composed again.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import structlog

from artwork.compose.canvases import read_canvases
from artwork.compose.encoding import check_formats
from artwork.compose.typefaces import Typefaces
from artwork.compose.values import Canvas
from artwork.domain import ModelRef, TitleStatus, content_id
from artwork.errors import ArtworkError, SettingsError, StoreError, UnknownTitle
from artwork.film.isolation import Limits
from artwork.store.catalog import Catalog
from artwork.store.entries import PROPOSED
from artwork.store.gallery import Gallery
from artwork.store.journal import Journal
from artwork.store.lease import acquire
from artwork.store.scratch import scratch_folder
from artwork.store.slate import slate
from pipelines.composing import Studio
from pipelines.docket import Docket
from pipelines.entry import may_be_shown, trimmed
from pipelines.ingest import STOPPING_SECONDS, RunStopped, processors
from pipelines.option import OptionMaker, most_used_model, open_space
from pipelines.progress import BatchProgress
from pipelines.publish_report import ArtworkReport, Publication
from pipelines.settings import Settings
from pipelines.store import open_blobs, open_catalog
from pipelines.title_artwork import House, TitleArtwork
from pipelines.withdrawal import Withdrawals
from ranking.domain import Option
from ranking.errors import SnapshotError
from ranking.learn.contents import title_entries
from ranking.learn.folder import POINTER, read_active
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import FOLDER, Snapshot, TitleEntry

LEASE = "publish!"
"""What a publish holds in the catalogue, so that two never work at once: no title's id has such a sign."""
REPRODUCIBLE = "SOURCE_DATE_EPOCH"
"""The environment variable that stands for the clock where builds are to be equal (reproducible-builds.org)."""

Heard = Callable[[ArtworkReport], None]
log = structlog.get_logger()


def publish(
    settings: Settings, only: Sequence[str] = (), heard: Heard = lambda _: None, *, quiet: bool = False
) -> Publication:
    """What people approved is what is served from now on.

    Args:
        settings: which store, which canvases, what a title may cost.
        only: ids of titles; the others stay as they are published, but for what was rejected since. Empty: all.
        heard: told of each title as it ends.
        quiet: say no progress on stderr.

    Raises:
        StoreError: there is no catalogue, another publish works on it, or something cannot be written.
        UnknownTitle: one of the titles is not in the catalogue.
        SettingsError: the canvases, the fonts or the clock cannot be used.
    """
    made_at = _now()
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(settings, create=False))
        stack.enter_context(_alone(catalog))
        progress = stack.enter_context(BatchProgress(quiet=quiet))
        scratch = str(stack.enter_context(scratch_folder(settings.store)))
        work = Work.begin(settings, catalog, only, scratch)
        entries, reports = list(work.untouched()), []
        for entry, report in _Crowd(work, settings.workers or processors(), progress).ended():
            reports.append(report)
            entries += [entry] if entry else []
            with progress.aside():
                log.info("published", title=report.title, status=report.status, renditions=report.renditions)
                heard(report)
        entries = list(_approved_still(catalog, entries))
        snapshot, changed = _put_up(settings, work, entries, made_at)
        if snapshot:
            Withdrawals(Path(settings.store), catalog).refresh()
    options, renditions = sum(len(one.options) for one in entries), sum(len(one.renditions) for one in entries)
    return Publication(snapshot, changed, len(entries), options, renditions, tuple(reports))


@dataclass(frozen=True, slots=True)
class Work:
    """A run: its titles as they stand, what is published of them now, and what they share."""

    dockets: tuple[Docket, ...]
    only: frozenset[str]
    earlier: dict[str, TitleEntry]
    house: House
    canvases: tuple[Canvas, ...]
    embedding: ModelRef | None
    artwork_url: str

    @classmethod
    def begin(
        cls, settings: Settings, catalog: Catalog, only: Sequence[str], scratch: str | None, *, keep: bool = True
    ) -> Work:
        """The run of these settings.

        Args:
            settings: which store, which canvases.
            catalog: of the store.
            only: ids of titles; empty for all.
            scratch: folder for unfinished files.
            keep: whether a space that is fitted now is kept.

        Raises:
            UnknownTitle: one of the titles is not in the catalogue.
            SnapshotError: what is published cannot be read, and not all of it is to be replaced.
        """
        store = Path(settings.store)
        records = catalog.titles()
        if unknown := set(only) - {record.title.id for record in records}:
            raise UnknownTitle(min(unknown))
        canvases = read_canvases()
        check_formats(canvases)
        journal = Journal(catalog.database)
        dockets = tuple(
            Docket(
                record,
                tuple(slate(catalog, journal, record.title.id)),
                journal.standings(record.title.id),
                journal.names(record.title.id),
            )
            for record in records
        )
        model = most_used_model(catalog, [record.title.id for record in records])
        space = open_space(store, catalog, model, settings.publish.rank, keep=keep)
        embedding = space.embedding if space else None
        limits = Limits(settings.title_memory_mb, settings.title_seconds)
        house = House(
            Gallery(catalog.database),
            Studio(open_blobs(settings), limits, scratch),
            OptionMaker(catalog, space),
            Typefaces.open(settings.compose.typefaces),
            canvases,
            settings.compose,
            settings.decode,
            settings.publish.fallbacks,
            lambda *_: None,
        )
        try:
            earlier = {entry.notes.id: entry for entry in published(store, embedding, space.rank if space else 0)}
        except SnapshotError as error:
            if only:
                raise
            sys.stderr.write(f"artwork: {error}: every title is published anew\n")
            earlier = {}
        return cls(dockets, frozenset(only), earlier, house, canvases, embedding, settings.publish.artwork_url)

    def artworks(self, house: House | None = None) -> Iterator[TitleArtwork]:
        """The titles that are worked on."""
        for docket in self.dockets:
            if not self.only or docket.record.title.id in self.only:
                yield TitleArtwork(docket, self.earlier.get(docket.record.title.id), house or self.house)

    def untouched(self) -> Iterator[TitleEntry]:
        """What stays of the titles that are not worked on."""
        for docket in self.dockets:
            if self.only and docket.record.title.id not in self.only:
                stays = TitleArtwork(docket, self.earlier.get(docket.record.title.id), self.house).kept()
                yield from [stays] if stays else []


def published(store: Path, embedding: ModelRef | None, rank: int) -> list[TitleEntry]:
    """The titles of the snapshot in use; none where nothing is published.

    Vectors of another embedding become zeros: they do not compare with those of today.

    Raises:
        SnapshotError: the snapshot cannot be read.
    """
    if not (store / POINTER).exists():
        return []
    snapshot = Snapshot.open(store / FOLDER / read_active(store).snapshot, verify=True)
    entries = title_entries(snapshot)
    if snapshot.embedding == embedding:
        return entries
    none = tuple(np.zeros(rank).tolist())
    return [
        replace(entry, options=tuple(replace(option, vector=none) for option in entry.options)) for entry in entries
    ]


def _approved_still(catalog: Catalog, entries: Iterable[TitleEntry]) -> Iterator[TitleEntry]:
    """The entries, less what somebody rejected while others were composed."""
    for entry in entries:
        said = {content_id("candidate", frame): verdict for frame, verdict in catalog.verdicts(entry.notes.id).items()}
        left = trimmed(entry, partial(_may_be_shown_as, said))
        if left is not None:
            yield left


def _may_be_shown_as(said: Mapping[str, str], option: Option) -> bool:
    return may_be_shown(option, said.get(option.id, PROPOSED))


def _put_up(settings: Settings, work: Work, entries: Sequence[TitleEntry], made_at: datetime) -> tuple[str, bool]:
    """The snapshot of these titles is in use; whether it was not before."""
    store = Path(settings.store)
    active = read_active(store) if (store / POINTER).exists() else None
    if not entries and active is None:
        return "", False
    edition = Edition(entries, [canvas.name for canvas in work.canvases], work.embedding, work.artwork_url)
    if active is not None and _is(store, active.snapshot, edition):
        return active.snapshot, False
    for draft in (store / FOLDER).glob(".draft-*"):  # of a publish that died: this one is alone
        shutil.rmtree(draft, ignore_errors=True)
    # What was learned is read with LightGBM and pandas, a second to load: not where nothing changes.
    from pipelines.release import put_in_use  # noqa: PLC0415

    snapshot = write_snapshot(store, edition, made_at)
    put_in_use(store, snapshot, made_at, settings.serve.policy)
    return snapshot, True


def _is(store: Path, digest: str, edition: Edition) -> bool:
    """Whether the edition is that snapshot, but for the moment at which it was made."""
    try:
        made_at = Snapshot.open(store / FOLDER / digest).made_at
    except SnapshotError:
        return False
    with tempfile.TemporaryDirectory(prefix="artwork-press-") as folder:
        return write_snapshot(Path(folder), edition, made_at) == digest


@contextmanager
def _alone(catalog: Catalog) -> Iterator[None]:
    lease = acquire(catalog.database, LEASE)
    if lease is None:
        raise StoreError("another publish works on this store, or it is being tidied: wait until that has ended")
    with lease:
        yield


def _now() -> datetime:
    """The clock, or what stands for it."""
    given = os.environ.get(REPRODUCIBLE, "")
    try:
        return datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SettingsError(f"{REPRODUCIBLE} is {given!r}: give whole seconds since 1970") from error


_Ended = tuple[TitleEntry | None, ArtworkReport]


class _Crowd:
    """Titles over threads, each with a child process that composes; in whatever order they end."""

    def __init__(self, work: Work, workers: int, progress: BatchProgress) -> None:
        self._stopped = threading.Event()
        self._progress = progress
        self._titles = list(work.artworks(replace(work.house, tell=self._tell)))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="title")

    def ended(self) -> Iterator[_Ended]:
        """Every title, as it ends. Whoever stops listening stops them."""
        working: dict[Future[_Ended], TitleArtwork] = {}
        try:
            working = {self._pool.submit(one.made): one for one in self._titles}
            while working:
                done, _ = wait(working, return_when=FIRST_COMPLETED)
                for future in done:
                    title = working.pop(future)
                    self._progress.end(title.title.id)
                    yield self._outcome(title, future)
        finally:
            self._stopped.set()
            self._pool.shutdown(wait=False, cancel_futures=True)
            wait(working, timeout=STOPPING_SECONDS)

    def _outcome(self, title: TitleArtwork, future: Future[_Ended]) -> _Ended:
        """A defect of ours costs one title, not the run; a store that fails costs the run."""
        try:
            return future.result()
        except ArtworkError:
            raise
        except Exception as error:  # told in the report, and in full in the log
            with self._progress.aside():
                log.exception("defect", title=title.title.id)
            kept = title.kept()
            status = TitleStatus.PARTIAL if kept else TitleStatus.REFUSED
            reason = f"a defect of this software ({type(error).__name__}: {error}): please report it"
            return kept, ArtworkReport(title.title.id, status, reason)

    def _tell(self, title: str, stage: str, share: float) -> None:
        if self._stopped.is_set():
            raise RunStopped(f"{title}: stopped while it was worked on")
        self._progress.tell(title, stage, share)
