"""The page as an application: `create_app` puts the room together and hangs the routes into it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from artwork.compose.composition import Compositor
from artwork.domain import Title
from artwork.errors import ArtworkError, FilmError, UnknownTitle
from artwork.ports import WordEmbedder
from artwork.review import changes, closeup, entrance, naming, pages, publishing
from artwork.review.bulletin import Bulletin
from artwork.review.cards import Cards
from artwork.review.casting import Casting
from artwork.review.film import FilmAway, FilmDesk
from artwork.review.footage import FilmReviews
from artwork.review.gate import NotAllowed, NotSignedIn
from artwork.review.guard import Guard
from artwork.review.lettering import Letterings
from artwork.review.naming import PeopleMoved
from artwork.review.people import ReviewParams
from artwork.review.pictures import Pictures
from artwork.review.press import Press, PressAway
from artwork.review.proofs import Announced, NotShown, Proofs, by_name
from artwork.review.room import FrameUnknown, Room
from artwork.review.session import Sessions
from artwork.review.standings import Standings
from artwork.review.templates import render
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.naming import UnfitPersonName

STATUS: dict[type[Exception], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    UnknownTitle: 404,
    FrameUnknown: 404,
    FilmAway: 409,
    PeopleMoved: 409,
    UnfitPersonName: 422,
    PressAway: 409,
    FilmError: 409,
    NotShown: 404,
    ArtworkError: 500,
}
"""What an error is over HTTP; the first that fits."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the page can do without, and shows less when it must.

    Attributes:
        film: reads single frames of films; without it only stills are shown.
        words: the CLIP model of the store; without it nobody searches by words.
        compositor: makes the canvases as they would be published; one with the default fonts when None.
        announce: the names and logos that a title is published under; its own name alone when not given.
        casting: groups faces into people; by looks, in memory alone, when None.
        press: publishes; without it there is no button for it.
        after_change: is told, after every change, of which title; an error of it is told to the reviewer.
    """

    film: FilmDesk | None = None
    words: WordEmbedder | None = None
    compositor: Compositor | None = None
    after_change: Callable[[str], object] | None = None
    casting: Casting | None = None
    press: Press | None = None
    announce: Callable[[Title], Announced] = by_name


def create_app(
    catalog: Catalog, blobs: Blobs, params: ReviewParams | None = None, equipment: Equipment | None = None
) -> FastAPI:
    """The page over a store.

    Args:
        catalog: of the store.
        blobs: of the store.
        params: `ReviewParams()` when None.
        equipment: `Equipment()` when None.
    """
    equipment = equipment or Equipment()
    params = params or ReviewParams()
    secret = params.secret.get_secret_value().encode() or secrets.token_bytes(32)
    journal, pictures = Journal(catalog.database), Pictures(blobs)
    proofs = Proofs(blobs, pictures, equipment.compositor, announce=equipment.announce)
    letterings = Letterings(equipment.announce)
    room = Room(
        catalog=catalog,
        blobs=blobs,
        journal=journal,
        films=FilmReviews(catalog),
        standings=Standings(journal),
        pictures=pictures,
        proofs=proofs,
        letterings=letterings,
        cards=Cards(catalog, journal, proofs, letterings),
        casting=equipment.casting or Casting(blobs),
        sessions=Sessions(secret, params.session_hours),
        params=params,
        film=equipment.film,
        words=equipment.words,
        after_change=equipment.after_change,
        press=equipment.press,
    )
    bulletin = Bulletin(journal, room.told)
    app = FastAPI(
        title="artwork review",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_watching(bulletin),
        exception_handlers=dict.fromkeys((*STATUS, RequestValidationError), _problem),
    )
    app.state.room, app.state.bulletin = room, bulletin
    app.add_middleware(Guard, public_url=params.public_url)
    for part in (entrance, pages, closeup, changes, naming, publishing):
        app.include_router(part.router)
    if params.oidc_issuer:
        from artwork.review import oidc  # noqa: PLC0415  its packages are an extra

        app.state.provider = oidc.Provider(params)
        app.include_router(oidc.router)
    return app


def _watching(bulletin: Bulletin) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(bulletin.watch())
        yield
        bulletin.close()
        await watch

    return lifespan


async def _problem(request: Request, error: Exception) -> Response:
    """The error as a page for people, or as problem+json for scripts."""
    # Whoever failed to sign in is told so, and not sent to sign in again and again.
    signing_in = request.url.path.startswith("/oidc/")
    if isinstance(error, NotSignedIn) and request.method == "GET" and _for_people(request) and not signing_in:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/enter?back={quote(here, safe='')}", 303)
    status, said = _said(error)
    if _for_people(request):
        return HTMLResponse(render("problem", status=status, said=said, who=None), status)
    return JSONResponse({"status": status, "detail": said}, status, media_type="application/problem+json")


def _said(error: Exception) -> tuple[int, str]:
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return 422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    return status, f"no frame {error.args[0]!r} in this title" if isinstance(error, FrameUnknown) else str(error)


def _for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
