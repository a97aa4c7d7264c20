"""Simulated members whose taste is known: what they would play is written down before the first of them comes.

A simple world. Every member is of one kind; a kind likes titles of some genres and pictures of some looks. Each comes
with a device of their own, at an hour of their own: dark pictures lose in the hand, and win across the room and at
night. The chance of a play is a sum of log-odds: the title's own appeal, the kind's liking of the title, and what the
picture adds. The picture's part is small, and the same whoever is asked: so it is known what a choice of pictures is
worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ranking.domain import DayPart, Device, Option
from ranking.features import HANDHELD
from ranking.learn.snapshot import Snapshot, TitleNotes

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """Members of like taste.

    Attributes:
        name: in words.
        genres: of the titles that they like, small letters.
        looks: look word to liking: how much a picture wins by it, relative to the others of its title.
    """

    name: str
    genres: frozenset[str]
    looks: Mapping[str, float]


KINDS = (
    Kind(
        "people and their feelings",
        frozenset({"romance", "drama", "biography", "music", "reality"}),
        {"close-up": 1.0, "one face": 0.8, "several faces": 0.8, "warm": 0.5, "nobody": -1.0, "wide view": -0.3},
    ),
    Kind(
        "the dark side",
        frozenset({"thriller", "crime", "history", "horror", "mystery", "war", "noir"}),
        {"dark": 1.0, "muted": 0.8, "cool": 0.3, "bright": -0.8, "colourful": -0.6},
    ),
    Kind(
        "far places",
        frozenset({"science fiction", "adventure", "action", "fantasy", "western", "documentary", "nature"}),
        {"wide view": 1.0, "nobody": 0.8, "cool": 0.6, "close-up": -1.0, "one face": -0.4},
    ),
    Kind(
        "play and colour",
        frozenset({"comedy", "animation", "family", "children", "musical", "sport"}),
        {"bright": 1.0, "colourful": 1.0, "warm": 0.4, "dark": -0.8, "muted": -0.6},
    ),
)
"""The taste of the demo's world. A title whose genres nobody here likes is liked by one kind, by its id."""
DEVICES = (Device.TELEVISION, Device.TELEVISION, Device.PHONE, Device.TABLET, Device.DESKTOP)
HOURS = (8, 13, 18, 20, 21, 23)
"""What members of each kind look at, in turn, and when they do, by their own clocks."""
_WAYS = 4
"""Of looking: in the hand or not, at night or not."""


@dataclass(frozen=True, slots=True)
class WorldParams:
    """How many members there are, and how much what counts. All effects are log-odds of a play.

    Attributes:
        members: as many of each kind.
        take_fraction: of a title that is liked neither more nor less than others, with a middling picture.
        title_spread: standard deviation of what titles are worth to everybody.
        liked, disliked: what a title gains with a kind that likes its genres, and loses with another.
        look_spread: standard deviation, within a title, of what its pictures are worth to a kind by their looks.
        picture_spread: of what a picture is worth to everybody, whatever its looks say.
        own_spread: of what a picture is worth to one kind, whatever its looks say.
        handheld_spread: of what lighter pictures are worth more in the hand, and darker ones on all else.
        night_spread: of what darker pictures are worth more at night.
        visiting: share of the members who come on a day.
        seen: a title this much further down the page is seen this much less often.
        seed: of everything that is drawn.
    """

    members: int = 1_200
    take_fraction: float = 0.15
    title_spread: float = 0.25
    liked: float = 1.3
    disliked: float = 0.9
    look_spread: float = 0.28
    picture_spread: float = 0.12
    own_spread: float = 0.12
    handheld_spread: float = 0.12
    night_spread: float = 0.08
    visiting: float = 0.8
    seen: float = 0.95
    seed: int = 1


