"""A season: simulated members visit for some days, the service decides over HTTP, and learns from its own log at night.

A day is one turn of the service's epoch, in which a member's pictures hold still: here a second or two, not 86,400.
Whoever comes again sends back the tokens of what they saw last, so that most pictures are still the same the next day.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from pipelines.chronicle import Chronicle, Day
from pipelines.service_child import Caller, ServiceFailed
from pipelines.visitors import World
from ranking.learn.snapshot import Snapshot
from ranking.serve.wire import (
    DecisionRequest,
    EventBatch,
    EventReceipt,
    ImpressionReport,
    OutcomeReport,
    TitleAnswer,
)

Kept = dict[str, str]
"""What a member's page keeps for the next time: the token of the picture of each title that was seen last."""
Night = Callable[[int], str | None]
"""What is done after a day (1 for the first); the id of the release that has to be served next, None for any."""
_RUNTIME_SECONDS, _HALF_SECONDS, _GLANCED_SECONDS = 5_400.0, 2_700.0, 20.0
_SWAP_SECONDS = 15.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class SeasonParams:
    """How long a season is, and how its days go.

    Attributes:
        days: in all.
        blind: of them, before anything was learned.
        epoch_seconds: of the service: the shortest that a day can be.
        page: titles on a page at most; of more, each visit draws its own.
        batch: events told at once.
        finished: share of the plays that go to the end; the others stop half way.
        glances: chance that a member who does not play has a short look: that is no qualifying play.
    """

    days: int = 15
    blind: int = 4
    epoch_seconds: int = 1
    page: int = 40
    batch: int = 1_000
    finished: float = 0.75
    glances: float = 0.03

    def __post_init__(self) -> None:
        if not 0 < self.blind < self.days:
            raise ValueError(f"{self.blind} of {self.days} days without learning: it begins within the season")


@dataclass(slots=True)
class _Notes:
    """What a day's visits came to, line by line."""

    member: list[int] = field(default_factory=list)
    option: list[int] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    played: list[bool] = field(default_factory=list)
    events: list[ImpressionReport | OutcomeReport] = field(default_factory=list)
    decided: int = 0
    model: str = ""
    token: str = ""


