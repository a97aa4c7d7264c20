"""The engine of one machine: child processes decode and measure, one desk appraises for all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from artwork.annotate.embed import Appraiser, EmbedParams, open_aesthetics, open_embedder, open_themes
from artwork.annotate.faces import open_face_detector
from artwork.desk import AppraisalDesk
from artwork.domain import AnnotatedFrame, Appraisal, ModelRef
from artwork.film.scan import Progress
from artwork.film.stills import decode_still
from artwork.spool import ScanRecord
from artwork.store.weights import Weights
from artwork.workshop import AnnotateJob, AnnotationRecord, Bench, FaceModel, ScanJob, run_annotate, run_scan

FACE_MODEL = "yunet_640"
DESK_BATCH = 32
"""Frames a desk collects for one call; the embedder divides them further to what its device likes."""


@dataclass(frozen=True, slots=True)
class ModelShelf:
    """Which models this run uses: found once, the same on every machine of a batch."""

    weights: Weights
    embed: EmbedParams

    def face_model(self) -> FaceModel:
        """The face model's verified file, or none: then the built-in cascades run."""
        path = self.weights.find(FACE_MODEL)
        return FaceModel(str(path or ""), open_face_detector(path).model)

    def appraiser(self) -> Appraiser:
        """The embedder with the aesthetic head and the themes that fit it."""
        embedder = open_embedder(self.embed)
        head = self.weights.aesthetic_head(embedder.model.name)
        return Appraiser(embedder, open_aesthetics(embedder, head), open_themes(embedder))


class LocalEngine:
    """Implements `ingest.Engine` on this machine. Any number of threads may use it; close it at the end.

    The models are opened when the first title needs to know them, and once.
    """

    def __init__(self, bench: Bench, shelf: ModelShelf) -> None:
        self._bench = bench
        self._shelf = shelf
        self._opening = threading.Lock()
        self._desk: AppraisalDesk | None = None

    @cached_property
    def face_model(self) -> FaceModel:
        """Which face detector annotates."""
        return self._shelf.face_model()

    @property
    def appraisal_models(self) -> tuple[ModelRef, ModelRef]:
        """The embedding model and the aesthetic model."""
        return self._appraiser.embedder.model, self._appraiser.scorer.model

    @property
    def vocabulary(self) -> str:
        """Digest of the theme vocabulary; empty when the embedder cannot read words."""
        return self._appraiser.themes.digest if self._appraiser.themes else ""

    def scan(self, job: ScanJob, progress: Progress) -> ScanRecord:
        """See `workshop.run_scan`."""
        return run_scan(job, self._bench, progress)

    def annotate(self, job: AnnotateJob, progress: Progress) -> AnnotationRecord:
        """See `workshop.run_annotate`."""
        return run_annotate(job, self._bench, progress)

    def appraise(self, frames: Sequence[AnnotatedFrame]) -> list[Appraisal]:
        """One appraisal per frame, in order."""
        with self._opening:
            if self._desk is None:
                read = self._bench.blobs.get
                self._desk = AppraisalDesk(self._appraiser, lambda key: decode_still(read(key)), DESK_BATCH)
        return self._desk.appraise(frames)

    def stop(self) -> None:
        """Whoever waits at the desk gets an error instead. A child ends when its progress is not listened to."""
        with self._opening:
            if self._desk is not None:
                self._desk.drop()

    def close(self) -> None:
        """Let go of the models."""
        if self._desk is not None:
            self._desk.close()

    @cached_property
    def _appraiser(self) -> Appraiser:
        return self._shelf.appraiser()
