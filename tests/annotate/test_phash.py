"""The perceptual hash: alike pictures are near, others far."""

from __future__ import annotations

import re

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from artwork.annotate.phash import hash_distance, perceptual_hash
from artwork.domain import Box, Rgb


def clouds(seed: int) -> Rgb:
    """Soft random shapes."""
    rough = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (320, 180), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_distance_counts_the_bits_that_differ() -> None:
    """0x1 and 0x8 differ in two bits, 0x0 and 0xff in eight."""
    assert hash_distance("0" * 15 + "1", "0" * 15 + "8") == 2
    assert hash_distance("0" * 16, "0" * 14 + "ff") == 8


def test_the_same_picture_smaller_darker_and_compressed_stays_near() -> None:
    picture = clouds(1)
    small = np.asarray(cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA), np.uint8)
    darker = (picture * 0.8).astype(np.uint8)
    packed = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    for copy in (small, darker, np.asarray(packed, np.uint8)):
        assert hash_distance(perceptual_hash(picture), perceptual_hash(copy)) <= 4


def test_unrelated_and_mirrored_pictures_are_far() -> None:
    """About half of the 64 bits differ."""
    one = perceptual_hash(clouds(1))
    assert hash_distance(one, perceptual_hash(clouds(2))) > 16
    assert hash_distance(one, perceptual_hash(np.ascontiguousarray(clouds(1)[:, ::-1]))) > 16


def test_bars_do_not_change_the_hash() -> None:
    still = np.zeros((240, 320, 3), np.uint8)
    still[30:210] = clouds(3)
    assert perceptual_hash(still, Box(0, 0.125, 1, 0.75)) == perceptual_hash(clouds(3))


def test_flat_pictures_have_no_frequencies() -> None:
    assert perceptual_hash(np.zeros((90, 160, 3), np.uint8)) == "0" * 16
    assert perceptual_hash(np.full((90, 160, 3), 77, np.uint8)) == "0" * 16


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_a_hash_is_sixteen_hex_digits_at_no_distance_from_itself(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    digits = perceptual_hash(pixels)
    assert re.fullmatch("[0-9a-f]{16}", digits)
    assert hash_distance(digits, digits) == 0
