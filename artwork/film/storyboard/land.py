"""Painted cut-outs that stand on the ground: mountains, hills, woods, grass, cities, clouds and fog."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from artwork.film.storyboard.pigments import Floats, Picture, Sheet, cut_out, drawn, fractal, gradient, ridge


def _ground(sheet: Sheet, heights: Floats) -> Floats:
    """(height, width) coverage below a line of heights; level is the mean of the line."""
    top = np.clip(sheet.level + (0.5 - heights) * 0.5, 0.02, 1) * sheet.height
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    return np.asarray(np.clip(rows - top[None, :] + 0.5, 0, 1), np.float32)


def mountains(sheet: Sheet) -> Picture:
    """Colours peak, foot, snow: one ridge with light on one side of its crags; amount of roughness."""
    peak, foot, snow = sheet.inks("#3b4a63", "#8ea3b8", "#3b4a63")
    heights = ridge(sheet.width, sheet.chance, 0.45 + 0.5 * sheet.amount)
    cover = _ground(sheet, heights)
    shades = gradient(sheet, [(0, peak), (sheet.level, peak), (1, foot)])
    crags = fractal(sheet.height, sheet.width, sheet.chance, cells=6, octaves=6)
    lean = crags - np.roll(crags, sheet.width // 60, axis=1)
    lit = np.tanh(np.asarray(cv2.GaussianBlur(lean, (0, 0), sheet.height / 300), np.float32) * 6)
    shades *= 1 + 0.3 * lit[..., None] * sheet.amount
    top = np.clip(sheet.level + (0.5 - heights) * 0.5, 0.02, 1)
    _, y = sheet.grid()
    cap = np.clip((0.13 - (y - top[None, :]) - crags * 0.13 - (top[None, :] - top.min()) * 0.5) * 40, 0, 1)
    shades += cap[..., None] * (snow - shades) * (0.9 + 0.1 * lit[..., None])
    return cut_out(shades, cover)


def hills(sheet: Sheet) -> Picture:
    """Colours crest, foot: soft hills; amount of mottling."""
    crest, foot = sheet.inks("#6fae5a", "#2f6b3c")
    cover = _ground(sheet, ridge(sheet.width, sheet.chance, 0.0, cells=2))
    shades = gradient(sheet, [(0, crest), (sheet.level, crest), (1, foot)])
    mottle = fractal(sheet.height, sheet.width, sheet.chance, cells=8, octaves=4)[..., None]
    return cut_out(shades * (1 + (mottle - 0.5) * 0.6 * sheet.amount), cover)


def pines(sheet: Sheet) -> Picture:
    """Colours tip, foot: a wood of firs on a ridge; amount is how dense."""
    tip, foot = sheet.inks("#12241f", "#1d3a33")
    heights = ridge(sheet.width, sheet.chance, 0.1, cells=2)
    cover = _ground(sheet, heights)
    shapes: list[list[tuple[float, float]]] = []
    for _ in range(round(30 + 120 * sheet.amount)):
        x = float(sheet.chance.random())
        line = sheet.level + (0.5 - float(heights[int(x * (sheet.width - 1))])) * 0.5
        tall = 0.12 + 0.2 * float(sheet.chance.random())
        half = tall * 0.2 * sheet.height / sheet.width
        for tier in range(6):
            y = line + 0.04 - tall * (1 - tier / 6)
            wide = half * (0.35 + 0.75 * (tier + 1) / 6)
            shapes.append([(x, y), (x + wide, y + tall / 4), (x, y + tall / 5), (x - wide, y + tall / 4)])
    shades = gradient(sheet, [(0, tip), (max(sheet.level - 0.1, 0.01), tip), (1, foot)])
    return cut_out(shades, np.maximum(cover, drawn(sheet, shapes)))


def grass(sheet: Sheet) -> Picture:
    """Colours blade, tip, bloom: blades that grow out of a dark mat; amount of flowers."""
    blade, tip, bloom = sheet.inks("#1f3d1c", "#7fa04a", "#f2e3a0")
    _, y = sheet.grid()
    mat = np.broadcast_to(
        np.clip((y - sheet.level - (1 - sheet.level) * 0.4) / (1 - sheet.level) * 3, 0, 1), (sheet.height, sheet.width)
    )
    canvas = cut_out(blade * 0.6 + tip * 0.4, mat)
    for _ in range(int(sheet.width * 0.9)):
        x = sheet.chance.random() * sheet.width
        tall = (1 - sheet.level) * sheet.height * (0.35 + 0.65 * sheet.chance.random())
        bend = sheet.chance.normal(0, 0.22) * tall
        mix = float(sheet.chance.random())
        shade = (blade * (1 - mix) + tip * mix) * (0.6 + 0.4 * float(sheet.chance.random()))
        t = np.linspace(0, 1, 7)
        points = np.stack((x + bend * t**2, sheet.height - tall * t), axis=1)
        thick = max(1, sheet.height // 140)
        line = [np.round(points * 8).astype(np.int32)]
        cv2.polylines(
            canvas,
            line,
            isClosed=False,
            color=(*map(float, shade), 255.0),
            thickness=thick,
            lineType=cv2.LINE_AA,
            shift=3,
        )
        if sheet.chance.random() < 0.14 * sheet.amount:
            at = (int(points[-1, 0]), int(points[-1, 1]))
            cv2.circle(canvas, at, max(2, sheet.height // 75), (*map(float, bloom), 255.0), -1, cv2.LINE_AA)
    return canvas


def city(sheet: Sheet) -> Picture:
    """Colours wall, window, second window: a skyline with lit windows; amount of them lit."""
    wall, warm, cool = sheet.inks("#0d1220", "#ffcc7a", "#9ec7ff")
    alpha = np.zeros((sheet.height, sheet.width), np.float32)
    shades = np.broadcast_to(wall, (sheet.height, sheet.width, 3)).copy()
    x = -int(sheet.width * 0.02)
    while x < sheet.width:
        wide = int(sheet.height * (0.07 + 0.13 * sheet.chance.random()))
        top = int(sheet.height * np.clip(sheet.level + sheet.chance.normal(0, 0.14), 0.05, 0.95))
        left = max(0, x)
        alpha[top:, left : x + wide] = 1
        shades[top:, left : x + wide] = wall * (0.75 + 0.5 * float(sheet.chance.random()))
        if sheet.chance.random() < 0.3:
            mast = left + wide // 2
            alpha[max(0, top - sheet.height // 12) : top, mast : mast + max(1, sheet.height // 240)] = 1
        _windows(sheet, shades, (left, top, x + wide), (warm, cool))
        x += wide + int(sheet.height * 0.012 * sheet.chance.random())
    return cut_out(shades, alpha)


def _windows(sheet: Sheet, shades: Floats, house: tuple[int, int, int], inks: tuple[Floats, Floats]) -> None:
    """Lit windows in a grid on one house (left, top, right)."""
    left, top, right = house
    step = max(4, round(sheet.height / 46))
    pane = max(2, step * 5 // 9)
    lean = float(sheet.chance.random()) * 0.9 + 0.1
    for y in range(top + step, sheet.height - pane, step):
        for x in range(left + step // 2, right - pane, step):
            if sheet.chance.random() < sheet.amount * lean * 0.8:
                lamp = inks[int(sheet.chance.random() < 0.25)] * (0.45 + 0.55 * float(sheet.chance.random()))
                shades[y : y + pane, x : x + pane] = lamp


def wet_street(sheet: Sheet) -> Picture:
    """Colours asphalt, then lamps': a wet street in perspective that mirrors the lights of the city."""
    asphalt, *lamps = sheet.inks("#10131b", "#ffb45c", "#ff5a4e", "#7db8ff")
    x, y = sheet.grid()
    cover = np.clip((y - sheet.level) * sheet.height, 0, 1) * np.ones_like(x)
    depth = np.clip((y - sheet.level) / max(1 - sheet.level, 0.01), 0, 1)
    shades = np.asarray(asphalt * (0.7 + 0.8 * (1 - depth[..., None])) * np.ones((1, sheet.width, 1)), np.float32)
    ripple = fractal(sheet.height, sheet.width, sheet.chance, cells=22, octaves=3)
    for _ in range(round(8 + 16 * sheet.amount)):
        lamp = lamps[int(sheet.chance.integers(len(lamps)))]
        at, broad = float(sheet.chance.random()), 0.006 + 0.014 * float(sheet.chance.random())
        streak = np.exp(-(((x - at + (ripple - 0.5) * 0.03) / broad) ** 2)) * (1 - depth) ** 0.7
        shades += (streak * (0.15 + 0.8 * ripple) * (0.5 + 0.5 * float(sheet.chance.random())))[..., None] * lamp
    middle = np.abs(x - 0.5) < 0.004 + 0.014 * depth
    dashes = np.sin(5 / (depth + 0.09)) > 0.1
    shades += (middle & dashes & (depth > 0))[..., None] * np.float32(60)
    return cut_out(shades, cover)


