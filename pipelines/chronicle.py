"""The chronicle of a season: what was shown to whom on which day, and what that was worth in the world's own truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.visitors import World


@dataclass(frozen=True, slots=True)
class Day:
    """A day's visits. The arrays have a row for every picture that was seen.

    Attributes:
        number: 1 for the first.
        model: version of what decided.
        member, option: numbers in the world.
        reason: the service's own word.
        played: whether a qualifying play followed.
        decided: titles that a picture was decided for, seen or not.
        events: told and kept.
        duplicates: told again, and not kept again.
        token: of one of the day's decisions.
    """

    number: int
    model: str
    member: NDArray[np.int64]
    option: NDArray[np.int64]
    reason: NDArray[np.str_]
    played: NDArray[np.bool_]
    decided: int
    events: int
    duplicates: int
    token: str


@dataclass(frozen=True, slots=True)
class Takes:
    """Take fractions of a day, 0 to 1.

    All but `observed` are expected: the truth's chance of a play, averaged over the same members and titles, so that
    luck is not in them.

    Attributes:
        number: of the day.
        served: of what the service showed.
        random: where every picture is drawn evenly.
        single: where everybody is shown each title's truly best single picture.
        best: where every kind is shown its truly best picture for its devices and hours: nobody can do better.
        observed: plays that happened.
    """

    number: int
    served: float
    random: float
    single: float
    best: float
    observed: float


@dataclass(frozen=True, slots=True)
class Chronicle:
    """A season.

    Attributes:
        world: the truth.
        days: in order.
        round_trips: (requests,) seconds of a decision, over HTTP.
    """

    world: World
    days: tuple[Day, ...]
    round_trips: NDArray[np.float64]

    @property
    def seen(self) -> int:
        """Pictures that were seen."""
        return sum(len(day.option) for day in self.days)

    @property
    def events(self) -> int:
        """Events that were told, each counted once."""
        return sum(day.events for day in self.days)

    @property
    def duplicates(self) -> int:
        """Events that were told again."""
        return sum(day.duplicates for day in self.days)

    @property
    def plays(self) -> int:
        """Qualifying plays."""
        return sum(int(day.played.sum()) for day in self.days)

    @property
    def typical_seconds(self) -> float:
        """The median round trip of a page's decisions."""
        return float(np.median(self.round_trips)) if len(self.round_trips) else 0.0

    def takes(self) -> tuple[Takes, ...]:
        """What each day was worth."""
        return tuple(self._takes(day) for day in self.days)

    def changes(self) -> NDArray[np.float64]:
        """(days,): of what a member saw again on a day, the share that had another picture than when it was seen last.

        NaN on a day that nothing was seen again on.
        """
        world = self.world
        last = np.full((len(world.members), len(world.titles)), -1, dtype=np.int64)
        shares = np.full(len(self.days), np.nan)
        for place, day in enumerate(self.days):
            title = world.title_of[day.option]
            before = last[day.member, title]
            again = before >= 0
            if again.any():
                shares[place] = np.mean(before[again] != day.option[again])
            last[day.member, title] = day.option
        return shares

    def reasons(self, days: Sequence[Day] | None = None) -> dict[str, float]:
        """Reason to its share of the pictures seen, the largest first."""
        counted = Counter(reason for day in days or self.days for reason in day.reason.tolist())
        return {reason: count / counted.total() for reason, count in counted.most_common()}

    def shares(self, days: Sequence[Day], members: NDArray[np.int64]) -> NDArray[np.float64]:
        """(options,) of what these members saw of a title on these days, the share that was each picture.

        The shares of a title's pictures sum to 1, or to 0 where none was seen.
        """
        world = self.world
        counts = np.zeros(len(world.options))
        for day in days:
            counts += np.bincount(day.option[np.isin(day.member, members)], minlength=len(world.options))
        of_title = np.bincount(world.title_of, counts, minlength=len(world.titles))[world.title_of]
        return np.asarray(counts / np.where(of_title > 0, of_title, 1.0))

    def _takes(self, day: Day) -> Takes:
        world = self.world
        group, title = world.groups[day.member], world.title_of[day.option]
        tables = world.at_random, world.with_best_single, world.with_best
        random, single, best = (float(table[group, title].mean()) for table in tables)
        served = float(world.chances[group, day.option].mean())
        return Takes(day.number, served, random, single, best, float(day.played.mean()))
