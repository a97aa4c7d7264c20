"""Films that benchmarks run on: 1080p, made once from the material beside the project, or from the storyboards."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path

import av

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(tempfile.gettempdir()) / "artwork-benchmarks"
BIT_RATE = 8_000_000
"""Bits per second: what streaming services send for 1080p H.264."""


def material() -> Path | None:
    """The folder of real films, or None."""
    folder = Path(os.environ.get("ARTWORK_MATERIAL", ROOT.parent / "shared"))
    return folder if (folder / "films").is_dir() else None


def film_1080p(seconds: int) -> Path:
    """A 1080p H.264 film of that length, made when it is not there: Big Buck Bunny, or a sample film, over and over."""
    folder = material()
    source = folder / "films" / "big_buck_bunny.mp4" if folder else _sample()
    target = PLACE / f"{source.stem}-1080p-{seconds}s.mp4"
    if not target.exists():
        PLACE.mkdir(exist_ok=True)
        part = target.with_suffix(".part")
        _enlarge(source, part, seconds)
        part.rename(target)
    return target


def _sample() -> Path:
    from pipelines.samples import make_samples

    make_samples(PLACE / "samples")
    return min((PLACE / "samples" / "films").glob("*.mp4"))


def _enlarge(source: Path, target: Path, seconds: int) -> None:
    options = {"preset": "veryfast", "b": str(BIT_RATE), "maxrate": str(BIT_RATE), "bufsize": str(2 * BIT_RATE)}
    with av.open(str(target), "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        written = 0
        while written < 24 * seconds:
            with av.open(str(source)) as original:
                for frame in original.decode(video=0):
                    if written >= 24 * seconds:
                        break
                    large = frame.reformat(width=1920, height=1080, format="yuv420p", interpolation="BICUBIC")
                    large.pts, large.time_base = written, Fraction(1, 24)
                    film.mux(stream.encode(large))
                    written += 1
        film.mux(stream.encode(None))
