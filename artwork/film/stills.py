"""Stills: sampled pictures as JPEG bytes, and back."""

from __future__ import annotations

import cv2
import numpy as np

from artwork.domain import Rgb
from artwork.errors import StoreError


def encode_still(pixels: Rgb, quality: int) -> bytes:
    """JPEG bytes of a picture; the same picture gives the same bytes."""
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise StoreError(f"a picture of {pixels.shape} cannot be encoded as JPEG")
    return encoded.tobytes()


def decode_still(encoded: bytes) -> Rgb:
    """(height, width, 3) uint8 RGB of a JPEG.

    Raises:
        StoreError: the bytes are not a picture.
    """
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise StoreError(f"{len(encoded)} bytes of the blob store are not a picture")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
