"""Light, colour, detail and palette of pictures whose measures can be worked out by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.annotate.detail import detail, noise
from artwork.annotate.metrics import colourfulness, measure_visual
from artwork.annotate.palette import palette
from artwork.domain import Box, Luma, PaletteColour, Rgb


def flat(red: int, green: int, blue: int, height: int = 90, width: int = 160) -> Rgb:
    return np.full((height, width, 3), (red, green, blue), np.uint8)


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> Rgb:
    return np.concatenate([flat(*left), flat(*right)], axis=1)


def tiles_of_noise(seed: int = 1, cell: int = 16) -> Luma:
    """Flat 16 px cells of random luma: sharp edges everywhere, in both directions alike."""
    cells = np.random.default_rng(seed).integers(20, 236, (360 // cell, 640 // cell), dtype=np.uint8)
    return np.repeat(np.repeat(cells, cell, axis=0), cell, axis=1)


def blobs() -> Luma:
    """Black and white shapes with edges in every direction."""
    rough = np.random.default_rng(2).integers(0, 256, (360, 640), dtype=np.uint8)
    return np.where(blurred(rough, 6.0) > 127, 220, 30).astype(np.uint8)


def blurred(luma: Luma, sigma: float) -> Luma:
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), sigma), np.uint8)


def test_a_flat_grey_picture_has_brightness_and_nothing_else() -> None:
    seen = measure_visual(flat(128, 128, 128), motion=0.0)
    assert seen.brightness == pytest.approx(128 / 255)
    assert (seen.contrast, seen.colourfulness, seen.sharpness, seen.noise, seen.motion_blur) == (0, 0, 0, 0, 0)
    assert (seen.clipped_shadows, seen.clipped_highlights) == (0, 0)
    assert seen.palette == (PaletteColour("#808080", 1.0),)


def test_half_black_half_white_has_the_greatest_contrast_and_is_clipped_throughout() -> None:
    """Luma is 0 or 1, each in half of the pixels: mean 0.5, standard deviation 0.5."""
    seen = measure_visual(halves((0, 0, 0), (255, 255, 255)), motion=0.0)
    assert seen.brightness == pytest.approx(0.5)
    assert seen.contrast == pytest.approx(0.5)
    assert (seen.clipped_shadows, seen.clipped_highlights) == (0.5, 0.5)


def test_colourfulness_is_the_published_formula() -> None:
    """Red and green halves: R - G is +-255 (mean 0, deviation 255), (R + G) / 2 - B is 127.5 throughout.

    So M3 = 255 + 0.3 * 127.5 = 293.25, and 293.25 / 255 = 1.15.
    """
    assert colourfulness(halves((255, 0, 0), (0, 255, 0))) == pytest.approx(1.15)


def test_bars_take_no_part() -> None:
    """A white picture between black bars is as bright as a white picture."""
    still = flat(0, 0, 0, height=120)
    still[15:105] = 250
    seen = measure_visual(still, motion=0.0, picture=Box(0, 0.125, 1, 0.75))
    assert seen.brightness == pytest.approx(250 / 255)
    assert seen.clipped_shadows == 0


@pytest.mark.parametrize(("sigma", "expected"), [(1.0, 1 / 2), (2.0, 1 / 3), (4.0, 1 / 5)])
def test_sharpness_tells_the_blur_of_an_edge_in_pixels(sigma: float, expected: float) -> None:
    """At 640 px width an edge of blur s has sharpness 1 / (1 + s)."""
    edges = np.zeros((360, 640), np.uint8)
    edges[:, 64:128] = edges[:, 320:384] = 200
    assert detail(blurred(edges, sigma), 0.0).sharpness == pytest.approx(expected, abs=0.06)


def test_sharpness_does_not_depend_on_contrast() -> None:
    """The same picture at a third of the contrast, as at night, is as sharp."""
    day = blurred(tiles_of_noise(), 1.5)
    night = (day // 3).astype(np.uint8)
    assert detail(night, 0.0).sharpness == pytest.approx(detail(day, 0.0).sharpness, abs=0.05)


def test_a_sharp_subject_before_a_soft_background_is_sharp() -> None:
    """A fifth of the picture in focus is enough."""
    picture = blurred(tiles_of_noise(), 6.0)
    picture[120:280, 250:410] = tiles_of_noise()[120:280, 250:410]
    assert detail(picture, 0.0).sharpness > 0.6
    assert detail(blurred(tiles_of_noise(), 6.0), 0.0).sharpness < 0.25


def test_noise_is_measured_in_its_own_unit() -> None:
    """Grain of 5 steps of 255, on a flat ground and on one with edges."""
    grain = np.random.default_rng(7).normal(0, 5, (360, 640))
    for ground in (np.full((360, 640), 128, np.uint8), tiles_of_noise(cell=40)):
        grainy = np.clip(ground + grain, 0, 255).astype(np.uint8)
        assert noise(grainy) == pytest.approx(5 / 255, rel=0.2)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120])
def test_a_smear_along_the_movement_is_motion_blur(angle: int) -> None:
    """Twelve pixels of smear, in any direction; without movement, or without direction, it is none."""
    reach = np.linspace(-6, 6, 49)
    kernel = np.zeros((15, 15), np.float32)
    rows = np.round(7 + reach * np.sin(np.radians(angle))).astype(int)
    columns = np.round(7 + reach * np.cos(np.radians(angle))).astype(int)
    np.add.at(kernel, (rows, columns), 1 / len(reach))
    smeared = np.asarray(cv2.filter2D(blobs(), -1, kernel), np.uint8)
    assert detail(smeared, 0.05).motion_blur > 0.12
    assert detail(smeared, 0.0).motion_blur == 0
    assert detail(blobs(), 0.05).motion_blur < 0.05
    assert detail(blurred(blobs(), 3.0), 0.05).motion_blur < 0.05


def test_the_palette_lists_colours_by_share() -> None:
    """Three quarters blue, one quarter yellow."""
    picture = flat(0, 0, 200)
    picture[:, :40] = (220, 220, 0)
    assert palette(picture) == (PaletteColour("#0000c8", 0.75), PaletteColour("#dcdc00", 0.25))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_every_measure_of_any_picture_is_in_range(height: int, width: int, seed: int) -> None:
    """Nothing fails on tiny or odd pictures; shares of the palette add up to 1, largest first."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    seen = measure_visual(pixels, motion=0.2)
    for measure in ("brightness", "contrast", "sharpness", "noise", "motion_blur", "clipped_shadows"):
        assert 0 <= getattr(seen, measure) <= 1, measure
    shares = [colour.share for colour in seen.palette]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert seen == measure_visual(pixels, motion=0.2)
