"""Hard cuts: scenedetect's detectors vote on the step between two frames, and what lies around it is heard as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from artwork.film.reel import Moment, Reel, colour_distance, distance, followed, is_back, likeness

_STRONGEST = 2.0
"""No vote counts for more than a measure exp(2), about seven, times its detector's threshold, or a seventh of it."""
_HIGHEST = 2.5
"""No peak counts for more than exp(2.5), about twelve, times what stands beside it: a still picture has no limit."""
_STILL = 0.5
"""The content measure between two frames of a picture that stands still; smaller ones are taken for this."""


@dataclass(frozen=True, slots=True)
class CutParams:
    """What the votes weigh, and what else is asked.

    Each vote is the logarithm of a detector's measure over that detector's own threshold: 0 where it is undecided,
    positive where it sees a cut. The first four thresholds are scenedetect's defaults. Weights: logistic regression
    with all weights held at or above 0, on joins of the development seeds and on films labelled by eye, with
    letterboxed, darkened, noisy and thinned copies; measured: tests/benchmarks/shots.py on seeds held out.

    Attributes:
        content, adaptive, histogram, hashing: weights of scenedetect's detectors.
        peak: of the step being larger than any within three frames.
        far: of the frames before and behind differing still, some frames on: a flash goes back.
        shape: of no frame before looking like one behind, whatever the brightness.
        colour: of the colours having gone.
        undecided: what the sum must exceed.
        quiet: a step whose content measure is smaller is never a cut: sensor noise stays below it.
        content_threshold, adaptive_threshold, histogram_threshold, hashing_threshold: where scenedetect's detectors are
            undecided; their own defaults.
    """

    content: float = 0.11
    adaptive: float = 1.85
    histogram: float = 0.39
    hashing: float = 1.68
    peak: float = 1.13
    far: float = 0.67
    shape: float = 3.08
    colour: float = 2.9
    undecided: float = 5.95
    quiet: float = 2.5
    content_threshold: float = 27.0
    adaptive_threshold: float = 3.0
    histogram_threshold: float = 0.2
    hashing_threshold: float = 0.35


def cut_strength(reel: Reel, number: int, reach: int, far_reach: int, params: CutParams) -> float:
    """How clearly moment `number` begins a new shot, in logits: above 0 it does; -inf when the question is idle.

    Args:
        reel: must hold `far_reach` moments before and behind, where the film has them.
        number: the moment asked about.
        reach: moments after which a flash is over, about a third of a second.
        far_reach: moments after which an explosion has burnt out, about a second.
        params: the weights.
    """
    here = reel[number].content
    beside = max(reel[number - 1].content, reel[number + 1].content if number + 1 < reel.shown else 0.0)
    if number <= reel.oldest or here < params.quiet or here < beside:
        return -math.inf
    pairs = [(reel[number - back], reel[number + on]) for back, on in _around(reach)]
    # The more pairs are compared the less they say: when the nearest does not carry the cut, no more need be heard,
    # and when it would not whatever the dearer votes are, not even those.
    voted, nearest = votes(reel, number, params), surroundings(pairs[:1], params)
    if voted + nearest + _STRONGEST * (abs(params.histogram) + abs(params.hashing)) <= 0:
        return -math.inf
    voted += dear_votes(reel, number, params)
    if voted + nearest <= 0:
        return -math.inf
    strength = voted + surroundings(pairs, params)
    return strength if strength <= 0 or not burns_out(reel, number, far_reach) else -math.inf


def votes(reel: Reel, number: int, params: CutParams) -> float:
    """What the content and adaptive detectors say of the step to moment `number`, and how it stands out; in logits."""
    here = reel[number]
    near = _steps(reel, number, 2)
    adaptive = here.content / max(_STILL, sum(near) / max(1, len(near)))
    peak = math.log(max(here.content, _STILL) / max((_STILL, *_steps(reel, number, 3))))
    return (
        params.content * _vote(here.content, params.content_threshold)
        + params.adaptive * _vote(adaptive, params.adaptive_threshold)
        + params.peak * min(peak, _HIGHEST)
        - params.undecided
    )


def dear_votes(reel: Reel, number: int, params: CutParams) -> float:
    """What HistogramDetector and HashDetector say of the step to moment `number`, in logits."""
    here = reel[number]
    return params.histogram * _vote(here.histogram, params.histogram_threshold) + params.hashing * _vote(
        here.hashing, params.hashing_threshold
    )


def surroundings(pairs: Sequence[tuple[Moment, Moment]], params: CutParams) -> float:
    """How unlike the moments before a step and behind it are, in pixels, shapes and colours, weighted; in logits."""
    far = min(distance(one.tiny, other.tiny) for one, other in pairs)
    shape = max(likeness(one, other) for one, other in pairs[::2])
    colour = min(colour_distance(one, other) for one, other in pairs)
    return params.far * math.log1p(far) + params.shape * (1.0 - shape) + params.colour * math.sqrt(max(colour, 0.0))


@lru_cache(maxsize=16)
def _around(reach: int) -> tuple[tuple[int, int], ...]:
    """Which moments are compared, as (back, on): the nearest on one side with those up to `reach` on the other."""
    ahead = [(back, on) for on in range(1, reach + 1) for back in (1, 2, 3)]
    behind = [(back, on) for back in range(4, reach + 2) for on in (0, 1, 2)]
    return tuple(ahead + behind)


def burns_out(reel: Reel, number: int, far_reach: int) -> bool:
    """Whether the step is one end of a light that comes or goes by degrees: an explosion, a lamp, a passing body.

    Within `far_reach` the film comes back to the picture on the other side, without a second step half as large as
    this one: with such a step it would be an insert, which is cut twice.
    """
    return _comes_back(reel, number - 1, range(number, number + far_reach), number) or _comes_back(
        reel, number, range(number - 1, number - 1 - far_reach, -1), number
    )


def _comes_back(reel: Reel, start: int, path: range, number: int) -> bool:
    origin = reel[start]
    _, step = followed(origin, reel[path[0]])
    for there in path[1:]:
        if not reel.oldest <= there < reel.shown:
            return False
        joint = max(there, there - path.step)
        moment = reel[there]
        if joint != number and abs(there - path[0]) > 2 and reel[joint].content > 0.5 * reel[number].content:
            return False
        if is_back(origin, moment, step):
            return True
    return False


def _steps(reel: Reel, number: int, reach: int) -> list[float]:
    """Content measures of the steps within `reach` of the one asked about, without it."""
    span = range(max(number - reach, reel.oldest + 1, 1), min(number + reach + 1, reel.shown))
    return [reel[n].content for n in span if n != number]


def _vote(measure: float, threshold: float) -> float:
    return min(max(math.log(max(measure, 1e-6) / threshold), -_STRONGEST), _STRONGEST)
