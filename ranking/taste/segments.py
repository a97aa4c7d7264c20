"""Segments: members of like taste, large enough that none of them can be told from what is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Profile, Segment, TasteMixture
from ranking.errors import TooLittleEvidence
from ranking.features import Tastes
from ranking.taste.clusters import Agreement, agreements, centres, chosen
from ranking.taste.evidence import Evidence
from ranking.taste.groups import Groups, floored
from ranking.taste.measure import Measure, Placed, measure_of
from ranking.taste.membership import mixture, posterior
from ranking.taste.params import TasteParams
from ranking.taste.portrait import Former, portraits
from ranking.taste.traits import Matrix, TraitTable

AT_ONCE = 65_536
"""Members whose tastes are mixed in one go."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The segments of a history.

    Attributes:
        name: of the fit: equal histories and params give equal names.
        segments: by number; none where tastes could not be told apart.
        tastes: a row for each, and the population's.
        shares: (segments + 1, words) of what is played, drawn to everybody's like the tastes.
        genres: which of the words are.
        members: those with enough plays to have a part in the segments.
        tried: numbers of segments, and how stable each was.
        measure: what tastes are measured by, of these members and of others.
        groups: by number, what members are assigned by; None without segments.
    """

    name: str
    segments: tuple[Segment, ...]
    tastes: Tastes
    shares: Matrix
    genres: frozenset[str]
    members: int
    tried: tuple[Agreement, ...]
    measure: Measure
    groups: Groups | None

    def probable(self, placed: Placed, part: slice = slice(None)) -> Matrix:
        """(members, segments) how probable each segment is for these members, or for a part of them."""
        if self.groups is None:
            return np.empty((len(placed.points[part]), 0))
        return posterior(placed.points[part], placed.lengths[part], self.groups.middles, self.groups.spread)

    def profiles(self, placed: Placed) -> Iterator[Profile]:
        """The members with their tastes; without segments everybody is the population."""
        for begin in range(0, len(placed.points), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            members = zip(placed.profiles[part], placed.plays[part].tolist(), strict=True)
            weights = placed.likings.weight[part].tolist()
            for member, weight, row in zip(members, weights, self.probable(placed, part), strict=True):
                taste = TasteMixture(self.name)
                if self.segments:
                    taste = mixture(self.name, weight, row, self.measure.prior_plays)
                yield Profile(member[0], taste, member[1])


def fitted(
    evidence: Evidence, traits: TraitTable, params: TasteParams, former: Former | None = None
) -> tuple[Fitted, Placed]:
    """The segments of these members, and where each of them lies.

    Args:
        evidence: of the members.
        traits: of the titles that the evidence is of.
        params: how.
        former: the fit before: segments that are found again keep their ids, names and, where they can, numbers.

    Raises:
        TooLittleEvidence: fewer members have a history than a group may have.
    """
    measure = measure_of(evidence, traits, params)
    placed = measure.placed(evidence, traits)
    known = np.flatnonzero((placed.likings.weight >= params.least_plays) & (placed.lengths > 0))
    if len(known) < params.floor:
        raise TooLittleEvidence("segments of members", "members with enough history", len(known), params.floor)
    groups, tried = _grouped(placed, known, params)
    members = [known[groups.labels == number] for number in range(len(groups.middles))] if groups else []
    drawn = portraits(placed.likings, measure.everybody, traits, members, former)
    kept = (drawn.name, drawn.segments, drawn.tastes, drawn.shares, traits.genres)
    return Fitted(*kept, len(known), tuple(tried), measure, groups.at(drawn.order) if groups else None), placed


def drawn_order(profiles: Sequence[str]) -> NDArray[np.int64]:
    """The members in an order that has nothing to do with who they are, and is always the same."""
    keys = [hashlib.blake2b(profile.encode(), digest_size=8, person=b"draw").digest() for profile in profiles]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _grouped(placed: Placed, known: NDArray[np.int64], params: TasteParams) -> tuple[Groups | None, list[Agreement]]:
    """The groups of the known members, each above the floor, None where there are not two; and what was tried."""
    clusters = params.clusters
    drawn = known[drawn_order([placed.profiles[place] for place in known])[: clusters.most_fitted]]
    judged = placed.points[drawn[: clusters.most_judged]]
    tried = agreements(judged, len(known) // params.floor, clusters, params.seed)
    best = chosen(tried, clusters.least_agreement)
    if best is None:
        return None, tried
    middles = centres(placed.points[drawn], best.segments, clusters, params.seed)
    return floored(placed.points[known], placed.lengths[known], middles, params.floor), tried
