"""Dissolves: for some frames each picture is a mixture of the shot that goes and the shot that comes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from artwork.domain import Rgb
from artwork.film.reel import Moment, Reel, distance, is_back, likeness

_SEEK, _PATCH = 4, 9
"""How far movement is looked for in a tiny picture, and in patches of which side: a sixteenth of its width."""


@dataclass(frozen=True, slots=True)
class DissolveParams:
    """What is asked of a dissolve.

    Weights: logistic regression on dissolves of 8 to 36 frames in joins of the development seeds, against all other
    frames there and in films looked at by eye; measured: tests/benchmarks/shots.py on seeds held out.

    Attributes:
        half_seconds: half lengths that are tried; a dissolve between two of them answers to the nearer.
        least_change: mean absolute difference of the two ends, 0 to 255: below it move faces, shadows and credits.
        most_alike: likeness of the two ends; above it one picture only changed its light.
        most_residue: the share of the change that half of either end may leave unexplained in the middle.
        least_dip, most_dip: logarithm of the middle's contrast over that of the ends; two unlike shots mixed lose up to
            a third of it, a cloud of smoke or an explosion between two pictures takes more, a body passing adds to it.
        most_jerk: logarithm of the largest step over the mean one: a mixture moves evenly.
        least_progress: how far the mixture must have gone on in either half of the middle half.
        change, calm, residue, alike: weights of the change, of its being larger than what moves before and behind,
            of what the mixture leaves unexplained, and of the ends' likeness.
        undecided: what the sum must exceed.
        beside_seconds: how far before and behind the middle movement is looked for.
        least_unmoved: the share of the change there that no movement explains. Pans, zooms and rolling credits leave
            0.1 to 0.4 of it, dissolves of moving pictures 0.6 and more (measured on the development joins).
    """

    half_seconds: tuple[float, ...] = (0.17, 0.25, 0.38, 0.54, 0.75)
    least_change: float = 14.0
    most_alike: float = 0.75
    most_residue: float = 0.5
    least_dip: float = -0.6
    most_dip: float = 0.0
    most_jerk: float = 1.7
    least_progress: float = 0.12
    change: float = 2.9
    calm: float = 1.5
    residue: float = -19.0
    alike: float = -14.0
    undecided: float = 6.0
    beside_seconds: tuple[float, ...] = (0.15, 0.28)
    least_unmoved: float = 0.5


@dataclass(frozen=True, slots=True)
class Dissolve:
    """Moments [start, end) show two shots; the strength is in logits."""

    strength: float
    start: int
    end: int

    @property
    def middle(self) -> int:
        """The moment half way."""
        return (self.start + self.end) // 2


def find_dissolve(
    reel: Reel, number: int, halves: tuple[int, ...], besides: tuple[int, ...], params: DissolveParams
) -> Dissolve | None:
    """The clearest dissolve that has its middle at moment `number`, if there is one.

    Args:
        reel: must hold as many moments as the longest half has, and eight more, before and behind.
        number: the moment asked about.
        halves: half lengths to try, in moments.
        besides: how far from the middle, in moments, movement is looked for.
        params: what is asked.
    """
    best: tuple[float, int] | None = None
    for half in halves:
        if number - half - 1 < reel.oldest or number + half >= reel.shown:
            continue
        strength = _strength(reel, number, half, params)
        if strength is not None and (best is None or strength > best[0]):
            best = strength, half
    if best is None:
        return None
    if any(unmoved(reel, number, beside) < params.least_unmoved for beside in besides):
        return None
    start, end = _extent(reel, number, best[1])
    return None if _goes_back(reel, start, end) else Dissolve(best[0], start, end)


def _goes_back(reel: Reel, start: int, end: int) -> bool:
    """Whether the film shows behind what it showed before: an explosion's glow that sinks is no dissolve."""
    before = [reel[start - back] for back in (1, 3, 6, 9)]
    behind = [reel[end + on] for on in (0, 3, 6, 9)]
    change = distance(reel[start].luma, reel[end].luma)
    return any(is_back(one, other, change) for one in before for other in behind)


