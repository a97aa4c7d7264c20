"""A shot in front of the camera: its layers prepared once at the size they are seen, then moved frame by frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Rgb
from artwork.film.storyboard.atmosphere import FLASH, air, grain, laid, toward, vignette
from artwork.film.storyboard.grades import graded
from artwork.film.storyboard.land import LAND
from artwork.film.storyboard.lettering import lettered, style_of
from artwork.film.storyboard.photographs import PHOTOGRAPHS, photograph
from artwork.film.storyboard.pigments import Picture, Sheet
from artwork.film.storyboard.props import ASPECTS, PROPS, orb
from artwork.film.storyboard.script import Camera, Layer, ShotPlan, Words
from artwork.film.storyboard.skies import SKIES

FULL = 1.3
"""How many picture widths a painted layer is wide when it has no shape of its own: room for the camera to move."""

PAINTERS = {**SKIES, **LAND, **PROPS}
EASES = {
    "linear": lambda t: t,
    "smooth": lambda t: t * t * (3 - 2 * t),
    "in": lambda t: t * t,
    "out": lambda t: t * (2 - t),
    "whip": lambda t: min(1.0, max(0.0, (t - 0.4) / 0.2)) ** 2 * (3 - 2 * min(1.0, max(0.0, (t - 0.4) / 0.2))),
}


@dataclass(frozen=True, slots=True)
class Sprite:
    """A layer ready to be moved.

    Attributes:
        layer: what it was made from.
        pixels: without the empty margins of a cut-out.
        pivot: the layer's middle, in these pixels.
        density: how many of them make one pixel of the picture at zoom 1.
    """

    layer: Layer
    pixels: Picture
    pivot: tuple[float, float]
    density: float


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the camera looks at one moment; `progress` runs 0 to 1 over the shot."""

    x: float
    y: float
    zoom: float
    shake: tuple[float, float]
    progress: float
    seconds: float


