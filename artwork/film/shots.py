"""Shots of a film: which detector looks for their boundaries, and how the boundaries tile the film.

A shot is what scenedetect calls a scene.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from artwork.domain import Boundary, BoundaryKind, Shot, Timecode
from artwork.film.transnet import TransNetDetector
from artwork.film.voting import VotingDetector, VotingParams
from artwork.ports import ShotDetector

SINGLE_DETECTORS = ("adaptive", "content", "threshold", "histogram", "hash")
"""scenedetect's detectors, each alone."""
DETECTORS = ("vote", *SINGLE_DETECTORS, "transnet")
"""What `ShotParams.detector` may say."""


@dataclass(frozen=True, slots=True)
class ShotParams:
    """How shots are found.

    Attributes:
        detector: one of `DETECTORS`. "vote": scenedetect's detectors and own evidence together. "adaptive", "content",
            "threshold", "histogram", "hash": that detector of scenedetect alone, at its own defaults. "transnet":
            TransNetV2, needs the extra [transnet].
        minimum_seconds: no shot is shorter; of two boundaries closer than this the stronger stays. 0.25 s is six
            frames of film: fast-cut action goes down to about eight frames a shot, a flash or a muzzle fire back to
            what was before lasts less.
        voting: how the votes are counted; only read by "vote".
    """

    detector: str = "vote"
    minimum_seconds: float = 0.25
    voting: VotingParams = field(default_factory=VotingParams)

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS:
            raise ValueError(f"no shot detector {self.detector!r}: take one of {', '.join(DETECTORS)}")
        if not self.minimum_seconds >= 0:
            raise ValueError(f"minimum_seconds is {self.minimum_seconds}: give 0 or more")


def open_detector(params: ShotParams) -> ShotDetector:
    """A fresh detector for one film.

    Raises:
        ExtraMissing: "transnet" without the extra [transnet].
    """
    if params.detector == "vote":
        return VotingDetector(params.minimum_seconds, params.voting)
    if params.detector == "transnet":
        return TransNetDetector(params.minimum_seconds)
    from artwork.film.single import SingleDetector  # noqa: PLC0415  # scenedetect takes 0.2 s to import

    return SingleDetector(params.detector, params.minimum_seconds)


def shots_from_boundaries(boundaries: Iterable[Boundary], first: Timecode, end: Timecode) -> tuple[Shot, ...]:
    """The shots that tile [first, end), numbered from 0 in order of time.

    A boundary at `first` or before begins no second shot: it only says where the first one becomes clear (a fade in
    from black). One at `end` or behind only says where the last one stops being clear. Two boundaries at one instant
    begin one shot, of the first one's kind.

    Raises:
        ValueError: the film ends before it begins.
    """
    if end < first:
        raise ValueError(f"a film cannot end at {end}, before its first frame at {first}")
    ordered = sorted(boundaries, key=lambda boundary: boundary.at)
    openings: dict[Timecode, BoundaryKind] = {} if first == end else {first: BoundaryKind.CUT}
    for boundary in ordered:
        if boundary.at <= first < end:
            openings[first] = boundary.kind
        elif first < boundary.at < end:
            openings.setdefault(boundary.at, boundary.kind)
    edges = [*openings, end]
    instants = [boundary.at for boundary in ordered]
    # A transition may reach over more than the shots it parts: the latest end so far, the earliest start to come.
    reached = [first, *accumulate((boundary.end for boundary in ordered), max)]
    coming = [end, *accumulate((boundary.start for boundary in reversed(ordered)), min)][::-1]
    shots: list[Shot] = []
    for number, (start, stop) in enumerate(pairwise(edges)):
        clear_start = min(max(start, reached[bisect_right(instants, start)]), stop)
        clear_end = min(max(clear_start, coming[bisect_left(instants, stop)]), stop)
        shots.append(Shot(number, start, stop, clear_start, clear_end, opens_with=openings[start]))
    return tuple(shots)
