"""Which instants of a film are worth a closer look: the stillest and sharpest frame of every short stretch.

The sampler sees every decoded frame but never waits for the shot detector. Time is cut into slots; a slot also ends
where the picture jumps, so that its winner never straddles a cut. Only winners are converted to stills. When the
pass is over and the shots are known, `choose` keeps a few well-spread winners of each shot.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from artwork.domain import FrameSignals, Luma, Rgb, Shot, Timecode
from artwork.ports import DecodedFrame

MOTION_WEIGHT = 12.0
"""How many e-folds of sharpness a full-scale motion costs: a change of 0.06 halves a frame's appeal."""

FOOT_WEIGHT = 0.5
"""How many e-folds of appeal one of sharpness costs that the lowest quarter of the frame has over the rest.

Within a shot the picture there is much the same, and a subtitle is not: of Big Buck Bunny with subtitles half of the
time, 31 of 33 sampled frames had one when the sharpness of the whole frame counted (letters are sharper than pictures),
1 of 33 with this.
"""

SMALLEST_STILL = 16
"""Pixels of the longer side: smaller ones show nothing, and the measures need gradients and blocks."""


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How densely a film is sampled.

    slot_seconds: one winner per slot. jump: change (0 to 1) at which the picture is taken to have cut.
    least_seconds: a slot cut shorter than this by a jump has no winner. margin_seconds: distance kept from cuts and
    transitions, shrunk to a quarter of the shot for short ones. seconds_per_instant: a shot gives one instant for
    each such length begun. most_per_shot: and never more than this. still_long_side: pixels; jpeg_quality: 1 to 100.
    """

    slot_seconds: float = 1.25
    jump: float = 0.08
    least_seconds: float = 0.2
    margin_seconds: float = 0.15
    seconds_per_instant: float = 4.0
    most_per_shot: int = 8
    still_long_side: int = 640
    jpeg_quality: int = 90

    def __post_init__(self) -> None:
        if min(self.slot_seconds, self.seconds_per_instant) <= 0 or self.most_per_shot < 1:
            raise ValueError(f"slot_seconds, seconds_per_instant and most_per_shot must be positive, not {self}")
        if min(self.jump, self.least_seconds, self.margin_seconds) < 0:
            raise ValueError(f"jump, least_seconds and margin_seconds must not be negative, as in {self}")
        if self.still_long_side < SMALLEST_STILL or not 1 <= self.jpeg_quality <= 100:
            raise ValueError(f"still_long_side must be at least {SMALLEST_STILL}, jpeg_quality 1 to 100, not {self}")


@dataclass(frozen=True, slots=True)
class Instant:
    """A slot's winner. `ordinal` names its still in the spool."""

    at: Timecode
    signals: FrameSignals
    motion: float
    ordinal: int

    @property
    def appeal(self) -> float:
        """Higher is stiller and sharper, and not written on at the foot; nearly black or flat frames come last."""
        signals = self.signals
        substance = min(signals.spread / 0.1, 1.0) * min(signals.brightness / 0.1, 1.0)
        sharp = math.log(signals.sharpness + 1e-3)
        written = math.log(signals.foot + 1e-3) - sharp
        return sharp - FOOT_WEIGHT * written - MOTION_WEIGHT * self.motion + 4.0 * substance


