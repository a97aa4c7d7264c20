"""Processor time and shots of the quick pass against the full pass.

    python -m tests.benchmarks.quick [FILM...]

Without films: those of the material beside the project, and the first two minutes of Big Buck Bunny encoded at 1080p,
8 Mb/s, with x264's preset "superfast" and its own key frames. Both passes feed the same detector and the same sampler,
stills included, on one thread, turn by turn; the seconds are the process's own, and the lesser of each pass's turns
counts. A boundary agrees when the other pass has one within two frames.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from artwork.domain import Boundary
from artwork.film.quick import quick_pass
from artwork.film.sampling import Sampler, SamplingParams
from artwork.film.shots import ShotParams, open_detector
from artwork.film.video import PyAvSource
from artwork.ports import ShotDetector

ROOT = Path(__file__).resolve().parents[2]
FILMS = ("big_buck_bunny.mp4", "sintel_trailer.mp4", "bikes.mp4", "one_by_one_person.mp4")
TURNS = 2
TARGET_RATIO, TARGET_F1 = 5.0, 0.95
"""The ratio is asked of films at 1080p; of smaller ones decoding is the lesser part."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One pass over a film."""

    cpu_seconds: float
    boundaries: Sequence[Boundary]
    instants: int
    frames: int


def main(films: Sequence[str] = ()) -> float:
    """The ratio of processor times on the last film (the one at 1080p when no films are named), all printed."""
    cv2.setNumThreads(1)
    print(f"{'film':26} {'full':>5} {'quick':>5} {'F1':>6} {'CPU s':>13} {'ratio':>6} {'decoded':>8} {'stills':>9}")
    with tempfile.TemporaryDirectory() as place:
        ratio = 0.0
        for film in films or [*_material(), str(make_1080p(Path(place) / "big_buck_bunny_1080p.mp4"))]:
            ratio = _row(film)
    print(f"targets: F1 {TARGET_F1}; at 1080p ratio {TARGET_RATIO}")
    return ratio


def full_pass(film: str) -> Outcome:
    """Every frame through the detector and the sampler."""
    started = time.process_time()
    source, detector, sampler = PyAvSource(film), _detector(), Sampler(SamplingParams(), lambda _ordinal, _pixels: None)
    boundaries: list[Boundary] = []
    count, last = 0, None
    for frame in source.frames():
        boundaries += detector.observe(frame.analysis, frame.at)
        sampler.observe(frame)
        count, last = count + 1, frame.at
    if last is not None:
        boundaries += detector.finish(last)
    source.close()
    return Outcome(time.process_time() - started, boundaries, len(sampler.finish()), count)


def few_frames(film: str) -> Outcome:
    """The quick pass with the same detector and sampler; `frames` are those decoded."""
    started = time.process_time()
    sampler = Sampler(SamplingParams(), lambda _ordinal, _pixels: None)
    found = quick_pass(film, _detector, sampler.observe)
    return Outcome(time.process_time() - started, found.boundaries, len(sampler.finish()), found.decoded)


def make_1080p(path: Path) -> Path:
    """The first two minutes of Big Buck Bunny at 1920 x 1080, 8 Mb/s."""
    cut = ["-t", "120", "-i", _material()[0], "-an", "-vf", "scale=1920:1080,fps=24"]
    code = ["-c:v", "libx264", "-preset", "superfast", "-b:v", "8M", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *cut, *code], check=True)
    return path


def agreement(one: Sequence[Boundary], other: Sequence[Boundary], tolerance: float) -> float:
    """F1 of two lists of boundaries; each is matched once, with the nearest within `tolerance` seconds."""
    left = [boundary.at.seconds for boundary in other]
    hits = 0
    for boundary in one:
        nearest = min(left, key=lambda at: abs(at - boundary.at.seconds), default=None)
        if nearest is not None and abs(nearest - boundary.at.seconds) <= tolerance:
            left.remove(nearest)
            hits += 1
    return 2 * hits / (len(one) + len(other)) if one or other else 1.0


def _row(film: str) -> float:
    full, quick = _least(full_pass, film), _least(few_frames, film)
    source = PyAvSource(film)
    rate = float(source.facts.frame_rate or 25)
    source.close()
    ratio = full.cpu_seconds / quick.cpu_seconds
    print(
        f"{Path(film).name:26} {len(full.boundaries):5} {len(quick.boundaries):5}"
        f" {agreement(full.boundaries, quick.boundaries, 2.5 / rate):6.3f}"
        f" {full.cpu_seconds:6.2f} {quick.cpu_seconds:6.2f} {ratio:6.2f} {quick.frames / full.frames:8.2f}"
        f" {full.instants:4} {quick.instants:4}"
    )
    return ratio


def _least(way: Callable[[str], Outcome], film: str) -> Outcome:
    return min((way(film) for _ in range(TURNS)), key=lambda outcome: outcome.cpu_seconds)


def _detector() -> ShotDetector:
    return open_detector(ShotParams())


def _material() -> list[str]:
    folder = Path(os.environ.get("ARTWORK_MATERIAL", ROOT.parent / "shared")) / "films"
    return [str(folder / name) for name in FILMS]


if __name__ == "__main__":
    main(sys.argv[1:])
