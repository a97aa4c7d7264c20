"""Painted pictures that fill the frame: skies, stars, sea, the deep, lights out of focus, walls."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from artwork.film.storyboard.pigments import Floats, Picture, Sheet, fractal, glow, gradient, opaque


def plain(sheet: Sheet) -> Picture:
    """One colour: black when none is given."""
    return opaque(np.broadcast_to(sheet.inks("#000000")[0], (sheet.height, sheet.width, 3)))


def sky(sheet: Sheet) -> Picture:
    """Colours top, middle, horizon, light; the sun's glow at the horizon (level); amount of streaked cloud."""
    top, middle, horizon, light = sheet.inks("#2b4c8c", "#8fb4d9", "#f6d7b0", "#fff2d8")
    shades = gradient(sheet, [(0, top), (sheet.level * 0.6, middle), (sheet.level, horizon), (1, horizon * 0.8)])
    x_sun = 0.3 + 0.4 * float(sheet.chance.random())
    shades += glow(sheet, (x_sun, sheet.level), 0.28)[..., None] * (light - shades) * 0.75
    clouds = fractal(sheet.height, sheet.width, sheet.chance, cells=5, octaves=6)
    clouds = np.asarray(cv2.GaussianBlur(clouds, (0, 0), sigmaX=sheet.width / 60, sigmaY=0.6), np.float32)
    spread = np.clip((clouds - 0.6 + 0.25 * sheet.amount) * 2.2, 0, 1) * sheet.amount
    _, y = sheet.grid()
    lit = np.clip(1 - np.abs(y - sheet.level) * 1.6, 0, 1)[..., None]
    shades += spread[..., None] * ((light * lit + middle * 1.08 * (1 - lit)) - shades) * 0.8
    return opaque(shades)


def stars(sheet: Sheet) -> Picture:
    """Colours top, bottom, haze: a night sky; amount of stars and of the milky band across it."""
    top, bottom, haze = sheet.inks("#03040c", "#101a3a", "#7f78b8")
    shades = gradient(sheet, [(0, top), (1, bottom)])
    x, y = sheet.grid()
    across = np.exp(-(((y - 0.15 - 0.7 * x) * 3.2) ** 2))
    dust = fractal(sheet.height, sheet.width, sheet.chance, cells=3, octaves=6)
    shades += (across * np.clip(dust * 1.9 - 0.75, 0, 1))[..., None] * haze * 0.75 * sheet.amount
    count = int(sheet.width * sheet.height / 90 * sheet.amount)
    rows = sheet.chance.integers(0, sheet.height, count)
    columns = sheet.chance.integers(0, sheet.width, count)
    power = np.minimum(255, 14 / np.maximum(sheet.chance.random(count), 0.01) ** 0.75).astype(np.float32)
    tint = 0.8 + 0.2 * sheet.chance.random((count, 3)).astype(np.float32)
    points = np.zeros_like(shades)
    np.maximum.at(points, (rows, columns), power[:, None] * tint)
    halo = np.asarray(cv2.GaussianBlur(points, (0, 0), sheet.height / 330), np.float32)
    return opaque(shades + points * 0.6 + halo * 2.2)


def sea(sheet: Sheet) -> Picture:
    """Colours sky, horizon, water, light; horizon at level; amount of waves; a path of light on the water."""
    above, horizon, water, light = sheet.inks("#35507f", "#f2b880", "#12304a", "#fff0cf")
    shades = gradient(sheet, [(0, above), (sheet.level * 0.98, horizon), (sheet.level, horizon)])
    x_sun = 0.35 + 0.3 * float(sheet.chance.random())
    halo = glow(sheet, (x_sun, sheet.level * 0.93), 0.2)
    disc = np.clip((glow(sheet, (x_sun, sheet.level * 0.86), 0.05) - 0.55) * 8, 0, 1)
    clouds = fractal(sheet.height, sheet.width, sheet.chance, cells=4, octaves=6)
    clouds = np.asarray(cv2.GaussianBlur(clouds, (0, 0), sigmaX=sheet.width / 40, sigmaY=0.8), np.float32)
    shades += (halo * 0.8 + np.clip(clouds - 0.5, 0, 1) * 0.8)[..., None] * (light - shades)
    shades += disc[..., None] * (light - shades)
    start = round(sheet.level * sheet.height)
    shades[start:] = _water(sheet, start, x_sun, (horizon, water, light))
    return opaque(shades)


def _water(sheet: Sheet, start: int, x_sun: float, inks: tuple[Floats, Floats, Floats]) -> Floats:
    """Waves that widen towards the viewer, with glitter below the sun."""
    horizon, water, light = inks
    rows, width = sheet.height - start, sheet.width
    depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    swell = fractal(256, 256, sheet.chance, cells=20, octaves=3)
    far = 1 / (depth * 3 + 0.12)
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
    columns = np.asarray(np.abs(((x + 0.03) * (2 + far * 1.5) * 40 + 127) % 510 - 255), np.float32)
    lines = np.asarray(np.broadcast_to(np.abs((far * 180) % 510 - 255), (rows, width)), np.float32)
    waves = np.asarray(cv2.remap(swell, columns, lines, cv2.INTER_LINEAR), np.float32)
    shades = horizon * 0.55 * (1 - depth[..., None]) ** 3 + water * (1 - (1 - depth[..., None]) ** 3)
    shades = shades * (1 - sheet.amount * 0.55 + sheet.amount * 1.1 * waves[..., None])
    path = np.exp(-(((x + 0.5 - x_sun) / (0.03 + 0.16 * depth)) ** 2))
    glitter = path * np.clip((waves - 0.52) * 5, 0, 1) * (1 - 0.55 * depth)
    return np.asarray(shades + glitter[..., None] * (light - shades), np.float32)


