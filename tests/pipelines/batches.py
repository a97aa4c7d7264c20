"""Small batches of real films, and the command run on them in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from film_maker import Making, write_film

from artwork.domain import Rgb

ARTWORK = Path(sys.executable).with_name("artwork")


def painting(seed: int) -> Rgb:
    """A picture larger than a frame: soft blobs with fine detail, another for each seed."""
    generator = np.random.default_rng(seed)
    soft = cv2.resize(generator.integers(30, 225, (6, 9, 3), dtype=np.uint8), (480, 300), interpolation=cv2.INTER_CUBIC)
    fine = generator.integers(-12, 13, (150, 240, 1)).repeat(2, axis=0).repeat(2, axis=1)
    return np.clip(soft.astype(np.int16) + fine, 0, 255).astype(np.uint8)


def shot_of(seed: int, frames: int) -> list[Rgb]:
    """A slow pan over a painting."""
    picture = painting(seed)
    return [np.ascontiguousarray(picture[20:200, step : step + 320]) for step in range(frames)]


def make_batch(folder: Path, films: int = 5, shots: int = 4) -> Path:
    """A folder of films with cuts, each with paintings of its own."""
    folder.mkdir()
    for film in range(films):
        pictures = [picture for shot in range(shots) for picture in shot_of(100 * film + shot, 24 + 6 * shot)]
        write_film(folder / f"film {film}.mp4", pictures, Making(options={"crf": "20", "preset": "ultrafast"}))
    return folder


def command(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`artwork` with these words, run to its end."""
    return subprocess.run(
        [ARTWORK, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=_environment(environment),
    )


def begin(*words: str | Path, **environment: str) -> subprocess.Popen[str]:
    """`artwork` with these words, begun."""
    return subprocess.Popen(
        [ARTWORK, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(environment),
    )


def rows(answer: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    """What the command printed with --json."""
    return [json.loads(line) for line in answer.stdout.splitlines()]


def dump(store: Path) -> str:
    """The whole catalogue, canonically."""
    answer = command("export", "catalog", "--store", store)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def _environment(more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARTWORK_")}
    return kept | more
