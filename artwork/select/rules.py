"""Why a frame is left out: every rule it breaks, with what was measured and what is allowed.

Limits are absolute where a number means the same on every film, and relative to the film's own median where films
differ by nature: a film shot through gauze is not blurred throughout, a night film is not black throughout, and one
with subtitles burned in is not a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from artwork.domain import AnnotatedFrame, Refusal, Shot, ShotKind


class Rule(StrEnum):
    """The rules, in the order in which they are named: what a frame is, before what is wrong with its picture."""

    BLANK = "blank"
    CREDITS = "credits"
    LOGO = "logo"
    TITLE_CARD = "title_card"
    TEST_PATTERN = "test_pattern"
    BLACK = "black"
    WHITE = "white"
    LETTERBOX = "letterbox"
    FLAT = "flat"
    DISSOLVE = "dissolve"
    BLURRED = "blurred"
    MOTION_BLURRED = "motion_blurred"
    CLIPPED_HIGHLIGHTS = "clipped_highlights"
    CLIPPED_SHADOWS = "clipped_shadows"
    TEXT_HEAVY = "text_heavy"
    EYES_SHUT = "eyes_shut"
    NEAR_CUT = "near_cut"


PLACE: Mapping[str, int] = {rule: place for place, rule in enumerate(Rule)}
"""Where each rule stands among those that a frame breaks: the first is the reason to name first."""

# A frame that shows nothing is worse than one that shows lettering.
_NOTHING_TO_SEE = (Rule.BLANK, Rule.BLACK, Rule.WHITE)
GRAVITY: Mapping[str, int] = {
    rule: len(Rule) - place + (len(Rule) if rule in _NOTHING_TO_SEE else 0) for place, rule in enumerate(Rule)
}
"""How grave each rule is for a frame that must do as the last resort: 1 for the mildest."""

_KIND_RULES: Mapping[ShotKind, Rule] = {
    ShotKind.BLANK: Rule.BLANK,
    ShotKind.CREDITS: Rule.CREDITS,
    ShotKind.LOGO: Rule.LOGO,
    ShotKind.TITLE_CARD: Rule.TITLE_CARD,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """A limit that follows the film, within bounds that do not.

    share: the limit is this share of the film's median. lowest, highest: and never outside these.
    """

    share: float
    lowest: float
    highest: float

    def around(self, median: float) -> float:
        """The limit for a film with this median."""
        return min(self.highest, max(self.lowest, self.share * median))


@dataclass(frozen=True, slots=True)
class RuleParams:
    """The limits. A frame *at* a limit passes.

    black: mean luma below it; half the film's median, so that a film that plays at night keeps its night.
    white: mean luma above it.
    flat: contrast (standard deviation of luma) below it; half the film's median: a pale film keeps its pictures.
    blurred: sharpness of the sharpest parts below it. Measured on stills of Big Buck Bunny, 640 px wide: 0.55 and
        more as they are, 0.43 to 0.52 after a Gaussian blur of 2 px, 0.28 to 0.31 after 4 px.
    motion_blurred: motion blur above it. Frames of film reach 0.05 at the 95th percentile; smeared by 8 px along the
        movement they have a median of 0.11 to 0.18.
    clipped_highlights, clipped_shadows: share of pixels at the end of the scale above it. Shadows follow the film.
    letterbox: share of the frame inside the bars below it.
    test_pattern: how much of the picture is drawn with a ruler above it (`artwork.annotate.composition.ruled`).
    text_heavy: share of the frame under text above it. A line of a title over the picture covers 2 to 3 % (Big Buck
        Bunny, Sintel trailer), a subtitle of six words 1.5 %; what is taken for text in 300 frames without any covers
        at most 0.5 %. Where most frames are written on (subtitles, a time code, the logo of a station), those with
        the least of it must do.
    eyes_shut: a frontal face with shut eyes covers more than this share of the frame. 0.02 is a head a fifth of
        the frame's height: a medium close-up, where eyes are seen on a phone.
    cut_margin_seconds, cut_margin_share: nearer to a cut than the smaller of the seconds and the share of the shot.
        Frames beside a cut show the tail of a movement, and the seam of a cut that was found a frame late.
    """

    black: Bounds = Bounds(share=0.5, lowest=0.03, highest=0.06)
    white: float = 0.94
    flat: Bounds = Bounds(share=0.5, lowest=0.02, highest=0.04)
    blurred: Bounds = Bounds(share=0.55, lowest=0.25, highest=0.45)
    motion_blurred: float = 0.09
    clipped_highlights: float = 0.30
    clipped_shadows: Bounds = Bounds(share=1.6, lowest=0.45, highest=0.85)
    letterbox: float = 0.35
    test_pattern: float = 0.9
    text_heavy: Bounds = Bounds(share=1.25, lowest=0.008, highest=0.06)
    eyes_shut: float = 0.02
    cut_margin_seconds: float = 0.15
    cut_margin_share: float = 0.15


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of one film."""

    black: float
    flat: float
    blurred: float
    clipped_shadows: float
    text_heavy: float


