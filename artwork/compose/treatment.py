"""The title on a canvas: set in type or as its own logo, in free room, with measured contrast."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from artwork.compose.contrast import halo, luminance, worst_ratio
from artwork.compose.lettering import UNIT, Block, set_name
from artwork.compose.logo import Logo
from artwork.compose.room import Ground, RoomParams, Shape, Spot, find_room
from artwork.compose.scrim import ScrimParams, shade_field, shaded, weakest
from artwork.compose.typefaces import Typefaces
from artwork.compose.values import CanvasRule, PixelBox, Treatment
from artwork.domain import Box, Luma, Rgb

MIDDLE = 0.18
"""Luminance as far from black as from white, by the ratio: 0.23 / 0.05 = 1.05 / 0.23."""


_COLOUR = re.compile("#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
LEAST_REACH = 4
"""Pixels around small letters that count as their ground: what the eye, and a smaller width, takes together."""


@dataclass(frozen=True, slots=True)
class Billing:
    """How a title is announced in one language: by its name, or by its own logo in place of the letters."""

    name: str
    locale: str = ""
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class TreatmentParams:
    """Settings of the title on a canvas.

    contrast: the ratio that is aimed at: encoding moves pixels, and what is measured after it is still 4.5 or more.
    reach: how far around letters the ground is measured, in sizes. steps: sizes tried, from the largest to the
    smallest. most_lines: of a name. light, dark: the two colours of letters. favour_light: how much more may be seen
    of a shade so that letters stay light, as on most artwork; a light shade counts double besides, since it looks like
    haze. shade_weight: what it costs, against the weights of `RoomParams`, that a shade turns the picture wholly from
    white to black. ragged: what uneven lines and torn words cost, against the
    weights of `RoomParams`.
    """

    contrast: float = 5.2
    reach: float = 0.08
    steps: int = 12
    most_lines: int = 4
    light: str = "#ffffff"
    dark: str = "#101010"
    favour_light: float = 0.15
    shade_weight: float = 1.6
    ragged: float = 0.4
    room: RoomParams = field(default_factory=RoomParams)
    scrim: ScrimParams = field(default_factory=ScrimParams)

    def __post_init__(self) -> None:
        for colour in (self.light, self.dark):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"{colour!r} is no colour: give one such as #f0e8d8")
        if not 1 <= self.contrast <= 21 or self.steps < 1 or self.most_lines < 1 or not 0 <= self.reach <= 1:
            raise ValueError(f"contrast is 1 to 21, reach 0 to 1, steps and most_lines at least 1, not {self}")


@dataclass(frozen=True, slots=True)
class TreatmentRefusal:
    """Why a title cannot stand on a picture: the rule, what was measured, what the rule allows."""

    rule: CanvasRule
    value: float
    limit: float


def treat(
    ground: Ground, billing: Billing, typefaces: Typefaces, params: TreatmentParams | None = None
) -> tuple[Rgb, Treatment] | TreatmentRefusal:
    """The canvas with the title on it, and how it stands there; or why it cannot.

    Raises:
        UnfitName: nothing in the name can be seen, or it is too long.
        GlyphMissing: no font has one of its letters.
        ShapingMissing: the name needs shaping, and there is no raqm.
    """
    params = params or TreatmentParams()
    if billing.logo is not None:
        return _treat_with_logo(ground, billing, billing.logo, params)
    blocks = set_name(billing.name, typefaces, billing.locale, params.most_lines)
    return _treat_with_name(ground, billing, blocks, params)


def _treat_with_name(
    ground: Ground, billing: Billing, blocks: Sequence[Block], params: TreatmentParams
) -> tuple[Rgb, Treatment] | TreatmentRefusal:
    short = min(ground.size)
    sizes = np.geomspace(params.room.largest, params.room.smallest, params.steps) * short
    set_at = [(block, float(size)) for block in blocks for size in sizes]
    shapes = [
        Shape(block.width * size / UNIT, block.height * size / UNIT, params.ragged * block.raggedness)
        for block, size in set_at
    ]

    def inked(spot: Spot) -> _Ink:
        block, size = set_at[spot.shape]
        middle = (spot.left + shapes[spot.shape].width / 2) / ground.size[0]
        ink = block.ink(size, 0.0 if middle < 0.42 else 1.0 if middle > 0.58 else 0.5)
        return _Ink(ink, _placed(ink.shape, spot, ground.size), max(LEAST_REACH, round(params.reach * size)))

    letters = [_luminance_of(params.light), _luminance_of(params.dark)]
    found = _settled(ground, find_room(ground, shapes, params.room), inked, letters, params)
    if found is None:
        return TreatmentRefusal(CanvasRule.NO_ROOM, 0.0, params.room.smallest)
    if isinstance(found, TreatmentRefusal):
        return found
    block, colour = set_at[found.spot.shape][0], params.dark if found.is_dark else params.light
    pixels, contrast = _shaded_for(ground, found, params.scrim)
    return _inked(pixels, found.ink, np.array(_channels(colour), np.float32)), Treatment(
        name=billing.name,
        locale=billing.locale,
        lines=tuple(line.text for line in block.lines),
        box=_fractions(found.ink.place, ground.size),
        typeface=block.typeface,
        colour=colour,
        contrast=contrast,
        scrim=found.strength,
    )


def _treat_with_logo(
    ground: Ground, billing: Billing, logo: Logo, params: TreatmentParams
) -> tuple[Rgb, Treatment] | TreatmentRefusal:
    width, height = ground.size
    tallest = np.geomspace(3 * params.room.largest, params.room.logo_smallest, params.steps) * min(width, height)
    shapes = [Shape(float(tall) * logo.aspect, float(tall)) for tall in tallest]

    def drawn(spot: Spot) -> NDArray[np.uint8]:
        shape = shapes[spot.shape]
        return logo.at_size(max(1, round(shape.width)), max(1, round(shape.height)))

    def inked(spot: Spot) -> _Ink:
        ink = np.ascontiguousarray(drawn(spot)[:, :, 3])
        reach = max(LEAST_REACH, round(params.reach * shapes[spot.shape].height / 2))
        return _Ink(ink, _placed(ink.shape, spot, ground.size), reach)

    found = _settled(ground, find_room(ground, shapes, params.room), inked, [logo.brightness], params)
    if found is None:
        return TreatmentRefusal(CanvasRule.NO_ROOM, 0.0, params.room.logo_smallest)
    if isinstance(found, TreatmentRefusal):
        return found
    pixels, contrast = _shaded_for(ground, found, params.scrim)
    return _inked(pixels, found.ink, drawn(found.spot)[:, :, :3].astype(np.float32)), Treatment(
        name=billing.name,
        locale=billing.locale,
        lines=(),
        box=_fractions(found.ink.place, ground.size),
        typeface=f"logo@{logo.digest[:12]}",
        colour="",
        contrast=contrast,
        scrim=found.strength,
    )


@dataclass(frozen=True, slots=True)
class _Ink:
    """Where ink covers the canvas, and how far around it the ground is measured, in pixels."""

    cover: Luma
    place: PixelBox
    reach: int

    def around(self, size: tuple[int, int]) -> tuple[PixelBox, NDArray[np.bool_]]:
        """A box of the canvas about the ink, and which pixels of it the letters are told from."""
        place, near = self.place, _grown(self.place, self.reach, size)
        wide = np.zeros((near.height, near.width), np.uint8)
        wide[place.top - near.top :, place.left - near.left :][: place.height, : place.width] = self.cover
        return near, halo(wide, self.reach)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A place with ink in it: letters of this luminance, on a shade of this grey and strength.

    merit: of the place, less what is seen of the shade.
    """

    spot: Spot
    ink: _Ink
    letters: float
    grey: int
    strength: float
    merit: float

    @property
    def is_dark(self) -> bool:
        """Light letters stand on a dark shade, dark ones on a light shade: the other way round they would drown."""
        return self.letters <= MIDDLE


