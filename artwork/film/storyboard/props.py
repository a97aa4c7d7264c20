"""Painted cut-outs of single things: worlds, crafts, people in silhouette, lamps, windows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from artwork.film.storyboard.pigments import Floats, Picture, Sheet, cut_out, drawn, fractal, glow, light

Shape = Sequence[tuple[float, float]]


def _coloured(sheet: Sheet, parts: Sequence[tuple[Floats, Sequence[Shape]]]) -> Picture:
    """Polygons over one another, each group in its colour."""
    shades = np.zeros((sheet.height, sheet.width, 3), np.float32)
    alpha = np.zeros((sheet.height, sheet.width), np.float32)
    for shade, shapes in parts:
        cover = drawn(sheet, shapes)
        shades += cover[..., None] * (shade - shades)
        alpha = np.maximum(alpha, cover)
    return cut_out(np.where(alpha[..., None] > 0, shades / np.maximum(alpha, 1e-3)[..., None], 0), alpha)


def _oval(x: float, y: float, wide: float, tall: float, turn: float = 0.0) -> Shape:
    """An ellipse as a polygon of 40 corners; wide and tall are half axes."""
    angles = [2 * math.pi * step / 40 for step in range(40)]
    c, s = math.cos(turn), math.sin(turn)
    points = [(wide * math.cos(angle), tall * math.sin(angle)) for angle in angles]
    return [(x + c * dx - s * dy, y + s * dx + c * dy) for dx, dy in points]


def orb(picture: Picture, sun: tuple[float, float, float] = (-0.62, -0.56, 0.78)) -> Picture:
    """A square picture wrapped on a ball, lit from (right, down, towards us), with a thin bright rim of air."""
    side = picture.shape[0]
    at = np.linspace(-1.03, 1.03, side, dtype=np.float32)
    x, y = at[None, :], at[:, None]
    far = np.sqrt(x * x + y * y)
    bulge = np.where(far < 1, np.arcsin(np.minimum(far, 1)) / (math.pi / 2) / np.maximum(far, 1e-4), 1)
    columns = np.asarray((x * bulge * 0.9 * 0.5 + 0.5) * (side - 1), np.float32)
    lines = np.asarray((y * bulge * 0.9 * 0.5 + 0.5) * (side - 1), np.float32)
    skin = np.asarray(cv2.remap(picture[..., :3], columns, lines, cv2.INTER_LINEAR), np.float32)
    height = np.sqrt(np.maximum(1 - far * far, 0))
    lit = np.clip((x * sun[0] + y * sun[1] + height * sun[2]), 0.02, 1)
    rim = np.clip(1 - np.abs(far - 0.985) * 22, 0, 1) * np.clip(lit * 1.6, 0, 1)
    shades = skin * lit[..., None] + rim[..., None] * light(90, 120, 150)
    return cut_out(shades, np.clip((1 - far) * side / 2, 0, 1))


def planet(sheet: Sheet) -> Picture:
    """Colours low, high, band: a lit world; amount is how banded it is."""
    low, high, band = sheet.inks("#1d3d6b", "#7fb2c9", "#f0e6d2")
    relief = fractal(sheet.height, sheet.height, sheet.chance, cells=3, octaves=7)[..., None]
    rows = np.linspace(0, 26, sheet.height, dtype=np.float32)[:, None, None] + relief * 5
    belts = (np.sin(rows) * 0.5 + 0.5) * sheet.amount
    skin = low + (high - low) * np.clip(relief * 1.6 - 0.3, 0, 1) + (band - low) * belts * 0.6
    return orb(np.clip(skin, 0, 255).astype(np.uint8))


def moon(sheet: Sheet) -> Picture:
    """Colours dark, light: a cratered disc; amount of craters."""
    dark, light = sheet.inks("#6f6f76", "#f3efe2")
    side = sheet.height
    relief = fractal(side, side, sheet.chance, cells=3, octaves=7)
    for _ in range(round(90 * sheet.amount)):
        x, y, radius = (
            sheet.chance.random() * side,
            sheet.chance.random() * side,
            0.012 / (sheet.chance.random() + 0.13),
        )
        pit = np.zeros((side, side), np.float32)
        cv2.circle(pit, (int(x), int(y)), max(1, int(radius * side)), (0.22,), -1, cv2.LINE_AA)
        step = max(1, side // 160)
        relief += np.roll(pit, (-step, -step), (0, 1)) * 0.6 - pit
    skin = dark + (light - dark) * np.clip(relief * 0.8 + 0.35, 0, 1)[..., None]
    return orb(np.clip(skin, 0, 255).astype(np.uint8), (-0.25, -0.25, 1.05))


def balloon(sheet: Sheet) -> Picture:
    """Colours stripe, stripe, basket: a hot-air balloon."""
    one, other, wood = sheet.inks("#e4572e", "#ffe9b8", "#8a5a33")
    ball = np.asarray(
        drawn(sheet, [[*_oval(0.5, 0.34, 0.46, 0.33)], [(0.12, 0.5), (0.88, 0.5), (0.6, 0.76), (0.4, 0.76)]])
    )
    x, y = sheet.grid()
    belly = np.sqrt(np.clip(1 - ((y - 0.34) / 0.46) ** 2, 0.03, 1)) * 0.46
    around = np.arcsin(np.clip((x - 0.5) / belly, -1, 1))
    stripe = (np.sin(around * 7) > 0)[..., None]
    shade = (0.72 + 0.35 * np.cos(around + 0.5))[..., None]
    skin = np.where(stripe, one, other) * shade
    basket = drawn(sheet, [[(0.4, 0.87), (0.6, 0.87), (0.58, 1.0), (0.42, 1.0)]])
    ropes = drawn(
        sheet, [[(a, 0.75), (a + 0.012, 0.75), (b + 0.012, 0.88), (b, 0.88)] for a, b in ((0.41, 0.41), (0.58, 0.575))]
    )
    weave = wood * (0.8 + 0.25 * ((np.sin(y * 300) > 0) ^ (np.sin(x * 180) > 0)))[..., None]
    shades = np.where((basket > 0.5)[..., None], weave, np.where((ropes > 0.3)[..., None], wood * 0.7, skin))
    return cut_out(shades, np.maximum(np.maximum(ball, basket), ropes))


def boat(sheet: Sheet) -> Picture:
    """Colours hull, sail: a small boat under sail."""
    hull, sail = sheet.inks("#2a1d18", "#f4ead6")
    return _coloured(
        sheet,
        [
            (hull, [[(0.49, 0.05), (0.51, 0.05), (0.515, 0.82), (0.485, 0.82)]]),
            (sail, [[(0.52, 0.08), (0.9, 0.7), (0.52, 0.74)]]),
            (sail * 0.82, [[(0.47, 0.14), (0.47, 0.74), (0.16, 0.72)]]),
            (hull, [[(0.05, 0.8), (0.95, 0.78), (0.82, 0.97), (0.2, 0.98)]]),
        ],
    )


def lighthouse(sheet: Sheet) -> Picture:
    """Colours tower, band, rock: a lighthouse on its rock, lamp lit."""
    tower, band, rock = sheet.inks("#e9e4da", "#b23a35", "#15181d")
    rings = [[(0.4 + 0.02 * k, 0.86 - 0.16 * k), (0.6 - 0.02 * k, 0.86 - 0.16 * k)] for k in range(5)]
    stripes = [[*rings[k], rings[k + 1][1], rings[k + 1][0]] for k in (0, 2)]
    jag = [
        (step / 24, 0.83 + 0.1 * float(sheet.chance.random()) + 0.5 * abs(step / 24 - 0.5) ** 1.5) for step in range(25)
    ]
    picture = _coloured(
        sheet,
        [
            (tower, [[(0.4, 0.88), (0.6, 0.88), (0.535, 0.2), (0.465, 0.2)]]),
            (band, stripes),
            (tower * 0.45, [[(0.52, 0.88), (0.6, 0.88), (0.535, 0.2), (0.515, 0.2)]] if sheet.amount > 0.5 else []),
            (rock, [[(0.44, 0.2), (0.56, 0.2), (0.56, 0.18), (0.44, 0.18)], [(0.455, 0.1), (0.545, 0.1), (0.5, 0.05)]]),
            (light(255, 236, 170), [[(0.465, 0.18), (0.535, 0.18), (0.535, 0.1), (0.465, 0.1)]]),
            (rock, [[*jag, (1.0, 1.0), (0.0, 1.0)]]),
        ],
    )
    halo = glow(sheet, (0.5, 0.14), 0.06) * 0.8
    return np.maximum(picture, cut_out(light(255, 226, 150), halo))


def beam(sheet: Sheet) -> Picture:
    """Colour light: a beam that spreads from the middle to both sides; amount is its strength."""
    light = sheet.inks("#fff0c0")[0]
    x, y = sheet.grid()
    far = np.abs(x - 0.5) * 2
    cone = np.exp(-(((y - 0.5) / (0.02 + 0.3 * far)) ** 2)) * (1 - far) ** 1.3 * np.where(x > 0.5, 1, 0.55)
    return cut_out(light, cone * sheet.amount)


def birds(sheet: Sheet) -> Picture:
    """Colour wing: a flock, far off; amount of them."""
    wing = sheet.inks("#1a1a1e")[0]
    shapes: list[Shape] = []
    ratio = sheet.height / sheet.width
    for _ in range(round(6 + 26 * sheet.amount)):
        x, y = 0.08 + 0.84 * float(sheet.chance.random()), 0.1 + 0.8 * float(sheet.chance.random())
        span, lift = 0.05 * (0.6 + float(sheet.chance.random())), 0.05 * float(sheet.chance.normal(0.35, 0.3))
        for side in (-1, 1):
            tip, elbow = x + side * span * ratio, x + side * span * ratio * 0.5
            shapes.append(
                [(x, y), (elbow, y - lift - 0.012), (tip, y - lift * 0.6), (elbow, y - lift + 0.004), (x, y + 0.014)]
            )
    return cut_out(wing, drawn(sheet, shapes))


def station(sheet: Sheet) -> Picture:
    """Colours hull, panel: a space station with two wings of solar panels."""
    hull, panel = sheet.inks("#c9ccd2", "#27427a")
    wings = [
        [(left, top), (left + 0.165, top), (left + 0.165, top + 0.3), (left, top + 0.3)]
        for left in (0.02, 0.2, 0.635, 0.815)
        for top in (0.12, 0.58)
    ]
    cells = [
        [(x, y), (x + 0.004, y), (x + 0.004, y + 0.3), (x, y + 0.3)]
        for left in (0.02, 0.2, 0.635, 0.815)
        for x in (left + 0.041 * k for k in range(1, 4))
        for y in (0.12, 0.58)
    ]
    truss = [[(0.01, 0.485), (0.99, 0.485), (0.99, 0.515), (0.01, 0.515)]]
    module = [[*_oval(0.5, 0.5, 0.09, 0.1)], [(0.46, 0.2), (0.54, 0.2), (0.54, 0.8), (0.46, 0.8)]]
    shadow = [[(0.5, 0.2), (0.54, 0.2), (0.54, 0.8), (0.5, 0.8)]]
    lamps = [_oval(0.48, y, 0.008, 0.016) for y in (0.3, 0.5, 0.7)]
    return _coloured(
        sheet,
        [
            (panel, wings),
            (panel * 1.9, cells),
            (hull * 0.7, truss),
            (hull, module),
            (hull * 0.5, shadow),
            (light(255, 220, 140), lamps),
        ],
    )


def figure(sheet: Sheet) -> Picture:
    """Colour coat: somebody in a long coat and a hat, seen from behind; light along one side with amount."""
    coat, light = sheet.inks("#07080b", "#c9d4e6")
    body: list[Shape] = [
        _oval(0.5, 0.125, 0.085, 0.062),
        [(0.33, 0.115), (0.36, 0.098), (0.64, 0.098), (0.67, 0.115), (0.6, 0.128), (0.4, 0.128)],
        [(0.405, 0.1), (0.425, 0.035), (0.5, 0.045), (0.575, 0.035), (0.595, 0.1)],
        [(0.44, 0.17), (0.56, 0.17), (0.72, 0.225), (0.76, 0.33), (0.72, 0.52), (0.75, 0.78), (0.5, 0.78)],
        [(0.44, 0.17), (0.56, 0.17), (0.5, 0.78), (0.25, 0.78), (0.28, 0.52), (0.24, 0.33), (0.28, 0.225)],
        [(0.33, 0.76), (0.49, 0.76), (0.47, 0.98), (0.34, 0.98)],
        [(0.52, 0.76), (0.67, 0.76), (0.68, 0.95), (0.55, 0.96)],
    ]
    cover = drawn(sheet, body)
    shift = max(1, sheet.width // 40)
    rim = np.clip(cover - np.roll(cover, shift, axis=1), 0, 1) * sheet.amount
    rim = np.asarray(cv2.GaussianBlur(rim, (0, 0), max(0.6, sheet.width / 160)), np.float32)
    return cut_out(coat + rim[..., None] * (light - coat), _softened(sheet, cover))


def couple(sheet: Sheet) -> Picture:
    """Colour: two people side by side, hand in hand, in silhouette."""
    shade = sheet.inks("#120d14")[0]
    he: list[Shape] = [
        _oval(0.33, 0.095, 0.05, 0.064),
        [(0.305, 0.12), (0.355, 0.12), (0.36, 0.2), (0.3, 0.2)],
        [(0.29, 0.178), (0.37, 0.178), (0.43, 0.21), (0.425, 0.5), (0.415, 0.98), (0.345, 0.98), (0.32, 0.6)],
        [(0.29, 0.178), (0.37, 0.178), (0.345, 0.6), (0.315, 0.98), (0.245, 0.98), (0.235, 0.5), (0.23, 0.21)],
        [(0.4, 0.2), (0.45, 0.25), (0.48, 0.4), (0.525, 0.54), (0.5, 0.565), (0.44, 0.42)],
        [(0.255, 0.2), (0.215, 0.25), (0.2, 0.4), (0.19, 0.55), (0.225, 0.555), (0.24, 0.42)],
    ]
    she: list[Shape] = [
        _oval(0.66, 0.17, 0.046, 0.06),
        _oval(0.668, 0.205, 0.058, 0.085),
        [(0.64, 0.19), (0.69, 0.19), (0.69, 0.27), (0.635, 0.27)],
        [
            (0.62, 0.25),
            (0.71, 0.25),
            (0.735, 0.3),
            (0.71, 0.45),
            (0.79, 0.78),
            (0.66, 0.81),
            (0.54, 0.78),
            (0.62, 0.45),
        ],
        [(0.61, 0.76), (0.655, 0.76), (0.65, 0.98), (0.62, 0.98)],
        [(0.685, 0.76), (0.73, 0.76), (0.715, 0.98), (0.685, 0.98)],
        [(0.61, 0.27), (0.575, 0.33), (0.5, 0.535), (0.52, 0.565), (0.6, 0.42)],
        [(0.715, 0.27), (0.76, 0.33), (0.785, 0.53), (0.76, 0.54), (0.72, 0.4)],
    ]
    return cut_out(shade, _softened(sheet, drawn(sheet, [*he, *she])))


def _softened(sheet: Sheet, cover: Floats) -> Floats:
    """The same shape with its corners rounded."""
    wide = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(0.8, sheet.height / 110)), np.float32)
    return np.asarray(np.clip((wide - 0.5) * sheet.height / 60 + 0.5, 0, 1), np.float32)


def hat(sheet: Sheet) -> Picture:
    """Colours straw, band: a straw boater with a wide brim."""
    straw, band = sheet.inks("#f2cf7e", "#c8363a")
    x, y = sheet.grid()
    weave = 1 + 0.06 * np.sin(y * 130) * np.sin(x * 260)
    crown = [(0.24, 0.72), (0.76, 0.72), (0.74, 0.16), (0.26, 0.16)]
    ribbon = [(0.24, 0.72), (0.76, 0.72), (0.752, 0.48), (0.248, 0.48)]
    picture = _coloured(
        sheet,
        [
            (straw * 0.82, [_oval(0.5, 0.76, 0.5, 0.2)]),
            (straw, [_oval(0.5, 0.72, 0.5, 0.19), crown, _oval(0.5, 0.16, 0.24, 0.1)]),
            (band, [ribbon]),
            (straw * 1.04, [_oval(0.5, 0.16, 0.23, 0.085)]),
        ],
    )
    shades = picture[..., :3] * weave[..., None] * (1.08 - 0.25 * x)[..., None]
    return np.concatenate(
        (np.clip(np.minimum(shades, picture[..., 3:]), 0, 255).astype(np.uint8), picture[..., 3:]), axis=2
    )


def lamp(sheet: Sheet) -> Picture:
    """Colours post, light: a street lamp with its cone of light; amount is its strength."""
    post, light = sheet.inks("#0a0b0f", "#ffd58a")
    body = _coloured(
        sheet,
        [
            (post, [[(0.485, 0.16), (0.515, 0.16), (0.53, 1.0), (0.47, 1.0)]]),
            (post, [[(0.4, 0.1), (0.6, 0.1), (0.5, 0.03)], [(0.44, 0.17), (0.56, 0.17), (0.56, 0.18), (0.44, 0.18)]]),
            (light, [[(0.43, 0.105), (0.57, 0.105), (0.545, 0.165), (0.455, 0.165)]]),
        ],
    )
    x, y = sheet.grid()
    cone = (
        np.clip(1 - np.abs(x - 0.5) / (0.05 + 0.5 * np.clip(y - 0.13, 0, 1)), 0, 1) * (y > 0.13) * np.clip(1 - y, 0, 1)
    )
    haze = np.clip(glow(sheet, (0.5, 0.14), 0.09) + cone * 0.35, 0, 1) * sheet.amount
    return np.maximum(body, cut_out(light, haze))


def window(sheet: Sheet) -> Picture:
    """Colours wall, frame: a dark wall with a window to look through; level is its middle across."""
    wall, frame = sheet.inks("#17120f", "#3a2c22")
    x, y = sheet.grid()
    half, top, bottom = 0.2, 0.12, 0.86
    across = np.abs(x - sheet.level)
    hole = (across < half) & (y > top) & (y < bottom)
    bars = (across < 0.008) | (np.abs(y - 0.45) < 0.012)
    rail = (across < half + 0.025) & (y > top - 0.035) & (y < bottom + 0.06)
    shades = np.where((rail | hole)[..., None], frame, wall * (1.3 - 0.9 * np.clip(across * 1.6, 0, 1)[..., None]))
    return cut_out(shades, np.asarray(~hole | bars, np.float32))


def blinds(sheet: Sheet) -> Picture:
    """Colour shadow: slanted bars of shade, as light through blinds throws them; amount is their darkness."""
    shade = sheet.inks("#020305")[0]
    x, y = sheet.grid()
    bars = np.clip(np.sin((y * 8.5 + x * 1.1) * 2 * math.pi) * 2.2 + 0.35, 0, 1)
    return cut_out(shade, bars * sheet.amount)


def mask(sheet: Sheet) -> Picture:
    """Colour: everything but a lens-shaped opening, as through binoculars or a porthole; level is its size."""
    shade = sheet.inks("#000000")[0]
    x, y = sheet.grid()
    far = np.sqrt(((x - 0.5) * sheet.width / sheet.height) ** 2 + (y - 0.5) ** 2)
    return cut_out(shade, np.clip((far - sheet.level) * 40, 0, 1))


PROPS: dict[str, Callable[[Sheet], Picture]] = {
    "planet": planet,
    "moon": moon,
    "balloon": balloon,
    "boat": boat,
    "lighthouse": lighthouse,
    "beam": beam,
    "birds": birds,
    "station": station,
    "figure": figure,
    "couple": couple,
    "hat": hat,
    "lamp": lamp,
    "window": window,
    "blinds": blinds,
    "mask": mask,
}
ASPECTS = {
    "planet": 1.0,
    "moon": 1.0,
    "balloon": 0.62,
    "boat": 1.15,
    "lighthouse": 0.72,
    "beam": 3.2,
    "birds": 2.0,
    "station": 2.1,
    "figure": 0.46,
    "couple": 0.95,
    "hat": 2.2,
    "lamp": 0.62,
}
"""Width over height of what has a shape of its own; the others fill the picture."""
