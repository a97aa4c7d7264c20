"""The engine of a cluster: the very same stage functions as Ray tasks, one embedding actor per GPU.

Films, models folder and store must be reachable from every node under the same path or URL.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef
from artwork.engine import DESK_BATCH, LocalEngine, ModelShelf
from artwork.errors import ExtraMissing
from artwork.film.scan import Progress
from artwork.spool import ScanRecord
from artwork.workshop import AnnotateJob, AnnotationRecord, Bench, FaceModel, ScanJob, run_annotate, run_scan

try:
    import ray
    from ray.exceptions import RayTaskError
except ImportError as missing:
    raise ExtraMissing("ray", "ray") from missing


def _silent(_: float) -> None:
    """Progress stays on the node."""


def _scan(job: ScanJob, bench: Bench) -> ScanRecord:
    return run_scan(job, bench, _silent)


def _annotate(job: AnnotateJob, bench: Bench) -> AnnotationRecord:
    return run_annotate(job, bench, _silent)


class _Appraising:
    """A node's models, opened once."""

    def __init__(self, bench: Bench, shelf: ModelShelf) -> None:
        self._engine = LocalEngine(bench, shelf)

    def about(self) -> tuple[tuple[ModelRef, ModelRef], str]:
        return self._engine.appraisal_models, self._engine.vocabulary

    def appraise(self, frames: Sequence[AnnotatedFrame]) -> list[Appraisal]:
        return self._engine.appraise(frames)


class RayEngine:
    """Implements `ingest.Engine` on a Ray cluster; without an address, on a private one of this machine."""

    def __init__(self, bench: Bench, shelf: ModelShelf, address: str = "") -> None:
        ray.init(address=address or None, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        self._bench = ray.put(bench)
        self._shelf = shelf
        self._scan = ray.remote(num_cpus=1, max_retries=1)(_scan)
        self._annotate = ray.remote(num_cpus=1, max_retries=1)(_annotate)
        cluster: Any = ray
        gpus = int(cluster.cluster_resources().get("GPU", 0))
        actor: Any = ray.remote(_Appraising)
        placed = actor.options(num_cpus=0, num_gpus=1 if gpus else 0, max_concurrency=8)
        self._appraisers: list[Any] = [placed.remote(self._bench, shelf) for _ in range(max(1, gpus))]
        self._turn = itertools.cycle(self._appraisers)

    @cached_property
    def face_model(self) -> FaceModel:
        """Which face detector annotates."""
        return self._shelf.face_model()

    @property
    def appraisal_models(self) -> tuple[ModelRef, ModelRef]:
        """The embedding model and the aesthetic model."""
        return self._about[0]

    @property
    def vocabulary(self) -> str:
        """Digest of the theme vocabulary; empty when the embedder cannot read words."""
        return self._about[1]

    def scan(self, job: ScanJob, progress: Progress) -> ScanRecord:
        """See `workshop.run_scan`; on whichever node has a processor free."""
        progress(0.0)
        record: ScanRecord = _answer(self._scan.remote(job, self._bench))
        return record

    def annotate(self, job: AnnotateJob, progress: Progress) -> AnnotationRecord:
        """See `workshop.run_annotate`; on whichever node has a processor free."""
        progress(0.0)
        record: AnnotationRecord = _answer(self._annotate.remote(job, self._bench))
        return record

    def appraise(self, frames: Sequence[AnnotatedFrame]) -> list[Appraisal]:
        """One appraisal per frame, in order; the actors take turns, and each mixes titles to fill its batches."""
        parts = [frames[first : first + DESK_BATCH] for first in range(0, len(frames), DESK_BATCH)]
        answers = [next(self._turn).appraise.remote(part) for part in parts]
        return [appraisal for answer in answers for appraisal in _answer(answer)]

    def stop(self) -> None:
        """Whoever waits for a task gets an error instead."""
        ray.shutdown()

    def close(self) -> None:
        """Leave the cluster."""
        ray.shutdown()

    @cached_property
    def _about(self) -> tuple[tuple[ModelRef, ModelRef], str]:
        about: tuple[tuple[ModelRef, ModelRef], str] = _answer(self._appraisers[0].about.remote())
        return about


def _answer(reference: Any) -> Any:  # noqa: ANN401  # Ray's references carry no type
    """What the task gave, or the very error that it raised."""
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise (error.cause if isinstance(error.cause, Exception) else error) from None