def _settled(
    ground: Ground,
    spots: Sequence[Spot],
    inked: Callable[[Spot], _Ink],
    letters: Sequence[float],
    params: TreatmentParams,
) -> _Setting | TreatmentRefusal | None:
    """The place, and the letters there, that serve best; why none does where there are places; None where none is."""
    best: _Setting | None = None
    reachable = 0.0
    for spot in spots:
        if best is not None and spot.merit <= best.merit:
            break  # a shade only costs, and places come the best first
        ink = inked(spot)
        near, around = ink.around(ground.size)
        beneath = ground.pixels[near.top : near.bottom, near.left : near.right][around]
        for colour in letters:
            found = _set_in(spot, ink, beneath, colour, params)
            if found is None:
                grey = params.scrim.light if colour <= MIDDLE else params.scrim.dark
                reachable = max(reachable, worst_ratio(shaded(beneath, params.scrim.strongest, grey), colour))
            elif best is None or found.merit > best.merit:
                best = found
    if best is None and spots:
        return TreatmentRefusal(CanvasRule.LOW_CONTRAST, reachable, params.contrast)
    return best


def _set_in(spot: Spot, ink: _Ink, beneath: Rgb, letters: float, params: TreatmentParams) -> _Setting | None:
    """Letters of this luminance, on the weakest shade that lets them stand out; None where none does."""
    is_dark = letters <= MIDDLE
    grey = params.scrim.light if is_dark else params.scrim.dark
    strength = weakest(beneath, letters, grey, params.contrast, params.scrim.strongest)
    if strength is None:
        return None
    seen = strength * float(np.abs(beneath.astype(np.float32) - grey).mean()) / 255
    cost = 2 * seen + params.favour_light if is_dark else seen
    return _Setting(spot, ink, letters, grey, strength, spot.merit - params.shade_weight * cost)


