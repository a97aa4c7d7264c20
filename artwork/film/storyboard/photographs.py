"""Photographs that packages ship with a free licence, read where they lie; none is copied into the project."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from artwork.errors import ExtraMissing
from artwork.film.storyboard.pigments import Picture

EXTRA = "demo"


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture file of an installed package.

    Attributes:
        distribution: the name pip knows.
        package: the name import knows.
        path: inside the package.
        owed: attribution and licence, as the package states them.
        outline: corners of the subject, "x,y" in pixels of the file, traced by hand, parts divided by "/".
        dark_on_light: cut out by darkness instead (a silhouette on white).
    """

    distribution: str
    package: str
    path: str
    owed: str
    outline: str = ""
    dark_on_light: bool = False


_ASTRONAUT = """
22,512 20,440 25,330 36,305 45,275 60,255 85,232 112,214 113,190 122,170 135,155 160,148 184,149
180,132 172,122 160,106 153,92 153,72 158,56 170,46 186,38 203,24 222,17 243,16 262,21 281,31 292,45
299,62 301,82 298,104 288,119 276,130 271,136 268,147 260,164 255,178 270,184 288,200 300,220 306,243
322,249 336,261 347,280 355,308 362,346 380,345 405,344 432,352 456,367 476,391 490,421 497,455
501,488 504,512
"""
_CAT = """
40,0 38,40 33,80 36,110 45,135 58,163 76,192 97,218 122,241 146,258 176,270 212,278 250,281 285,275
305,263 317,246 322,226 331,205 345,186 358,160 363,135 365,110 360,86 354,73 366,58 379,34 391,10
396,0
"""
_PHOTOGRAPHER = """
0,512 0,258 17,229 28,219 47,190 59,164 77,142 97,133 116,125 130,124 139,115 150,107 162,104 167,93
172,87 182,77 192,69 206,65 219,68 243,80 255,92 269,112 271,120 268,129 258,130 256,138 252,146 254,170
247,172 244,182 237,195 243,207 258,208 270,205 274,190 266,178 260,174 260,149 262,143 268,141 310,141
324,139 325,154 318,157 319,170 329,171 330,193 324,216 311,227 301,243 296,249 287,266 287,286 267,302
247,311 235,309 206,293 180,334 143,383 150,420 153,512 /
287,215 297,215 297,332 288,332 /
277,318 306,334 298,346 262,448 256,478 242,504 232,502 236,482 248,430 276,344
"""
_CUP = """
115,165 125,140 150,105 175,80 180,60 200,40 235,27 285,20 335,26 375,48 395,75 412,66 424,74 418,95
440,120 460,150 468,185 468,250 455,300 430,335 395,360 340,380 285,386 230,380 180,355 140,315
118,270 108,225 108,195
"""

_SKIMAGE = ("scikit-image", "skimage")
PHOTOGRAPHS = {
    "astronaut": Photograph(*_SKIMAGE, "data/astronaut.png", "NASA, public domain", _ASTRONAUT),
    "brick": Photograph(*_SKIMAGE, "data/brick.png", "CC0Textures, CC0"),
    "camera": Photograph(*_SKIMAGE, "data/camera.png", "Lav Varshney, CC0", _PHOTOGRAPHER),
    "cat": Photograph(*_SKIMAGE, "data/chelsea.png", "Stefan van der Walt, CC0", _CAT),
    "clock": Photograph(*_SKIMAGE, "data/clock_motion.png", "Stefan van der Walt, public domain"),
    "coffee": Photograph(*_SKIMAGE, "data/coffee.png", "Rachel Michetti, CC0", _CUP),
    "coins": Photograph(*_SKIMAGE, "data/coins.png", "Brooklyn Museum, no known copyright restrictions"),
    "grass_photo": Photograph(*_SKIMAGE, "data/grass.png", "CC0Textures, CC0"),
    "gravel": Photograph(*_SKIMAGE, "data/gravel.png", "CC0Textures, CC0"),
    "horse": Photograph(*_SKIMAGE, "data/horse.png", "Andreas Preuss, CC0", dark_on_light=True),
    "hubble": Photograph(*_SKIMAGE, "data/hubble_deep_field.jpg", "NASA, public domain"),
    "note": Photograph(*_SKIMAGE, "data/text.png", "scikit-image, public domain"),
    "retina": Photograph(*_SKIMAGE, "data/retina.jpg", "Haeggstroem, Wikimedia Commons, CC0"),
    "rocket": Photograph(*_SKIMAGE, "data/rocket.jpg", "SpaceX, public domain"),
}


@cache
def photograph(name: str) -> Picture:
    """A photograph by name, RGB; RGBA with its subject cut out when the name ends in `/subject`.

    Raises:
        ExtraMissing: the package that ships it is not installed.
    """
    plain, _, subject = name.partition("/")
    made = PHOTOGRAPHS[plain]
    pixels = np.asarray(cv2.imread(str(_file(made)), cv2.IMREAD_COLOR_RGB), np.uint8)
    if not subject:
        return pixels
    if made.dark_on_light:
        alpha = 255 - pixels[..., 0]
    else:
        mask = np.zeros(pixels.shape[:2], np.uint8)
        for part in made.outline.split("/"):
            corners = [[int(number) for number in corner.split(",")] for corner in part.split()]
            cv2.fillPoly(mask, [np.array(corners, np.int32)], (255,), cv2.LINE_AA)
        # A pixel inside the traced line, so that nothing of the old background shines around the hair.
        alpha = np.asarray(
            cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=2), (0, 0), 1.2), np.uint8
        )
    shades = pixels.astype(np.float32) * (alpha[..., None].astype(np.float32) / 255)
    return np.concatenate(((shades + 0.5).astype(np.uint8), alpha[..., None]), axis=2)


def _file(made: Photograph) -> Path:
    found = importlib.util.find_spec(made.package)
    if found is None or not found.submodule_search_locations:
        raise ExtraMissing(made.distribution, EXTRA)
    path = Path(found.submodule_search_locations[0]) / made.path
    if not path.is_file():
        raise ExtraMissing(made.distribution, EXTRA)
    return path
