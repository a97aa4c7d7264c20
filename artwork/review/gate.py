"""Who asks: the person behind a session, and what that person may do.

All of it is quick and asks no disk: it runs in the event loop, not in a thread.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from artwork.review.people import Reviewer
from artwork.review.room import Room, room_of
from artwork.review.session import COOKIE


class NotSignedIn(PermissionError):
    """There is no session, or it has run out."""


class NotAllowed(PermissionError):
    """The person's role does not allow this."""


async def person(request: Request) -> Reviewer:
    """Who is signed in.

    Raises:
        NotSignedIn: nobody is.
    """
    found = room_of(request).sessions.open(request.cookies.get(COOKIE, ""))
    if found is None:
        raise NotSignedIn("sign in first")
    return found


async def judge(request: Request, x_csrf_token: Annotated[str, Header()] = "") -> Reviewer:
    """Who is signed in, may change things, and asks from a page of ours.

    Raises:
        NotSignedIn: nobody is.
        NotAllowed: a viewer only looks; or the session's token is missing.
    """
    found = await person(request)
    if not room_of(request).sessions.holds(request.cookies.get(COOKIE, ""), x_csrf_token):
        raise NotAllowed("the page is out of date: load it again")
    if not found.role.may_judge:
        raise NotAllowed(f"{found.name} may look, but not change anything: an administrator gives the role")
    return found


async def auditor(request: Request) -> Reviewer:
    """Who is signed in and may read the whole journal.

    Raises:
        NotSignedIn: nobody is.
        NotAllowed: only administrators read it.
    """
    found = await person(request)
    if not found.role.may_audit:
        raise NotAllowed("only an administrator reads the whole journal")
    return found


async def in_room(request: Request) -> Room:
    """The room."""
    return room_of(request)


Person = Annotated[Reviewer, Depends(person)]
Judge = Annotated[Reviewer, Depends(judge)]
Auditor = Annotated[Reviewer, Depends(auditor)]
InRoom = Annotated[Room, Depends(in_room)]
