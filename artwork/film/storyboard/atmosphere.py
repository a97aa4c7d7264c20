"""What lies between the camera and the subject: rain, snow, confetti, embers; grain, vignette and flashes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from artwork.domain import Rgb
from artwork.film.storyboard.pigments import Picture, ink

FLASH = (0.92, 0.6, 0.3, 0.12)
"""How white the frames of a flash are."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What falls or rises.

    Attributes:
        shape: streak, dot, ring or paper.
        colours: "#rrggbb" of the pieces.
        count: pieces on a tile the size of the picture.
        size: of a piece, in picture heights.
        speed: (right, down), in picture heights per second.
    """

    shape: str
    colours: tuple[str, ...]
    count: int
    size: float
    speed: tuple[float, float]


_PARTY = ("#ff5d5d", "#ffd23f", "#3bceac", "#5fa8ff", "#ff8ad8")
WEATHERS: dict[str, tuple[Weather, ...]] = {
    "": (),
    "rain": (
        Weather("streak", ("#4a535e",), 230, 0.05, (-0.1, 2.0)),
        Weather("streak", ("#7f8a99",), 70, 0.11, (-0.2, 3.1)),
    ),
    "snow": (
        Weather("dot", ("#8d97a5",), 170, 0.0022, (0.05, 0.16)),
        Weather("dot", ("#e6ebf0",), 50, 0.0055, (0.09, 0.3)),
    ),
    "embers": (Weather("dot", ("#d9742a", "#ffb24d"), 55, 0.0028, (0.08, -0.3)),),
    "fireflies": (Weather("dot", ("#d6e070",), 24, 0.005, (0.03, -0.04)),),
    "dust": (Weather("dot", ("#4d463a",), 50, 0.003, (0.03, -0.02)),),
    "bubbles": (Weather("ring", ("#8fd6e0",), 26, 0.012, (0.02, -0.22)),),
    "confetti": (
        Weather("paper", _PARTY, 90, 0.016, (0.04, 0.3)),
        Weather("paper", _PARTY, 40, 0.028, (0.08, 0.5)),
    ),
}


@dataclass(frozen=True, slots=True)
class Air:
    """The tiles of a weather, ready to scroll over pictures of one size."""

    tiles: tuple[tuple[Picture, tuple[float, float]], ...]
    height: int
    width: int

    def over(self, picture: Rgb, seconds: float) -> Rgb:
        """The picture with the weather of that moment on it."""
        for tile, speed in self.tiles:
            x = int(-speed[0] * seconds * self.height) % self.width
            y = int(-speed[1] * seconds * self.height) % self.height
            piece = tile[y : y + self.height, x : x + self.width]
            over = tile.shape[2] == 4
            picture = laid(picture, piece) if over else np.asarray(cv2.add(picture, piece), np.uint8)
        return picture


def air(name: str, height: int, width: int, amount: float = 1.0) -> Air:
    """A weather by name, for pictures of this size; amount scales how many pieces there are.

    Raises:
        ValueError: there is no such weather.
    """
    if name not in WEATHERS:
        raise ValueError(f"unknown weather {name!r}: {', '.join(sorted(WEATHERS))}")
    chance = np.random.default_rng([7, len(name)])
    tiles = [(_tile(one, height, width, amount, chance), one.speed) for one in WEATHERS[name]]
    return Air(tuple(tiles), height, width)


def _tile(weather: Weather, height: int, width: int, amount: float, chance: np.random.Generator) -> Picture:
    """Four copies of one patch, so that any window the size of the picture wraps around."""
    patch = np.zeros((height, width, 4 if weather.shape == "paper" else 3), np.uint8)
    lean = weather.speed[0] / abs(weather.speed[1])
    for _ in range(round(weather.count * amount)):
        x, y = float(chance.random() * width), float(chance.random() * height)
        size = weather.size * height * float(0.6 + 0.8 * chance.random())
        colour = ink(weather.colours[int(chance.integers(len(weather.colours)))])
        piece = Piece(weather.shape, size, lean, float(chance.random() * 180), (*map(float, colour), 255.0))
        for dx in (-width, 0, width):
            for dy in (-height, 0, height):
                piece.on(patch, x + dx, y + dy)
    if weather.shape == "dot":
        halo = cv2.GaussianBlur(patch, (0, 0), max(1.0, height / 240))
        patch = np.asarray(cv2.add(cv2.GaussianBlur(patch, (0, 0), 0.6), halo), np.uint8)
    return np.tile(patch, (2, 2, 1))


@dataclass(frozen=True, slots=True)
class Piece:
    """One drop, flake, spark, bubble or scrap: its size in pixels, its lean when it falls, its spin in degrees."""

    shape: str
    size: float
    lean: float
    spin: float
    shade: tuple[float, ...]

    def on(self, patch: Picture, x: float, y: float) -> None:
        """Draw it, if any of it lies on the patch."""
        height, width, bands = patch.shape
        size, shade = self.size, self.shade[:bands]
        if not (-2 * size < x < width + 2 * size and -2 * size < y < height + 2 * size):
            return
        at = (round(x * 8), round(y * 8))
        if self.shape == "streak":
            end = (round((x + self.lean * size) * 8), round((y + size) * 8))
            cv2.line(patch, at, end, shade, 1, cv2.LINE_AA, 3)
        elif self.shape == "paper":
            corners = np.asarray(cv2.boxPoints(((x, y), (size, size * 0.55), self.spin)))
            cv2.fillPoly(patch, [np.round(corners * 8).astype(np.int32)], shade, cv2.LINE_AA, 3)
        else:
            thick = 1 if self.shape == "ring" else -1
            cv2.circle(patch, at, max(4, round(size * 8)), shade, thick, cv2.LINE_AA, 3)


def laid(picture: Rgb, piece: Picture) -> Rgb:
    """A premultiplied cut-out laid over a picture of the same size."""
    colours = cv2.cvtColor(piece, cv2.COLOR_RGBA2RGB)
    hole = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(piece, 3)), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.add(cv2.multiply(picture, hole, scale=1 / 255), colours), np.uint8)


def vignette(height: int, width: int, strength: float) -> Rgb:
    """(height, width, 3) what to multiply with, 255 in the middle and darker towards the corners."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    shade = 1 - strength * np.clip((x * x + y * y) / 2, 0, 1) ** 1.2
    return np.repeat((np.clip(shade, 0, 1) * 255 + 0.5).astype(np.uint8)[..., None], 3, axis=2)


def grain(height: int, width: int, strength: float) -> tuple[Rgb, Rgb]:
    """Two sheets a third larger than the picture: film grain to add and to take away; strength in levels of 255."""
    chance = np.random.default_rng([11, height])
    shape = (height + height // 3, width + width // 3)
    noise = cv2.GaussianBlur(chance.normal(0, 1, shape).astype(np.float32), (0, 0), max(0.5, height / 500))
    noise = np.asarray(noise, np.float32)
    noise = noise * (strength / max(float(noise.std()), 1e-6))
    sheets = [np.repeat(np.clip(sign * noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2) for sign in (1, -1)]
    return sheets[0], sheets[1]


def toward(picture: Rgb, colour: int, weight: float) -> Rgb:
    """The picture mixed with a flat grey level: weight 1 is only the picture."""
    return np.asarray(cv2.convertScaleAbs(picture, alpha=weight, beta=colour * (1 - weight)), np.uint8)
