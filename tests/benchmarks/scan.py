"""The full scan of a 1080p film against decoding alone, and against scenedetect alone.

    python -m tests.benchmarks.scan

Ours: the whole command `artwork ingest`, from start to end: decode, shots, sampling, annotation, the built-in
descriptor, selection, catalogue. Theirs: `ffmpeg -threads 1` to null (PyAV where there is no ffmpeg), and
`scenedetect.detect(film, AdaptiveDetector())`. Processor seconds of whole processes, one thread each, turn by turn on
the same film; the median of the turns' ratios counts.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.films import film_1080p
from tests.benchmarks.processes import ARTWORK, Cost, cost_of

SECONDS, TURNS = 240, 3
DECODING, DETECTING = 1.3, 1.1
"""What the ratios may be at most."""

_PYAV = """
import av, sys
with av.open(sys.argv[1]) as film:
    film.streams.video[0].codec_context.thread_count = 1
    for frame in film.decode(video=0): pass
"""
_SCENEDETECT = """
import sys, cv2
cv2.setNumThreads(1)
from scenedetect import AdaptiveDetector, detect
detect(sys.argv[1], AdaptiveDetector())
"""


def main() -> tuple[float, float]:
    """(against decoding, against scenedetect): printed with what they are made of."""
    film = film_1080p(SECONDS)
    turns = [_turn(film) for _ in range(TURNS)]
    decoding = statistics.median(ours.cpu_seconds / plain.cpu_seconds for ours, plain, _ in turns)
    detecting = statistics.median(ours.cpu_seconds / theirs.cpu_seconds for ours, _, theirs in turns)
    for turn in turns:
        print("  ours {:.1f} s, decoding {:.1f} s, scenedetect {:.1f} s".format(*(cost.cpu_seconds for cost in turn)))
    print(f"full scan : decoding alone      {decoding:.2f}  (at most {DECODING})")
    print(f"full scan : scenedetect alone   {detecting:.2f}  (at most {DETECTING})")
    return decoding, detecting


def _turn(film: Path) -> tuple[Cost, Cost, Cost]:
    with tempfile.TemporaryDirectory() as store:
        ours = cost_of([ARTWORK, "ingest", str(film), "--store", store, "--workers", "1"])
    return ours, cost_of(decoder(film)), cost_of([sys.executable, "-c", _SCENEDETECT, str(film)])


def decoder(film: Path) -> list[str]:
    """A command that decodes the film and does nothing else."""
    if shutil.which("ffmpeg"):
        return ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(film), "-an", "-f", "null", "-"]
    return [sys.executable, "-c", _PYAV, str(film)]


if __name__ == "__main__":
    main()
