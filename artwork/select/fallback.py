"""The least bad frame of a film of which every frame was refused, so that no title is left without artwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artwork.domain import AnnotatedFrame, Refusal
from artwork.select.rules import GRAVITY


def least_bad(frames: Sequence[AnnotatedFrame], refusals: Sequence[Refusal]) -> AnnotatedFrame | None:
    """The frame whose gravest broken rule is the mildest; None when there are no frames.

    Black, blank and credits are the gravest rules, so such a frame is taken only when there is no other. Among
    equals: the fewest rules broken, the least overstepped, the sharpest for its motion, then by id.
    """
    against: dict[str, list[Refusal]] = {frame.id: [] for frame in frames}
    for refusal in refusals:
        against.get(refusal.frame_id, []).append(refusal)
    return min(frames, key=lambda frame: _badness(frame, against), default=None)


def _badness(frame: AnnotatedFrame, against: Mapping[str, Sequence[Refusal]]) -> tuple[int, int, float, float, str]:
    """What to compare, the most important first; smaller is better."""
    broken = against[frame.id]
    visual = frame.annotation.visual
    return (
        max((GRAVITY.get(refusal.rule, len(GRAVITY)) for refusal in broken), default=0),
        len(broken),
        max((_overstep(refusal) for refusal in broken), default=0.0),
        max(visual.motion, visual.motion_blur) - visual.sharpness,
        frame.id,
    )


def _overstep(refusal: Refusal) -> float:
    """How far the value lies beyond the limit, 0 at the limit to 1: the same for lower and upper limits."""
    larger = max(abs(refusal.value), abs(refusal.limit))
    return abs(refusal.value - refusal.limit) / larger if larger > 0 else 0.0
