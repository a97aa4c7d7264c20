"""Portraits of groups of members: what each likes, what it is called, and which segment of the fit before it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artwork.domain import content_id
from ranking.domain import Segment
from ranking.features import Tastes
from ranking.taste.likings import Everybody, Likings
from ranking.taste.matching import numbering, pairs
from ranking.taste.names import named
from ranking.taste.traits import Matrix, TraitTable

DIGITS = 6
"""What is kept of tastes."""
Former = tuple[Sequence[Segment], Tastes]
"""The segments of a fit, by number, and what they like."""


@dataclass(frozen=True, slots=True)
class Portraits:
    """What is kept of the groups.

    Attributes:
        name: of the fit.
        segments: by number.
        tastes: a row for each, and the population's.
        shares: (segments + 1, words) of what is played, drawn to everybody's like the tastes.
        order: which group each segment is.
    """

    name: str
    segments: tuple[Segment, ...]
    tastes: Tastes
    shares: Matrix
    order: tuple[int, ...]


def portraits(
    likings: Likings,
    everybody: Everybody,
    traits: TraitTable,
    members: Sequence[NDArray[np.int64]],
    former: Former | None,
) -> Portraits:
    """The groups as segments.

    Args:
        likings: of all members.
        everybody: what they are relative to.
        traits: of the titles.
        members: for each group its members, as rows of the likings.
        former: the fit before: a segment that is found again keeps its id, its name and, where it can, its number.
    """
    tastes = _tastes(likings, everybody, traits, members)
    same = pairs(tastes, former[1]) if former else {}
    order = numbering(len(members), same)
    tastes = tastes.at(np.array([*order, len(members)], dtype=np.int64))
    tables = (tastes.themes, tastes.cast, tastes.vectors)
    name = f"taste-{content_id(tastes.vocabulary, tastes.people, *(table.tobytes().hex() for table in tables))}"
    old = {number: former[0][same[group]] for number, group in enumerate(order) if group in same} if former else {}
    fresh = [number for number in range(len(order)) if number not in old]
    words = named(traits.words, traits.genres, tastes.themes[fresh], [one.name for one in old.values()])
    called = {number: (one.id, one.name) for number, one in old.items()}
    called |= {number: (content_id(name, number), word) for number, word in zip(fresh, words, strict=True)}
    sizes = [len(members[group]) for group in order]
    segments = [
        Segment(called[number][0], number, called[number][1], size, size / max(sum(sizes), 1))
        for number, size in enumerate(sizes)
    ]
    played = slice(0, len(traits.words))
    shares = everybody.means[played] + tastes.themes * everybody.spread[played]
    return Portraits(name, tuple(segments), tastes, _kept(np.clip(shares, 0.0, 1.0)), tuple(order))


def _tastes(likings: Likings, everybody: Everybody, traits: TraitTable, members: Sequence[NDArray[np.int64]]) -> Tastes:
    """A row for each group of members, the mean of theirs, and one of zeros: everybody's.

    How a person of the cast is liked, 0 to 1: the part of the group's plays with them that is beyond everybody's.
    """
    words, people, vectors = (
        _kept(np.vstack([*(table[theirs].mean(axis=0) for theirs in members), np.zeros(table.shape[1])]))
        for table in (likings.words, likings.people, likings.vectors)
    )
    cast = slice(len(traits.words), len(traits.words) + len(traits.people))
    usual = everybody.means[cast]
    shares = usual + people * everybody.spread[cast]
    usually = np.divide(usual, shares, out=np.ones_like(shares), where=shares > 0)
    return Tastes(traits.words, traits.people, words, _kept(np.clip(1.0 - usually, 0.0, 1.0)), vectors)


def _kept(table: Matrix) -> Matrix:
    return np.asarray(np.round(table, DIGITS) + 0.0, dtype=np.float64)  # + 0: there is no -0
