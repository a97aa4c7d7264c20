"""The title on a canvas: legible, in the safe area, off faces; measured on the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from compose_builders import canvas, flat, logo_png, noisy, packaged_fonts

from artwork.compose.contrast import ENOUGH
from artwork.compose.logo import read_logo
from artwork.compose.room import Ground
from artwork.compose.treatment import Billing, TreatmentParams, TreatmentRefusal, treat
from artwork.compose.typefaces import Typefaces
from artwork.compose.values import CanvasRule, PixelBox, Treatment
from artwork.domain import Rgb

WIDE = canvas(16, 9, 640, treatment=True)


@pytest.fixture(scope="module")
def fonts() -> Typefaces:
    return packaged_fonts()


def treated(ground: Ground, billing: Billing, fonts: Typefaces) -> tuple[Rgb, Treatment]:
    """The title on it; it must find room."""
    found = treat(ground, billing, fonts)
    assert not isinstance(found, TreatmentRefusal), found
    return found


def test_on_night_letters_are_white_and_nothing_is_shaded(fonts: Typefaces) -> None:
    ground = Ground(flat(640, 360, 10), WIDE)
    pixels, treatment = treated(ground, Billing("The Last Orbit"), fonts)
    assert (treatment.colour, treatment.scrim) == ("#ffffff", 0)
    assert treatment.contrast > 15
    assert (pixels == 255).all(axis=2).any()


def test_on_snow_letters_are_dark(fonts: Typefaces) -> None:
    _, treatment = treated(Ground(flat(640, 360, 245), WIDE), Billing("Snow"), fonts)
    assert (treatment.colour, treatment.scrim) == ("#101010", 0)


def test_on_busy_ground_a_shade_gives_the_contrast(fonts: Typefaces) -> None:
    """Smooth noise from black to white: no colour of letters does without a shade."""
    pixels, treatment = treated(Ground(noisy(640, 360), WIDE), Billing("The Keeper of Gull Rock"), fonts)
    assert treatment.scrim > 0
    assert treatment.contrast >= ENOUGH
    assert pixels.shape == (360, 640, 3)


def test_the_canvas_handed_in_is_not_painted_on(fonts: Typefaces) -> None:
    ground = Ground(noisy(640, 360), WIDE)
    before = ground.pixels.copy()
    treated(ground, Billing("Sintel"), fonts)
    assert np.array_equal(ground.pixels, before)


def test_no_pixel_of_a_face_changes_and_none_outside_the_safe_area_is_inked(fonts: Typefaces) -> None:
    """A face in the middle of busy ground: the shade and the letters keep off it."""
    face, head = PixelBox(260, 100, 380, 260), PixelBox(236, 30, 404, 280)
    ground = Ground(noisy(640, 360), WIDE, heads=(head,), faces=(face,))
    pixels, treatment = treated(ground, Billing("The Last Orbit"), fonts)
    changed = (pixels != ground.pixels).any(axis=2)
    assert changed.any()
    assert not changed[face.top : face.bottom, face.left : face.right].any()
    assert treatment.box.left >= 0.05 - 1 / 640
    assert treatment.box.left + treatment.box.width <= 0.95 + 1 / 640
    assert treatment.box.top >= 0.05 - 1 / 360
    assert treatment.box.top + treatment.box.height <= 0.95 + 1 / 360


def test_a_long_name_wraps(fonts: Typefaces) -> None:
    name = "What the Meadow Remembers of the Long Summer before the River Came"
    _, treatment = treated(Ground(flat(640, 360, 10), WIDE), Billing(name), fonts)
    assert len(treatment.lines) > 1
    assert " ".join(treatment.lines) == name


def test_a_name_that_finds_no_room_is_refused(fonts: Typefaces) -> None:
    """200 letters without a blank cannot be set at a size that can be read."""
    found = treat(Ground(flat(640, 360, 10), WIDE), Billing("W" * 200), fonts)
    assert isinstance(found, TreatmentRefusal)
    assert found.rule is CanvasRule.NO_ROOM


def test_a_logo_stands_for_the_name(fonts: Typefaces) -> None:
    """The name is kept for the words beside the picture; the aspect is the logo's."""
    logo = read_logo(logo_png())
    pixels, treatment = treated(Ground(flat(640, 360, 30), WIDE), Billing("Bar", "de", logo), fonts)
    assert (treatment.name, treatment.locale, treatment.lines) == ("Bar", "de", ())
    assert treatment.typeface.startswith("logo@")
    assert treatment.contrast >= ENOUGH
    assert treatment.box.width * 640 / (treatment.box.height * 360) == pytest.approx(logo.aspect, rel=0.05)
    assert (pixels == 255).all(axis=2).any()


def test_a_dark_logo_on_night_gets_a_light_shade(fonts: Typefaces) -> None:
    _, treatment = treated(Ground(flat(640, 360, 10), WIDE), Billing("Bar", logo=read_logo(logo_png((0, 0, 0)))), fonts)
    assert treatment.scrim > 0.3
    assert treatment.contrast >= ENOUGH


def test_a_logo_of_middle_grey_that_nothing_sets_off_is_refused(fonts: Typefaces) -> None:
    """Aimed at 5.2, luminance 0.2 reaches 0.25 / 0.052 = 4.8 on the darkest shade at most."""
    logo = read_logo(logo_png((124, 124, 124)))
    found = treat(Ground(flat(640, 360, 200), WIDE), Billing("Grey", logo=logo), fonts)
    assert isinstance(found, TreatmentRefusal)
    assert (found.rule, found.limit) == (CanvasRule.LOW_CONTRAST, TreatmentParams().contrast)
    assert found.value < found.limit
