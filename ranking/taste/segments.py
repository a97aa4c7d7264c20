"""Segments: members of like taste, large enough that none of them can be told from what is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import content_id
from ranking.domain import Profile, Segment, TasteMixture
from ranking.errors import TooLittleEvidence
from ranking.features import Tastes
from ranking.taste.clusters import Agreement, agreements, centres, chosen
from ranking.taste.evidence import Evidence
from ranking.taste.groups import Groups, floored
from ranking.taste.likings import Likings, likings_of, shares_of, unit
from ranking.taste.matching import numbering, pairs
from ranking.taste.membership import mixture, posterior
from ranking.taste.names import named
from ranking.taste.params import TasteParams
from ranking.taste.traits import Matrix, TraitTable

AT_ONCE = 65_536
"""Members that are assigned in one go."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Fitted:
    """The segments of a history.

    Attributes:
        name: of the fit: equal histories and params give equal names.
        segments: by number; none where tastes could not be told apart.
        tastes: a row for each, and the population's.
        shares: (segments + 1, words) of what is played.
        genres: which of the words are.
        members: those with enough plays to have a part in the segments.
        tried: numbers of segments, and how stable each was.
        groups: what members are assigned by; None without segments.
    """

    name: str
    segments: tuple[Segment, ...]
    tastes: Tastes
    shares: Matrix
    genres: frozenset[str]
    members: int
    tried: tuple[Agreement, ...]
    groups: Groups | None


Former = tuple[Sequence[Segment], Tastes]
"""The segments of a fit, by number, and what they like."""


def fitted(
    evidence: Evidence, traits: TraitTable, params: TasteParams, former: Former | None = None
) -> tuple[Fitted, Iterator[Profile]]:
    """The segments of these members, and every member with its taste, by id.

    Args:
        evidence: of the members.
        traits: of the titles that the evidence is of.
        params: how.
        former: the fit before: segments that are found again keep their ids, names and, where they can, numbers.

    Raises:
        TooLittleEvidence: fewer members have a history than a group may have.
    """
    likings = likings_of(evidence, traits, params.prior_plays)
    points, lengths = unit(space(likings, params.vector_share))
    known = np.flatnonzero((likings.weight >= params.least_plays) & (lengths > 0))
    if len(known) < params.floor:
        raise TooLittleEvidence("segments of members", "members with enough history", len(known), params.floor)
    drawn = drawn_order([evidence.profiles[place] for place in known])[: params.clusters.most_fitted]
    found, tried = _grouped(points[known], lengths[known], drawn, params)
    result = _described(likings, traits, known, (found, tried), former)
    return result, _profiles(evidence, likings, (points, lengths), result, params)


def space(likings: Likings, vector_share: float) -> Matrix:
    """(members, words + rank) where tastes are compared: words and vectors, each as long as its share on the mean."""
    parts = []
    shares = (1.0 - vector_share, vector_share) if likings.vectors.any() and likings.words.any() else (1.0, 1.0)
    for table, share in zip((likings.words, likings.vectors), shares, strict=True):
        scale = float(np.sqrt((table * table).sum(axis=1).mean())) if table.size else 0.0
        parts.append(table * (np.sqrt(share) / scale if scale > 0 else 0.0))
    return np.hstack(parts)


def drawn_order(profiles: Sequence[str]) -> NDArray[np.int64]:
    """The members in an order that has nothing to do with who they are, and is always the same."""
    keys = [hashlib.blake2b(profile.encode(), digest_size=8, person=b"draw").digest() for profile in profiles]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _grouped(
    points: Matrix, lengths: Matrix, drawn: NDArray[np.int64], params: TasteParams
) -> tuple[Groups | None, list[Agreement]]:
    """The groups of these members, each above the floor; None where there are not two."""
    clusters = params.clusters
    judged = points[drawn[: clusters.most_judged]]
    tried = agreements(judged, len(points) // params.floor, clusters, params.seed)
    best = chosen(tried, clusters.least_agreement)
    if best is None:
        return None, tried
    middles = centres(points[drawn], best.segments, clusters, params.seed)
    return floored(points, lengths, middles, params.floor), tried


def _described(
    likings: Likings,
    traits: TraitTable,
    known: NDArray[np.int64],
    grouping: tuple[Groups | None, list[Agreement]],
    former: Former | None,
) -> Fitted:
    """The groups as segments: what they like, what they are called, which of the former ones they are."""
    groups, tried = grouping
    count = len(groups.middles) if groups else 0
    members = [known[groups.labels == number] for number in range(count)] if groups else []
    tastes = _tastes(likings, traits, members)
    same = pairs(tastes, former[1]) if former else {}
    order = numbering(count, same)
    tastes = tastes.at(np.array([*order, count], dtype=np.int64))
    if groups:
        groups = groups.at(order)
    name = "taste-" + content_id(
        tastes.vocabulary,
        tastes.people,
        *(part.tobytes().hex() for part in (tastes.themes, tastes.cast, tastes.vectors)),
    )
    old = {number: former[0][same[place]] for number, place in enumerate(order) if place in same} if former else {}
    fresh = [number for number in range(count) if number not in old]
    names = named(traits.words, traits.genres, tastes.themes[fresh], [one.name for one in old.values()])
    called = {number: (one.id, one.name) for number, one in old.items()}
    called |= {number: (content_id(name, number), word) for number, word in zip(fresh, names, strict=True)}
    segments = []
    for number, place in enumerate(order):
        size = len(members[place])
        segments.append(Segment(called[number][0], number, called[number][1], size, size / len(known)))
    shares = np.round(shares_of(tastes.themes, likings), _DIGITS)
    return Fitted(name, tuple(segments), tastes, shares, traits.genres, len(known), tuple(tried), groups)


def _tastes(likings: Likings, traits: TraitTable, members: Sequence[NDArray[np.int64]]) -> Tastes:
    """A row for each group of members, the mean of theirs, and one of zeros: everybody's.

    How a person of the cast is liked, 0 to 1: the share of plays with them that is beyond everybody's share.
    """
    means = []
    for table in (likings.words, likings.people, likings.vectors):
        rows = [table[theirs].mean(axis=0) for theirs in members]
        means.append(np.round(np.vstack([*rows, np.zeros(table.shape[1])]), _DIGITS))
    words, people, vectors = (np.asarray(table, dtype=np.float64) for table in means)
    shares = likings.people_shares + people * likings.people_spread
    beyond = np.divide(likings.people_shares, shares, out=np.ones_like(shares), where=shares > 0)
    cast = np.asarray(np.round(np.clip(1.0 - beyond, 0.0, 1.0), _DIGITS), dtype=np.float64)
    return Tastes(traits.words, traits.people, words, cast, vectors)


def _profiles(
    evidence: Evidence, likings: Likings, where: tuple[Matrix, Matrix], result: Fitted, params: TasteParams
) -> Iterator[Profile]:
    """Every member with its taste; without segments everybody is the population."""
    points, lengths = where
    for begin in range(0, len(points), AT_ONCE):
        end = min(begin + AT_ONCE, len(points))
        part = slice(begin, end)
        probable = None
        if result.groups:
            probable = posterior(points[part], lengths[part], result.groups.middles, result.groups.spread)
        for place in range(begin, end):
            taste = TasteMixture(result.name)
            if probable is not None:
                weight = float(likings.weight[place])
                taste = mixture(result.name, weight, probable[place - begin], params.prior_plays)
            yield Profile(evidence.profiles[place], taste, int(evidence.plays[place]))
