"""Single frames of films for the review page, each read in a child process: a film is untrusted there too."""

from __future__ import annotations

import json
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

from artwork.annotate.bars import shot_pictures
from artwork.annotate.embed import Appraiser
from artwork.annotate.faces import open_face_detector
from artwork.annotate.frame import annotate_frame
from artwork.annotate.phash import perceptual_hash
from artwork.domain import AnnotatedFrame, Appraisal, ModelRef, Shot, Timecode, content_id
from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.isolation import Limits, run_isolated
from artwork.film.stills import decode_still, encode_still
from artwork.film.video import DecodeParams, PyAvFrame, PyAvSource, read_frame
from artwork.review.film import Glimpse
from artwork.store.blobs import Blobs
from artwork.store.footage import borrow_footage
from artwork.store.records import TitleRecord
from artwork.workshop import seconds_to_cut

FULL_QUALITY = 92
STILL_SIDE = 640
STILL_QUALITY = 90
LIMITS = Limits(seconds=60.0, stall_seconds=60.0)
"""One frame of a film with an index takes well under a second; one without is decoded from its start."""
REACH_SECONDS = 2
"""How far before an instant its neighbours are looked for: six frames at 3 frames a second."""

LISTING = "frames.json"
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ReadJob:
    """Which frame of which film, and how many on each side; where the pictures go."""

    film: str
    at: Timecode
    each_side: int
    folder: str
    decode: DecodeParams


class FilmReadingDesk:
    """The film desk (port of the review page) over real files. Safe to share between threads."""

    def __init__(
        self, decode: DecodeParams, blobs: Blobs, faces: Path | None, appraisers: Sequence[Appraiser] = ()
    ) -> None:
        """A desk.

        Args:
            decode: how films are read.
            blobs: where stills go.
            faces: the face model's file; the built-in cascades when None.
            appraisers: what this machine can appraise frames with, each by another embedding model.
        """
        self._decode = decode
        self._blobs = blobs
        self._faces = faces
        self._appraisers = {one.embedder.model: one for one in appraisers}

    def full(self, record: TitleRecord, at: Timecode) -> bytes:
        """The frame at full size, as JPEG.

        Raises:
            FilmError: the film cannot be read, or is another one than was scanned.
        """
        return self._read(record, at, 0, read_full)[0].jpeg

    def around(self, record: TitleRecord, at: Timecode, each_side: int) -> list[Glimpse]:
        """The frame at that instant and up to so many before and behind it, in order.

        Raises:
            FilmError: as `full`.
        """
        return self._read(record, at, each_side, read_around)

    def annotated(self, record: TitleRecord, shots: Sequence[Shot], at: Timecode) -> AnnotatedFrame:
        """The frame measured like those of a scan; its still lies in the blobs.

        Its motion is that of a still frame: the decode pass alone could have known it.

        Raises:
            FilmError: as `full`.
            StoreError: the still cannot be kept.
        """
        [glimpse] = self._read(record, at, 0, read_around)
        pixels = decode_still(glimpse.jpeg)
        if record.film is None or record.facts is None or not shots:
            raise StoreError(f"title {record.title.id!r} was never scanned: ingest it first")
        shot = next((one for one in shots if one.start <= glimpse.at < one.end), shots[-1])
        picture = shot_pictures([(shot.number, pixels)], record.facts.picture)[shot.number]
        faces = open_face_detector(self._faces)
        return AnnotatedFrame(
            id=content_id(record.title.id, record.film.digest, glimpse.at.exact),
            shot=shot.number,
            at=glimpse.at,
            seconds_to_cut=seconds_to_cut(glimpse.at, shot),
            still=self._blobs.put(glimpse.jpeg, "jpg"),
            phash=perceptual_hash(pixels, picture),
            annotation=annotate_frame(pixels, motion=0.0, picture=picture, faces=faces),
        )

    def appraised(self, frame: AnnotatedFrame, model: ModelRef) -> Appraisal | None:
        """What that embedding model says of the frame, by its still, as of those of a scan; None where it is not here.

        Raises:
            StoreError: the still is not there.
        """
        appraiser = self._appraisers.get(model)
        if appraiser is None:
            return None
        [found] = appraiser.appraise([frame.id], [decode_still(self._blobs.get(frame.still))], [frame.annotation])
        return found

    def _read(
        self, record: TitleRecord, at: Timecode, each_side: int, work: Callable[[ReadJob, Progress], None]
    ) -> list[Glimpse]:
        with (
            borrow_footage(record.title.location, record.film) as footage,
            tempfile.TemporaryDirectory(prefix="artwork-frames-") as folder,
        ):
            if record.film is not None and footage.file.digest != record.film.digest:
                raise FilmError(record.title.location, FilmReason.UNREADABLE, "another film than was scanned")
            job = ReadJob(footage.path, at, each_side, folder, self._decode)
            run_isolated(work, job, LIMITS, location=record.title.location)
            try:
                return _taken(Path(folder))
            except (OSError, ValueError, TypeError, ZeroDivisionError) as error:
                problem = f"reading it left nothing that holds: {error}"
                raise FilmError(record.title.location, FilmReason.DEFECT, problem) from error


def read_full(job: ReadJob, progress: Progress) -> None:
    """In the child: the frame at full size lies in the folder."""
    pixels = read_frame(job.film, job.at, job.decode)
    _leave(job, [(job.at, encode_still(pixels, FULL_QUALITY))])
    progress(1.0)


def read_around(job: ReadJob, progress: Progress) -> None:
    """In the child: the frame and those beside it lie in the folder, small.

    Raises:
        FilmError: there is no frame at the instant.
    """
    with closing(PyAvSource(job.film, job.decode)) as source:
        early = Timecode(max(0, job.at.pts - int(REACH_SECONDS / job.at.time_base)), job.at.time_base)
        frames = source.frames_between(early if job.each_side else job.at)
        before: deque[tuple[Timecode, bytes]] = deque(maxlen=job.each_side or 1)
        kept: list[tuple[Timecode, bytes]] = []
        for frame in frames:
            if frame.at < job.at:
                before.append(_small(frame))
                continue
            kept = [*(before if job.each_side else ()), _small(frame)]
            break
        kept += [_small(frame) for frame in islice(frames, job.each_side)]
    if not kept:
        raise FilmError(job.film, FilmReason.NO_FRAMES, f"no frame at {job.at}")
    _leave(job, kept)
    progress(1.0)


def _small(frame: PyAvFrame) -> tuple[Timecode, bytes]:
    return frame.at, encode_still(frame.still(STILL_SIDE), STILL_QUALITY)


def _leave(job: ReadJob, made: Sequence[tuple[Timecode, bytes]]) -> None:
    """The frames lie in the folder, and behind them the list of their times.

    Raises:
        StoreError: the folder cannot be written.
    """
    folder = Path(job.folder)
    try:
        for number, (_, jpeg) in enumerate(made):
            (folder / f"{number}.jpg").write_bytes(jpeg)
        (folder / LISTING).write_text(json.dumps([[at.pts, str(at.time_base)] for at, _ in made]), "utf-8")
    except OSError as error:
        raise StoreError(f"cannot write frames to {folder}: {error.strerror or error}") from error


def _taken(folder: Path) -> list[Glimpse]:
    """What the child left: it had read an untrusted film, so it says no names of files."""
    listed = json.loads((folder / LISTING).read_text("utf-8"))
    return [
        Glimpse(Timecode(int(pts), Fraction(str(base))), (folder / f"{number}.jpg").read_bytes())
        for number, (pts, base) in enumerate(listed)
    ]
