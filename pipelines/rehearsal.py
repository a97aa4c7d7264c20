"""A rehearsal: what was published meets members of known taste, for a season, through the service and its commands."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from artwork.errors import ArtworkError, SettingsError
from artwork.store.blobs import Blobs
from pipelines.artwork_page import picture_url
from pipelines.chronicle import Chronicle, Day
from pipelines.lessons import School
from pipelines.season import Season, SeasonParams, options_of
from pipelines.season_page import UNKNOWN, Answer, Group, Lesson, SeasonChapter, Sight
from pipelines.segment_cards import cards
from pipelines.service_child import Caller, running_service
from pipelines.settings import Settings
from pipelines.visitors import World, WorldParams, make_world
from ranking.learn import answers, beliefs, members, segmentation
from ranking.learn.events import EventLog
from ranking.learn.folder import POINTER, RELEASES, read_active
from ranking.learn.learned import FOLDER as LEARNED
from ranking.learn.promised import FOLDER as PROMISED
from ranking.learn.registry import FOLDER as MODELS
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.serve.keyfile import KeyFile
from ranking.serve.keys import Scope

KEY = "demo visitors"
PREFERRED = ("boxart", "billboard", "thumbnail")
"""Where pictures are shown, when equally many fit: rows of box art are what most pages are made of."""
_LEARNED = (
    POINTER, f"{POINTER}.before", RELEASES, answers.FOLDER, beliefs.FOLDER, members.FOLDER, segmentation.FOLDER,
    segmentation.POINTER, LEARNED, MODELS, PROMISED, "events.db", "events.db-wal", "events.db-shm",
)  # fmt: skip
_MARK = "rehearsal"
"""A file that tells a store of rehearsals from one that serves."""
_LOOK_SECONDS = 0.2
_DRAWN_HEIGHT = 170
"""Pixels of the small pictures on the page."""


class RehearsalFailed(ArtworkError):
    """What the service did is not what it has to do."""


@dataclass(frozen=True, slots=True)
class RehearsalParams:
    """How large the rehearsal is.

    Attributes:
        world: who comes.
        season: for how long.
        every: days from one whole lesson to the next; on the nights between, pictures alone are counted anew.
        prior_plays: plays after which half of a taste is taken as known, as in `TasteParams`. Less than its default:
            these members have a handful of titles to choose from, and what they play says more of them.
    """

    world: WorldParams = field(default_factory=WorldParams)
    season: SeasonParams = field(default_factory=SeasonParams)
    every: int = 4
    prior_plays: float = 2.0


def claim(store: Path) -> None:
    """The store is one for rehearsals, from now on.

    Raises:
        SettingsError: somebody serves from it: a rehearsal would take its events and models away.
    """
    held = [name for name in _LEARNED if (store / name).exists()]
    if held and not (store / _MARK).exists():
        raise SettingsError(
            f"{store} holds what no demo made ({held[0]}), and a demo would remove it: choose another --out"
        )
    store.mkdir(parents=True, exist_ok=True)
    (store / _MARK).touch()


def forget(store: Path) -> None:
    """Nothing that a service of this store did or learned is left: the next members meet a new service.

    Pictures, snapshots and what reviewers said stay.
    """
    for name in _LEARNED:
        place = store / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def best_canvas(snapshot: Snapshot, titles: Sequence[str]) -> str | None:
    """The canvas that most pictures of these titles are on; None where none is on any."""
    wanted = np.isin(snapshot.options["title"], [snapshot.names.titles.index(title) for title in titles])
    shown = wanted[snapshot.rendition_option]
    counts = Counter(
        {
            canvas: len(np.unique(snapshot.rendition_option[shown & (snapshot.rendition_canvas == place)]))
            for place, canvas in enumerate(snapshot.names.canvases)
        }
    )
    liked = {name: len(PREFERRED) - place for place, name in enumerate(PREFERRED)}
    found = max(counts, key=lambda canvas: (counts[canvas], liked.get(canvas, 0), canvas), default=None)
    return found if found is not None and counts[found] else None


@dataclass(frozen=True)
class Stage:
    """Where a rehearsal takes place.

    Attributes:
        settings: of the run; in its store a snapshot is in use.
        blobs: the pictures.
        titles: id to name, of those whose pictures are shown.
        instants: option to the moment of its film, in words.
        params: how large it is.
        tell_day, tell_lesson: told of each when it ends.
    """

    settings: Settings
    blobs: Blobs
    titles: dict[str, str]
    instants: dict[str, str]
    params: RehearsalParams
    tell_day: Callable[[Day], None]
    tell_lesson: Callable[[Lesson], None]

    @property
    def store(self) -> Path:
        """Where everything lies."""
        return Path(self.settings.store)

    def rehearse(self) -> SeasonChapter | None:
        """Members came and went, and what became of it; None where no title has a picture on any canvas.

        Raises:
            ServiceFailed: the service did not start, or did not answer as it should.
            LessonFailed: a command of learning failed.
            RehearsalFailed: the log does not hold what was told, or what was learned was not served.
        """
        snapshot = Snapshot.open(self.store / FOLDER / read_active(self.store).snapshot)
        canvas = best_canvas(snapshot, list(self.titles))
        if canvas is None:
            return None
        world = make_world(snapshot, canvas, list(self.titles), self.params.world)
        season, settings = self.params.season, self._settings()
        school = School(settings, season.blind, self.params.every, self.tell_lesson)
        with (
            running_service(self.store, self._environment(settings)) as port,
            self._key() as key,
            closing(Caller(port, key)) as caller,
        ):
            visits = Season(world, options_of(snapshot, world), canvas, caller, season)
            chronicle = visits.pass_by(school.night, self.tell_day)
            sights = self._sights(snapshot, world)
            answer = self._answer(caller, chronicle, sights)
        self._check(chronicle, taught=school.promoted)
        return SeasonChapter(
            chronicle=chronicle,
            groups=self._groups(snapshot, world),
            sights=sights,
            names=self.titles,
            blind=season.blind,
            lessons=tuple(school.lessons),
            answer=answer,
            canvas=canvas,
            epoch_seconds=season.epoch_seconds,
            prior_plays=self.params.prior_plays,
        )

    def _settings(self) -> Settings:
        """Those of the run, but for what a rehearsal needs: its own log and policy, short days, nothing left to wait.

        A service that is alone on its log has no events on their way to the disk.
        """
        given, epoch = self.settings, self.params.season.epoch_seconds
        serve = replace(given.serve, events_url="", policy="", epoch_seconds=epoch, look_seconds=_LOOK_SECONDS)
        # One thread: on two cores that a service shares, LightGBM's threads wait for each other most of the time.
        train = replace(given.train, lag_seconds=0.0, settle_seconds=0.0, fit=replace(given.train.fit, threads=1))
        taste = replace(given.taste, prior_plays=self.params.prior_plays)
        return given.model_copy(update={"serve": serve, "train": train, "taste": taste})

    def _environment(self, settings: Settings) -> dict[str, str]:
        """The service's settings as a child process is told of them."""
        told = {
            name: getattr(settings.serve, name) for name in ("events_url", "policy", "epoch_seconds", "look_seconds")
        }
        return {f"ARTWORK_SERVE__{name.upper()}": str(value) for name, value in told.items()}

    @contextmanager
    def _key(self) -> Iterator[str]:
        """A key for the visitors, where the store asks for keys; it is taken back."""
        keys = KeyFile(self.store)
        if keys.records() is None:
            yield ""
            return
        with suppress(SettingsError):
            keys.remove(KEY)  # of a run that was killed
        yield keys.add(KEY, [Scope.DECIDE, Scope.EVENTS])
        keys.remove(KEY)

    def _sights(self, snapshot: Snapshot, world: World) -> tuple[Sight, ...]:
        """The world's pictures, small: where there is a canvas without a title, on that."""
        names = [name for title in snapshot.names.options for name in title]
        canvases = snapshot.names.canvases
        order = {canvas: place for place, canvas in enumerate(dict.fromkeys(("thumbnail", "billboard", *canvases)))}
        found: dict[str, tuple[int, int]] = {}
        for number, option in enumerate(snapshot.rendition_option.tolist()):
            place = order[canvases[int(snapshot.rendition_canvas[number])]]
            found[names[option]] = min(found.get(names[option], (place, number)), (place, number))
        return tuple(
            Sight(
                option,
                f"p{number}",
                self.instants.get(option, ""),
                picture_url(snapshot.rendition_files(found[option][1]), self.blobs, _DRAWN_HEIGHT)[1],
            )
            for number, option in enumerate(world.options)
        )

    def _answer(self, caller: Caller, chronicle: Chronicle, sights: Sequence[Sight]) -> Answer:
        """What the service says of one of the last day's decisions."""
        told = caller.explanation(chronicle.days[-1].token)
        seen = {sight.option: sight for sight in sights}
        pictures = sorted(
            ((seen[one.option], one.chosen, one.probability) for one in told.alternatives if one.option in seen),
            key=lambda one: (-one[2], one[0].option),
        )
        before = seen.get(told.shown) if told.shown is not None else None
        return Answer(self.titles[told.title], told.words, tuple(pictures), before)

    def _check(self, chronicle: Chronicle, *, taught: bool) -> None:
        """The log holds every event once, and what was learned was served.

        Raises:
            RehearsalFailed: that is not so.
        """
        with closing(EventLog.open(self.store)) as log:
            counts = log.counts()
        if counts.impressions != chronicle.seen or counts.impressions + counts.outcomes != chronicle.events:
            kept = f"{counts.impressions:,} impressions and {counts.outcomes:,} outcomes"
            raise RehearsalFailed(f"{chronicle.events:,} events were told, but the log holds {kept}")
        first, last = chronicle.days[0], chronicle.days[-1]
        if taught and first.model == last.model:
            raise RehearsalFailed(f"what was learned was never served: {last.model} decided on the last day as well")

    def _groups(self, snapshot: Snapshot, world: World) -> tuple[Group, ...]:
        """The world's members by their strongest segment, the most first; all as one where there are no segments."""
        everybody = np.arange(len(world.members))
        fits = segmentation.read_fits(self.store)
        fit = segmentation.newest_segmentation(self.store)
        if fit is None or not fit.segments or fits is None or fits.newest.members is None:
            return (Group("Everybody", everybody),)
        known = members.Members.open(self.store / members.FOLDER / fits.newest.members)
        strongest = np.array([_strongest(known, member) for member in world.members])
        active = read_active(self.store)
        believed = beliefs.Beliefs.open(self.store / beliefs.FOLDER / active.beliefs) if active.beliefs else None
        groups = [
            Group(
                card.name,
                np.flatnonzero(strongest == card.number),
                (
                    *(f"{one.word} \N{MULTIPLICATION SIGN}{one.times:.1f}" for one in (*card.genres, *card.themes)),
                    *(f"{one.name} \N{MULTIPLICATION SIGN}{one.times:.1f}" for one in card.people),
                ),
                tuple((one.option, one.odds) for one in card.pictures),
            )
            for card in cards(fit, believed, snapshot)
        ]
        groups.sort(key=lambda group: -len(group.members))
        left = np.flatnonzero(strongest < 0)
        return (*groups, Group(UNKNOWN, left)) if len(left) else tuple(groups)


def _strongest(known: members.Members, member: str) -> int:
    """The number of a member's heaviest segment; -1 where none is known."""
    taste = known.of(member)
    strongest = taste.strongest if taste else None
    return -1 if strongest is None else strongest