@dataclass(frozen=True)
class World:
    """The truth.

    Attributes:
        titles: ids, in the snapshot's order; only those with a picture on the canvas.
        options: ids of the pictures that may be shown.
        title_of: (options,) which title each is of.
        chances: (groups, options) how probable it is that a member plays the title on seeing it with this picture. A
            group is a kind that looks at one of two kinds of devices, at night or by day.
        groups: (members,) which group each member is of.
        params: what it was made from.
    """

    titles: tuple[str, ...]
    options: tuple[str, ...]
    title_of: NDArray[np.int64]
    chances: Chances
    groups: NDArray[np.int64]
    params: WorldParams

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Ids."""
        return tuple(f"member-{number:05d}" for number in range(len(self.groups)))

    @property
    def kinds(self) -> NDArray[np.int64]:
        """(members,) which of `KINDS` each is of."""
        return self.groups // _WAYS

    def device(self, member: int) -> Device:
        """What this member looks at."""
        return DEVICES[member // len(KINDS) % len(DEVICES)]

    def hour(self, member: int) -> int:
        """When this member comes, by their own clock."""
        return HOURS[member // (len(KINDS) * len(DEVICES)) % len(HOURS)]

    @cached_property
    def at_random(self) -> Chances:
        """(groups, titles): the chance of a play where the picture is drawn evenly."""
        return np.stack([self.chances[:, self.title_of == title].mean(axis=1) for title in range(len(self.titles))], 1)

    @cached_property
    def best_single(self) -> NDArray[np.int64]:
        """(titles,) the option that is best for all members together."""
        share = np.bincount(self.groups, minlength=len(self.chances)) / len(self.groups)
        return self._best(share @ self.chances)

    @cached_property
    def with_best_single(self) -> Chances:
        """(groups, titles): the chance of a play where everybody is shown the title's best single picture."""
        return self.chances[:, self.best_single]

    @cached_property
    def with_best(self) -> Chances:
        """(groups, titles): the chance of a play where each group is shown its own best picture."""
        return np.stack([self.chances[:, self.title_of == title].max(axis=1) for title in range(len(self.titles))], 1)

    def best_for(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """(titles,) the option that is best for these members together."""
        share = np.bincount(self.groups[members], minlength=len(self.chances)) / max(1, len(members))
        return self._best(share @ self.chances)

    def _best(self, worth: Chances) -> NDArray[np.int64]:
        places = [np.flatnonzero(self.title_of == title) for title in range(len(self.titles))]
        return np.array([place[worth[place].argmax()] for place in places], dtype=np.int64)


def make_world(snapshot: Snapshot, canvas: str, titles: Collection[str], params: WorldParams | None = None) -> World:
    """The world over what is published of these titles on a canvas: the same of all of them give the same world."""
    params = params or WorldParams()
    place = snapshot.names.canvases.index(canvas)
    there = set(snapshot.rendition_option[snapshot.rendition_canvas == place].tolist())
    options = [option for number, option in enumerate(snapshot.option_values()) if number in there]
    return world_of([option for option in options if option.title in titles], snapshot.title_notes, params)


def world_of(options: Sequence[Option], notes: Sequence[TitleNotes], params: WorldParams) -> World:
    """The world over these pictures; titles without any are none of it."""
    with_pictures = {option.title for option in options}
    titles = [note for note in notes if note.id in with_pictures]
    number = {note.id: place for place, note in enumerate(titles)}
    title_of = np.array([number[option.title] for option in options], dtype=np.int64)
    usual = np.log(params.take_fraction / (1 - params.take_fraction))
    appeal = params.title_spread * np.array([_drawn(params.seed, note.id) for note in titles])
    liked = np.array([[_liking(kind, note, params) for note in titles] for kind in range(len(KINDS))])
    of_kind = usual + (appeal + liked.reshape(len(KINDS), -1))[:, title_of] + _picture_worth(options, title_of, params)
    log_odds = of_kind[:, None] + _light_worth(options, title_of, params)
    chances = 1 / (1 + np.exp(-log_odds.reshape(len(KINDS) * _WAYS, -1)))
    ids = tuple(option.id for option in options)
    everybody = World(tuple(note.id for note in titles), ids, title_of, chances, np.arange(0), params)
    return replace(everybody, groups=np.array([_group(everybody, member) for member in range(params.members)]))


def _group(world: World, member: int) -> int:
    """A kind's members take turns at devices, and those of a device at hours: every mixture comes."""
    held = HANDHELD[world.device(member)] == 1
    night = DayPart.of_hour(world.hour(member)) is DayPart.NIGHT
    return member % len(KINDS) * _WAYS + 2 * held + night


def _picture_worth(options: Sequence[Option], title_of: NDArray[np.int64], params: WorldParams) -> Chances:
    """(kinds, options) log-odds: what looks are worth to a kind, and what is the picture's own; 0 on average."""
    looks = np.array([[_look_worth(kind, option) for option in options] for kind in KINDS]).reshape(len(KINDS), -1)
    looks = _centred(looks, title_of)
    scale = looks.std(axis=1, keepdims=True)
    looks = params.look_spread * looks / np.where(scale > 0, scale, 1.0)
    to_all = np.array([_drawn(params.seed, option.id) for option in options])
    own = np.array([[_drawn(params.seed, option.id, kind.name) for option in options] for kind in KINDS])
    more = params.picture_spread * to_all + params.own_spread * own.reshape(len(KINDS), -1)
    return np.asarray(looks + _centred(more, title_of), dtype=np.float64)


def _light_worth(options: Sequence[Option], title_of: NDArray[np.int64], params: WorldParams) -> Chances:
    """(ways, options) log-odds of a picture's lightness: by day and by night on a large screen, then in the hand."""
    light = _centred(np.array([[option.brightness for option in options]]), title_of)
    scale = float(light.std()) if light.size else 0.0
    ways = [held * params.handheld_spread - night * params.night_spread for held in (-1, 1) for night in (0, 1)]
    return np.array(ways)[:, None] * (light / (scale if scale > 0 else 1.0))


def _look_worth(kind: Kind, option: Option) -> float:
    return sum(liking * option.themes.get(word, 0.0) for word, liking in kind.looks.items())


def _centred(values: Chances, title_of: NDArray[np.int64]) -> Chances:
    """Every title's pictures are worth nothing on average: what is left is what the choice of a picture does."""
    centred = values.copy()
    for title in np.unique(title_of):
        mine = title_of == title
        centred[:, mine] -= values[:, mine].mean(axis=1, keepdims=True)
    return centred


def _liking(kind: int, note: TitleNotes, params: WorldParams) -> float:
    genres = {genre.lower() for genre in note.genres}
    fans = [number for number, each in enumerate(KINDS) if each.genres & genres]
    if not fans:
        fans = [_number(params.seed, note.id) % len(KINDS)]
    return params.liked if kind in fans else -params.disliked


def _drawn(*parts: object) -> float:
    """A draw from the standard normal distribution that belongs to these words."""
    return float(np.random.default_rng(_number(*parts)).standard_normal())


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")