@dataclass(frozen=True)
class Season:
    """Everything that the visits need.

    Attributes:
        world: who comes, and what they would play.
        options: rendition id to the world's number of its option.
        canvas: where the pictures are shown.
        caller: the service.
        params: how long, and how.
    """

    world: World
    options: Mapping[str, int]
    canvas: str
    caller: Caller
    params: SeasonParams = SeasonParams()

    def pass_by(self, night: Night, tell: Callable[[Day], None]) -> Chronicle:
        """Every day has passed, and every event is in the service's log.

        Args:
            night: what is done after each day but the last.
            tell: is told of each day when it ends.

        Raises:
            ServiceFailed: an answer was not what it should be, or an event was not kept.
        """
        days: list[Day] = []
        kept: list[Kept] = [{} for _ in self.world.members]
        for number in range(1, self.params.days + 1):
            self._until_the_epoch_turns()
            days.append(self._day(number, kept))
            tell(days[-1])
            if number < self.params.days and (release := night(number)) is not None:
                self._until_served(release)
        return Chronicle(self.world, tuple(days), np.array(self.caller.round_trips))

    def _day(self, number: int, kept: list[Kept]) -> Day:
        generator = np.random.default_rng((self.world.params.seed, number))
        come = generator.permutation(len(self.world.members))
        notes = _Notes()
        for member in come[: max(1, round(self.world.params.visiting * len(come)))].tolist():
            self._visit((number, member), kept[member], generator, notes)
        batches = [
            EventBatch(notes.events[start : start + self.params.batch])
            for start in range(0, len(notes.events), self.params.batch)
        ]
        # The last batch is told twice: a network does that, and the log must not mind.
        receipts = [self.caller.events(batch) for batch in [*batches, *batches[-1:]]]
        return _written_down(number, notes, receipts)

    def _visit(self, coming: tuple[int, int], kept: Kept, generator: np.random.Generator, notes: _Notes) -> None:
        """On a day a member comes, is shown a page, sees its upper part, and plays or does not."""
        (day, member), world = coming, self.world
        page = generator.permutation(len(world.titles))[: self.params.page]
        titles = [world.titles[title] for title in page.tolist()]
        before = [kept[title] for title in titles if title in kept]
        where, when = world.device(member), world.hour(member)
        asked = DecisionRequest(titles, self.canvas, world.members[member], device=where, local_hour=when, shown=before)
        answer = self.caller.decisions(asked)
        notes.model = answer.model
        notes.decided += len(answer.titles)
        seen = generator.random(len(page)) < world.params.seen ** np.arange(len(page))
        luck, more = generator.random(len(page)), generator.random(len(page))
        for place in np.flatnonzero(seen).tolist():
            shown = _shown(answer.titles[place])
            kept[titles[place]] = shown.token
            option = self.options[shown.rendition]
            plays = bool(luck[place] < world.chances[world.groups[member], option])
            name = f"{world.params.seed}-{day}-{member}-{page[place]}"
            at = datetime.now(UTC)
            notes.events.append(ImpressionReport(f"{name}-seen", shown.token, at, place))
            if plays or more[place] < self.params.glances:
                finished = plays and bool(more[place] < self.params.finished)
                length = _RUNTIME_SECONDS if finished else _HALF_SECONDS if plays else _GLANCED_SECONDS
                later = at + timedelta(milliseconds=1)
                told = f"{name}-played", shown.token, later, length, _RUNTIME_SECONDS, finished
                notes.events.append(OutcomeReport(*told))
            notes.member.append(member)
            notes.option.append(option)
            notes.reason.append(shown.reason)
            notes.played.append(plays)
            if not notes.token or shown.reason == "personalised":
                notes.token = shown.token

    def _until_the_epoch_turns(self) -> None:
        length = self.params.epoch_seconds
        now = time.time()
        time.sleep((now // length + 1) * length - now)

    def _until_served(self, release: str) -> None:
        until = time.monotonic() + _SWAP_SECONDS
        while self.caller.release() != release:
            if time.monotonic() > until:
                raise ServiceFailed(f"release {release} is not served {_SWAP_SECONDS:.0f} s after it was put in use")
            time.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Shown:
    rendition: str
    reason: str
    token: str


def options_of(snapshot: Snapshot, world: World) -> dict[str, int]:
    """Rendition id to the world's number of its option."""
    names = [name for title in snapshot.names.options for name in title]
    places = {name: number for number, name in enumerate(world.options)}
    return {
        rendition.decode(): places[names[option]]
        for rendition, option in zip(snapshot.rendition_ids.tolist(), snapshot.rendition_option.tolist(), strict=True)
        if names[option] in places
    }


def _shown(title: TitleAnswer) -> _Shown:
    """What an answer shows for a title.

    Raises:
        ServiceFailed: nothing.
    """
    if (
        title.artwork is None
        or isinstance(title.reason, msgspec.UnsetType)
        or isinstance(title.token, msgspec.UnsetType)
    ):
        raise ServiceFailed(f"title {title.title} is published, but the service has no picture of it: {title.problem}")
    return _Shown(title.artwork.rendition, title.reason, title.token)


def _written_down(number: int, notes: _Notes, receipts: Sequence[EventReceipt]) -> Day:
    """The day.

    Raises:
        ServiceFailed: an event was refused, or counted otherwise than it was told.
    """
    refused = [one for receipt in receipts for one in receipt.refused]
    if refused:
        raise ServiceFailed(f"day {number}: {len(refused)} events were refused, the first as {refused[0].problem!r}")
    accepted = sum(receipt.accepted for receipt in receipts)
    if accepted != len(notes.events):
        raise ServiceFailed(f"day {number}: {len(notes.events)} events were told, {accepted} were accepted")
    return Day(
        number,
        notes.model,
        np.array(notes.member, dtype=np.int64),
        np.array(notes.option, dtype=np.int64),
        np.array(notes.reason, dtype=np.str_),
        np.array(notes.played, dtype=np.bool_),
        notes.decided,
        accepted,
        sum(receipt.duplicates for receipt in receipts),
        notes.token,
    )
