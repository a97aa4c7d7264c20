"""Pictures brought to the size and the colours that a CLIP tower expects.

Two ways to the same place. `faithful` takes Pillow's steps in open_clip's order and gives its bytes, to the bit.
`swift` scales with torch's uint8 kernel, about ten times faster from 1080p. It differs from Pillow by at most 2 of 255
levels in under 1 % of the bytes; by 3, and a quarter on average, where Pillow scales the rows first, as it does for
some tall pictures (tests/annotate/test_clip.py). That is far below the rounding of the half precisions that it serves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from artwork.domain import Rgb
from artwork.errors import ModelError

RESIZE_MODES = ("shortest", "longest", "squash")
INTERPOLATIONS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture goes: scaled to (height, width), then shifted by (top, left) into the window.

    A negative shift leaves that many filled rows or columns before the picture.
    """

    height: int
    width: int
    top: int
    left: int


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What a checkpoint's own configuration asks for.

    height, width: of the window, pixels. mean, std: per channel, of values in 0..1. interpolation: bicubic or
    bilinear. resize_mode: `shortest` scales the shorter side and crops the middle, `longest` scales the longer side
    and fills, `squash` ignores the aspect. fill: the level of filled pixels, 0..255.
    """

    height: int
    width: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    fill: int = 0

    def __post_init__(self) -> None:
        if self.resize_mode not in RESIZE_MODES or self.interpolation not in INTERPOLATIONS:
            raise ModelError(
                f"preprocessing with resize_mode {self.resize_mode!r} and interpolation {self.interpolation!r} is not "
                f"known: use one of {', '.join(RESIZE_MODES)} and one of {', '.join(INTERPOLATIONS)}"
            )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Preprocessing:
        """The preprocessing that open_clip's `preprocess_cfg` describes."""
        size = settings["size"]
        height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
        return cls(
            height=int(height),
            width=int(width),
            mean=_per_channel(settings["mean"]),
            std=_per_channel(settings["std"]),
            # open_clip reads "random", a training word, as bicubic.
            interpolation="bilinear" if settings["interpolation"] == "bilinear" else "bicubic",
            resize_mode=settings["resize_mode"],
            fill=int(settings.get("fill_color", 0)),
        )

    def __str__(self) -> str:
        mean, std = (",".join(f"{part:.8g}" for part in channel) for channel in (self.mean, self.std))
        way = f"{self.interpolation} {self.resize_mode} fill={self.fill}"
        return f"{self.height}x{self.width} {way} mean={mean} std={std}"

    @property
    def filter(self) -> str:
        """The interpolation really used: open_clip scales to windows that are not square in bicubic, always."""
        oblong = self.resize_mode == "shortest" and self.height != self.width
        return "bicubic" if oblong else self.interpolation

    def place(self, height: int, width: int) -> Placement:
        """Where a picture of (height, width) goes, with open_clip's and torchvision's roundings."""
        if self.resize_mode == "squash":
            return Placement(self.height, self.width, 0, 0)
        if self.resize_mode == "shortest" and self.height == self.width:
            longer = int(self.height * max(height, width) / min(height, width))
            scaled = (longer, self.height) if height > width else (self.height, longer)
        else:
            ratios = height / self.height, width / self.width
            ratio = max(ratios) if self.resize_mode == "longest" else min(ratios)
            scaled = max(1, round(height / ratio)), max(1, round(width / ratio))
        return Placement(*scaled, _shift(scaled[0], self.height), _shift(scaled[1], self.width))

    def faithful(self, picture: Rgb) -> Rgb:
        """(height, width, 3) uint8, the very bytes of open_clip's own preprocessing before normalisation."""
        at = self.place(*picture.shape[:2])
        scaled = Image.fromarray(picture).resize((at.width, at.height), INTERPOLATIONS[self.filter])
        return self._window(np.asarray(scaled), at)

    def swift(self, picture: Rgb) -> Rgb:
        """The same within 3 of 255 levels, several times faster. Needs torch."""
        from torch import from_numpy  # noqa: PLC0415  torch is loaded by those who open a CLIP model, and by no other
        from torch.nn.functional import interpolate  # noqa: PLC0415

        at = self.place(*picture.shape[:2])
        planes = from_numpy(np.require(picture, requirements=["C", "W"])).permute(2, 0, 1)[None]
        scaled = interpolate(planes, size=(at.height, at.width), mode=self.filter, antialias=True)
        return self._window(scaled[0].permute(1, 2, 0).numpy(), at)

    def _window(self, scaled: Rgb, at: Placement) -> Rgb:
        if at.top >= 0 and at.left >= 0 and self.height <= at.height - at.top and self.width <= at.width - at.left:
            return scaled[at.top : at.top + self.height, at.left : at.left + self.width]
        window = np.full((self.height, self.width, 3), self.fill, np.uint8)
        rows, columns = max(0, -at.top), max(0, -at.left)
        part = scaled[max(0, at.top) :, max(0, at.left) :][: self.height - rows, : self.width - columns]
        window[rows : rows + part.shape[0], columns : columns + part.shape[1]] = part
        return window


def _shift(scaled: int, window: int) -> int:
    spare = scaled - window
    return round(spare / 2) if spare >= 0 else -(-spare // 2)


def _per_channel(value: float | list[float] | tuple[float, ...]) -> tuple[float, float, float]:
    channels = (value,) * 3 if isinstance(value, (int, float)) else tuple(value)
    if len(channels) != 3:
        raise ModelError(f"a mean or std of {len(channels)} channels: pictures have 3")
    return float(channels[0]), float(channels[1]), float(channels[2])
