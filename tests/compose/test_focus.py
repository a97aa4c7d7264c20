"""Heads from faces, the picture inside the bars, and a reviewer's point."""

from __future__ import annotations

import numpy as np
import pytest
from compose_builders import annotation, canvas, flat, noisy

from artwork.compose.crop import CropRefusal, find_crops
from artwork.compose.focus import find_focus, picture_pixels
from artwork.compose.values import CanvasRule, PixelBox
from artwork.domain import Box, Face


def test_a_head_is_more_than_its_face() -> None:
    """A face of 0.2 by 0.4 grows by 0.45 and 0.12 of its height and by 0.2 of its width on either side."""
    focus = find_focus(flat(200, 100), annotation((Face(Box(0.4, 0.3, 0.2, 0.4), 0.9),)))
    head = focus.heads[0].box
    assert (head.left, head.top, head.width, head.height) == pytest.approx((0.36, 0.12, 0.28, 0.628))


def test_a_head_ends_with_the_picture() -> None:
    """Bars of a fifth above and below: no part of a head lies on them."""
    pixels = flat(200, 100)
    pixels[:20] = pixels[80:] = 16
    seen = annotation((Face(Box(0.4, 0.25, 0.2, 0.5), 0.9),), picture=Box(0, 0.2, 1, 0.6))
    head = find_focus(pixels, seen).heads[0].box
    assert head.top == pytest.approx(0.2, abs=0.02)
    assert head.top + head.height == pytest.approx(0.8, abs=0.02)


def test_gaze_follows_the_nose() -> None:
    """The nose a tenth of the face right of the eyes' middle: 0.6 to the right. Without landmarks: unknown, 0."""
    marks = ((0.45, 0.4), (0.55, 0.4), (0.52, 0.5), (0.46, 0.6), (0.54, 0.6))
    focus = find_focus(flat(200, 100), annotation((Face(Box(0.4, 0.3, 0.2, 0.4), 0.9, landmarks=marks),)))
    assert focus.heads[0].gaze == pytest.approx(0.6)
    assert focus.heads[0].eyes == pytest.approx((0.5, 0.4))
    assert find_focus(flat(200, 100), annotation((Face(Box(0.4, 0.3, 0.2, 0.4), 0.9),))).heads[0].gaze == 0


def test_nobody_there() -> None:
    focus = find_focus(noisy(200, 100), annotation())
    assert focus.heads == ()
    assert focus.text == ()
    assert focus.picture == PixelBox(0, 0, 200, 100)


def test_bars_that_were_measured_a_row_short_are_found() -> None:
    """Bars of 20 rows, blended at the edge, measured as 19: the picture begins at row 21, past the blend."""
    pixels = noisy(400, 200)
    pixels[:20] = pixels[180:] = 16
    pixels[20] = pixels[179] = 60
    found = picture_pixels(pixels, Box(0, 0.095, 1, 0.81))
    assert found.top >= 20
    assert found.bottom <= 180
    assert (pixels[found.top].max(axis=1) > 30).mean() > 0.9


def test_a_dark_picture_without_bars_is_left_whole() -> None:
    assert picture_pixels(flat(300, 200, 5)) == PixelBox(0, 0, 300, 200)


def test_a_dark_picture_inside_bars_is_left_as_measured() -> None:
    """Night beside black bars: where the dark goes on, it is the picture's."""
    assert picture_pixels(flat(300, 200, 5), Box(0, 0.1, 1, 0.8)) == PixelBox(0, 20, 300, 180)


def test_an_empty_picture_is_one_pixel() -> None:
    """Whatever was measured, a crop has something to lie in."""
    assert picture_pixels(flat(30, 20), Box(1, 1, 0, 0)) == PixelBox(29, 19, 30, 20)
    assert find_crops(find_focus(flat(30, 20), annotation(picture=Box(1, 1, 0, 0))), canvas(1, 1, 100)) == CropRefusal(
        CanvasRule.UPSCALED, 100.0, 1.25
    )


def test_a_point_outside_is_an_error() -> None:
    with pytest.raises(ValueError, match="focal point"):
        find_focus(flat(20, 10), annotation(), (1.2, 0.5))


def test_text_on_the_bars_does_not_count() -> None:
    """A subtitle on the lower bar will not be seen: nothing has to avoid it."""
    pixels = noisy(200, 100)
    pixels[80:] = 16
    focus = find_focus(pixels, annotation(text=(Box(0.2, 0.9, 0.6, 0.05),), picture=Box(0, 0, 1, 0.8)))
    assert focus.text == ()
    assert np.isfinite(focus.salient).all()
