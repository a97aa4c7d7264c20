"""The stages of a title as functions that any engine can run: a job in, a record out.

    scan      decode once: shots and sampled stills           in a child process, the film is untrusted
    annotate  measure every still, tell cards from content     in a child process, for a core of its own
    embed     vectors, themes, aesthetic                       where the model is, batched over titles
    select    refusals and the short list                      anywhere

A stage takes what it needs by value, and its output depends on nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from artwork.annotate.bars import shot_pictures
from artwork.annotate.cards import CardParams, classify_shots
from artwork.annotate.embed import EmbedParams
from artwork.annotate.faces import YuNetParams, open_face_detector
from artwork.annotate.frame import AnnotationParams, annotate_frame
from artwork.annotate.haar import HaarParams
from artwork.annotate.phash import perceptual_hash
from artwork.domain import AnnotatedFrame, ModelRef, Rgb, SampledFrame, Shot, Timecode, content_id
from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.isolation import Limits, run_isolated
from artwork.film.quick import QuickParams
from artwork.film.sampling import SamplingParams
from artwork.film.scan import Progress, QuickFilm, Scan, scan_film, scan_quickly
from artwork.film.shots import ShotParams, open_detector
from artwork.film.stills import decode_still, encode_still
from artwork.film.video import DecodeParams, PyAvSource
from artwork.ports import ShotDetector
from artwork.select.rules import RuleParams
from artwork.select.shortlist import ShortlistParams
from artwork.spool import ScanRecord, read_annotated, read_scan, still_path, write_annotated, write_scan, write_still
from artwork.store.blobs import Blobs

STAGE_VERSION = 3
"""Raised when a stage's code changes what it makes: stored results of older code are then made anew."""


@dataclass(frozen=True, slots=True)
class ScanJob:
    """What a scan depends on. `film` is a local path; `digest` names its content."""

    title_id: str
    film: str
    digest: str
    mode: Literal["full", "quick"] = "full"
    decode: DecodeParams = field(default_factory=DecodeParams)
    shots: ShotParams = field(default_factory=ShotParams)
    sampling: SamplingParams = field(default_factory=SamplingParams)
    quick: QuickParams = field(default_factory=QuickParams)

    @property
    def fingerprint(self) -> str:
        """Equal for jobs whose outcome is equal."""
        decode = replace(self.decode, threads=1)  # more threads are faster, not different
        quick = self.quick if self.mode == "quick" else None
        return content_id(
            "scan", STAGE_VERSION, self.title_id, self.digest, self.mode, decode, self.shots, self.sampling, quick
        )


@dataclass(frozen=True, slots=True)
class FaceModel:
    """The face detector of a run: its model file (empty: the built-in cascades) and what it calls itself."""

    path: str
    model: ModelRef


@dataclass(frozen=True, slots=True)
class AnnotateJob:
    """What annotation depends on: the scan, and the face detector."""

    title_id: str
    record: ScanRecord
    scan_fingerprint: str
    faces: FaceModel
    yunet: YuNetParams = field(default_factory=YuNetParams)
    haar: HaarParams = field(default_factory=HaarParams)
    annotation: AnnotationParams = field(default_factory=AnnotationParams)
    cards: CardParams = field(default_factory=CardParams)

    @property
    def fingerprint(self) -> str:
        """Equal for jobs whose outcome is equal."""
        params = (self.yunet, self.haar, self.annotation, self.cards)
        return content_id("annotate", STAGE_VERSION, self.scan_fingerprint, self.faces.model, *params)


