"""The process behind `artwork ingest`: many titles at once, each reported as it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog

from artwork.domain import Title, TitleStatus
from artwork.errors import ArtworkError, LeaseLost
from artwork.ingest import Engine, Run, TitleReport, ingest_title
from artwork.store.titles import gather
from pipelines.engine import open_engine
from pipelines.progress import BatchProgress
from pipelines.settings import Settings
from pipelines.store import open_blobs, open_catalog

WAIT_SECONDS = 1.0
"""How long a title that another run works on is left alone before it is tried again."""

_Working = Future[TitleReport | None]

log = structlog.get_logger()


def ingest_paths(
    paths: Sequence[Path | str], manifest: Path | None, settings: Settings, *, quiet: bool = False
) -> Iterator[TitleReport]:
    """Every title that the paths and the manifest name, reported as it ends; resumable at any moment.

    Raises:
        BadInput: a path or a row of the manifest cannot be used; nothing was done.
        StoreError, ModelError: nothing can go on; titles that were reported are whole.
    """
    titles = gather(paths, manifest)
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(settings))
        blobs = open_blobs(settings)
        engine = stack.enter_context(open_engine(settings, blobs))
        progress = stack.enter_context(BatchProgress(quiet=quiet))
        for sentence_ in stand_ins(engine):
            progress.line(sentence_)
        run = Run(catalog, engine, settings.stages, progress.tell)
        yield from _all(titles, run, settings.workers or processors(), progress)


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
    if report.status is TitleStatus.REFUSED:
        return f"{report.title}: refused: {report.reason}"
    found = f"{report.candidates} candidates from {report.frames} frames of {report.shots} shots"
    more = f" ({report.reason})" if report.reason else ""
    return f"{report.title}: {report.status}: {found} in {report.seconds:.1f} s{more}"


def _all(titles: Sequence[Title], run: Run, workers: int, progress: BatchProgress) -> Iterator[TitleReport]:
    """Works on `workers` titles at a time; those that another run holds come again until they are free."""
    waiting: set[str] = set()
    with _pool(workers) as pool:
        working = {pool.submit(ingest_title, title, run): title for title in titles}
        while working:
            ended, _ = wait(working, return_when=FIRST_COMPLETED)
            for future in ended:
                title = working.pop(future)
                report = _outcome(title, future)
                if report is not None:
                    progress.tell(title.id, str(report.status), 1.0)
                    log.info("title", **report.as_row())
                    yield report
                    continue
                if title.id not in waiting:
                    waiting.add(title.id)
                    progress.line(f"{title.id}: another run works on it; waiting")
                working[pool.submit(_later, title, run)] = title


def _outcome(title: Title, future: _Working) -> TitleReport | None:
    """The title's report. A defect of ours costs one title, not the batch; a store that fails costs the batch."""
    try:
        return future.result()
    except LeaseLost:
        return None
    except ArtworkError:
        raise
    except Exception as error:  # told in the report, and in full in the log
        log.exception("defect", title=title.id)
        reason = f"{title.location}: a defect of this software ({type(error).__name__}: {error}): please report it"
        return TitleReport(title.id, TitleStatus.REFUSED, reason)


def _later(title: Title, run: Run) -> TitleReport | None:
    time.sleep(WAIT_SECONDS)
    return ingest_title(title, run)


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that, when its user goes away, drops what it has not begun."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="title")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
