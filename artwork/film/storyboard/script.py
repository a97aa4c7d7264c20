"""What a storyboard says: title facts, frame, shots made of layers, camera moves, words and transitions.

A storyboard is a TOML file; `load_storyboard` reads it, and everything else here is a frozen value whose defaults
are the file's defaults. `Storyboard.spans`, `boundaries` and `true_shots` are the truth about its timeline, known
without drawing a pixel.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from artwork.domain import Boundary, BoundaryKind, Shot, ShotKind, Timecode
from artwork.errors import BadInput

Said = TypeVar("Said")

RENDERING = 1
"""Raised when the same storyboard would give other pixels: part of its digest."""


class StoryboardError(BadInput):
    """A storyboard file says something that cannot be shot."""

    def __init__(self, storyboard: str, problem: str) -> None:
        self.storyboard = storyboard
        self.problem = problem
        super().__init__(storyboard, problem)

    def __str__(self) -> str:
        return f"storyboard {self.storyboard}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One picture in a shot, from the back to the front.

    Lengths are in picture heights (`height`) or fractions of the picture (`place`, `drift`). `depth` is how much the
    camera's move shifts it: 0 at the horizon, 1 at the subject, more in front of it.
    """

    picture: str
    seed: int = 1
    colours: tuple[str, ...] = ()
    level: float = 0.5
    amount: float = 0.5
    crop: tuple[float, ...] = ()
    cut: str = ""
    place: tuple[float, ...] = (0.5, 0.5)
    height: float = 1.3
    aspect: float = 0.0
    depth: float = 1.0
    mirror: bool = False
    grade: str = ""
    light: float = 1.0
    blur: float = 0.0
    opacity: float = 1.0
    drift: tuple[float, ...] = (0.0, 0.0)
    bob: tuple[float, ...] = (0.0, 0.5)
    grow: float = 1.0
    tilt: float = 0.0
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A move from one framing to another: (x, y, zoom), the centre in fractions of the picture."""

    start: tuple[float, ...] = (0.5, 0.5, 1.0)
    end: tuple[float, ...] = ()
    ease: str = "smooth"
    shake: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """Text on the picture, from `start` to `end` seconds of the shot (0: to its end)."""

    text: str
    style: str = "subtitle"
    start: float = 0.0
    end: float = 0.0
    colour: str = "#f4f1ea"
    place: tuple[float, ...] = ()
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """How a shot gives way to the next: cut, dissolve, black or white (a fade through it), and its frames.

    A dissolve overlaps the two shots by `frames`. A fade dims the last `frames` of one shot, holds the colour for
    `hold` frames, and brightens the first `frames` of the next.
    """

    kind: str = "cut"
    frames: int = 0
    hold: int = 2


@dataclass(frozen=True, slots=True)
class ShotPlan:
    """One shot: how long, of what, how the camera moves, what the air is like, and how it ends."""

    seconds: float
    layers: tuple[Layer, ...]
    kind: str = "content"
    grade: str = ""
    camera: Camera = Camera()
    words: tuple[Words, ...] = ()
    weather: str = ""
    weather_amount: float = 1.0
    vignette: float = 0.0
    grain: float = 0.0
    flashes: tuple[float, ...] = ()
    flicker: float = 0.0
    next: Transition = Transition()


@dataclass(frozen=True, slots=True)
class Span:
    """Where a shot lies on the film, in frames: [start, stop) has anything of it, [clear_start, clear_stop) only it."""

    start: int
    stop: int
    clear_start: int
    clear_stop: int


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A film to be made: who it is, how large, and its shots in order."""

    id: str
    name: str
    shots: tuple[ShotPlan, ...]
    kind: str = "film"
    genres: tuple[str, ...] = ()
    year: int = 0
    synopsis: str = ""
    cast: tuple[str, ...] = ()
    maturity_rating: str = ""
    language: str = "en"
    pictures: str = ""
    width: int = 640
    height: int = 360
    fps: str = "24"
    aspect: float = 0.0
    fade_in: int = 0
    fade_out: int = 0

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact."""
        return Fraction(self.fps)

    @property
    def bar(self) -> int:
        """Rows of black above, and below, the picture."""
        if not self.aspect:
            return 0
        return max(0, (self.height - 2 * round(self.width / self.aspect / 2)) // 2)

    @property
    def digest(self) -> str:
        """16 hex digits: the same for the same film."""
        told = json.dumps([RENDERING, asdict(self)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def timecode(self, frame: int) -> Timecode:
        """When a frame is shown."""
        return Timecode(frame, 1 / self.rate)

    def frames_of(self, plan: ShotPlan) -> int:
        """How many frames a shot has, those shared with a dissolve included."""
        return round(plan.seconds * self.rate)

    def spans(self) -> tuple[Span, ...]:
        """Where every shot lies, in order; shots of a dissolve overlap."""
        spans: list[Span] = []
        start, lead = 0, self.fade_in
        for number, plan in enumerate(self.shots):
            stop = start + self.frames_of(plan)
            tail = self.fade_out if number == len(self.shots) - 1 else plan.next.frames
            spans.append(Span(start, stop, start + lead, stop - tail))
            lead = plan.next.frames
            fades = plan.next.kind in {"black", "white"}
            start = stop + plan.next.hold if fades else stop - plan.next.frames
        return tuple(spans)

    @property
    def frame_count(self) -> int:
        """How many frames the film has."""
        return self.spans()[-1].stop

    def boundaries(self) -> tuple[Boundary, ...]:
        """Where shots truly begin. A dissolve or fade runs from its first touched frame to the next clear one."""
        found: list[Boundary] = []
        spans = self.spans()
        for plan, before, after in zip(self.shots, spans, spans[1:], strict=False):
            first, last = before.clear_stop, after.clear_start
            kind = {"cut": BoundaryKind.CUT, "dissolve": BoundaryKind.DISSOLVE}.get(plan.next.kind, BoundaryKind.FADE)
            at = first + (last - first) // 2
            found.append(Boundary(self.timecode(at), kind, self.timecode(first), self.timecode(last)))
        return tuple(found)

    def true_shots(self) -> tuple[Shot, ...]:
        """The shots as a perfect detector would tell them, with their kinds; they tile the film."""
        spans, cuts = self.spans(), self.boundaries()
        starts = [self.timecode(0), *(cut.at for cut in cuts)]
        ends = [*starts[1:], self.timecode(self.frame_count)]
        return tuple(
            Shot(
                number=number,
                start=starts[number],
                end=ends[number],
                clear_start=self.timecode(span.clear_start),
                clear_end=self.timecode(span.clear_stop),
                opens_with=cuts[number - 1].kind if number else BoundaryKind.CUT,
                kind=ShotKind(plan.kind),
            )
            for number, (plan, span) in enumerate(zip(self.shots, spans, strict=True))
        )


def load_storyboard(path: Path) -> Storyboard:
    """The storyboard in a TOML file, checked.

    Raises:
        StoryboardError: the file is not TOML, has an unknown key, lacks one, or describes what cannot be shot.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        board = read_storyboard(told)
    except (OSError, ValueError, TypeError) as error:
        raise StoryboardError(path.name, str(error)) from error
    return board


