"""What a reviewer does, over the wire: verdicts, focal points, notes, frames brought back; undo; and what others do."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from artwork.domain import Timecode
from artwork.errors import ArtworkError
from artwork.review.film import TIME_BASE, timecode
from artwork.review.footage import FilmReview
from artwork.review.gate import InRoom, Judge, Person
from artwork.review.room import Room, bulletin_of, may_move
from artwork.review.sheet import instant_row, standing_row, tile
from artwork.store.addition import Addition, addition_to_json
from artwork.store.entries import Action, Change
from artwork.store.journal import Outcome

router = APIRouter(prefix="/api/titles/{title}")
MOST = 5_000
"""Changes in one act: a bulk over every frame of a long film."""


class Strict(BaseModel):
    """A body that holds what it says and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class VerdictContent(Strict):
    """A verdict and, for a rejection, why."""

    verdict: Literal["proposed", "approved", "rejected"]
    reason: str = Field("", max_length=500)


class FocusContent(Strict):
    """A focal point, in fractions of the frame."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class NoteContent(Strict):
    """A note in the reviewer's words."""

    note: str = Field(max_length=4_000)


class Wanted(Strict):
    """One change. Exactly one of the four is given; an empty focus takes the focal point away."""

    frame: str = Field(min_length=1, max_length=200)
    seen: int = Field(ge=0)
    verdict: VerdictContent | None = None
    focus: FocusContent | Literal["none"] | None = None
    note: NoteContent | None = None
    propose: bool = False

    def as_change(self) -> Change:
        """The change that is wanted."""
        if self.verdict is not None:
            return Change(self.frame, Action.VERDICT, self.verdict.model_dump(), self.seen)
        if self.focus is not None:
            point = {} if self.focus == "none" else self.focus.model_dump()
            return Change(self.frame, Action.FOCUS, point, self.seen)
        if self.note is not None:
            return Change(self.frame, Action.NOTE, self.note.model_dump(), self.seen)
        return Change(self.frame, Action.PROPOSE, {}, self.seen)


class Act(Strict):
    """Changes made together: undone together, too."""

    changes: list[Wanted] = Field(min_length=1, max_length=MOST)


class Instant(Strict):
    """An instant of the film, exact."""

    pts: int = Field(ge=0, lt=2**63)
    time_base: str = Field(pattern=TIME_BASE)


@router.post("/changes")
def change(request: Request, room: InRoom, who: Judge, title: str, act: Act) -> dict[str, object]:
    """The changes are made, but for those that conflict with what others did meanwhile: these are told."""
    view = room.view(title)
    for one in act.changes:
        view.frame(one.frame)
    outcome = room.journal.append(title, [one.as_change() for one in act.changes], who.name)
    return answer(request, room, title, outcome)


@router.post("/undo")
def undo(request: Request, room: InRoom, who: Judge, title: str) -> dict[str, object]:
    """The reviewer's newest act on this title is taken back, by a new entry."""
    room.catalog.title(title)
    return answer(request, room, title, room.journal.undo(title, who.name))


@router.post("/redo")
def redo(request: Request, room: InRoom, who: Judge, title: str) -> dict[str, object]:
    """The reviewer's newest undoing is taken back."""
    room.catalog.title(title)
    return answer(request, room, title, room.journal.redo(title, who.name))


@router.post("/instants")
def add_instant(request: Request, room: InRoom, who: Judge, title: str, instant: Instant) -> dict[str, object]:
    """A frame that no scan kept is measured, kept and made a candidate."""
    view = room.view(title)
    at = timecode(instant.pts, instant.time_base)
    frame = next((one for one in view.film.frames.values() if one.at == at), None)
    content: dict[str, object] = {}
    if frame is None:
        addition = _measured(room, view.film, at)
        frame, content = addition.frame, addition_to_json(addition)
    outcome = room.journal.append(
        title, [Change(frame.id, Action.PROPOSE, content, view.standing(frame.id).newest)], who.name
    )
    return answer(request, room, title, outcome) | {"frame": frame.id, "at": instant_row(frame.at)}


def _measured(room: Room, film: FilmReview, at: Timecode) -> Addition:
    """The instant measured and, where the model that made the title's vectors is here, appraised as the others were."""
    frame = room.desk.annotated(film.record, film.shots, at)
    appraisal = room.desk.appraised(frame, film.model) if film.model else None
    return Addition(frame, appraisal, film.model if appraisal else None)


@router.get("/events")
async def events(
    request: Request, who: Person, title: str, since: int = 0, last_event_id: Annotated[int, Header()] = 0
) -> StreamingResponse:
    """What others do, as it happens."""
    stream = bulletin_of(request).listen(title, who.name, max(since, last_event_id))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def answer(request: Request, room: Room, title: str, outcome: Outcome) -> dict[str, object]:
    """What an act came to, as the page is told it; the others hear of it."""
    told: dict[str, object] = {}
    if outcome.entries:
        bulletin_of(request).wrote()
        told = room.told(title, outcome.entries) | {"warning": _after(room, title)}
    told["conflicts"] = [
        {"frame": one.change.frame, "standing": standing_row(one.standing)} for one in outcome.conflicts
    ]
    return told | {"tiles": _new_tiles(room, title, outcome)}


def _after(room: Room, title: str) -> str:
    """What follows from the change elsewhere has been done; else why not: the change stands either way."""
    try:
        if room.after_change is not None:
            room.after_change(title)
    except ArtworkError as error:
        return f"This stands, but {error}"
    return ""


def _new_tiles(room: Room, title: str, outcome: Outcome) -> list[dict[str, object]]:
    """Tiles of the frames that became candidates, or ceased to be, with this act."""
    view = room.view(title)
    touched = may_move(view.film, outcome.entries)
    return [
        tile(view.film, view.film.frames[name], view.standing(name), view.candidates.get(name), view.company)
        for name in sorted(touched & set(view.film.frames))
    ]
