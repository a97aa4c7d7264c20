"""A film at hand: a local file with the digest of its content, fetched first when it lies in a store."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec

from artwork.errors import FilmError, FilmReason
from artwork.store.records import FilmFile


@dataclass(frozen=True, slots=True)
class Footage:
    """A film's bytes on this machine, and what names them."""

    path: str
    file: FilmFile


@contextmanager
def borrow_footage(location: str, known: FilmFile | None = None, scratch: str | None = None) -> Iterator[Footage]:
    """The film's bytes, while the block lasts.

    Args:
        location: a local path, or the URL of a store that fsspec knows (s3://, gs://, memory:// ...).
        known: what an earlier run remembered of it.
        scratch: folder for films that are fetched; the system's when None.

    Raises:
        FilmError: it cannot be read.
    """
    if "://" not in location:
        yield _local_footage(location, known)
        return
    with tempfile.TemporaryDirectory(prefix="artwork-footage-", dir=scratch) as folder:
        path = Path(folder) / "film"
        try:
            with fsspec.open(location, "rb") as remote, path.open("wb") as copy:
                while chunk := remote.read(1 << 20):
                    copy.write(chunk)
        except FileNotFoundError as error:
            raise FilmError(location, FilmReason.UNREADABLE, "no such file") from error
        except (OSError, ValueError, ImportError) as error:
            raise FilmError(location, FilmReason.UNREADABLE, str(error)) from error
        yield Footage(str(path), FilmFile(_digest(location, path), path.stat().st_size))


def _local_footage(location: str, known: FilmFile | None) -> Footage:
    path = Path(location)
    try:
        stat = path.stat()
    except OSError as error:
        raise FilmError(location, FilmReason.UNREADABLE, error.strerror or str(error)) from error
    if not path.is_file():
        raise FilmError(location, FilmReason.UNREADABLE, "not a file")
    unchanged = known is not None and (known.size_bytes, known.modified_ns) == (stat.st_size, stat.st_mtime_ns)
    digest = known.digest if known is not None and unchanged else _digest(location, path)
    return Footage(location, FilmFile(digest, stat.st_size, stat.st_mtime_ns))


def _digest(location: str, path: Path) -> str:
    try:
        with path.open("rb") as film:
            return hashlib.file_digest(film, "sha256").hexdigest()
    except OSError as error:
        raise FilmError(location, FilmReason.UNREADABLE, error.strerror or str(error)) from error