@dataclass(frozen=True, slots=True)
class StageParams:
    """The params of all stages, defaults included."""

    scan: Literal["full", "quick"] = "full"
    decode: DecodeParams = field(default_factory=DecodeParams)
    shots: ShotParams = field(default_factory=ShotParams)
    sampling: SamplingParams = field(default_factory=SamplingParams)
    quick: QuickParams = field(default_factory=QuickParams)
    yunet: YuNetParams = field(default_factory=YuNetParams)
    haar: HaarParams = field(default_factory=HaarParams)
    annotation: AnnotationParams = field(default_factory=AnnotationParams)
    cards: CardParams = field(default_factory=CardParams)
    embed: EmbedParams = field(default_factory=EmbedParams)
    rules: RuleParams = field(default_factory=RuleParams)
    shortlist: ShortlistParams = field(default_factory=ShortlistParams)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a stage works: pictures go to the blob store, scratch files under `spool` (empty: the system's)."""

    blobs: Blobs
    limits: Limits
    spool: str = ""


@dataclass(frozen=True, slots=True)
class AnnotationRecord:
    """The outcome of annotation: every sampled frame measured, every shot named by what it is for."""

    shots: tuple[Shot, ...]
    frames: tuple[AnnotatedFrame, ...]


def run_scan(job: ScanJob, bench: Bench, progress: Progress) -> ScanRecord:
    """Shots and sampled frames of a film; its stills are in the blob store.

    Raises:
        FilmError: nothing of the film could be used.
        StoreError: the spool or the blobs cannot be written.
    """
    with _spool(bench) as folder:
        run_isolated(_scan_in_child, (job, folder), bench.limits, progress, location=job.film)
        with _made_by_child(job.film):
            record = read_scan(folder)
        try:
            # The names come from a process that read an untrusted film: they lead nowhere else.
            stills = [(folder / Path(frame.still).name) for frame in record.frames]
            frames = tuple(
                replace(frame, still=bench.blobs.put(still.read_bytes(), ".jpg"))
                for frame, still in zip(record.frames, stills, strict=True)
            )
        except OSError as error:
            raise FilmError(job.film, FilmReason.CRASHED, f"a still is missing: {error.strerror}") from error
        return replace(record, frames=frames)


def run_annotate(job: AnnotateJob, bench: Bench, progress: Progress) -> AnnotationRecord:
    """Every sampled frame with its annotation, and the shots with their kinds.

    Raises:
        FilmError: the measuring itself ran over its limits.
        StoreError: the spool cannot be written, or a still cannot be read.
    """
    with _spool(bench) as folder:
        run_isolated(_annotate_in_child, (job, bench.blobs, folder), bench.limits, progress, location=job.title_id)
        with _made_by_child(job.title_id):
            frames = tuple(read_annotated(folder))
    length_seconds = job.record.shots[-1].end.seconds
    shots = classify_shots(job.record.shots, frames, duration_seconds=length_seconds, params=job.cards)
    return AnnotationRecord(shots, frames)


def _scan_in_child(work: tuple[ScanJob, Path], progress: Progress) -> None:
    job, folder = work

    def keep(ordinal: int, pixels: Rgb) -> None:
        write_still(folder, ordinal, encode_still(pixels, job.sampling.jpeg_quality))

    def detector() -> ShotDetector:
        return open_detector(job.shots)

    if job.mode == "quick":
        found = scan_quickly(QuickFilm(job.film, job.decode, job.quick), detector, job.sampling, keep, progress)
    else:
        with closing(PyAvSource(job.film, job.decode)) as source:
            found = scan_film(source, detector(), job.sampling, keep, progress)
    write_scan(folder, _record(job, found))


def _record(job: ScanJob, found: Scan) -> ScanRecord:
    frames = tuple(
        SampledFrame(
            id=content_id(job.title_id, job.digest, instant.at.exact),
            shot=shot.number,
            at=instant.at,
            seconds_to_cut=seconds_to_cut(instant.at, shot),
            still=still_path(Path(), instant.ordinal).name,
            signals=instant.signals,
            motion=instant.motion,
        )
        for instant, shot in found.instants
    )
    problem = str(found.problem) if found.problem else ""
    return ScanRecord(found.facts, found.frame_count, found.shots, frames, problem)


def seconds_to_cut(at: Timecode, shot: Shot) -> float:
    """Distance to the nearer end of the shot's clear part; negative inside a transition."""
    return float(min(at.exact - shot.clear_start.exact, shot.clear_end.exact - at.exact))


def _annotate_in_child(work: tuple[AnnotateJob, Blobs, Path], progress: Progress) -> None:
    job, blobs, folder = work
    faces = open_face_detector(Path(job.faces.path) if job.faces.path else None, job.yunet, job.haar)
    sampled = job.record.frames

    def still(frame: SampledFrame) -> Rgb:
        return decode_still(blobs.get(frame.still))

    pictures = shot_pictures(
        ((frame.shot, still(frame)) for frame in sampled), job.record.facts.picture, job.annotation.bars
    )

    def annotated() -> Iterator[AnnotatedFrame]:
        for done, frame in enumerate(sampled, start=1):
            pixels, picture = still(frame), pictures[frame.shot]
            annotation = annotate_frame(
                pixels, motion=frame.motion, picture=picture, faces=faces, params=job.annotation
            )
            yield AnnotatedFrame(
                frame.id,
                frame.shot,
                frame.at,
                frame.seconds_to_cut,
                frame.still,
                perceptual_hash(pixels, picture),
                annotation,
            )
            progress(done / len(sampled))

    write_annotated(folder, annotated())


@contextmanager
def _made_by_child(location: str) -> Iterator[None]:
    """A record that does not hold costs its title: the child that wrote it had read an untrusted film."""
    try:
        yield
    except StoreError as error:
        raise FilmError(location, FilmReason.DEFECT, str(error)) from error


@contextmanager
def _spool(bench: Bench) -> Iterator[Path]:
    """A folder of its own for one child, gone afterwards."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="artwork-", dir=bench.spool or None, ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(f"cannot make a folder in {bench.spool or tempfile.gettempdir()}: {error.strerror}") from error
    with folder as path:
        yield Path(path)
