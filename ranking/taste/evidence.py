"""What members watched, summed up: a row of numbers for each member, however many plays there were.

A member's plays are added up in the columns of their titles' traits, each by its worth and its age. The sums are all
that is kept: memory is members x columns x 8 bytes, and does not grow with the rows of the history.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # scipy ships no types

from ranking.taste.history import Plays
from ranking.taste.traits import Matrix, TraitTable

BLOCK = 16_384
"""Members whose sums lie in one array: growing copies nothing, and a block's plays are added in one product."""
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Members and the sums of their plays.

    Attributes:
        profiles: ids, ascending.
        sums: (profiles, columns of the traits) each title's traits, by worth and age of its plays. As the columns
            that say what is known hold 1, their sums are the weight that a block's means are of.
        plays: (profiles,) how many rows there were, of titles that are known.
        rows: of the history. unknown: of those, plays of titles of which nothing is known.
    """

    profiles: tuple[str, ...]
    sums: Matrix
    plays: NDArray[np.int64]
    rows: int
    unknown: int


def gathered(history: Iterable[Plays], traits: TraitTable, half_life_days: float) -> Evidence:
    """The evidence in a history, in whatever order its rows come.

    A play counts by 2^(-age / half_life), its age seen from the same member's newest play: what somebody watched
    last stands for their taste, also when it is long ago.
    """
    members = _Members(traits.table, half_life_days * _DAY_SECONDS)
    rows = unknown = 0
    for plays in history:
        titles, ids = pd.factorize(plays.titles)
        places = np.array([traits.places.get(title, -1) for title in ids], dtype=np.int64)[titles]
        known = places >= 0
        rows, unknown = rows + len(plays), unknown + int(np.count_nonzero(~known))
        profiles, names = pd.factorize(plays.profiles)
        numbers = members.numbers(list(names))[profiles]
        members.add(_Block(numbers, places, plays.worth, plays.at_seconds).where(known))
    return members.evidence(rows, unknown)


@dataclass(frozen=True, slots=True)
class _Block:
    """Plays, by numbers of members and rows of the traits."""

    members: NDArray[np.int64]
    titles: NDArray[np.int64]
    worth: Matrix
    at_seconds: Matrix

    def where(self, chosen: NDArray[np.bool_]) -> _Block:
        """Those of them, the plays of a member side by side."""
        rows = np.flatnonzero(chosen)
        rows = rows[np.argsort(self.members[rows], kind="stable")]
        return _Block(self.members[rows], self.titles[rows], self.worth[rows], self.at_seconds[rows])


class _Members:
    """Rows that grow in blocks."""

    def __init__(self, traits: Matrix, half_life_seconds: float) -> None:
        self._traits = traits
        self._half_life = half_life_seconds
        self._rows: dict[str, int] = {}
        self._sums: list[Matrix] = []
        self._newest = np.empty(0)
        self._plays = np.empty(0, dtype=np.int64)

    def numbers(self, names: list[str]) -> NDArray[np.int64]:
        """The row of each member, also of those who are new."""
        rows = np.array([self._rows.setdefault(name, len(self._rows)) for name in names], dtype=np.int64)
        missing = len(self._rows) - len(self._newest)
        self._newest = np.append(self._newest, np.full(missing, -np.inf))
        self._plays = np.append(self._plays, np.zeros(missing, dtype=np.int64))
        while len(self._sums) * BLOCK < len(self._rows):
            self._sums.append(np.zeros((BLOCK, self._traits.shape[1])))
        return rows

    def add(self, block: _Block) -> None:
        """These plays count; what was counted before fades where they are newer."""
        if not len(block.members):
            return
        touched, first = np.unique(block.members, return_index=True)
        before = self._newest[touched]
        newest = np.maximum(before, np.maximum.reduceat(block.at_seconds, first))
        fades = self._fades(newest - before)
        counts = np.diff(np.append(first, len(block.members)))
        weights = block.worth * self._fades(np.repeat(newest, counts) - block.at_seconds)
        self._newest[touched] = newest
        self._plays[touched] += counts
        for number in np.unique(touched // BLOCK):
            bounds = [number * BLOCK, (number + 1) * BLOCK]
            mine, plays = (slice(*np.searchsorted(rows, bounds)) for rows in (touched, block.members))
            starts = np.append(first[mine], plays.stop) - plays.start
            size = len(starts) - 1, len(self._traits)
            added = csr_matrix((weights[plays], block.titles[plays], starts), shape=size) @ self._traits
            places = touched[mine] - number * BLOCK
            sums = self._sums[number]
            sums[places] = sums[places] * fades[mine][:, None] + added

    def evidence(self, rows: int, unknown: int) -> Evidence:
        """All of it, by the members' ids: two orders of the same rows are one evidence."""
        names = sorted(self._rows)
        order = np.array([self._rows[name] for name in names], dtype=np.int64)
        sums = np.empty((len(names), self._traits.shape[1]))
        for place, number in enumerate(order.tolist()):
            sums[place] = self._sums[number // BLOCK][number % BLOCK]
        return Evidence(tuple(names), sums, self._plays[order], rows, unknown)

    def _fades(self, age: Matrix) -> Matrix:
        """What is left of a play after so many seconds; a member who is new has nothing that could fade."""
        return np.exp2(-age / self._half_life) if math.isfinite(self._half_life) else np.ones_like(age)
