"""What a film's packets and key frames tell of its groups of pictures: which must be read, and how far.

A group of pictures runs from a key frame to the next one that is looked at; it can only be decoded from its key frame
on. Encoders leave two traces of a change: a coded frame much larger than its neighbours, or a key frame out of turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import Rgb

LOOK_SIZE = (48, 27)
"""(width, height) of a look: enough for a layout and a histogram, and independent of the film's shape."""

_LAYOUT_SIZE = (16, 9)
_LAYOUT_WEIGHT = 0.6
"""How much an equal layout excuses a different histogram (an actor moves, the light changes)."""

_USUAL_TURN = 250
"""Frames from a key frame to the next at most, where x264 and x265 are told nothing else."""
_TRUST = 2
"""Key frames out of turn that every encoder is taken to have put at cuts before the first is seen."""
_WELL_LIT, _MOST_GAIN = 96.0, 4.0
"""Mean that the brighter of two dark looks is raised to, and the most that it is raised: coding noise stays small."""
_FLAT = 24
"""Grey levels between the darkest and the brightest part of a look that shows nothing."""
_FADED, _SAME_LAYOUT = 0.75, 0.6
"""Share of the brightness that is left, and correlation of the layouts, when one picture is a faded other."""

_BLANK_SIZE = 0.1
"""A key frame of less than that share of the next one's size shows next to nothing."""
_NEARLY_DARK = 24.0
"""Mean below which a look beside one twice as bright is taken for the end of a fade."""