def _shaded_for(ground: Ground, setting: _Setting, params: ScrimParams) -> tuple[Rgb, float]:
    """A copy of the canvas with the shade beneath the letters, and the contrast that they have there."""
    near, around = setting.ink.around(ground.size)
    if setting.strength == 0:
        pixels = ground.pixels.copy()
    else:
        field = shade_field(ground.size, near, ground.faces, params)
        pixels = shaded(ground.pixels, field[:, :, None] * setting.strength, setting.grey)
    beneath = pixels[near.top : near.bottom, near.left : near.right][around]
    return pixels, round(worst_ratio(beneath, setting.letters), 3)


def _placed(shape: tuple[int, ...], spot: Spot, size: tuple[int, int]) -> PixelBox:
    """Where the ink comes to lie, by whole pixels."""
    left = max(0, min(round(spot.left), size[0] - shape[1]))
    top = max(0, min(round(spot.top), size[1] - shape[0]))
    return PixelBox(left, top, left + shape[1], top + shape[0])


def _inked(pixels: Rgb, ink: _Ink, colour: NDArray[np.float32]) -> Rgb:
    """The canvas with ink on it, in one colour or in that of each pixel."""
    place = ink.place
    cut = pixels[place.top : place.bottom, place.left : place.right]
    cover = ink.cover[:, :, None].astype(np.float32) / 255
    cut[:] = np.asarray(cut * (1 - cover) + colour * cover + 0.5, np.uint8)
    return pixels


def _grown(box: PixelBox, by: int, size: tuple[int, int]) -> PixelBox:
    return PixelBox(
        max(0, box.left - by), max(0, box.top - by), min(size[0], box.right + by), min(size[1], box.bottom + by)
    )


def _fractions(box: PixelBox, size: tuple[int, int]) -> Box:
    return Box(box.left / size[0], box.top / size[1], box.width / size[0], box.height / size[1])


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance_of(colour: str) -> float:
    return float(luminance(np.array(_channels(colour), np.uint8)))
