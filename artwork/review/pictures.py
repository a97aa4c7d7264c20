"""Pictures for the page: stills in the size that is shown, made once and kept while the page runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np

from artwork.domain import Rgb
from artwork.errors import StoreError
from artwork.store.blobs import Blobs

WIDTHS = (320, 640)
"""Pixels across: of a tile, and of a large tile (stills are 640)."""
QUALITY = 84
KEPT_BYTES = 96 * 2**20
"""Pictures in memory: about 8,000 tiles."""


class Pictures:
    """Pictures by what they were made from. Safe to share between threads."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def tile(self, key: str, width: int) -> bytes:
        """The JPEG of a still, so many pixels wide; never enlarged.

        Raises:
            StoreError: there is no such still, or it is damaged.
        """
        return self.kept(f"{width}/{key}", lambda: narrowed(self._blobs.get(key), width))

    def kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What was made under that name, made now if it was not."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = make()
        self.keep(name, made)
        return made

    def keep(self, name: str, made: bytes) -> None:
        """The picture is at hand under that name, until newer ones need its room."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = made
                self._size += len(made)
            while self._size > KEPT_BYTES and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])


def narrowed(jpeg: bytes, width: int) -> bytes:
    """A JPEG at most so many pixels wide; the same bytes where it is not wider.

    Raises:
        StoreError: the bytes are no picture.
    """
    pixels = decoded(jpeg)
    height, whole = pixels.shape[:2]
    if whole <= width:
        return jpeg
    size = (width, max(1, round(height * width / whole)))
    return encoded(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8))


def decoded(jpeg: bytes) -> Rgb:
    """(height, width, 3) uint8, RGB.

    Raises:
        StoreError: the bytes are no picture.
    """
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise StoreError(f"{len(jpeg)} bytes of the blob store are not a picture")
    return np.asarray(pixels, np.uint8)


def encoded(pixels: Rgb, quality: int = QUALITY) -> bytes:
    """JPEG bytes of a picture."""
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise StoreError(f"a picture of {pixels.shape} cannot be encoded as JPEG")
    return jpeg.tobytes()