def clouds(sheet: Sheet) -> Picture:
    """Colour cloud: billows with soft edges over nothing; amount is how much they cover."""
    light, shade = sheet.inks("#ffffff", "#aab6c8")
    billow = fractal(sheet.height, sheet.width, sheet.chance, cells=2.5, octaves=7)
    x, y = sheet.grid()
    edge = np.clip(np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y)) * 4, 0, 1)
    cover = np.clip((billow - 1.12 + 0.42 * sheet.amount + 0.4 * edge) * 4, 0, 1) * np.clip(edge * 4, 0, 1)
    under = np.clip(np.roll(billow, -sheet.height // 16, axis=0) - billow + 0.5, 0, 1)[..., None]
    return cut_out(light * (1 - under * 0.8) + shade * under * 0.8, cover * 0.95)


def puffs(sheet: Sheet) -> Picture:
    """Colours cloud, shade: a cartoon cloud of round puffs on a flat foot; amount is how many."""
    light, shade = sheet.inks("#ffffff", "#cfe4f0")
    cover = np.zeros((sheet.height, sheet.width), np.float32)
    for _ in range(round(5 + 9 * sheet.amount)):
        x = float(np.clip(sheet.chance.normal(0.5, 0.17), 0.2, 0.8))
        radius = sheet.height * (0.14 + 0.2 * float(sheet.chance.random()) * (1 - abs(x - 0.5) * 2))
        at = (round(x * sheet.width * 8), round((sheet.height * 0.82 - radius * 0.8) * 8))
        cv2.circle(cover, at, round(radius * 8), (1.0,), -1, cv2.LINE_AA, 3)
    _, y = sheet.grid()
    cover *= np.clip((0.82 - y) * sheet.height + 0.5, 0, 1)
    inner = np.roll(
        np.asarray(cv2.GaussianBlur(cover, (0, 0), sheet.height / 14), np.float32), -sheet.height // 12, axis=0
    )
    return cut_out(shade + np.clip(inner * 1.2, 0, 1)[..., None] * (light - shade), cover)


def fog(sheet: Sheet) -> Picture:
    """Colour fog: a bank that is thickest at level; amount is its thickness."""
    haze = sheet.inks("#d8e0e6")[0]
    veil = fractal(sheet.height, sheet.width, sheet.chance, cells=2, octaves=5)
    _, y = sheet.grid()
    cover = np.exp(-(((y - sheet.level) * 3.2) ** 2)) * (0.35 + 0.65 * veil) * sheet.amount
    return cut_out(haze, cover)


def cottages(sheet: Sheet) -> Picture:
    """Colours wall, roof, window: a row of crooked toy houses on the bottom edge; amount of them."""
    wall, roof, window = sheet.inks("#fff4dc", "#e4572e", "#4aa3c7")
    shades = np.zeros((sheet.height, sheet.width, 3), np.float32)
    alpha = np.zeros((sheet.height, sheet.width), np.float32)
    for number in range(round(2 + 7 * sheet.amount)):
        x = (number + 0.2 + 0.4 * float(sheet.chance.random())) / round(2 + 7 * sheet.amount)
        wide, tall = 0.034 + 0.014 * float(sheet.chance.random()), 0.3 + 0.35 * float(sheet.chance.random())
        lean = float(sheet.chance.normal(0, 0.008))
        top = 1 - tall
        body = [(x - wide, 1.0), (x + wide, 1.0), (x + wide + lean, top), (x - wide + lean, top)]
        gable = [(x - wide * 1.25 + lean, top), (x + wide * 1.25 + lean, top), (x + lean, top - 0.3)]
        pane = [(x - 0.012, top + 0.06), (x + 0.012, top + 0.06), (x + 0.012, top + 0.22), (x - 0.012, top + 0.22)]
        tint = 0.8 + 0.2 * sheet.chance.random(3).astype(np.float32)
        for shape, shade in ((body, wall * tint), (gable, roof * tint[::-1]), (pane, window)):
            cover = drawn(sheet, [shape])
            shades += cover[..., None] * (shade - shades)
            alpha = np.maximum(alpha, cover)
    return cut_out(shades, alpha)


LAND: dict[str, Callable[[Sheet], Picture]] = {
    "mountains": mountains,
    "hills": hills,
    "pines": pines,
    "grass": grass,
    "city": city,
    "wet_street": wet_street,
    "clouds": clouds,
    "puffs": puffs,
    "fog": fog,
    "cottages": cottages,
}
