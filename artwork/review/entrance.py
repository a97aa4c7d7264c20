"""The entrance: on this machine people say who they are; elsewhere an OpenID Connect provider says it."""

from __future__ import annotations

import getpass
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from artwork.review.gate import InRoom
from artwork.review.people import Reviewer, clean_name
from artwork.review.room import Room
from artwork.review.session import COOKIE
from artwork.review.templates import render

router = APIRouter()
LONGEST_FORM = 4_096


@router.get("/enter")
def enter_page(room: InRoom, back: str = "/") -> Response:
    """Where somebody says who they are."""
    if room.params.oidc_issuer:
        return RedirectResponse(f"/oidc/start?back={quote(local_path(back), safe='')}", 303)
    known = sorted(room.params.named_roles)
    return HTMLResponse(render("enter", known=known, name=_system_name(), back=local_path(back), problem="", who=None))


@router.post("/enter")
async def enter(request: Request, room: InRoom) -> Response:
    """A session for whoever names themselves; only where no provider is set, and then only on this machine."""
    if room.params.oidc_issuer:
        return RedirectResponse("/enter", 303)
    form = await posted(request)
    name, back = clean_name(form.get("name", "")), local_path(form.get("back", "/"))
    if not name:
        said = {"known": sorted(room.params.named_roles), "name": "", "back": back, "who": None}
        return HTMLResponse(render("enter", problem="Give a name: it stands beside what you decide.", **said), 422)
    return admit(room, Reviewer(name, room.params.role_of(name)), RedirectResponse(back, 303))


@router.post("/leave")
async def leave() -> Response:
    """The session is over in this browser."""
    answer = RedirectResponse("/enter", 303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def admit(room: Room, reviewer: Reviewer, answer: Response) -> Response:
    """The answer carries a new session of the reviewer."""
    secure = urlsplit(room.params.public_url).scheme == "https"
    cookie = room.sessions.seal(reviewer)
    answer.set_cookie(
        COOKIE, cookie, max_age=room.sessions.seconds, path="/", httponly=True, samesite="strict", secure=secure
    )
    return answer


def local_path(back: str) -> str:
    """The way back inside this page; the titles, where the address given leads elsewhere."""
    parts = urlsplit(back.replace("\\", "/"))
    inside = not parts.scheme and not parts.netloc and back.startswith("/") and not back.startswith("//")
    return back if inside and back.isprintable() else "/"


async def posted(request: Request) -> dict[str, str]:
    """The fields of a plain form; empty for one that is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _system_name() -> str:
    try:
        return clean_name(getpass.getuser())
    except (OSError, KeyError):
        return ""
