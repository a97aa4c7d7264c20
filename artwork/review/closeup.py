"""Looking close at one frame: what was measured, what is like it, what lies beside it, how it looks on every canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response

from artwork import wording
from artwork.domain import AnnotatedFrame, Rgb, Timecode
from artwork.errors import FilmError
from artwork.review.film import TIME_BASE, FilmAway, timecode
from artwork.review.footage import FilmReview
from artwork.review.gate import InRoom, person
from artwork.review.pages import FOREVER
from artwork.review.pictures import WIDTHS, decoded
from artwork.review.proofs import WIDEST, at_width, standing_out, whole_still
from artwork.review.room import FrameUnknown, Room, TitleView, act_row, coverage_rows
from artwork.review.sheet import annotation_rows, cast_row, face_rows, instant_row, other_tiles, proposal_tiles, tile
from artwork.store.blobs import KEY

router = APIRouter(dependencies=[Depends(person)])
EACH_SIDE = 6
"""Frames shown before and behind, while a reviewer steps to a better instant."""
NEIGHBOURS = 4
"""Sampled frames shown before and behind."""
MOST_LIKE = 60


@dataclass(frozen=True, slots=True)
class Tried:
    """A focal point that a reviewer tries; None where there is none."""

    x: Annotated[float | None, Query(ge=0, le=1)] = None
    y: Annotated[float | None, Query(ge=0, le=1)] = None

    def else_set(self, view: TitleView, frame: str) -> tuple[float, float] | None:
        """The point that is tried, else the one that is set."""
        if self.x is not None and self.y is not None:
            return self.x, self.y
        return view.standing(frame).focus


@dataclass(frozen=True, slots=True)
class Place:
    """A frame on a canvas. locale: the language of the title on it; empty for its own."""

    title: str
    frame: str
    canvas: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An instant of a film, as an address names it."""

    pts: Annotated[int, Query(ge=-(2**63), lt=2**63)]
    time_base: Annotated[str, Query(pattern=TIME_BASE)]

    @property
    def at(self) -> Timecode:
        """The instant."""
        return timecode(self.pts, self.time_base)


AtPoint = Annotated[Tried, Depends()]
AtInstant = Annotated[Asked, Depends()]


@router.get("/api/titles/{title}/tiles")
def tiles(room: InRoom, title: str, kind: str = "candidate") -> JSONResponse:
    """The tiles of a title: its candidates, or the frames that were refused, or those that were passed over.

    Encoded here: FastAPI would look at each of some ten thousand values first (measured: 45 ms for 400 tiles).
    """
    head, view = room.journal.head(), room.view(title)
    if kind == "candidate":
        return JSONResponse({"head": head, "tiles": proposal_tiles(view.film, view.slate, view.company)})
    rows = other_tiles(view.film, view.standings, view.candidates, kind, view.company)
    return JSONResponse({"head": head, "tiles": rows})


@router.get("/api/titles/{title}/cast")
def cast(room: InRoom, title: str) -> JSONResponse:
    """The people of a title, and what of them the approved pictures cover; found now, if they were not before."""
    room.casting.find(room.view(title).film)
    head, view = room.journal.head(), room.view(title)
    company = view.company or room.casting.find(view.film, view.names)
    row = cast_row(company, view.names, view.film) | {"coverage": coverage_rows(room.coverage(view))}
    return JSONResponse({"head": head} | row)


@router.get("/portraits/{title}/{frame}/{face}.jpg")
def portrait(room: InRoom, title: str, frame: str, face: int) -> Response:
    """A face of a title."""
    jpeg = room.casting.portrait(room.view(title).film, frame, face, room.pictures)
    if jpeg is None:
        return Response("not there", 404, media_type="text/plain")
    return _jpeg(jpeg, "private, max-age=600")


@router.get("/api/titles/{title}/frames/{frame}")
def close_look(room: InRoom, title: str, frame: str) -> dict[str, object]:
    """Everything about a frame but its proofs, which take longer."""
    view = room.view(title)
    film, found = view.film, view.frame(frame)
    names = list(film.frames)
    place = names.index(frame)
    beside = [*names[max(0, place - NEIGHBOURS) : place], *names[place + 1 :][:NEIGHBOURS]]
    appraisal = film.appraisals.get(frame)
    return {
        "tile": tile(film, found, view.standing(frame), view.candidates.get(frame), view.company),
        "at": instant_row(found.at),
        "annotation": annotation_rows(found),
        "who": face_rows(view.company, view.names, film, found),
        "themes": [[one.group, one.name, round(one.probability, 3)] for one in appraisal.themes] if appraisal else [],
        "duplicates": [_small(film, name) for name in film.duplicates_of(frame)],
        "neighbours": [_small(film, name) for name in beside],
        "history": [act_row(entry) for entry in room.journal.entries(title, {frame})],
        "film": room.film is not None,
    }