class Take:
    """One shot of a storyboard, filmed.

    `picture(number)` is the shot's frame of that number, without bars and transitions.
    """

    def __init__(self, plan: ShotPlan, frames: int, rate: float, height: int, width: int) -> None:
        self.plan = plan
        self.frames = frames
        self.rate = rate
        self.height = height
        self.width = width
        self._sprites = [self._sprite(layer, behind=not at) for at, layer in enumerate(plan.layers)]
        self._words = [(words, lettered(words, height)) for words in plan.words]
        self._air = air(plan.weather, height, width, plan.weather_amount)
        self._vignette = vignette(height, width, plan.vignette) if plan.vignette else None
        self._grain = grain(height, width, plan.grain) if plan.grain else None

    def picture(self, number: int) -> Rgb:
        """(height, width, 3) RGB, for a frame of the shot counted from 0."""
        framing = self._framing(number)
        picture = np.zeros((self.height, self.width, 3), np.uint8)
        for sprite in self._sprites:
            picture = self._placed(picture, sprite, framing)
        picture = self._air.over(picture, framing.seconds)
        picture = self._lit(picture, number)
        for words, pixels in self._words:
            picture = self._worded(picture, words, pixels, framing)
        return picture

    def _framing(self, number: int) -> Framing:
        camera: Camera = self.plan.camera
        progress = number / max(1, self.frames - 1)
        end = camera.end or camera.start
        eased = EASES[camera.ease](progress)
        x, y, zoom = (a + (b - a) * eased for a, b in zip(camera.start, end, strict=True))
        seconds = number / self.rate
        sway = tuple(
            camera.shake * (math.sin(seconds * 5.1 + phase) + 0.6 * math.sin(seconds * 11.7 + 2 * phase)) / 1.6
            for phase in (0.4, 2.3)
        )
        return Framing(x, y, zoom, (sway[0], sway[1]), progress, seconds)

    def _sprite(self, layer: Layer, *, behind: bool) -> Sprite:
        camera = self.plan.camera
        nearest = max(camera.start[2], (camera.end or camera.start)[2])
        density = max(1.0, 1 + (nearest - 1) * layer.depth) * max(1.0, layer.grow)
        rows = max(4, round(layer.height * self.height * density))
        pixels = _source(layer, rows, self.width / self.height)
        if layer.mirror:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        pixels = graded(graded(pixels, (layer.grade,), layer.light), (self.plan.grade,))
        if not behind and pixels.shape[2] == 3:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint8)
        sigma = layer.blur * self.height / 360 * density
        if pixels.shape[2] == 4:
            pad = 2 + math.ceil(2 * sigma)
            pixels = np.asarray(cv2.copyMakeBorder(pixels, pad, pad, pad, pad, cv2.BORDER_CONSTANT), np.uint8)
            if layer.opacity < 1:
                pixels = np.asarray(cv2.convertScaleAbs(pixels, alpha=layer.opacity), np.uint8)
        if sigma:
            pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
        pivot = (pixels.shape[1] - 1) / 2, (pixels.shape[0] - 1) / 2
        left, top = 0, 0
        if pixels.shape[2] == 4:
            left, top, columns, rows = cv2.boundingRect(pixels[..., 3])
            pixels = np.ascontiguousarray(pixels[top : top + max(1, rows), left : left + max(1, columns)])
        return Sprite(layer, pixels, (pivot[0] - left, pivot[1] - top), density)

    def _matrix(self, sprite: Sprite, framing: Framing) -> NDArray[np.float64]:
        """(2, 3): from the sprite's pixels to the picture's."""
        layer, t = sprite.layer, framing.progress
        zoom = 1 + (framing.zoom - 1) * layer.depth
        wave = layer.bob[0] * math.sin(2 * math.pi * layer.bob[1] * framing.seconds)
        x = layer.place[0] + layer.drift[0] * t - 0.5 - (framing.x - 0.5) * layer.depth
        y = layer.place[1] + layer.drift[1] * t - 0.5 - (framing.y - 0.5) * layer.depth + wave
        across = (x * zoom + 0.5) * self.width + framing.shake[0] * self.height * layer.depth
        down = (y * zoom + 0.5) * self.height + framing.shake[1] * self.height * layer.depth
        scale = zoom * (1 + (layer.grow - 1) * t) / sprite.density
        angle = math.radians(layer.tilt + layer.turn * t)
        c, s = scale * math.cos(angle), scale * math.sin(angle)
        u, v = sprite.pivot
        return np.array([[c, -s, across - c * u + s * v], [s, c, down - s * u - c * v]])

    def _placed(self, picture: Rgb, sprite: Sprite, framing: Framing) -> Rgb:
        """The picture with one layer laid over it; the hindmost, when opaque, fills it to the edges."""
        matrix = self._matrix(sprite, framing)
        rows, columns = sprite.pixels.shape[:2]
        if sprite.pixels.shape[2] == 3:
            size, mode = (self.width, self.height), cv2.BORDER_REFLECT_101
            return np.asarray(cv2.warpAffine(sprite.pixels, matrix, size, borderMode=mode), np.uint8)
        corners = matrix @ np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]], np.float64)
        left, top = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
        right, bottom = np.minimum(np.ceil(corners.max(axis=1)).astype(int), (self.width, self.height))
        if right <= left or bottom <= top:
            return picture
        matrix[:, 2] -= (left, top)
        moved = cv2.warpAffine(sprite.pixels, matrix, (int(right - left), int(bottom - top)))
        picture[top:bottom, left:right] = laid(picture[top:bottom, left:right], np.asarray(moved, np.uint8))
        return picture

    def _lit(self, picture: Rgb, number: int) -> Rgb:
        """Flicker, flashes, vignette and grain."""
        plan = self.plan
        if plan.flicker:
            seconds = number / self.rate
            wave = math.sin(seconds * 13.1) * 0.5 + math.sin(seconds * 29.3 + 1) * 0.3 + math.sin(seconds * 5.3) * 0.2
            picture = toward(picture, 0, 1 - plan.flicker * (0.5 + 0.5 * wave))
        for flash in plan.flashes:
            since = number - round(flash * self.rate)
            if 0 <= since < len(FLASH):
                picture = toward(picture, 255, 1 - FLASH[since])
        if self._vignette is not None:
            picture = np.asarray(cv2.multiply(picture, self._vignette, scale=1 / 255), np.uint8)
        if self._grain is not None:
            x = (number * 7919) % max(1, self.width // 3)
            y = (number * 104729) % max(1, self.height // 3)
            more, less = (sheet[y : y + self.height, x : x + self.width] for sheet in self._grain)
            picture = np.asarray(cv2.subtract(cv2.add(picture, more), less), np.uint8)
        return picture

    def _worded(self, picture: Rgb, words: Words, pixels: Picture, framing: Framing) -> Rgb:
        """The picture with words on it, if it is their moment."""
        style = style_of(words)
        end = words.end or self.frames / self.rate
        if not words.start <= framing.seconds < end:
            return picture
        edge = min(framing.seconds - words.start, end - framing.seconds)
        strength = min(1.0, (edge + 0.5 / self.rate) / style.fade_seconds) if style.fade_seconds else 1.0
        x, y = words.place or style.place
        rows, columns = pixels.shape[:2]
        left, top = round(x * self.width - columns / 2), round(y * self.height - rows / 2)
        if words.style == "credits":
            begin, finish = 0.62 * self.height, 0.3 * self.height - rows
            top = round(begin + (finish - begin) * framing.progress)
        box = max(0, top), min(self.height, top + rows), max(0, left), min(self.width, left + columns)
        if box[0] >= box[1] or box[2] >= box[3]:
            return picture
        piece = pixels[box[0] - top : box[1] - top, box[2] - left : box[3] - left]
        if strength < 1:
            piece = np.asarray(cv2.convertScaleAbs(piece, alpha=strength), np.uint8)
        picture[box[0] : box[1], box[2] : box[3]] = laid(picture[box[0] : box[1], box[2] : box[3]], piece)
        return picture


def _source(layer: Layer, rows: int, picture_aspect: float) -> Picture:
    """A layer's picture at `rows` pixels of height: painted, or photographed, cropped and cut out.

    Raises:
        ValueError: there is no such picture or cut.
        ExtraMissing: the package that ships the photograph is not installed.
    """
    if layer.picture in PAINTERS:
        aspect = layer.aspect or ASPECTS.get(layer.picture, picture_aspect * max(1.0, FULL / layer.height))
        chance = np.random.default_rng(layer.seed)
        columns = max(4, round(rows * aspect))
        return PAINTERS[layer.picture](Sheet(columns, rows, chance, layer.colours, layer.level, layer.amount))
    if layer.picture not in PHOTOGRAPHS:
        raise ValueError(f"unknown picture {layer.picture!r}: {', '.join(sorted({*PAINTERS, *PHOTOGRAPHS}))}")
    if layer.cut not in {"", "subject", "circle", "soft", "orb"}:
        raise ValueError(f"unknown cut {layer.cut!r}: subject, circle, soft or orb")
    pixels = photograph(f"{layer.picture}/subject" if layer.cut == "subject" else layer.picture)
    if layer.crop:
        left, top, width, height = layer.crop
        tall, wide = pixels.shape[:2]
        pixels = pixels[
            round(top * tall) : round((top + height) * tall), round(left * wide) : round((left + width) * wide)
        ]
    columns = max(4, round(rows * (layer.aspect or pixels.shape[1] / pixels.shape[0])))
    method = cv2.INTER_AREA if rows < pixels.shape[0] else cv2.INTER_CUBIC
    pixels = np.asarray(cv2.resize(pixels, (columns, rows), interpolation=method), np.uint8)
    if layer.cut == "orb":
        return orb(np.asarray(cv2.resize(pixels, (rows, rows)), np.uint8))
    return _trimmed(pixels, layer.cut) if layer.cut in {"circle", "soft"} else pixels


def _trimmed(pixels: Picture, cut: str) -> Picture:
    """A photograph cut to an ellipse, or feathered on all sides."""
    rows, columns = pixels.shape[:2]
    x = np.abs(np.linspace(-1, 1, columns, dtype=np.float32))[None, :]
    y = np.abs(np.linspace(-1, 1, rows, dtype=np.float32))[:, None]
    if cut == "circle":
        alpha = np.clip((1 - np.sqrt(x * x + y * y)) * rows / 3, 0, 1)
    else:
        alpha = np.clip((1 - x) * 4, 0, 1) * np.clip((1 - y) * 4, 0, 1)
    shades = pixels[..., :3].astype(np.float32) * alpha[..., None]
    return np.concatenate((shades + 0.5, alpha[..., None] * 255 + 0.5), axis=2).astype(np.uint8)
