"""What a title's child process hands back: plain JSON lines and pictures in a folder, never pickles.

The child decodes an untrusted film; its parent therefore reads nothing of it but these files, each checked against
the domain as it is read.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from artwork.domain import AnnotatedFrame, FilmFacts, SampledFrame, Shot
from artwork.errors import StoreError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """The outcome of a scan. `problem` is empty, or says in one line where and why the film broke off."""

    facts: FilmFacts
    frame_count: int
    shots: tuple[Shot, ...]
    frames: tuple[SampledFrame, ...]
    problem: str = ""


@functools.cache
def _scan_reader() -> TypeAdapter[ScanRecord]:
    # Loaded by those who read: the child, who only writes, does without its 0.06 s.
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(ScanRecord)


@functools.cache
def _annotated_reader() -> TypeAdapter[AnnotatedFrame]:
    from pydantic import TypeAdapter  # noqa: PLC0415  # likewise

    return TypeAdapter(AnnotatedFrame)


def _encoded(record: ScanRecord | AnnotatedFrame) -> bytes:
    """One line of JSON; fractions as `1/24`."""
    return json.dumps(asdict(record), default=str, ensure_ascii=False).encode()


def write_scan(folder: Path, record: ScanRecord) -> None:
    """Leave the record in the spool.

    Raises:
        StoreError: the spool cannot be written.
    """
    with _writing(folder):
        (folder / "scan.json").write_bytes(_encoded(record))


def read_scan(folder: Path) -> ScanRecord:
    """The record that the child left.

    Raises:
        StoreError: the child left none, or one that does not hold.
    """
    try:
        return _scan_reader().validate_json((folder / "scan.json").read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"the scan left no usable record: {error}") from error


def still_path(folder: Path, ordinal: int) -> Path:
    """Where the still of that ordinal lies."""
    return folder / f"{ordinal:07d}.jpg"


def write_still(folder: Path, ordinal: int, jpeg: bytes) -> None:
    """Leave a still in the spool.

    Raises:
        StoreError: the spool cannot be written.
    """
    with _writing(folder):
        still_path(folder, ordinal).write_bytes(jpeg)


def write_annotated(folder: Path, frames: Iterable[AnnotatedFrame]) -> None:
    """Leave annotated frames in the spool, one JSON line each, as they come.

    Raises:
        StoreError: the spool cannot be written.
    """
    with _writing(folder), (folder / "annotated.jsonl").open("wb") as lines:
        for frame in frames:
            lines.write(_encoded(frame) + b"\n")


def read_annotated(folder: Path) -> Iterator[AnnotatedFrame]:
    """The annotated frames that the child left, one at a time.

    Raises:
        StoreError: the child left none, or a line does not hold.
    """
    try:
        with (folder / "annotated.jsonl").open("rb") as lines:
            for line in lines:
                yield _annotated_reader().validate_json(line)
    except (OSError, ValueError) as error:
        raise StoreError(f"the annotation left no usable record: {error}") from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # the disk is full or gone: no film is at fault
        raise StoreError(f"cannot write to {folder}: {error.strerror or error}") from error