@dataclass(frozen=True, slots=True)
class GroupParams:
    """When a group of pictures is read, and how far.

    Likeness was measured on Big Buck Bunny (12 encodes of 150 s, 39 cuts) and on joins of free clips with dissolves
    and fades: two pictures of one shot are 0.00 to 0.40 unlike, of two shots 0.36 to 0.95; a probe of a frame that
    holds on to the picture before is 0.00 to 0.17, one within a dissolve 0.33 and more, behind a cut 0.42 and more.

    Attributes:
        stirred: `unlikeness` of a probe to what came before it, above which something happened there.
        reached: of a frame to the next key frame, below which what lies between them has been seen.
        unlike: of two key frames, above which they show two shots, or one that went a long way. Between them and
            with no probe stirred, nothing happened.
        spike: a coded frame is suspicious when it is this many times as large as its neighbours (every cut inside a
            group was above 2.2, half of them above 8).
        spike_floor: and at least this share of the smaller key frame around it.
        window: neighbours taken on either side, frames: more than lie between two P frames.
        spacing: of suspicious frames closer than this the largest stands for all.
        believed: share of the key frames out of turn that must be unlike the one before, for the others to be believed.
        cut_seconds, slow_seconds: read behind a cut, and behind a slow change: what the shot detector wants to see of
            the new shot.
        opening_seconds: passed over where a group opens a shot, before frames are sampled: they keep a distance from
            cuts.
        sample_frames: seen where nothing happened, so that the stiller one can be kept, its motion known.
        sample_seconds: and no more often than this.
    """

    stirred: float = 0.2
    reached: float = 0.3
    unlike: float = 0.42
    spike: float = 2.0
    spike_floor: float = 0.12
    window: int = 12
    spacing: int = 24
    believed: float = 0.5
    cut_seconds: float = 0.4
    slow_seconds: float = 1.0
    opening_seconds: float = 0.16
    sample_frames: int = 2
    sample_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A suspicious frame decoded without the frames between it and its key frame.

    What it takes over from them then shows the key frame, what it codes anew shows itself: behind a cut, all of it.
    `pixels` is None where the decoder made nothing of it.
    """

    place: int
    pixels: Rgb | None


@dataclass(frozen=True, slots=True)
class Look:
    """A key frame: its place among the film's frames, its pixels at `LOOK_SIZE`, and the probes of its group."""

    place: int
    pixels: Rgb
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a group of pictures is read. Places count the film's frames in order of presentation.

    Attributes:
        first: its key frame.
        until: frames before this place are read in any case; equal to `first` when its opening tells enough.
        end: the key frame of the next group, or the number of frames in the film.
        goal: the picture the next group begins with; a group that is read is read on until it is seen. None: to the
            end.
        cut_ahead: the next key frame stands out of turn: when what was read does not resemble it, there is a cut at
            `end`, and the rest need not be read.
    """

    first: int
    until: int
    end: int
    goal: Rgb | None
    cut_ahead: bool = False


def look_at(pixels: Rgb) -> Rgb:
    """The picture at `LOOK_SIZE`, area-averaged."""
    return np.asarray(cv2.resize(pixels, LOOK_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def unlikeness(one: Rgb, other: Rgb) -> float:
    """How little two looks have in common: 0 for the same, 1 for nothing.

    The share of colours not in common (8 x 8 x 8 histogram intersection), less where the layouts correlate. Two dark
    looks are brightened alike first: eight steps would not tell them apart.
    """
    gain = min(_MOST_GAIN, max(1.0, _WELL_LIT / max(1.0, float(one.mean()), float(other.mean()))))
    colours = 1 - float(np.minimum(_histogram(one, gain), _histogram(other, gain)).sum())
    return colours * (1 - _LAYOUT_WEIGHT * max(0.0, _likeness(one, other)))


def is_flat(look: Rgb) -> bool:
    """Whether a look shows nothing, or next to nothing: the middle of a fade."""
    low, high, _, _ = cv2.minMaxLoc(cv2.cvtColor(look, cv2.COLOR_RGB2GRAY))
    return bool(high - low < _FLAT)


def _is_lit(look: Rgb) -> bool:
    return not is_flat(look) and float(look.mean()) >= _NEARLY_DARK


def is_fading(one: Rgb, other: Rgb) -> bool:
    """Whether two looks may belong to one fade: one of them is flat, or nearly dark, or a darker other."""
    if is_flat(one) or is_flat(other):
        return True
    darker, brighter = sorted((float(one.mean()), float(other.mean())))
    if darker < _FADED * brighter and _likeness(one, other) > _SAME_LAYOUT:
        return True
    return darker < min(_NEARLY_DARK, brighter / 2)


def suspicious_places(sizes: NDArray[np.int64], first: int, end: int, params: GroupParams) -> tuple[int, ...]:
    """Which frames of a group may be part of a change: they are coded much larger than their neighbours; in order.

    Each is held against the second largest of the `window` frames before and of those behind it, whichever is less
    (two of them are P frames at most; B frames are small and say little; a change of bit rate has one side only).
    """
    inside = sizes[first + 1 : end].astype(np.float64)
    before = _second_largest_before(inside, params.window)
    behind = _second_largest_before(inside[::-1], params.window)[::-1]
    usual = np.fmin(before, behind)
    usual = np.where(np.isnan(usual), np.inf, np.maximum(usual, 1.0))
    key_size = _key_size(float(sizes[first]), float(sizes[end] if end < len(sizes) else sizes[first]))
    spikes = np.flatnonzero((inside > params.spike * usual) & (inside > params.spike_floor * key_size))
    kept: list[int] = []
    while spikes.size:
        largest = int(spikes[np.argmax(inside[spikes])])
        kept.append(first + 1 + largest)
        spikes = spikes[np.abs(spikes - largest) >= params.spacing]
    return tuple(sorted(kept))


def _key_size(first: float, after: float) -> float:
    """The smaller of two key frames; not that of a blank one before a picture: it tells nothing of what that costs."""
    return after if first < _BLANK_SIZE * after else min(first, after)


def openings(
    ticks: NDArray[np.int64], places: Sequence[int], time_base: Fraction, params: GroupParams
) -> tuple[int, ...]:
    """How many frames are seen of each group whatever happens in it, so that every shot is sampled; at least one.

    Args:
        ticks: (count,) presentation times, growing.
        places: the key frames that groups begin with, in order.
        time_base: seconds a tick.
        params: how much is seen, and how often.
    """
    opens = [True, *out_of_turn(places)]
    lengths: list[int] = []
    sampled: float | None = None
    for place, end, begins in zip(places, [*places[1:], len(ticks)], opens, strict=True):
        seconds = ticks[place:end].astype(np.float64) * float(time_base)
        length = 1
        if begins or sampled is None or seconds[0] - sampled >= params.sample_seconds:
            kept = int(np.searchsorted(seconds, seconds[0] + params.opening_seconds)) if begins else 0
            length = min(kept + params.sample_frames, end - place)
            sampled = float(seconds[length - 1])
        lengths.append(length)
    return tuple(lengths)


class GroupPlanner:
    """Says of one group after another how far it is read."""

    def __init__(
        self, ticks: NDArray[np.int64], places: Sequence[int], time_base: Fraction, params: GroupParams
    ) -> None:
        self._ticks = ticks
        self._time_base = float(time_base)
        self._params = params
        self._out_of_turn = dict(zip(places[1:], out_of_turn(places), strict=True))
        self._told = self._marked = _TRUST

    def plan(self, look: Look, after: Look | None) -> Reading:
        """The reading of the group that begins with `look`, from what the next one begins with; None for the last."""
        count, params = len(self._ticks), self._params
        if after is None:
            return Reading(look.place, count, count, None)
        difference = unlikeness(look.pixels, after.pixels)
        marked = self._out_of_turn.get(after.place, False)
        believed = self._believe(difference) if marked else False
        fading = is_fading(look.pixels, after.pixels)
        # The film's first key frame says little: many films begin with a fade.
        cut_ahead = believed and not fading and difference > params.unlike and look.place > 0
        doubtful = marked and params.stirred < difference <= params.unlike
        if is_flat(look.pixels) and _is_lit(after.pixels):
            until = self._one_suspect_left(look, after.place)
        elif fading or doubtful:
            until = after.place
        else:
            until = self._stirred_until(look, after.place, certain_end=cut_ahead)
            if difference > params.unlike and not cut_ahead:
                until = max(until, look.place + 1)
        return Reading(look.place, until, after.place, after.pixels, cut_ahead)

    def _one_suspect_left(self, look: Look, end: int) -> int:
        """The place from which on a picture like the next key frame is the one that stays.

        A single change between two frames that are alike is no cut: it takes a second one to lead back.
        """
        if len(look.probes) < 2:
            return look.place + 1
        behind = round(self._params.slow_seconds / self._time_base)
        place = look.probes[-2].place
        return min(end, int(np.searchsorted(self._ticks, self._ticks[place] + behind, side="right")))

    def _believe(self, difference: float) -> bool:
        """Whether this encoder puts a key frame out of turn where there is a cut, as far as is known."""
        self._told += 1
        self._marked += difference > self._params.unlike
        return self._marked >= self._params.believed * self._told

    def _stirred_until(self, look: Look, end: int, *, certain_end: bool) -> int:
        """The place behind the last change that the group's probes show, with context; its first when they show none.

        Before an end that is not going to be seen, the detector gets the context of a slow change.
        """
        params = self._params
        known, until = look.pixels, look.place
        for probe in look.probes:
            difference = 1.0 if probe.pixels is None else unlikeness(known, probe.pixels)
            if difference < params.stirred:
                continue
            known = known if probe.pixels is None else probe.pixels
            sharp = difference > params.unlike and not certain_end
            behind = round((params.cut_seconds if sharp else params.slow_seconds) / self._time_base)
            until = int(np.searchsorted(self._ticks, self._ticks[probe.place] + behind, side="right"))
        return min(until, end)


def out_of_turn(places: Sequence[int]) -> list[bool]:
    """For every key frame but the first, whether something made the encoder put it there.

    Key frames in turn come at one distance from each other or on one grid: the longest distance that repeats.
    """
    lengths = [after - before for before, after in pairwise(places)]
    repeated = (length for length, times in Counter(lengths).items() if times > 1 or length == _USUAL_TURN)
    turn = max(repeated, default=0)
    if not turn:
        return [True] * len(lengths)
    on_grid = set(range(0, places[-1], turn)) <= set(places)
    return [
        length != turn and not (on_grid and place % turn == 0)
        for length, place in zip(lengths, places[1:], strict=True)
    ]


def _histogram(look: Rgb, gain: float) -> NDArray[np.float64]:
    lit = look if gain == 1 else np.asarray(cv2.convertScaleAbs(look, alpha=gain), np.uint8)
    bins = (lit >> 5).reshape(-1, 3).astype(np.int64) @ np.array([64, 8, 1])
    return np.bincount(bins, minlength=512) / len(bins)


def _likeness(one: Rgb, other: Rgb) -> float:
    first, second = _layout(one), _layout(other)
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float((first * second).sum()) / lengths if lengths > 0 else 0.0


def _layout(look: Rgb) -> NDArray[np.float64]:
    grey = cv2.resize(cv2.cvtColor(look, cv2.COLOR_RGB2GRAY), _LAYOUT_SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(grey - grey.mean(), np.float64)


def _second_largest_before(inside: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """For each frame, the second largest of the `window` before its neighbour; NaN where there are fewer than four."""
    if inside.size == 0:
        return inside
    padded = np.concatenate([np.full(window + 1, -1.0), inside])[: inside.size + window - 1]
    views = np.lib.stride_tricks.sliding_window_view(padded, window)
    second = np.partition(views, window - 2, axis=1)[:, window - 2]
    return np.where((views >= 0).sum(axis=1) >= 4, second, np.nan)