@router.get("/api/titles/{title}/frames/{frame}/proofs")
def proofs(room: InRoom, title: str, frame: str, tried: AtPoint) -> dict[str, object]:
    """How the frame is cropped for every canvas, with the focal point that is set or the one that is tried."""
    view = room.view(title)
    point = tried.else_set(view, frame)
    found = room.proofs.of(view.frame(frame), view.film.record.facts, point)
    return {"focus": point, "proofs": [one.as_row() for one in found]}


@router.get("/api/titles/{title}/around")
def around(room: InRoom, title: str, asked: AtInstant) -> dict[str, object]:
    """The frames of the film around an instant, one by one."""
    film = room.view(title).film
    glimpses = room.desk.around(film.record, asked.at, EACH_SIDE)
    known = {frame.at: frame.id for frame in film.frames.values()}
    for one in glimpses:
        room.pictures.keep(_glimpse(title, one.at), one.jpeg)
    return {"instants": [instant_row(one.at) | {"frame": known.get(one.at, "")} for one in glimpses]}


@router.get("/api/titles/{title}/glimpse.jpg")
def glimpse(room: InRoom, title: str, asked: AtInstant) -> Response:
    """A frame of the film, small; at hand when it was just listed by `around`."""
    record, at = room.films.of(title).record, asked.at
    jpeg = room.pictures.kept(_glimpse(title, at), lambda: room.desk.around(record, at, 0)[0].jpeg)
    return _jpeg(jpeg, "private, max-age=600")


@router.get("/api/titles/{title}/similar")
def similar(room: InRoom, title: str, frame: str) -> dict[str, object]:
    """The frames of a title most like one of them, most like first."""
    film = room.view(title).film
    appraisal = film.appraisals.get(frame)
    if appraisal is None:
        raise FrameUnknown(frame)
    return {"found": film.similar_to(appraisal.vector, MOST_LIKE)}


@router.get("/api/titles/{title}/words")
def by_words(room: InRoom, title: str, words: Annotated[str, Query(min_length=1, max_length=200)]) -> dict[str, object]:
    """The frames of a title that fit the words best, when a model that reads made its vectors."""
    film = room.view(title).film
    if room.words is None or room.words.model != film.model:
        raise FilmAway("no model that reads words made this title's vectors: set ARTWORK_EMBED__MODEL and ingest again")
    [vector] = room.words.embed_words([words])
    return {"found": film.similar_to(vector, MOST_LIKE)}


@router.get("/pictures/{width}/{key:path}")
def picture(room: InRoom, width: int, key: str) -> Response:
    """A still, in one of the widths of the page."""
    if width not in WIDTHS or KEY.fullmatch(key) is None:
        return Response("not there", 404, media_type="text/plain")
    return _jpeg(room.pictures.tile(key, width), FOREVER)


@router.get("/frames/{title}/{frame}/saliency.png")
def saliency(room: InRoom, title: str, frame: str) -> Response:
    """What stands out in the frame, as the crops weigh it, to be laid over it."""
    still = room.view(title).frame(frame).still
    png = room.pictures.kept(f"saliency/{still}", lambda: standing_out(room.blobs.get(still)))
    return Response(png, media_type="image/png", headers={"cache-control": "private, max-age=600"})


@router.get("/frames/{title}/{frame}/full.jpg")
def full(room: InRoom, title: str, frame: str) -> Response:
    """The frame at full size; its still, marked, where the film is out of reach."""
    view = room.view(title)
    jpeg, from_film = _whole(room, view.film, view.frame(frame))
    return Response(jpeg, media_type="image/jpeg", headers={"x-from": "film" if from_film else "still"})


@router.get("/proofs/{title}/{frame}/{canvas}.jpg")
def proof_picture(room: InRoom, tried: AtPoint, place: Annotated[Place, Depends()], width: int = 640) -> Response:
    """The frame on a canvas, as it would be published."""
    view = room.view(place.title)
    film, found = view.film, view.frame(place.frame)
    point = tried.else_set(view, place.frame)
    billing = room.proofs.billing(film.record.title, place.canvas, place.locale)

    def whole() -> Rgb:
        jpeg, from_film = _whole(room, film, found)
        return decoded(jpeg) if from_film else whole_still(jpeg, film.record.facts)

    jpeg = room.proofs.composed(found, billing, point, place.canvas, whole)
    return _jpeg(at_width(jpeg, min(width, WIDEST)), "private, max-age=60")


def _whole(room: Room, film: FilmReview, frame: AnnotatedFrame) -> tuple[bytes, bool]:
    record = film.record
    if room.film is not None:
        desk = room.film
        try:
            return room.pictures.kept(f"full/{frame.id}", lambda: desk.full(record, frame.at)), True
        except FilmError:
            pass  # the film moved away since it was read: its still is what is left, and the answer says so
    return room.blobs.get(frame.still), False


def _glimpse(title: str, at: Timecode) -> str:
    return f"glimpse/{title}/{at.exact}"


def _small(film: FilmReview, name: str) -> dict[str, object]:
    frame = film.frames[name]
    return {"id": name, "still": frame.still, "clock": wording.clock(frame.at), "shot": frame.shot}


def _jpeg(jpeg: bytes, cache: str) -> Response:
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": cache})
