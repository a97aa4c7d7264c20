"""The short list of a title: near-duplicates out, the film's own big themes first, a diverse best few in.

    allowed frames -> one of each picture -> the ugliest left out -> clusters weighted by screen time
                   -> the diverse best few under quotas -> candidates, the first of them the fallback

Beauty only filters. What ranks is how much of the film a frame stands for, and how still and sharp it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from artwork.domain import AnnotatedFrame, Appraisal, Candidate, Refusal, Shot, ShotKind, Vectors, content_id
from artwork.select.clusters import clustered
from artwork.select.diversity import Choice, Likeness, Quotas, diverse_few
from artwork.select.duplicates import DuplicateParams, alike, hash_bits, keepers, spread
from artwork.select.fallback import least_bad
from artwork.select.merit import MeritParams, merits


@dataclass(frozen=True, slots=True)
class ShortlistParams:
    """How long the list is, and what it looks for.

    count: candidates of a film. per_shot: at most so many of a shot. per_lone_shot: the same where a film has at
    most two shots. seconds_each: a clip gives no more than one for so many seconds of content, beside the first.
    drop_share: the ugliest share of the pictures, left out while twice `count` remain. By eye, on Big Buck Bunny: at a
        quarter, frames of ears and leaves still came through.
    clusters_each: clusters for every candidate wanted.
    balance: relevance against unlikeness in MMR, 1 to 0.
    representative, typical, merit: what makes relevance; they sum to 1.
    least_share: no candidate whose relevance is below this share of the best one's: a shorter list beats a weak frame.
    people_share, places_share: at least these shares of the list show somebody and nobody, where there are such
    frames. scale_share: at most this share is of one shot scale, while there are others.
    """

    count: int = 12
    per_shot: int = 2
    per_lone_shot: int = 3
    seconds_each: float = 2.0
    drop_share: float = 0.4
    clusters_each: float = 1.5
    balance: float = 0.6
    representative: float = 0.45
    typical: float = 0.1
    merit: float = 0.45
    least_share: float = 0.4
    people_share: float = 1 / 3
    places_share: float = 1 / 4
    scale_share: float = 1 / 2
    duplicates: DuplicateParams = field(default_factory=DuplicateParams)
    merits: MeritParams = field(default_factory=MeritParams)

    def __post_init__(self) -> None:
        if min(self.count, self.per_shot, self.per_lone_shot) < 1 or min(self.seconds_each, self.clusters_each) <= 0:
            raise ValueError("count, per_shot, per_lone_shot, seconds_each and clusters_each must be positive")
        shares = (self.drop_share, self.balance, self.least_share, self.people_share, self.places_share)
        if not all(0 <= share <= 1 for share in (*shares, self.scale_share)):
            raise ValueError("balance and every share must lie between 0 and 1")


@dataclass(frozen=True, slots=True)
class _Pool:
    """Frames in a fixed order (by instant, then id) with what was measured on them, row by row."""

    frames: tuple[AnnotatedFrame, ...]
    vectors: Vectors
    aesthetics: NDArray[np.float64]
    mass: NDArray[np.float64]

    @property
    def shots(self) -> NDArray[np.int64]:
        return np.array([frame.shot for frame in self.frames], dtype=np.int64)

    def only(self, places: NDArray[np.int64], mass: NDArray[np.float64]) -> _Pool:
        """The frames at these places, with other masses."""
        kept = tuple(self.frames[place] for place in places)
        return _Pool(kept, self.vectors[places], self.aesthetics[places], mass)


def shortlist(
    frames: Sequence[AnnotatedFrame],
    appraisals: Sequence[Appraisal],
    refusals: Sequence[Refusal],
    shots: Sequence[Shot],
    params: ShortlistParams,
) -> tuple[Candidate, ...]:
    """The candidates of a title, ranks 1 to n; exactly one is its fallback. Empty only when there are no frames.

    A frame needs an appraisal and no refusal; when there is none such, the least bad frame is the only candidate.
    Utility is relevance before diversity, 0 to 1, so it need not fall with rank; 0 for a least bad frame. No two
    candidates are near-duplicates. The result does not depend on the order of any argument.
    """
    pool = _allowed(frames, appraisals, refusals, shots)
    if not pool.frames:
        spare = least_bad(frames, refusals)
        return () if spare is None else (_candidate(spare, 1, 0.0),)
    quotas = _quotas(pool, shots, params)
    film_spread = spread(pool.vectors, pool.shots)
    pool = _presentable(_distinct(pool, film_spread, params), quotas.count, params)
    likeness = Likeness(pool.vectors, film_spread)
    clusters = clustered(pool.vectors, pool.mass, math.ceil(params.clusters_each * quotas.count))
    relevance = (
        params.representative * (clusters.share / clusters.share.max())[clusters.member_of]
        + params.typical * likeness.of(clusters.typicality)
        + params.merit * merits(pool.frames, pool.aesthetics.tolist(), params.merits, fine=False)
    )
    worthy = np.flatnonzero(relevance >= params.least_share * relevance.max())
    pool, relevance = pool.only(worthy, pool.mass[worthy]), relevance[worthy]
    choices = [
        Choice(frame.shot, int(cluster), frame.annotation.contextual.shot_scale, _peopled(frame))
        for frame, cluster in zip(pool.frames, clusters.member_of[worthy], strict=True)
    ]
    taken = diverse_few(relevance, Likeness(pool.vectors, film_spread), choices, quotas, params.balance)
    return tuple(_candidate(pool.frames[place], rank, float(relevance[place])) for rank, place in enumerate(taken, 1))


def _candidate(frame: AnnotatedFrame, rank: int, utility: float) -> Candidate:
    """The frame as a candidate. The first is the fallback: the most of the film in the best picture."""
    return Candidate(content_id("candidate", frame.id), frame.id, rank, utility, fallback=rank == 1)


def _peopled(frame: AnnotatedFrame) -> bool:
    return bool(frame.annotation.contextual.faces)


def _allowed(
    frames: Sequence[AnnotatedFrame],
    appraisals: Sequence[Appraisal],
    refusals: Sequence[Refusal],
    shots: Sequence[Shot],
) -> _Pool:
    """The frames that no rule refuses and that were appraised; each stands for its share of its shot's seconds."""
    refused = {refusal.frame_id for refusal in refusals}
    said = {appraisal.frame_id: appraisal for appraisal in appraisals}
    kept = [frame for frame in frames if frame.id in said and frame.id not in refused]
    kept.sort(key=lambda frame: (frame.at, frame.id))
    seconds: Mapping[int, float] = {shot.number: clear_seconds(shot) for shot in shots}
    sharing = Counter(frame.shot for frame in kept)
    mass = [max(seconds[frame.shot], 1e-3) / sharing[frame.shot] for frame in kept]
    vectors = np.stack([said[frame.id].vector for frame in kept]) if kept else np.zeros((0, 1), dtype=np.float32)
    aesthetics = np.array([said[frame.id].aesthetic for frame in kept], dtype=np.float64)
    return _Pool(tuple(kept), vectors, aesthetics, np.array(mass, dtype=np.float64))


