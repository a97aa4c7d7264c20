"""Small films with known pictures and known times, encoded here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from artwork.domain import Rgb

MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Making:
    """How a film is encoded; nearly lossless x264 unless it says otherwise."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    time_base: Fraction = MILLISECONDS
    rate: int = 25
    rotation: int = 0
    mirrored: bool = False
    pixel_aspect: Fraction = Fraction(1)
    matrix: int = 1
    full_range: bool = False
    transfer: int = 1
    primaries: int = 1
    options: dict[str, str] = field(default_factory=lambda: {"crf": "4", "preset": "veryfast"})


def plain(width: int, height: int, colour: tuple[int, int, int]) -> Rgb:
    """One colour."""
    return np.full((height, width, 3), colour, np.uint8)


def quarters(width: int, height: int) -> Rgb:
    """Red, green over blue, white."""
    picture = np.zeros((height, width, 3), np.uint8)
    half_height, half_width = height // 2, width // 2
    picture[:half_height, :half_width] = (255, 0, 0)
    picture[:half_height, half_width:] = (0, 255, 0)
    picture[half_height:, :half_width] = (0, 0, 255)
    picture[half_height:, half_width:] = 255
    return picture


def gradient(width: int, height: int, phase: float = 0.0) -> Rgb:
    """Soft colours everywhere; another phase is another picture."""
    down, across = np.mgrid[0:height, 0:width]
    channels = [
        127 + 100 * np.sin(across / width * 5 + phase),
        127 + 100 * np.cos(down / height * 4 - phase),
        127 + 100 * np.sin((across / width + down / height) * 3 + 2 * phase),
    ]
    return np.stack(channels, axis=2).astype(np.uint8)


def write_film(path: Path, pictures: Sequence[Rgb], making: Making | None = None, times: Sequence[int] = ()) -> Path:
    """A film of these pictures, `times` in ticks of the time base, or at the rate."""
    making = making or Making()
    height, width = pictures[0].shape[:2]
    step = int(1 / (making.rate * making.time_base))
    with av.open(str(path), "w") as film:
        stream = film.add_stream(making.codec, rate=making.rate, options=making.options)
        stream.width, stream.height, stream.pix_fmt = width, height, making.pixel_format
        coder = stream.codec_context
        coder.time_base = making.time_base
        coder.sample_aspect_ratio = making.pixel_aspect
        coder.colorspace, coder.color_trc, coder.color_primaries = making.matrix, making.transfer, making.primaries
        coder.color_range = 2 if making.full_range else 1
        if making.rotation or making.mirrored:
            stream.set_display_rotation(making.rotation, hflip=making.mirrored)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
                format=making.pixel_format,
                dst_colorspace={6: 5}.get(making.matrix, making.matrix),
                dst_color_range=2 if making.full_range else 1,
                interpolation="BICUBIC",
            )
            frame.pts = times[number] if times else number * step
            frame.time_base = making.time_base
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path