def refusals(frames: Sequence[AnnotatedFrame], shots: Sequence[Shot], params: RuleParams) -> tuple[Refusal, ...]:
    """Every rule that every frame breaks: frames by instant and id, the rules of a frame in the order of `Rule`.

    A frame without a refusal may become a candidate. The result does not depend on the order of the input.

    Raises:
        ValueError: a frame names a shot that is not among `shots`.
    """
    by_number = {shot.number: shot for shot in shots}
    strays = sorted({frame.shot for frame in frames} - by_number.keys())
    if strays:
        raise ValueError(f"frames name shots {strays}, which are not among the film's {len(shots)} shots")
    limits = _limits(frames, by_number, params)
    found: list[Refusal] = []
    for frame in sorted(frames, key=lambda frame: (frame.at, frame.id)):
        shot = by_number[frame.shot]
        broken = (*_by_shot(frame, shot, params), *_by_looks(frame, params, limits), *_by_sight(frame, params, limits))
        found += sorted(broken, key=lambda refusal: PLACE[refusal.rule])
    return tuple(found)


def _limits(frames: Sequence[AnnotatedFrame], shots: Mapping[int, Shot], params: RuleParams) -> _Limits:
    """The limits that follow the film, from the medians over its content frames that are not black."""
    content = [
        frame.annotation
        for frame in frames
        if shots[frame.shot].kind is ShotKind.CONTENT and frame.annotation.visual.brightness >= params.black.lowest
    ]
    visuals = [annotation.visual for annotation in content]
    return _Limits(
        black=params.black.around(_median([visual.brightness for visual in visuals])),
        flat=params.flat.around(_median([visual.contrast for visual in visuals])),
        blurred=params.blurred.around(_median([visual.sharpness for visual in visuals])),
        clipped_shadows=params.clipped_shadows.around(_median([visual.clipped_shadows for visual in visuals])),
        text_heavy=params.text_heavy.around(_median([each.contextual.text_share for each in content])),
    )


def _median(values: Sequence[float]) -> float:
    """The median, or 0 where there is nothing, which gives the lowest limit."""
    return float(np.median(values)) if values else 0.0


def cut_margin(shot: Shot, params: RuleParams) -> float:
    """Seconds around the cuts of a shot that give no candidates; short shots have narrow ones."""
    return min(params.cut_margin_seconds, params.cut_margin_share * shot.duration_seconds)


def _by_shot(frame: AnnotatedFrame, shot: Shot, params: RuleParams) -> list[Refusal]:
    """What the frame's place in the film says against it."""
    broken = []
    if shot.kind is not ShotKind.CONTENT:
        broken.append(Refusal(frame.id, _KIND_RULES[shot.kind], 1.0, 0.0))
    outside = max(shot.clear_start.exact - frame.at.exact, frame.at.exact - shot.clear_end.exact)
    if outside > 0 or (outside == 0 and frame.at == shot.clear_end < shot.end):
        broken.append(Refusal(frame.id, Rule.DISSOLVE, float(outside), 0.0))
    margin = cut_margin(shot, params)
    if frame.seconds_to_cut < margin:
        broken.append(Refusal(frame.id, Rule.NEAR_CUT, frame.seconds_to_cut, margin))
    return broken


def _by_looks(frame: AnnotatedFrame, params: RuleParams, limits: _Limits) -> list[Refusal]:
    """What the pixels say against the frame."""
    visual = frame.annotation.visual
    low = (
        (Rule.BLACK, visual.brightness, limits.black),
        (Rule.FLAT, visual.contrast, limits.flat),
        (Rule.BLURRED, visual.sharpness, limits.blurred),
        (Rule.LETTERBOX, frame.annotation.compositional.picture.area, params.letterbox),
    )
    high = (
        (Rule.TEST_PATTERN, frame.annotation.compositional.ruled, params.test_pattern),
        (Rule.WHITE, visual.brightness, params.white),
        (Rule.MOTION_BLURRED, visual.motion_blur, params.motion_blurred),
        (Rule.CLIPPED_HIGHLIGHTS, visual.clipped_highlights, params.clipped_highlights),
        (Rule.CLIPPED_SHADOWS, visual.clipped_shadows, limits.clipped_shadows),
    )
    broken = [Refusal(frame.id, rule, value, limit) for rule, value, limit in low if value < limit]
    return broken + [Refusal(frame.id, rule, value, limit) for rule, value, limit in high if value > limit]


def _by_sight(frame: AnnotatedFrame, params: RuleParams, limits: _Limits) -> list[Refusal]:
    """What is seen in the frame and speaks against it. A detector that cannot tell refuses nobody."""
    context = frame.annotation.contextual
    broken = []
    if context.text_share > limits.text_heavy:
        broken.append(Refusal(frame.id, Rule.TEXT_HEAVY, context.text_share, limits.text_heavy))
    asleep = [face.box.area for face in context.faces if face.frontal and face.eyes_open is False]
    if asleep and max(asleep) > params.eyes_shut:
        broken.append(Refusal(frame.id, Rule.EYES_SHUT, max(asleep), params.eyes_shut))
    return broken