def read_storyboard(told: Mapping[str, Any]) -> Storyboard:
    """The storyboard that a mapping describes, checked.

    Raises:
        ValueError: an unknown or missing key, or a film that cannot be shot.
    """
    shots = tuple(_shot(number, shot) for number, shot in enumerate(told.get("shots", ())))
    board = _value(Storyboard, {**told, "shots": shots}, "the film")
    _check(board)
    return board


def _shot(number: int, told: Mapping[str, Any]) -> ShotPlan:
    where = f"shot {number}"
    parts: dict[str, Any] = dict(told)
    parts["layers"] = tuple(_value(Layer, layer, where) for layer in told.get("layers", ()))
    parts["words"] = tuple(_value(Words, words, where) for words in told.get("words", ()))
    parts["camera"] = _value(Camera, told.get("camera", {}), where)
    parts["next"] = _value(Transition, told.get("next", {}), where)
    return _value(ShotPlan, parts, where)


def _value(kind: type[Said], told: Mapping[str, Any], where: str) -> Said:
    """One dataclass from a mapping; lists become tuples; keys must be known and complete."""
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]  # only dataclasses are passed
    for key in told:
        if key not in known:
            raise ValueError(f"{where}: unknown key {key!r}; a {kind.__name__} has {', '.join(known)}")
    for key, one in known.items():
        if key not in told and one.default is MISSING:
            raise ValueError(f"{where}: a {kind.__name__} needs {key!r}")
    return kind(**{key: tuple(part) if isinstance(part, list) else part for key, part in told.items()})


def _check(board: Storyboard) -> None:
    """Refuse what cannot be shot: no shots, odd sizes, unknown words, transitions longer than their shots."""
    if not board.shots:
        raise ValueError("there are no shots")
    if board.width < 16 or board.height < 16 or board.width % 2 or board.height % 2 or board.rate <= 0:
        raise ValueError(
            f"{board.width}x{board.height} at {board.fps} cannot be encoded: even sides from 16 are needed"
        )
    for number, (plan, span) in enumerate(zip(board.shots, board.spans(), strict=True)):
        ShotKind(plan.kind)
        if plan.next.kind not in {"cut", "dissolve", "black", "white"}:
            raise ValueError(f"shot {number}: unknown transition {plan.next.kind!r}: cut, dissolve, black or white")
        if (plan.next.kind == "cut") != (plan.next.frames == 0):
            raise ValueError(f"shot {number}: a cut has 0 frames, a {plan.next.kind} at least 1")
        if span.clear_stop - span.clear_start < 1:
            raise ValueError(f"shot {number}: {plan.seconds} s is too short for its transitions")
    if board.shots[-1].next.kind != "cut":
        raise ValueError("the last shot gives way to nothing: use fade_out")
