"""A title's own logo: read, trimmed, brought to size; anything else told."""

from __future__ import annotations

import io

import numpy as np
import pytest
from compose_builders import logo_png
from PIL import Image, ImageCms

from artwork.compose.logo import read_logo
from artwork.errors import BadInput


def png(mode: str, size: tuple[int, int], colour: object, **options: object) -> bytes:
    """A PNG of one colour."""
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, "PNG", **options)  # type: ignore[arg-type]
    return target.getvalue()


def test_a_logo_is_trimmed_to_its_ink() -> None:
    """The bar takes two thirds of 300 and a third of 100 pixels."""
    logo = read_logo(logo_png())
    assert logo.pixels.shape == (33, 200, 4)
    assert logo.brightness == pytest.approx(1.0)
    assert logo.aspect == pytest.approx(200 / 33)
    assert read_logo(logo_png((0, 0, 0))).brightness == 0


def test_a_reduced_logo_has_no_dark_rim() -> None:
    """Hidden black beneath transparent pixels does not bleed into white letters."""
    drawn = read_logo(logo_png()).at_size(50, 9)
    inked = drawn[:, :, 3] > 30
    assert drawn[inked][:, :3].min() > 250


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no PNG"),
        (b"<svg onload='alert(1)'/>", "no PNG"),
        (logo_png()[:-40], "broken PNG"),
        (png("RGB", (20, 20), (9, 9, 9)), "no transparent part"),
        (png("RGBA", (20, 20), (9, 9, 9, 0)), "empty"),
        (png("1", (9000, 9000), 0), "reduce it"),
    ],
)
def test_what_is_no_logo_is_told(content: bytes, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        read_logo(content)


def test_a_jpeg_is_no_logo() -> None:
    target = io.BytesIO()
    Image.new("RGB", (20, 20)).save(target, "JPEG")
    with pytest.raises(BadInput, match="no PNG"):
        read_logo(target.getvalue())


def test_a_colour_profile_is_applied_and_a_broken_one_told() -> None:
    """With sRGB's own profile nothing changes."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(io.BytesIO(logo_png((200, 40, 10)))) as plain:
        target, broken = io.BytesIO(), io.BytesIO()
        plain.save(target, "PNG", icc_profile=profile)
        plain.save(broken, "PNG", icc_profile=b"no profile")
    assert (
        np.abs(read_logo(target.getvalue()).pixels.astype(int) - read_logo(logo_png((200, 40, 10))).pixels).max() <= 1
    )
    with pytest.raises(BadInput, match="colour profile"):
        read_logo(broken.getvalue())