def _strength(reel: Reel, number: int, half: int, params: DissolveParams) -> float | None:
    """How clearly there is a dissolve from `half` moments before to as many after, in logits; None: not at all."""
    going, middle, coming = (reel[n] for n in (number - half - 1, number, number + half))
    change = distance(going.speck, coming.speck)
    if change < params.least_change:
        return None
    halfway = cast("Rgb", cv2.addWeighted(going.speck, 0.5, coming.speck, 0.5, 0.0))
    if distance(middle.speck, halfway) > params.most_residue * change:
        return None
    alike = likeness(going, coming)
    if alike > params.most_alike or not params.least_dip < _dip(going, middle, coming) < params.most_dip:
        return None
    aside = max(3, min(half, 8))
    calm = max(
        distance(reel[number - half - 1 - aside].speck, going.speck),
        distance(coming.speck, reel[number + half + aside].speck),
    )
    if calm > change or _jerk(reel, number, half) > params.most_jerk:
        return None
    fits = [
        _mixture(going.speck, coming.speck, reel[n].speck) for n in (number - half // 2 - 1, number, number + half // 2)
    ]
    (first, _), (centre, _), (last, _) = fits
    if not 0.2 < centre < 0.8 or min(centre - first, last - centre) < params.least_progress:
        return None
    strength = (
        params.change * math.log(change)
        + params.calm * math.log((change + 1) / (calm + 1))
        + params.residue * sum(rest for _, rest in fits) / 3 / change
        + params.alike * max(alike, 0.0)
        - params.undecided
    )
    return strength if strength > 0 else None


def _dip(going: Moment, middle: Moment, coming: Moment) -> float:
    """Logarithm of the middle's contrast over the root mean square of the ends'."""
    spreads = [moment.spread + 1.0 for moment in (going, middle, coming)]
    return math.log(spreads[1] / math.hypot(spreads[0], spreads[2]) * math.sqrt(2))


def _jerk(reel: Reel, number: int, half: int) -> float:
    """Logarithm of the largest step within the dissolve over an even share of the whole change."""
    span = range(number - half - 1, number + half)
    largest = max(distance(reel[n].speck, reel[n + 1].speck) for n in span)
    return math.log(max(largest, 1e-6) * len(span) / distance(reel[span[0]].speck, reel[span[-1] + 1].speck))


def _mixture(going: Rgb, coming: Rgb, mixed: Rgb) -> tuple[float, float]:
    """(share of `coming`, mean absolute rest) of the mixture of the two that comes nearest to `mixed`."""
    base = going.astype(np.float32).ravel()
    towards = coming.astype(np.float32).ravel() - base
    moved = mixed.astype(np.float32).ravel() - base
    share = float(moved @ towards / max(1.0, float(towards @ towards)))
    return share, float(np.abs(moved - share * towards).mean())


def unmoved(reel: Reel, number: int, beside: int) -> float:
    """The share of the change around a moment that no movement explains: near 0 in a pan, near 1 in a mixture.

    Every patch of 9 x 9 of the luma before is looked for, up to 4 to every side, in the one behind.
    """
    going, coming = reel[number - beside].luma, reel[number + beside].luma
    height, width = going.shape
    wide = cv2.copyMakeBorder(coming, _SEEK, _SEEK, _SEEK, _SEEK, cv2.BORDER_REFLECT)
    shifts = range(0, 2 * _SEEK + 1, 2)
    rests = [
        cv2.blur(cv2.absdiff(going, wide[y : y + height, x : x + width]), (_PATCH, _PATCH))
        for y in shifts
        for x in shifts
    ]
    still = cv2.blur(cv2.absdiff(going, coming), (_PATCH, _PATCH))
    return float(np.min(rests, axis=0).mean() / max(0.5, float(still.mean())))


def _extent(reel: Reel, number: int, half: int) -> tuple[int, int]:
    """Where the mixture begins and ends: as far as the film keeps moving along the line between its ends."""
    base = reel[number - half - 1].speck.astype(np.float32).ravel()
    towards = reel[number + half].speck.astype(np.float32).ravel() - base
    towards /= max(1.0, float(towards @ towards))

    def share(n: int) -> float:
        return float((reel[n].speck.astype(np.float32).ravel() - base) @ towards)

    core = max(1, half // 2)
    slope = (share(number + core) - share(number - core)) / (2 * core)
    start, end = number - core, number + core
    while start - 2 >= reel.oldest and share(start) - share(start - 2) > 0.5 * slope and number - start < 3 * half:
        start -= 1
    while end + 2 < reel.shown and share(end + 2) - share(end) > 0.5 * slope and end - number < 3 * half:
        end += 1
    return start, end + 1
