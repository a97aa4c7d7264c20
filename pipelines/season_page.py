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
from ranking.features import HANDHELD
from ranking.policy.policies import MOST_CHANGE

REASONS = {
    "personalised": "believed to be the best for the member's taste",
    "explore": "another one, shown to learn about it",
    "cold_start": "believed to be the best for everybody; nothing was known of the member",
    "held": "what the member saw last, and so it stayed",
    "pinned": "fixed by an editor",
    "fallback": "the title's own; nothing else was left",
}
UNKNOWN = "Not known well enough"
"""The name of the members of no segment."""
IN_THE_HAND, ACROSS_THE_ROOM = "On a phone or a tablet", "On a television or a desk"
"""Members by what they look at."""
LEAST_DRAWN = 0.02
"""Share of all members that a group has at least to be drawn."""
MOST_FAVOURITES = 3
LAST_DAYS = 3
"""What "after" means: so many days at the end."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned at the end of a day, by which command, and what it said. `learned`: whether it was anything."""

    day: int
    command: str
    said: str
    seconds: float
    learned: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A segment, and those of the world's members whose strongest it is.

    Attributes:
        name: what distinguishes it.
        members: their numbers.
        likes: what they play more than everybody does, and how many times as much.
        prefers: pictures that they are believed to prefer, and the odds, as in `segment_cards.PreferredPicture`.
    """

    name: str
    members: NDArray[np.int64] = field(repr=False, compare=False)
    likes: tuple[str, ...] = ()
    prefers: tuple[tuple[str, float], ...] = ()


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
    """A picture that a group is believed to prefer.

    Attributes:
        title: its name.
        sight: the picture.
        odds: of a play, by how many times they gain with it beyond what everybody's gain.
        theirs, everybody: its share of what they, and all, were shown of the title in the end.
    """

    title: str
    sight: Sight
    odds: float
    theirs: float
    everybody: float


@dataclass(frozen=True, slots=True)
class Card:
    """A group, its share of all members, and its favourites."""

    group: Group
    share: float
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
    """An explanation that the service gave.

    pictures: each, whether it was chosen, and how probable it was. before: the one that the member had seen last,
    where that made a difference.
    """

    title: str
    words: str
    pictures: tuple[tuple[Sight, bool, float], ...]
    before: Sight | None = None


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
        prior_plays: after how many plays half of a taste was taken as known.
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
    prior_plays: float

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

    @property
    def most_change(self) -> float:
        """How probable another picture than the last time was, at most."""
        return MOST_CHANGE

    @cached_property
    def changes(self) -> tuple[float, float] | None:
        """How often a member saw another picture than last time, before and after; None where few came again."""
        shares = self.chronicle.changes()
        parts = shares[: self.blind], shares[self.blind :][-LAST_DAYS:]
        if any(np.isnan(part).all() for part in parts):
            return None
        before, after = (float(np.nanmean(part)) for part in parts)
        return before, after

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
        return self._strips(self.shown)

    @cached_property
    def by_device(self) -> TitleStrips | None:
        """The title whose pictures differ most between small screens and large ones; None where none has two."""
        members = range(len(self.world.members))
        held = np.array([HANDHELD[self.world.device(member)] == 1 for member in members], dtype=np.bool_)
        groups = Group(IN_THE_HAND, np.flatnonzero(held)), Group(ACROSS_THE_ROOM, np.flatnonzero(~held))
        return next(iter(self._strips(groups)), None)

    def _strips(self, groups: Sequence[Group]) -> tuple[TitleStrips, ...]:
        world = self.world
        before = [self.chronicle.shares(self.before, group.members) for group in groups]
        after = [self.chronicle.shares(self.after, group.members) for group in groups]
        best = [world.best_for(group.members) for group in groups]
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
                for number, group in enumerate(groups)
            )
            found.append(TitleStrips(self.names.get(name, name), strips, _apart([shares[places] for shares in after])))
        return tuple(sorted(found, key=lambda one: (-one.apart, one.name)))

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Every segment with the pictures that it is believed to prefer."""
        everybody = self.chronicle.shares(self.after, np.arange(len(self.world.members)))
        place = {option: number for number, option in enumerate(self.world.options)}
        made = []
        for group in self.segments:
            theirs = self.chronicle.shares(self.after, group.members)
            favourites = []
            for option, odds in group.prefers:
                if (number := place.get(option)) is not None:
                    title = self.world.titles[self.world.title_of[number]]
                    shares = float(theirs[number]), float(everybody[number])
                    favourites.append(Favourite(self.names[title], self.sights[number], odds, *shares))
            made.append(Card(group, len(group.members) / len(self.world.members), tuple(favourites[:MOST_FAVOURITES])))
        return tuple(made)

    @property
    def segments(self) -> tuple[Group, ...]:
        """The groups that are segments; none where members were not told apart."""
        return tuple(group for group in self.groups if group.likes or group.prefers)

    @property
    def shown(self) -> tuple[Group, ...]:
        """The groups that are large enough to be drawn."""
        least = LEAST_DRAWN * len(self.world.members)
        return tuple(group for group in self.groups if len(group.members) >= least)

    @property
    def unknown(self) -> int:
        """Members of no segment, where there are segments."""
        return sum(len(group.members) for group in self.groups if group.name == UNKNOWN)

    def _slices(
        self, places: NDArray[np.int64], shares: NDArray[np.float64], order: NDArray[np.float64], best: int
    ) -> tuple[Slice, ...]:
        rising = sorted(places.tolist(), key=lambda option: (-order[option], option))
        return tuple(Slice(self.sights[option], float(shares[option]), option == best) for option in rising)


def _apart(shares: Sequence[NDArray[np.float64]]) -> float:
    """Mean total variation between the groups' shares of a title's pictures."""
    pairs = [(one, other) for place, one in enumerate(shares) for other in shares[:place]]
    return float(np.mean([np.abs(one - other).sum() / 2 for one, other in pairs])) if pairs else 0.0
