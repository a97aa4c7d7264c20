"""A title from film to short list, readable top to bottom.

Four stages, each recorded in one transaction with the fingerprint of what made it. A stage whose fingerprint stands
in the catalogue is not done again; recording one removes what the stages behind it had left. So a run that was
killed goes on where it was, and a changed setting costs only the stages behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    Candidate,
    ModelRef,
    Refusal,
    SampledFrame,
    ShotKind,
    Title,
    TitleStatus,
    content_id,
)
from artwork.errors import FilmError, StoreError, UnknownTitle
from artwork.select.rules import refusals
from artwork.select.shortlist import shortlist
from artwork.spool import ScanRecord
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.footage import Footage, borrow_footage
from artwork.store.lease import Lease
from artwork.store.records import FilmFile, Scan, Selection, Stage
from artwork.wording import also
from artwork.workshop import STAGE_VERSION, AnnotateJob, AnnotationRecord, FaceModel, ScanJob, StageParams

Tell = Callable[[str, str, float], None]
"""Called with (title id, stage, share done 0 to 1)."""


class Engine(Protocol):
    """Runs the stages somewhere: on this machine, or on a cluster."""

    @property
    def face_model(self) -> FaceModel:
        """Which face detector annotates."""
        ...

    @property
    def appraisal_models(self) -> tuple[ModelRef, ModelRef]:
        """The embedding model and the aesthetic model."""
        ...

    @property
    def vocabulary(self) -> str:
        """Digest of the theme vocabulary; empty when the embedder cannot read words."""
        ...

    def scan(self, job: ScanJob, progress: Callable[[float], None]) -> ScanRecord:
        """See `workshop.run_scan`."""
        ...

    def annotate(self, job: AnnotateJob, progress: Callable[[float], None]) -> AnnotationRecord:
        """See `workshop.run_annotate`."""
        ...

    def appraise(self, frames: Sequence[AnnotatedFrame]) -> list[Appraisal]:
        """One appraisal per frame, in order."""
        ...

    def stop(self) -> None:
        """Whoever waits for an answer gets an error instead."""
        ...


@dataclass(frozen=True, slots=True)
class TitleReport:
    """How the ingest of one title ended.

    seconds: the time it took here, kept nowhere. error: why the film was refused, for callers in Python.
    """

    title: str
    status: TitleStatus
    reason: str = ""
    shots: int = 0
    frames: int = 0
    candidates: int = 0
    seconds: float = 0.0
    error: FilmError | None = None

    def as_row(self) -> dict[str, object]:
        """The report as a program reads it."""
        return {
            "title": self.title,
            "status": str(self.status),
            "reason": self.reason,
            "shots": self.shots,
            "frames": self.frames,
            "candidates": self.candidates,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """What all titles of a run share."""

    catalog: Catalog
    blobs: Blobs
    engine: Engine
    params: StageParams
    tell: Tell
    """Whatever it raises stops the title where it is: nothing is recorded of the stage."""
    scratch: str | None = None
    """Folder for films that are fetched; the system's when None."""


def ingest_title(title: Title, run: Run) -> TitleReport | None:
    """The title is in the catalogue, from its film to its candidates; None when another process works on it.

    A film that cannot be read is a report with status REFUSED; what an earlier reading left stays whole.
    """
    lease = run.catalog.acquire(title.id)
    if lease is None:
        return None
    started = time.monotonic()
    with lease:
        try:
            with borrow_footage(title.location, _known_file(run.catalog, title), run.scratch) as footage:
                report = _Work(title, footage, lease, run).do()
        except FilmError as raised:
            # The film may have been read from a copy of it: what counts is the place that was given.
            error = FilmError(title.location, raised.reason, raised.detail)
            run.catalog.record_refused_title(lease, title, str(error))
            report = TitleReport(title.id, TitleStatus.REFUSED, str(error), error=error)
    return replace(report, seconds=time.monotonic() - started)


def _known_file(catalog: Catalog, title: Title) -> FilmFile | None:
    try:
        return catalog.title(title.id).film
    except UnknownTitle:
        return None


def _makeshift(candidates: Sequence[Candidate], refused: Sequence[Refusal]) -> str:
    """What a film of which nothing passed has to say; empty where a frame did."""
    against = [refusal for refusal in refused if refusal.frame_id in {candidate.frame_id for candidate in candidates}]
    return f"every frame was refused, the fallback is the least bad: {also(against[:1])}" if against else ""


class _StillsLost(Exception):
    """The catalogue names stills that the blobs do not hold any more."""


