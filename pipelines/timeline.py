"""The time line of a film, in shares of its length: shots in their own colours, candidates, refused frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from artwork.domain import AnnotatedFrame, BoundaryKind, Shot, ShotKind
from pipelines.page import FrameTile, TitlePage

_NEUTRAL = "#8a8f98"
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Block:
    """A shot: where it lies, in shares of the film."""

    shot: Shot
    left: float
    width: float

    @property
    def is_content(self) -> bool:
        """Whether candidates may come from it."""
        return self.shot.kind is ShotKind.CONTENT

    @property
    def opens_softly(self) -> bool:
        """Whether a dissolve or a fade leads into it."""
        return self.shot.opens_with is not BoundaryKind.CUT


@dataclass(frozen=True, slots=True)
class Stripe:
    """The stretch of a shot that lies nearest to one of its frames, with that frame's three main colours, "#rrggbb"."""

    left: float
    width: float
    colours: tuple[str, str, str]
    is_content: bool


@dataclass(frozen=True, slots=True)
class Pin:
    """A frame on the time line. `lane` 0 is nearest to the shots; pins of one lane do not touch."""

    tile: FrameTile
    left: float
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the axis."""

    left: float
    seconds: int

    @property
    def label(self) -> str:
        """0:30, or 1:02:30."""
        minutes, rest = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All marks, in order of time."""

    blocks: tuple[Block, ...]
    stripes: tuple[Stripe, ...]
    pins: tuple[Pin, ...]
    refused: tuple[Pin, ...]
    ticks: tuple[Tick, ...]

    @property
    def lanes(self) -> int:
        """How many lanes the pins need."""
        return max((pin.lane for pin in self.pins), default=-1) + 1


def timeline(page: TitlePage, pin_width: float = 0.032) -> Timeline:
    """The time line of a title; nothing on it when the film has no length. `pin_width`: share of the line."""
    length = page.seconds
    if length <= 0:
        return Timeline((), (), (), (), ())
    frames: dict[int, list[AnnotatedFrame]] = {}
    for tile in page.tiles.values():
        frames.setdefault(tile.frame.shot, []).append(tile.frame)
    shots = sorted(page.shots, key=lambda shot: shot.start)
    blocks = tuple(Block(shot, shot.start.seconds / length, shot.duration_seconds / length) for shot in shots)
    stripes = tuple(stripe for shot in shots for stripe in _striped(shot, frames.get(shot.number, ()), length))
    marks = [(tile, min(1.0, tile.frame.at.seconds / length)) for tile in page.tiles.values()]
    kept = [(tile, left) for tile, left in marks if tile.candidate]
    refused = tuple(Pin(tile, left) for tile, left in marks if tile.refusals and not tile.candidate)
    return Timeline(blocks, stripes, _in_lanes(kept, pin_width), refused, _ticks(length))


def main_colours(frame: AnnotatedFrame) -> tuple[str, str, str]:
    """A frame's three main colours, the largest first; the last known one, or a neutral grey, where there are fewer."""
    largest = sorted(frame.annotation.visual.palette, key=lambda colour: (-colour.share, colour.colour))[:3]
    known = [colour.colour for colour in largest] or [_NEUTRAL]
    return known[0], known[min(1, len(known) - 1)], known[-1]


def _striped(shot: Shot, frames: Sequence[AnnotatedFrame], length: float) -> Iterator[Stripe]:
    """The shot cut half way between its frames, in order of time; one grey stripe where it has none."""
    middles = [(one.at.seconds + other.at.seconds) / 2 for one, other in pairwise(frames)]
    edges = [shot.start.seconds, *middles, shot.end.seconds]
    colours = [main_colours(frame) for frame in frames] or [(_NEUTRAL, _NEUTRAL, _NEUTRAL)]
    for (start, end), stripe in zip(pairwise(edges), colours, strict=True):
        yield Stripe(start / length, (end - start) / length, stripe, shot.kind is ShotKind.CONTENT)


def _in_lanes(marks: Sequence[tuple[FrameTile, float]], width: float) -> tuple[Pin, ...]:
    """Each mark in the lowest lane where it touches no other."""
    ends: list[float] = []
    pins = []
    for tile, left in marks:
        lane = next((lane for lane, end in enumerate(ends) if left - width / 2 >= end), len(ends))
        ends[lane : lane + 1] = [left + width / 2]
        pins.append(Pin(tile, left, lane))
    return tuple(pins)


def _ticks(length: float) -> tuple[Tick, ...]:
    """Labels at round instants, at most nine."""
    step = next((step for step in _STEPS if length / step < 9), _STEPS[-1] * math.ceil(length / 8 / _STEPS[-1]))
    return tuple(Tick(at / length, at) for at in range(0, int(length) + 1, step))
