"""A file as UTF-8, whatever bytes are in it: what is none reads as U+FFFD, so that a row of it is found and told of."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO


class Utf8Stream(io.RawIOBase):
    """The bytes of a file, made UTF-8, read forwards."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all for -1; none at the end."""
        if size < 0:
            told, self._rest = self._rest + self._decoder.decode(self._file.read(), final=True).encode(), b""
            return told
        while not self._rest:
            found = self._file.read(size)
            self._rest = self._decoder.decode(found, final=not found).encode()
            if not found:
                break
        told, self._rest = self._rest[:size], self._rest[size:]
        return told

    def close(self) -> None:
        """The file is closed too."""
        self._file.close()
        super().close()
