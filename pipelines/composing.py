"""Pictures of one title composed in a child process: the film is opened once, read at full size, and never trusted.

The child leaves files, and for each candidate a listing that is whole or absent; what it has finished is taken over
while it still works, so that a film which breaks off, or a run that is killed, costs no candidate that was done.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from artwork.compose.composition import Approved, ComposeParams, Compositor
from artwork.compose.focus import Point
from artwork.compose.treatment import Billing
from artwork.compose.values import Canvas, CanvasRefusal, Rendition
from artwork.domain import FrameAnnotation, Rgb, Timecode, content_id
from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.frames import read_frames
from artwork.film.isolation import Limits, run_isolated
from artwork.film.video import DecodeParams
from artwork.store.blobs import Blobs
from artwork.store.records import CanvasRecord, FileRecord

Progress = Callable[[float], None]
_MADE = TypeAdapter(list[CanvasRecord])


@dataclass(frozen=True, slots=True)
class Sitting:
    """A candidate, and the canvases that are to be made of it."""

    candidate_id: str
    frame_id: str
    at: Timecode
    annotation: FrameAnnotation = field(repr=False)
    point: Point | None
    canvases: tuple[Canvas, ...]


@dataclass(frozen=True, slots=True)
class ComposeJob:
    """What of which film is composed; the billings are those that can be set."""

    film: str
    title: str
    sittings: tuple[Sitting, ...]
    billings: tuple[Billing, ...]
    params: ComposeParams
    decode: DecodeParams


@dataclass(frozen=True, slots=True)
class Studio:
    """Where composing happens: finished files go to the blobs, unfinished ones below `scratch`."""

    blobs: Blobs
    limits: Limits
    scratch: str | None = None

    def compose(
        self, job: ComposeJob, finished: Callable[[Sitting, list[CanvasRecord]], None], progress: Progress
    ) -> None:
        """Every sitting was composed, and `finished` told of it once its files lay in the blobs.

        Raises:
            FilmError: the film cannot be read, or broke off: sittings that were told of are whole.
            StoreError: the blobs, or the unfinished files, cannot be written.
        """
        with ExitStack() as stack:
            with _writing(self.scratch):
                room = tempfile.TemporaryDirectory(prefix="artwork-compose-", dir=self.scratch)
            name = stack.enter_context(room)
            folder, left = Path(name), dict(enumerate(job.sittings))

            def take() -> None:
                for number in [one for one in left if _listing(folder, one).exists()]:
                    finished(left[number], self._taken(folder, number, left[number], job.film))
                    del left[number]

            def heard(share: float) -> None:
                take()
                progress(share)

            try:
                run_isolated(compose_in_child, (job, name), self.limits, heard, location=job.film)
            finally:
                take()
            if left:
                raise FilmError(job.film, FilmReason.CRASHED, f"{len(left)} pictures were not made")

    def _taken(self, folder: Path, number: int, sitting: Sitting, film: str) -> list[CanvasRecord]:
        """What the child made of a sitting; it had read an untrusted film, so nothing it says is believed unchecked."""
        try:
            made = _MADE.validate_json(_listing(folder, number).read_bytes())
            if len({(one.canvas, one.locale) for one in made}) != len(made):
                raise ValueError("it lists a canvas twice")  # noqa: TRY301  # told as what it reads is told
            for place, record in enumerate(made):
                contents = [_file(folder, number, place, one).read_bytes() for one in record.files]
                _check(record, contents, sitting)
                for one, content in zip(record.files, contents, strict=True):
                    self.blobs.put(content, one.format)
                    _file(folder, number, place, one).unlink()
        except (OSError, ValueError) as error:
            raise FilmError(film, FilmReason.DEFECT, f"composing left nothing that holds: {error}") from error
        return made


def _check(record: CanvasRecord, contents: list[bytes], sitting: Sitting) -> None:
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    said = [(one.digest, one.size_bytes) for one in record.files]
    sound = said == list(zip(digests, map(len, contents), strict=True))
    named = record.rendition == (content_id(*digests) if digests else "")
    mine = record.candidate == sitting.candidate_id and record.canvas in {one.name for one in sitting.canvases}
    blurred = not contents or record.placeholder.startswith("data:image/webp;base64,")
    if not (sound and named and mine and blurred):
        raise ValueError(f"what it lists as {record.canvas!r} is not what it made")


def compose_in_child(work: tuple[ComposeJob, str], progress: Progress) -> None:
    """In the child: for each sitting its files, and behind them their listing, lie in the folder.

    Raises:
        FilmError: the film cannot be read, or broke off.
        StoreError: the folder cannot be written.
    """
    job, name = work
    folder = Path(name)
    compositor = Compositor.open(job.params)
    by_time: dict[Timecode, list[int]] = {}
    for number, sitting in enumerate(job.sittings):
        by_time.setdefault(sitting.at, []).append(number)
    steps, done = sum(len(one.canvases) for one in job.sittings) or 1, 0
    for at, pixels in read_frames(job.film, list(by_time), job.decode):
        for number in by_time[at]:
            made = []
            for place, record in enumerate(_composed(compositor, job, job.sittings[number], pixels, folder, number)):
                made.append(record)
                progress(min(1.0, (done + (place + 1) / max(1, len(job.billings))) / steps) * 0.99)
            done += len(job.sittings[number].canvases)
            beside = folder / f"{number}.part"
            with _writing(name):
                beside.write_bytes(_MADE.dump_json(made))
                beside.rename(_listing(folder, number))
    progress(1.0)


def _composed(
    compositor: Compositor, job: ComposeJob, sitting: Sitting, pixels: Rgb, folder: Path, number: int
) -> Iterator[CanvasRecord]:
    approved = Approved(sitting.candidate_id, sitting.frame_id, sitting.at, pixels, sitting.annotation, sitting.point)
    found = compositor.compose(approved, sitting.canvases, job.billings, job.title)
    for place, outcome in enumerate(found):
        if isinstance(outcome, CanvasRefusal):
            yield refused(outcome)
            continue
        record = _kept(outcome)
        with _writing(str(folder)):
            for one, file in zip(outcome.files, record.files, strict=True):
                _file(folder, number, place, file).write_bytes(one.content)
        yield record


@contextmanager
def _writing(place: str | None) -> Iterator[None]:
    """A disk that is full or read-only is the store's trouble: neither the film's nor a defect of ours."""
    try:
        yield
    except OSError as error:
        folder = place or tempfile.gettempdir()
        raise StoreError(f"cannot write unfinished pictures to {folder}: {error.strerror or error}") from error


def refused(refusal: CanvasRefusal) -> CanvasRecord:
    """The record of a canvas that the candidate does not fit."""
    return CanvasRecord(
        refusal.candidate_id, refusal.canvas, refusal.locale, "", rule=refusal.rule.value, reason=refusal.in_words
    )


def _kept(rendition: Rendition) -> CanvasRecord:
    facts: dict[str, object] = {"crop": str(rendition.crop), **asdict(rendition.crop.loss)}
    if rendition.treatment is not None:
        treatment = asdict(rendition.treatment)
        facts |= {name: treatment[name] for name in ("typeface", "colour", "contrast", "scrim", "lines")}
        facts["title_box"] = list(treatment["box"].values())
    files = tuple(
        FileRecord(one.width, one.height, one.format, one.digest, len(one.content)) for one in rendition.files
    )
    return CanvasRecord(
        rendition.candidate_id,
        rendition.canvas,
        rendition.locale,
        "",
        rendition.id,
        files,
        rendition.placeholder,
        rendition.alt,
        facts=facts,
    )


def _listing(folder: Path, number: int) -> Path:
    return folder / f"{number}.json"


def _file(folder: Path, number: int, place: int, file: FileRecord) -> Path:
    """Named by numbers alone, and by a format that is one of ours: nothing leads out of the folder."""
    return folder / f"{number}-{place}-{int(file.width)}.{'jpeg' if file.format not in _FORMATS else file.format}"


_FORMATS = ("avif", "webp", "jpeg")
