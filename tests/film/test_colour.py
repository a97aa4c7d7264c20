"""Code values become sRGB as the standards say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.film.colour import BT2020, HLG, P3_D65, PQ, Colours, guess_matrix, light_to_srgb, yuv_to_srgb

HDR10 = Colours(matrix=BT2020, transfer=PQ, primaries=BT2020, depth=10)
BROADCAST_HDR = Colours(matrix=BT2020, transfer=HLG, primaries=BT2020, depth=10)


def srgb_of(code: tuple[int, int, int], colours: Colours) -> list[int]:
    sample = np.uint8 if colours.depth == 8 else np.uint16
    pixels = yuv_to_srgb(np.full((4, 4, 3), code, sample), colours)
    assert pixels.dtype == np.uint8
    return [int(channel) for channel in pixels[2, 2]]


def grey(light: float, colours: Colours) -> list[int]:
    """SRGB of R' = G' = B' = `light`."""
    pixels = light_to_srgb(np.full((2, 2, 3), light, np.float32), colours)
    return [int(channel) for channel in pixels[0, 0]]


@pytest.mark.parametrize(
    ("code", "colours", "expected"),
    [
        ((16, 128, 128), Colours(), [0, 0, 0]),
        ((235, 128, 128), Colours(), [255, 255, 255]),
        ((126, 128, 128), Colours(), [128, 128, 128]),  # (126 - 16) x 255 / 219 = 128.1
        ((63, 102, 240), Colours(), [255, 0, 0]),  # Y = 16 + 219 x 0.2126, Cb = 128 - 224 x 0.2126 / 1.8556
        ((81, 90, 240), Colours(matrix=6), [255, 0, 0]),  # BT.601: Y = 16 + 219 x 0.299
        ((0, 128, 128), Colours(full_range=True), [0, 0, 0]),
        ((255, 128, 128), Colours(full_range=True), [255, 255, 255]),
        ((100, 128, 128), Colours(full_range=True), [100, 100, 100]),
        ((64, 512, 512), Colours(depth=10), [0, 0, 0]),
        ((940, 512, 512), Colours(depth=10), [255, 255, 255]),
        ((1023, 512, 512), Colours(depth=10), [255, 255, 255]),  # brighter than white stays white
        ((3760, 2048, 2048), Colours(depth=12), [255, 255, 255]),
        ((4, 512, 512), Colours(depth=10), [0, 0, 0]),
    ],
)
def test_known_codes(code: tuple[int, int, int], colours: Colours, expected: list[int]) -> None:
    np.testing.assert_allclose(srgb_of(code, colours), expected, atol=1)


def test_an_unnamed_matrix_is_guessed_from_the_size() -> None:
    assert [guess_matrix(2, *size) for size in ((720, 576), (1280, 720), (960, 720))] == [6, 1, 1]
    assert guess_matrix(9, 720, 576) == 9


def test_pq_below_the_knee_is_as_bright_as_it_was_made() -> None:
    """10 cd/m2 is 0.3014 in PQ, 10 / 203 = 0.0493 of white, and 63 of 255 in sRGB."""
    np.testing.assert_allclose(grey(0.3014, HDR10), [63, 63, 63], atol=1)


def test_pq_black_peak_and_beyond() -> None:
    assert grey(0.0, HDR10) == [0, 0, 0]
    assert grey(0.7518, HDR10) == [255, 255, 255]  # 1,000 cd/m2
    assert grey(1.0, HDR10) == [255, 255, 255]  # 10,000


def test_reference_white_leaves_room_for_highlights() -> None:
    """203 cd/m2: bright, not yet white."""
    assert 215 <= grey(0.5807, HDR10)[0] <= 245


def test_hlg_and_pq_agree_on_reference_white() -> None:
    """HLG 75 % is 203 cd/m2 on a screen of 1,000 (ITU-R BT.2408)."""
    np.testing.assert_allclose(grey(0.75, BROADCAST_HDR), grey(0.5807, HDR10), atol=1)


@pytest.mark.parametrize("colours", [HDR10, BROADCAST_HDR])
@given(lights=st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_brighter_light_is_never_shown_darker_and_grey_stays_grey(colours: Colours, lights: list[float]) -> None:
    shown = [grey(light, colours) for light in sorted(lights)]
    assert all(max(each) - min(each) <= 1 for each in shown)
    assert all(low[0] <= high[0] + 1 for low, high in pairwise(shown))


def test_hdr_colours_keep_their_hue() -> None:
    """A bright orange: red above green above blue, and nothing grey about it."""
    red, green, blue = light_to_srgb(np.array([[[0.70, 0.60, 0.40]]], np.float32), HDR10)[0, 0].astype(int)
    assert red > green + 20 > blue + 60


def test_wide_gamut_sdr_is_narrowed_without_touching_grey() -> None:
    for primaries in (BT2020, P3_D65):
        colours = Colours(primaries=primaries)
        assert grey(0.5, colours) == [128, 128, 128]
        red = light_to_srgb(np.array([[[0.8, 0.2, 0.2]]], np.float32), colours)[0, 0]
        assert red[0] > 204  # the same red is more of sRGB's
        assert red[1] < 51


def test_wide_primaries_make_a_film_not_plain() -> None:
    assert Colours().is_plain
    assert not HDR10.is_plain
    assert not Colours(primaries=BT2020).is_plain
    assert (HDR10.transfer_name, BROADCAST_HDR.transfer_name, Colours().transfer_name) == ("pq", "hlg", "bt709")