def deep(sheet: Sheet) -> Picture:
    """Colours surface, depth: under water, with shafts of light."""
    surface, depth = sheet.inks("#5cc8d6", "#03203a")
    shades = gradient(sheet, [(0, surface), (0.35, surface * 0.45 + depth * 0.55), (1, depth)])
    x, y = sheet.grid()
    rays = fractal(8, 512, sheet.chance, cells=1, octaves=4)[4]
    lean = (x + (y * 0.25) * (x - 0.45)) * 380 + 40
    light = np.interp(lean, np.arange(512), np.clip(rays * 2 - 0.9, 0, 1)) * np.clip(1 - y * 1.15, 0, 1)
    return opaque(shades + light[..., None] * surface * 0.65)


def bokeh(sheet: Sheet) -> Picture:
    """Colours ground, then the lights': city lamps far out of focus; amount of them."""
    ground, *lamps = sheet.inks("#0b0d18", "#ffb45c", "#ff6f61", "#6fb7ff", "#ffe7b0")
    shades = gradient(sheet, [(0, ground * 0.7), (0.6, ground * 1.6), (1, ground * 0.8)])
    for _ in range(round(20 + 70 * sheet.amount)):
        radius = int(sheet.height * (0.018 + 0.05 * sheet.chance.random()))
        x = int(sheet.width * sheet.chance.random())
        y = int(sheet.height * np.clip(sheet.chance.normal(0.5, 0.17), 0.02, 0.98))
        lamp = lamps[int(sheet.chance.integers(len(lamps)))] * (0.25 + 0.5 * float(sheet.chance.random()))
        disc = np.zeros((sheet.height, sheet.width), np.float32)
        cv2.circle(disc, (x, y), radius, (0.8,), -1, cv2.LINE_AA)
        cv2.circle(disc, (x, y), radius, (1.0,), max(1, radius // 9), cv2.LINE_AA)
        box = np.s_[max(0, y - 2 * radius) : y + 2 * radius, max(0, x - 2 * radius) : x + 2 * radius]
        shades[box] += np.asarray(cv2.blur(disc[box], (3, 3)), np.float32)[..., None] * lamp
    return opaque(shades)


def wall(sheet: Sheet) -> Picture:
    """Colours plaster, light: an inner wall with a pool of lamp light; level is where it falls from the left."""
    plaster, light = sheet.inks("#4a3a2e", "#ffcf8a")
    mottle = fractal(sheet.height, sheet.width, sheet.chance, cells=4, octaves=6)
    shades = plaster * (0.75 + 0.35 * mottle[..., None])
    pool = glow(sheet, (sheet.level, 0.35), 0.38)[..., None]
    shades = shades * (0.35 + 0.65 * pool) + pool * light * 0.55 * sheet.amount
    return opaque(shades)


def paper(sheet: Sheet) -> Picture:
    """Colours top, bottom, dots: a flat cartoon sky with a halftone sun; amount of rays."""
    top, bottom, sun = sheet.inks("#7fd1e8", "#fdf1cf", "#ffd35c")
    shades = gradient(sheet, [(0, top), (1, bottom)])
    x, y = sheet.grid()
    x_sun, y_sun = 0.72, sheet.level * 0.5
    angle = np.arctan2(y - y_sun, (x - x_sun) * sheet.width / sheet.height)
    rays = (np.sin(angle * 18) > 0) * np.clip(1.1 - glow(sheet, (x_sun, y_sun), 0.01), 0, 1)
    shades += (rays * 0.22 * sheet.amount * glow(sheet, (x_sun, y_sun), 0.5))[..., None] * (sun - shades)
    disc = np.clip((glow(sheet, (x_sun, y_sun), 0.11) - 0.55) * 30, 0, 1)
    return opaque(shades + disc[..., None] * (sun - shades))


def storm(sheet: Sheet) -> Picture:
    """Colours dark, light: heavy rolling cloud with one brighter break; amount of contrast."""
    dark, light = sheet.inks("#1a212c", "#8794a3")
    heap = fractal(sheet.height, sheet.width, sheet.chance, cells=2, octaves=7)
    fold = 1 - np.abs(fractal(sheet.height, sheet.width, sheet.chance, cells=3, octaves=6) * 2 - 1)
    tone = np.clip(heap * 0.6 + fold * 0.5 - 0.25, 0, 1) * (0.5 + 0.5 * sheet.amount)
    tone = tone * 0.8 + glow(sheet, (0.6, 0.55), 0.25) * 0.35
    return opaque(dark + tone[..., None] * (light - dark))


SKIES: dict[str, Callable[[Sheet], Picture]] = {
    "plain": plain,
    "sky": sky,
    "stars": stars,
    "sea": sea,
    "deep": deep,
    "bokeh": bokeh,
    "wall": wall,
    "paper": paper,
    "storm": storm,
}
