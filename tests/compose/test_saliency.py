"""What stands out: something, where something is; evenly spread, where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from compose_builders import flat, noisy

from artwork.compose.saliency import held, salience


def test_a_lone_patch_stands_out() -> None:
    """A bright patch on grey: its quarter of the picture holds most of what stands out."""
    pixels = flat(320, 180, 90)
    pixels[30:60, 40:80] = 250
    found = held(salience(pixels), np.array([[0.0, 0.0, 0.5, 0.5]]))
    assert found[0] > 0.6


def test_colour_alone_stands_out() -> None:
    """Red and grey of one luma: only colour tells them apart."""
    pixels = flat(320, 180, 105)
    pixels[120:150, 240:280] = (220, 60, 60)
    assert held(salience(pixels), np.array([[0.5, 0.5, 1.0, 1.0]]))[0] > 0.5


def test_nothing_there() -> None:
    """A flat picture: alike to the left and to the right."""
    left, right = held(salience(flat(320, 180)), np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1]], float))
    assert left == pytest.approx(0.5, abs=1e-6)
    assert right == pytest.approx(0.5, abs=1e-6)


def test_a_share_by_hand() -> None:
    """Four cells of a quarter each: three quarters of the width hold three quarters, half a cell counts half."""
    even = np.full((2, 2), 0.25, np.float32)
    edges = np.array([[0, 0, 1, 1], [0, 0, 0.75, 1], [0.25, 0.25, 0.75, 0.75], [0.5, 0.5, 0.5, 0.5]], float)
    assert held(even, edges).tolist() == pytest.approx([1.0, 0.75, 0.25, 0.0])


def test_it_sums_to_one_and_is_the_same_each_time() -> None:
    pixels = noisy(333, 187)
    assert salience(pixels).sum() == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(salience(pixels), salience(pixels))
