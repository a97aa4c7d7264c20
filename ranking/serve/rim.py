"""The rim: bytes in, bytes out, over ASGI; every error becomes problem+json in one table."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar

import msgspec

from artwork.errors import ArtworkError
from ranking.errors import EventLogError, Overloaded, SnapshotError, TokenError
from ranking.serve.keys import Forbidden, TooMany, Unknown
from ranking.serve.wire import Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Body = TypeVar("Body", bytes, bytearray)
Message = TypeVar("Message")

JSON = b"application/json"
PROBLEM = b"application/problem+json"
TITLES = {
    400: "The request is not JSON",
    401: "A key is needed",
    403: "The key does not allow this",
    404: "Not found",
    405: "This address does not take this method",
    406: "No encoding of the picture is accepted",
    408: "The request took too long to arrive",
    410: "The picture was withdrawn",
    413: "The request is too large",
    415: "The request is not of type application/json",
    422: "The request does not fit the schema",
    429: "Come back later",
    500: "The service is at fault",
    503: "Not ready",
}
STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (Unknown, 401),
    (Forbidden, 403),
    (TooMany, 429),
    (Overloaded, 429),
    (EventLogError, 429),
    (TokenError, 404),
    (SnapshotError, 404),
    (msgspec.ValidationError, 422),
    (msgspec.DecodeError, 400),
)
"""What each error is over HTTP; the first that fits counts."""


class Refused(ArtworkError):
    """A request that is not answered, with its status."""

    def __init__(self, status: int, detail: str = "") -> None:
        self.status = status
        super().__init__(detail)


async def read_body(scope: Scope, receive: Receive, most_bytes: int, most_seconds: float) -> bytes:
    """The body of a JSON request, which is a POST.

    Raises:
        Refused: it is larger than `most_bytes`, of another type or method, the sender went away, or took longer than
            `most_seconds` over its parts.
    """
    if scope["method"] != "POST":
        raise Refused(405)
    for name, value in scope["headers"]:
        if name == b"content-type" and value.split(b";", 1)[0].strip().lower() != JSON:
            raise Refused(415)
        if name == b"content-encoding" and value.strip().lower() != b"identity":
            raise Refused(415, "send the body as it is, without an encoding")
        if name == b"content-length" and (not value.isdigit() or int(value) > most_bytes):
            raise Refused(413, f"at most {most_bytes} bytes")
    message = await receive()
    if message.get("more_body"):
        try:
            return await asyncio.wait_for(_rest_of(message, receive, most_bytes), most_seconds)
        except TimeoutError as error:
            raise Refused(408, f"at most {most_seconds:g} seconds") from error
    body: bytes = message.get("body", b"")
    return _limited(body, most_bytes)


async def _rest_of(message: MutableMapping[str, Any], receive: Receive, most_bytes: int) -> bytes:
    """A body in parts, from its first one on."""
    body = bytearray(_limited(message.get("body", b""), most_bytes))
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the sender went away")
        body += message.get("body", b"")
        _limited(body, most_bytes)
    return bytes(body)


def _limited(body: Body, most_bytes: int) -> Body:
    if len(body) > most_bytes:
        raise Refused(413, f"at most {most_bytes} bytes")
    return body


def decoded(body: bytes, decoder: msgspec.json.Decoder[Message]) -> Message:
    """What the body says.

    Raises:
        msgspec.DecodeError: it is no JSON, or does not fit.
        Refused: there is text in it that is not UTF-8; msgspec raises Python's own error for that.
    """
    try:
        return decoder.decode(body)
    except UnicodeDecodeError as error:
        raise Refused(400, "its text is not UTF-8") from error


def header(scope: Scope, wanted: bytes) -> bytes | None:
    """The first header of this name (lower case)."""
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value)
    return None


async def send_bytes(
    send: Send, status: int, body: bytes, kind: bytes, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """One answer."""
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem_of(error: Exception) -> tuple[int, bytes, Headers]:
    """Status, body and headers of an error's answer. Of what nobody raised on purpose, nothing is told."""
    status = error.status if isinstance(error, Refused) else _status(error)
    detail = str(error) if isinstance(error, ArtworkError | msgspec.MsgspecError) else ""
    body = msgspec.json.encode(Problem(TITLES[status], status, detail))
    more: Headers = [(b"cache-control", b"no-store")]
    if isinstance(error, TooMany | Overloaded):
        more.append((b"retry-after", b"%d" % math.ceil(max(error.retry_after_seconds, 1))))
    elif status == 429:
        more.append((b"retry-after", b"1"))
    if status == 405:
        more.append((b"allow", b"POST"))
    if status == 401:
        more.append((b"www-authenticate", b"Bearer"))
    return status, body, more


def _status(error: Exception) -> int:
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)