def measure(luma: Luma, before: Luma | None) -> FrameSignals:
    """The signals of a frame from its luma at analysis size and that of the frame before it (None: no change)."""
    edges = cv2.Laplacian(luma, cv2.CV_16S)
    foot = max(1, luma.shape[0] * 3 // 4)
    mean, deviation = cv2.meanStdDev(luma[:foot])
    _, above = cv2.meanStdDev(edges[:foot])
    _, below = cv2.meanStdDev(edges[foot:] if foot < luma.shape[0] else edges)
    change = 0.0 if before is None else float(cv2.mean(cv2.absdiff(luma, before))[0]) / 255
    return FrameSignals(
        brightness=float(mean[0, 0]) / 255,
        spread=float(deviation[0, 0]) / 255,
        sharpness=float(above[0, 0]) / 255,
        change=change,
        foot=float(below[0, 0]) / 255,
    )


@dataclass(slots=True)
class _Contender:
    """A frame that may become its slot's winner."""

    instant: Instant
    frame: DecodedFrame
    at_seconds: float
    appeal: float


class Sampler:
    """Keeps one winner per slot and hands its still to `keep(ordinal, pixels)`.

    A frame competes once `margin_seconds` have passed behind it without a jump, and only if as much had passed before
    it; where a slot is too short for such a frame, its best one stands. Memory holds the frames of one margin and one
    best frame, and does not grow with the film but for one small `Instant` per slot.
    """

    def __init__(self, params: SamplingParams, keep: Callable[[int, Rgb], None]) -> None:
        self._params = params
        self._keep = keep
        self._instants: list[Instant] = []
        self._luma: Luma | None = None
        self._run: int | None = None
        self._last: tuple[DecodedFrame, FrameSignals, bool] | None = None
        self._jumped_seconds = 0.0
        self._slot_seconds = 0.0
        self._unsettled: deque[_Contender] = deque()
        self._settled_best: _Contender | None = None
        self._edge_best: _Contender | None = None
        self._film_best: _Contender | None = None

    def observe(self, frame: DecodedFrame, run: int = 0) -> FrameSignals:
        """Take the next frame; `run` changes where the decoder jumped, so that no change is measured across."""
        now = frame.at.seconds
        if run != self._run:
            self._pause()
            self._run, self._jumped_seconds, self._slot_seconds = run, now, now
        luma: Luma = np.asarray(cv2.cvtColor(frame.analysis, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        begins = self._luma is None
        signals = measure(luma, self._luma)
        self._enter(signals.change)
        if signals.change > self._params.jump:
            self._end_slot(least=self._params.least_seconds, now=now)
            self._jumped_seconds = self._slot_seconds = now
        else:
            self._settle(now)
            if now - self._slot_seconds >= self._params.slot_seconds and self._settled_best is not None:
                self._store(self._settled_best)
                self._settled_best = self._edge_best = None
                self._slot_seconds = now
        self._luma, self._last = luma, (frame, signals, begins)
        return signals

    def finish(self) -> tuple[Instant, ...]:
        """All winners in order of time; at least one when any frame was seen."""
        self._pause()
        if not self._instants and self._film_best is not None:
            self._store(self._film_best)
        self._film_best = None
        return tuple(self._instants)

    def _enter(self, change_after: float) -> None:
        """The frame before becomes a contender, now that the change behind it is known."""
        if self._last is None:
            return
        frame, signals, begins = self._last
        change_before = change_after if begins else signals.change  # a run's first frame has no left neighbour
        instant = Instant(frame.at, signals, (change_before + change_after) / 2, 0)
        contender = _Contender(instant, frame, frame.at.seconds, instant.appeal)
        if contender.at_seconds - self._jumped_seconds >= self._params.margin_seconds:
            self._unsettled.append(contender)
        self._edge_best = _better(self._edge_best, contender)

    def _settle(self, now: float) -> None:
        """Those with a margin behind them compete."""
        while self._unsettled and now - self._unsettled[0].at_seconds >= self._params.margin_seconds:
            self._settled_best = _better(self._settled_best, self._unsettled.popleft())

    def _end_slot(self, least: float, now: float) -> None:
        """The slot's winner is stored; of one that was too short, only the film's last resort is remembered."""
        winner = self._settled_best or self._edge_best
        if winner is not None and (self._settled_best is not None or now - self._slot_seconds >= least):
            self._store(winner)
        elif winner is not None and not self._instants:
            self._film_best = _better(self._film_best, winner)
        self._settled_best = self._edge_best = None
        self._unsettled.clear()

    def _store(self, winner: _Contender) -> None:
        won = winner.instant
        kept = Instant(won.at, won.signals, won.motion, len(self._instants))
        self._keep(kept.ordinal, winner.frame.still(self._params.still_long_side))
        self._instants.append(kept)
        self._film_best = None

    def _pause(self) -> None:
        """End the run: the last frame has no right neighbour, so its own change stands for both."""
        if self._last is not None:
            frame, signals, _ = self._last
            self._enter(signals.change)
            self._settle(frame.at.seconds)
            self._end_slot(least=0.0, now=frame.at.seconds)
        self._last = self._luma = None


def _better(one: _Contender | None, other: _Contender) -> _Contender:
    return other if one is None or other.appeal > one.appeal else one


def choose(
    instants: Sequence[Instant], shots: Sequence[Shot], params: SamplingParams
) -> tuple[tuple[Instant, Shot], ...]:
    """A few well-spread instants of every shot, in order of time.

    The shot's clear part, less a margin, is divided evenly, and each part gives its most appealing instant. A shot
    with no instant inside its margins gives none, unless no shot of the film does: then each shot gives its best.
    """
    at_seconds = [instant.at.seconds for instant in instants]
    chosen = [
        (instant, shot)
        for shot in shots
        for instant in _spread(_between(instants, at_seconds, *_inner(shot, params)), shot, params)
    ]
    if chosen:
        return tuple(chosen)
    return tuple(
        (max(inside, key=_rank), shot)
        for shot in shots
        if (inside := _between(instants, at_seconds, shot.start.seconds, shot.end.seconds))
    )


def _inner(shot: Shot, params: SamplingParams) -> tuple[float, float]:
    """(first, last) second of a shot that lies far enough from its transitions."""
    start, end = shot.clear_start.seconds, shot.clear_end.seconds
    margin = min(params.margin_seconds, (end - start) / 4)
    return start + margin, end - margin


def _between(instants: Sequence[Instant], at_seconds: list[float], low: float, high: float) -> Sequence[Instant]:
    return instants[bisect_left(at_seconds, low) : bisect_left(at_seconds, high)]


def _spread(inside: Sequence[Instant], shot: Shot, params: SamplingParams) -> list[Instant]:
    low, high = _inner(shot, params)
    parts = max(1, min(params.most_per_shot, math.ceil((high - low) / params.seconds_per_instant)))
    best: dict[int, Instant] = {}
    for instant in inside:
        part = min(parts - 1, int((instant.at.seconds - low) / max(high - low, 1e-9) * parts))
        best[part] = max(best.get(part, instant), instant, key=_rank)
    return [best[part] for part in sorted(best)]


def _rank(instant: Instant) -> tuple[float, int]:
    return instant.appeal, -instant.ordinal
