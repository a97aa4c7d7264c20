"""The pages themselves: titles, a title's contact sheet, the journal; and the files they are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from artwork import wording
from artwork.review.gate import Auditor, InRoom, Person
from artwork.review.people import Reviewer
from artwork.review.room import Room, act_row, coverage_rows
from artwork.review.session import COOKIE
from artwork.review.sheet import length_seconds, shot_rows
from artwork.review.templates import MEDIA_TYPES, read_assets, render
from artwork.store.naming import frame_of

router = APIRouter()
FOREVER = "private, max-age=31536000, immutable"
BUILT_IN = "builtin"
AHEAD = 24
"""Pictures that are fetched while the scripts are: as many as the sheet asks for at once (EAGER in sheet.js)."""


@router.get("/")
def titles_page(request: Request, room: InRoom, who: Person) -> HTMLResponse:
    """Every title and how far its review has come."""
    cards = room.cards.every()
    return HTMLResponse(render("titles", cards=cards, press=room.press is not None, **_frame(request, room, who)))


@router.get("/titles/{title}")
def sheet_page(request: Request, room: InRoom, who: Person, title: str) -> HTMLResponse:
    """The contact sheet of a title."""
    head = room.journal.head()  # before anything else is read: what comes later is told by the stream
    view = room.view(title)
    film = view.film
    model = film.model.name if film.model else ""
    words = room.words is not None and film.model is not None and room.words.model == film.model
    values = {
        "film": film.record,
        "facts": wording.facts_words(film.record.facts) if film.record.facts else [],
        "coverage": coverage_rows(room.coverage(view)),
        "shots": shot_rows(film),
        "length": length_seconds(film),
        "head": head,
        "count": len(view.slate),
        "first": [one.frame.still for one in view.slate[:AHEAD]],
        "refused": sum(name in film.refusals for name in film.frames),
        "built_in": model.startswith(BUILT_IN),
        "words": words,
        "locales": room.proofs.announce(film.record.title).rows(),
        "canvases": [[one.name, float(one.aspect), list(one.widths), one.treatment] for one in room.proofs.canvases],
    }
    return HTMLResponse(render("sheet", **values, **_frame(request, room, who)))


@router.get("/journal")
def journal_page(request: Request, room: InRoom, who: Auditor) -> HTMLResponse:
    """The newest entries of the journal, and whether its chain is whole."""
    check = room.journal.check()
    newest = room.journal.since(max(0, room.journal.head() - 500))[::-1]
    acts = [
        act_row(entry) | {"title": entry.title, "digest": entry.digest, "shows": frame_of(entry.frame)}
        for entry in newest
    ]
    return HTMLResponse(render("journal", check=check, acts=acts, **_frame(request, room, who)))


@router.get("/journal.jsonl")
def journal_file(room: InRoom, who: Auditor) -> StreamingResponse:
    """Every entry of the journal, as JSON lines that can be checked elsewhere."""
    del who

    def lines() -> Iterator[str]:
        for entry in room.journal.every():
            plain = act_row(entry) | {"content": dict(entry.content), "title": entry.title, "batch": entry.batch}
            yield json.dumps(plain | {"previous": entry.previous, "digest": entry.digest}) + "\n"

    return StreamingResponse(lines(), media_type="application/jsonl")


@router.get("/static/{digest}/{name}")
async def static_file(digest: str, name: str) -> Response:
    """A script or a style; needs no session, it says nothing about any film."""
    assets = read_assets()
    content = assets.contents.get(name) if digest == assets.digest else None
    if content is None:
        return Response("not there", 404, media_type="text/plain")
    return Response(content, media_type=MEDIA_TYPES[PurePath(name).suffix], headers={"cache-control": FOREVER})


def _frame(request: Request, room: Room, who: Reviewer) -> dict[str, object]:
    """What every page carries: who is here, and the token that its changes are sent with."""
    return {"who": who, "token": room.sessions.token(request.cookies.get(COOKIE, ""))}