class _Work:
    """One title, its film at hand, its lease held."""

    def __init__(self, title: Title, footage: Footage, lease: Lease, run: Run) -> None:
        self.title = title
        self.footage = footage
        self.lease = lease
        self.catalog = run.catalog
        self.blobs = run.blobs
        self.engine = run.engine
        self.params = run.params
        self.tell: Callable[[str], Callable[[float], None]] = lambda stage: (
            lambda share: run.tell(title.id, stage, share)
        )
        self.changed = self.scanned = False

    def do(self) -> TitleReport:
        self.catalog.record_title(self.lease, self.title)
        try:
            self.stages()
        except _StillsLost:
            self.stages(anew=True)
        record = self.catalog.title(self.title.id)
        candidates = self.catalog.candidates(self.title.id)
        return TitleReport(
            self.title.id,
            record.outcome if self.changed and record.outcome else TitleStatus.UNCHANGED,
            record.reason or _makeshift(candidates, self.catalog.refusals(self.title.id)),
            shots=len(self.catalog.shots(self.title.id)),
            frames=sum(1 for _ in self.catalog.scanned_frames(self.title.id)),
            candidates=len(candidates),
        )

    def stages(self, *, anew: bool = False) -> None:
        fingerprint = self.scan(anew=anew)
        fingerprint = self.annotate(fingerprint)
        fingerprint = self.embed(fingerprint)
        self.select(fingerprint)
        if not self.changed:
            self.look_for_stills({candidate.frame_id for candidate in self.catalog.candidates(self.title.id)})

    def look_for_stills(self, only: Collection[str] | None = None) -> None:
        """The stills of these frames, of all when None, lie in the blobs; those just scanned are known to.

        Raises:
            _StillsLost: one does not.
        """
        for frame in () if self.scanned else self.catalog.scanned_frames(self.title.id):
            if (only is None or frame.id in only) and not self.blobs.exists(frame.still):
                raise _StillsLost

    def is_done(self, stage: Stage, fingerprint: str) -> bool:
        done = self.catalog.stage_fingerprint(self.title.id, stage) == fingerprint
        self.changed |= not done
        return done

    def scan(self, *, anew: bool) -> str:
        params = self.params
        job = ScanJob(
            self.title.id,
            self.footage.path,
            self.footage.file.digest,
            params.scan,
            params.decode,
            params.shots,
            params.sampling,
            params.quick,
        )
        if not self.is_done(Stage.SCAN, job.fingerprint) or anew:
            record = self.engine.scan(job, self.tell("scan"))
            problem = record.problem.replace(self.footage.path, self.title.location)
            scan = Scan(self.footage.file, record.facts, record.shots, problem)
            self.catalog.record_scan(self.lease, self.title, scan, record.frames, job.fingerprint)
            self.scanned = True
        return job.fingerprint

    def annotate(self, scanned: str) -> str:
        params = self.params
        job = AnnotateJob(
            self.title.id,
            self.read_scan(),
            scanned,
            self.engine.face_model,
            params.yunet,
            params.haar,
            params.annotation,
            params.cards,
        )
        if not self.is_done(Stage.ANNOTATE, job.fingerprint):
            self.look_for_stills()
            found = self.engine.annotate(job, self.tell("annotate"))
            self.catalog.record_annotations(self.lease, job.faces.model, found.shots, found.frames, job.fingerprint)
        return job.fingerprint

    def read_scan(self) -> ScanRecord:
        record = self.catalog.title(self.title.id)
        if record.facts is None:
            raise StoreError(f"title {self.title.id!r}: its scan was recorded without facts")
        shots = tuple(replace(shot, kind=ShotKind.CONTENT) for shot in self.catalog.shots(self.title.id))
        sampled: tuple[SampledFrame, ...] = tuple(self.catalog.scanned_frames(self.title.id))
        return ScanRecord(record.facts, len(sampled), shots, sampled, record.reason)

    def embed(self, annotated: str) -> str:
        embed_model, aesthetic_model = self.engine.appraisal_models
        fingerprint = content_id(
            "embed", STAGE_VERSION, annotated, embed_model, aesthetic_model, self.engine.vocabulary
        )
        if not self.is_done(Stage.EMBED, fingerprint):
            self.look_for_stills()
            self.tell("embed")(0.0)
            appraised = self.engine.appraise(tuple(self.catalog.frames(self.title.id)))
            self.catalog.record_appraisals(self.lease, embed_model, aesthetic_model, appraised, fingerprint)
        return fingerprint

    def select(self, embedded: str) -> None:
        params = self.params
        fingerprint = content_id("select", STAGE_VERSION, embedded, params.rules, params.shortlist)
        if self.is_done(Stage.SELECT, fingerprint):
            return
        self.tell("select")(0.0)
        frames = tuple(self.catalog.frames(self.title.id))
        shots = self.catalog.shots(self.title.id)
        refused = refusals(frames, shots, params.rules)
        chosen = shortlist(frames, tuple(self.catalog.appraisals(self.title.id)), refused, shots, params.shortlist)
        reason = self.catalog.title(self.title.id).reason
        outcome = TitleStatus.PARTIAL if reason else TitleStatus.OK
        self.catalog.record_selection(self.lease, Selection(refused, chosen, outcome, reason), fingerprint)
