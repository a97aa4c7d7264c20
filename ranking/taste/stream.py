"""A file as UTF-8, whatever bytes are in it: what is none reads as U+FFFD, so that a row of it is found and told of."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = b"\x1f\x8b"
_ENDS = b"\r\n"


def utf8_of(file: Path) -> Utf8Stream:
    """The text of a file, unpacked where it is gzip's, whatever it is called.

    Raises:
        OSError: it cannot be opened.
    """
    with file.open("rb") as opened:
        packed = opened.read(len(_GZIP)) == _GZIP
    return Utf8Stream(cast("BinaryIO", gzip.open(file)) if packed else file.open("rb"))


class Utf8Stream(io.RawIOBase):
    """The bytes of a file, made UTF-8, read forwards: without a byte order mark, the last line ended like the others.

    A file that begins with the mark of UTF-16 is read as that, any other one as UTF-8.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = None
        self._rest = b""
        self._last = _ENDS[-1:]
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """How many bytes there are now in the buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while not self._rest and not self._ended:
            self._rest = self._more(len(view))
        told, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(told)] = told
        return len(told)

    def _more(self, size: int) -> bytes:
        size, found = max(size, len(codecs.BOM_UTF16)), b""
        while len(found) < size and not self._ended:
            read = self._file.read(size - len(found))
            self._ended, found = not read, found + read
        if self._decoder is None:
            wide = found.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
        told = self._decoder.decode(found, final=self._ended).encode()
        self._last = told[-1:] or self._last
        return told if not self._ended or self._last in _ENDS else told + b"\n"

    def close(self) -> None:
        """The file is closed too."""
        self._file.close()
        super().close()
