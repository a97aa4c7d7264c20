"""What stands before every request: the host it names, where a change comes from, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No inline script, no inline style, nothing from elsewhere; and no text is ever parsed as HTML by a script."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
SAFE = frozenset({"GET", "HEAD"})


class Guard:
    """Lets a request through when it names a host of ours, and a change only when it comes from our own pages.

    The host keeps other sites from reaching a page on this machine by a name that resolves to it. The origin, with
    SameSite cookies and a token in every change, keeps other sites from acting in a reviewer's name.
    """

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        public = urlsplit(public_url)
        self._hosts: Collection[str] = {public.netloc} if public.netloc else LOOPBACK
        self._secure = public.scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = self._problem(scope["method"], headers)
        if problem:
            await PlainTextResponse(problem, 403, HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    given.setdefault(name, value)
                given.setdefault("cache-control", "no-store")
                if self._secure:
                    given.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _problem(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if host not in self._hosts and _without_port(host) not in self._hosts:
            return "this page does not answer to that host name: set ARTWORK_REVIEW__PUBLIC_URL"
        if method in SAFE:
            return ""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and urlsplit(origin).netloc != host:
            return "a change came from another site"
        if (site or "none") not in {"same-origin", "none"} or (origin is None and site is None):
            return "a change came from another site, or from a program that does not say where it comes from"
        return ""


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
