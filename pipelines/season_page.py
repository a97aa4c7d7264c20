"""The chapter on members: what they were shown before and after the service had learned, and what that was worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.chart import Chart, Series, chart
from pipelines.chronicle import Chronicle, Day, Takes
from pipelines.visitors import KINDS, World

REASONS = {
    "personalised": "believed to be the best for the member's taste",
    "explore": "another one, shown to learn about it",
    "cold_start": "believed to be the best for everybody; nothing was known of the member",
    "pinned": "fixed by an editor",
    "fallback": "the title's own; nothing else was left",
}
LAST_DAYS = 3
"""What "after" means: so many days at the end."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A command that was run at the end of a day, and what it said."""

    day: int
    command: str
    said: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Group:
    """A segment, and those of the world's members whose strongest it is. likes: words, the most telling first."""

    name: str
    likes: tuple[str, ...]
    share: float
    members: NDArray[np.int64] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as the page draws it small. `look` names the style that holds it, once for all its places."""

    option: str
    look: str
    at: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """A picture's part, 0 to 1, of what some members saw of a title. `best`: the truth's own choice for them."""

    sight: Sight
    share: float
    best: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """What a group saw of a title, before and after; the best-liked pictures of the end first."""

    group: Group
    before: tuple[Slice, ...]
    after: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class TitleStrips:
    """A title with what each group saw of it. `apart`: how much the groups' pictures differ in the end, 0 to 1."""

    name: str
    strips: tuple[Strip, ...]
    apart: float


@dataclass(frozen=True, slots=True)
class Favourite:
    """A picture that a group was shown more than everybody was: how often, and how often everybody was."""

    title: str
    sight: Sight
    theirs: float
    everybody: float


@dataclass(frozen=True, slots=True)
class Card:
    """A group and its favourites."""

    group: Group
    favourites: tuple[Favourite, ...]


@dataclass(frozen=True, slots=True)
class Reasoned:
    """How often a reason was given, before and after."""

    reason: str
    words: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An explanation that the service gave. pictures: each, whether it was chosen, and how probable it was."""

    title: str
    words: str
    pictures: tuple[tuple[Sight, bool, float], ...]


@dataclass(frozen=True)
class SeasonChapter:
    """Everything that the page says of the season.

    Attributes:
        chronicle: what happened.
        groups: segments; everybody alone where members were not told apart.
        sights: by the world's number of the option.
        names: title id to its name.
        blind: days before anything was learned.
        lessons: what was run at night.
        answer: an explanation; None where none was asked for.
        canvas: where the pictures were shown.
        epoch_seconds: the shortest that a day was.
    """

    chronicle: Chronicle
    groups: tuple[Group, ...]
    sights: tuple[Sight, ...]
    names: dict[str, str]
    blind: int
    lessons: tuple[Lesson, ...]
    answer: Answer | None
    canvas: str
    epoch_seconds: int

    @property
    def world(self) -> World:
        """The truth."""
        return self.chronicle.world

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the world's members like, in words."""
        return tuple(kind.name for kind in KINDS)

    @property
    def before(self) -> tuple[Day, ...]:
        """The days before anything was learned."""
        return self.chronicle.days[: self.blind]

    @property
    def after(self) -> tuple[Day, ...]:
        """The last days."""
        return self.chronicle.days[self.blind :][-LAST_DAYS:]

    @cached_property
    def takes(self) -> tuple[Takes, ...]:
        """What each day was worth."""
        return self.chronicle.takes()

    @cached_property
    def ending(self) -> Takes:
        """The last days together."""
        last = [take for take in self.takes if take.number >= self.after[0].number]
        means = {
            name: float(np.mean([getattr(take, name) for take in last]))
            for name in ("served", "random", "single", "best", "observed")
        }
        return Takes(last[-1].number, **means)

    @cached_property
    def drawn(self) -> Chart:
        """The take fraction by day."""
        series = [
            Series(name, look, tuple(getattr(take, look) for take in self.takes))
            for name, look in (
                ("the service", "served"),
                ("best single picture", "single"),
                ("best for each taste", "best"),
                ("at random", "random"),
            )
        ]
        return chart(series, [str(day.number) for day in self.chronicle.days])

    @property
    def learned_at(self) -> float:
        """Where on the chart the first lesson lies, in per cent."""
        return round(100 * (self.blind - 0.5) / max(1, len(self.chronicle.days) - 1), 2)

    @cached_property
    def reasons(self) -> tuple[Reasoned, ...]:
        """Every reason that was given."""
        before, after = self.chronicle.reasons(self.before), self.chronicle.reasons(self.after)
        given = [reason for reason in REASONS if reason in before or reason in after]
        return tuple(
            Reasoned(reason, REASONS[reason], before.get(reason, 0.0), after.get(reason, 0.0)) for reason in given
        )

    @cached_property
    def titles(self) -> tuple[TitleStrips, ...]:
        """Every title with what each group saw of it; the one whose pictures differ most first."""
        world = self.world
        before = [self.chronicle.shares(self.before, group.members) for group in self.groups]
        after = [self.chronicle.shares(self.after, group.members) for group in self.groups]
        best = [world.best_for(group.members) for group in self.groups]
        found = []
        for title, name in enumerate(world.titles):
            places = np.flatnonzero(world.title_of == title)
            if len(places) < 2:
                continue
            strips = tuple(
                Strip(
                    group,
                    self._slices(places, before[number], after[number], int(best[number][title])),
                    self._slices(places, after[number], after[number], int(best[number][title])),
                )
                for number, group in enumerate(self.groups)
            )
            found.append(TitleStrips(self.names.get(name, name), strips, _apart([shares[places] for shares in after])))
        return tuple(sorted(found, key=lambda one: (-one.apart, one.name)))

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Every group with the pictures that it was shown more than everybody was."""
        everybody = self.chronicle.shares(self.after, np.arange(len(self.world.members)))
        cards = []
        for group in self.groups:
            theirs = self.chronicle.shares(self.after, group.members)
            order = np.argsort(everybody - theirs, kind="stable")[:3].tolist()
            favourites = tuple(
                Favourite(
                    self.names.get(self.world.titles[self.world.title_of[option]], ""),
                    self.sights[option],
                    float(theirs[option]),
                    float(everybody[option]),
                )
                for option in order
                if theirs[option] > everybody[option]
            )
            cards.append(Card(group, favourites))
        return tuple(cards)

    def _slices(
        self, places: NDArray[np.int64], shares: NDArray[np.float64], order: NDArray[np.float64], best: int
    ) -> tuple[Slice, ...]:
        rising = sorted(places.tolist(), key=lambda option: (-order[option], option))
        return tuple(Slice(self.sights[option], float(shares[option]), option == best) for option in rising)


def _apart(shares: Sequence[NDArray[np.float64]]) -> float:
    """Mean total variation between the groups' shares of a title's pictures."""
    pairs = [(one, other) for place, one in enumerate(shares) for other in shares[:place]]
    return float(np.mean([np.abs(one - other).sum() / 2 for one, other in pairs])) if pairs else 0.0
