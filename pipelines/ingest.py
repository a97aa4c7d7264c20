"""The process behind `artwork ingest`: many titles at once, each reported as it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import structlog

from artwork.domain import Title, TitleStatus
from artwork.errors import ArtworkError, LeaseLost
from artwork.ingest import Engine, Run, TitleReport, ingest_title
from artwork.store.scratch import scratch_folder
from artwork.store.titles import gather
from pipelines.engine import open_engine
from pipelines.progress import BatchProgress
from pipelines.settings import Settings
from pipelines.store import open_blobs, open_catalog

WAIT_SECONDS = 1.0
"""How long a title that another run works on is left alone before it is tried again."""

STOPPING_SECONDS = 10.0
"""How long titles that are told to stop may take: a decoder that hangs is not waited for."""

_Working = Future[TitleReport | None]

log = structlog.get_logger()


class RunStopped(ArtworkError):
    """The batch was stopped; raised in its threads, heard by nobody."""


def ingest_paths(
    paths: Sequence[Path | str], manifest: Path | None, settings: Settings, *, quiet: bool = False
) -> Generator[TitleReport]:
    """Every title that the paths and the manifest name, reported as it ends; resumable at any moment.

    Closing the iterator stops the batch, as an interruption does: children end, and nothing is recorded of a stage
    that was not whole.

    Raises:
        BadInput: a path or a row of the manifest cannot be used; nothing was done.
        StoreError, ModelError: nothing can go on; titles that were reported are whole.
    """
    gather(paths, manifest)  # nothing is made where nothing can be done
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(settings))
        titles = gather(paths, manifest, known=[record.title for record in catalog.titles()])
        blobs = open_blobs(settings)
        scratch = str(stack.enter_context(scratch_folder(settings.store)))
        engine = stack.enter_context(open_engine(settings, blobs, scratch))
        progress = stack.enter_context(BatchProgress(quiet=quiet))
        for sentence_ in stand_ins(engine):
            progress.line(sentence_)
        run = Run(catalog, blobs, engine, settings.stages, progress.tell, scratch)
        for report in _Batch(run, settings.workers or processors(), progress).reports(titles):
            with progress.aside():
                log.info("title", **report.as_row())
                yield report


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def stand_ins(engine: Engine) -> list[str]:
    """One sentence for each built-in that runs because a model file is not there."""
    embedding, aesthetic = engine.appraisal_models
    said = []
    if embedding.name.startswith("builtin"):
        said.append(
            "no CLIP weights are set: the built-in descriptor runs (it knows how a frame looks, not what it means), "
            "and there are no themes; set ARTWORK_EMBED__MODEL to use CLIP"
        )
    if not aesthetic.name.startswith("laion"):
        said.append("no aesthetic head fits the embedder: the handcrafted aesthetic runs")
    if not engine.face_model.path:
        said.append(
            "no YuNet weights in the models folder: OpenCV's built-in cascades look for faces and find fewer; "
            "`artwork models --fetch` gets YuNet"
        )
    return said


def sentence(report: TitleReport) -> str:
    """A report as one line for people."""
    reason = report.reason.replace("\n", "\\n")  # a film's name may hold anything
    if report.status is TitleStatus.REFUSED:
        return f"{report.title}: refused: {reason}"
    found = f"{report.candidates} candidates from {report.frames} frames of {report.shots} shots"
    more = f" ({reason})" if reason else ""
    return f"{report.title}: {report.status}: {found} in {report.seconds:.1f} s{more}"


class _Batch:
    """Titles over threads: `workers` at a time, those that another run holds again and again until they are free."""

    def __init__(self, run: Run, workers: int, progress: BatchProgress) -> None:
        self._stopped = threading.Event()
        self._run = replace(run, tell=self._tell)
        self._progress = progress
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="title")
        self._working: dict[_Working, Title] = {}

    def reports(self, titles: Sequence[Title]) -> Generator[TitleReport]:
        """Every title's report, as it ends. Whoever stops listening stops the batch."""
        waiting: set[str] = set()
        try:
            self._working = {self._pool.submit(ingest_title, title, self._run): title for title in titles}
            while self._working:
                ended, _ = wait(self._working, return_when=FIRST_COMPLETED)
                for future in ended:
                    title = self._working.pop(future)
                    report = self._outcome(title, future)
                    self._progress.end(title.id)
                    if report is not None:
                        yield report
                        continue
                    if title.id not in waiting:
                        waiting.add(title.id)
                        self._progress.line(f"{title.id}: another run works on it; waiting")
                    self._working[self._pool.submit(self._later, title)] = title
        finally:
            self._stop()

    def _stop(self) -> None:
        """Nothing is begun any more, and what was begun ends at its next word of progress."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._working:
            self._run.engine.stop()
            wait(self._working, timeout=STOPPING_SECONDS)

    def _tell(self, title: str, stage: str, share: float) -> None:
        if self._stopped.is_set():
            raise RunStopped(f"{title}: stopped while it was worked on")
        self._progress.tell(title, stage, share)

    def _outcome(self, title: Title, future: _Working) -> TitleReport | None:
        """The title's report. A defect of ours costs one title, not the batch; a store that fails costs the batch."""
        try:
            return future.result()
        except LeaseLost:
            return None
        except ArtworkError:
            raise
        except Exception as error:  # told in the report, and in full in the log
            with self._progress.aside():
                log.exception("defect", title=title.id)
            reason = f"{title.location}: a defect of this software ({type(error).__name__}: {error}): please report it"
            return TitleReport(title.id, TitleStatus.REFUSED, reason)

    def _later(self, title: Title) -> TitleReport | None:
        return None if self._stopped.wait(WAIT_SECONDS) else ingest_title(title, self._run)
