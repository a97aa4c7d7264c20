"""Publishing from the page: what would change, one press of a button, and how far it is."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from artwork.review.gate import InRoom, Judge, NotAllowed, Person
from artwork.review.press import Press, PressAway
from artwork.review.room import Room
from artwork.review.session import COOKIE
from artwork.review.templates import render

router = APIRouter()


@router.get("/publish")
def publish_page(request: Request, room: InRoom, who: Person) -> HTMLResponse:
    """Where what was approved is published."""
    _press(room)
    token = room.sessions.token(request.cookies.get(COOKIE, ""))
    return HTMLResponse(render("publish", who=who, token=token))


@router.get("/api/publish/difference")
def difference(room: InRoom, who: Person) -> dict[str, object]:
    """What publishing now would change."""
    if not who.role.may_judge:
        raise NotAllowed(f"{who.name} may look, but not publish: an administrator gives the role")
    return {"lines": list(_press(room).difference())}


@router.get("/api/publish")
def state(room: InRoom, who: Person) -> dict[str, object]:
    """How far the newest run is."""
    del who
    return asdict(_press(room).state())


@router.post("/api/publish")
def start(room: InRoom, who: Judge) -> dict[str, object]:
    """A run begins, unless one is under way: then that one is told."""
    press = _press(room)
    begun = press.start(who.name)
    return {"begun": begun} | asdict(press.state())


def _press(room: Room) -> Press:
    if room.press is None:
        raise PressAway("nothing can be published from here: run `artwork publish`")
    return room.press