def clear_seconds(shot: Shot) -> float:
    """How long the shot is seen by itself: black before a fade in is not its screen time."""
    return float(shot.clear_end.exact - shot.clear_start.exact)


def _distinct(pool: _Pool, film_spread: float, params: ShortlistParams) -> _Pool:
    """One frame of each picture, the stillest and sharpest, with the screen time of all those it stands for."""
    fine = merits(pool.frames, pool.aesthetics.tolist(), params.merits, fine=True)
    order = sorted(range(len(pool.frames)), key=lambda place: (-fine[place], pool.frames[place].id))
    hashes = hash_bits([frame.phash for frame in pool.frames])
    stands_for = keepers(alike(hashes, pool.vectors, film_spread, params.duplicates), order)
    mass = np.zeros(len(order), dtype=np.float64)
    np.add.at(mass, stands_for, pool.mass)
    kept = np.unique(stands_for)
    return pool.only(kept, mass[kept])


def _presentable(pool: _Pool, count: int, params: ShortlistParams) -> _Pool:
    """Without the ugliest share, as long as there remain twice as many as are wanted."""
    surplus = max(0, len(pool.frames) - 2 * count)
    dropped = min(surplus, int(params.drop_share * len(pool.frames)))
    order = sorted(range(len(pool.frames)), key=lambda place: (pool.aesthetics[place], pool.frames[place].id))
    kept = np.array(sorted(order[dropped:]), dtype=np.int64)
    return pool.only(kept, pool.mass[kept])


def _quotas(pool: _Pool, shots: Sequence[Shot], params: ShortlistParams) -> Quotas:
    """How long the list of this film may be, and how it is spread."""
    content = [shot for shot in shots if shot.kind is ShotKind.CONTENT]
    seconds = sum(clear_seconds(shot) for shot in content)
    shown = len({frame.shot for frame in pool.frames})
    per_shot = params.per_lone_shot if len(content) <= 2 else params.per_shot
    count = min(params.count, per_shot * shown, 1 + int(seconds / params.seconds_each))
    return Quotas(
        count=count,
        per_shot=per_shot,
        per_scale=max(1, math.ceil(params.scale_share * count)),
        per_cluster=1,
        people=math.ceil(params.people_share * count),
        places=math.ceil(params.places_share * count),
    )
