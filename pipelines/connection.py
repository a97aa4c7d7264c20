"""A connection to the decision service: one that sends no request, or a request whose head never ends, is let go."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 65_536
"""Of a request line and headers; no source: other servers take 8 to 64 kB. What arrives with the first byte is free."""
MOST_HEAD_SECONDS = 30.0
"""From the first byte of a head to its last, and from a connection's beginning; as long as a body may take."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with limits to heads. Bodies have theirs in the service, pauses between requests here."""

    def __init__(self, *parts: Any, **named: Any) -> None:  # noqa: ANN401  # uvicorn's own
        super().__init__(*parts, **named)
        self._heading = True
        self._head_bytes = 0
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """A head is waited for."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(MOST_HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._heading, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """It has ended."""
        self._arrived()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """More of a request, or of several."""
        if self._heading:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._heading or self.transport.is_closing():
            return
        if self._head_bytes > MOST_HEAD_BYTES:
            self.send_400_response("The head of the request is too large.")
        elif self._limit is None:
            self._limit = self.loop.call_later(MOST_HEAD_SECONDS, self.transport.close)

    def _arrived(self) -> None:
        self._heading = False
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
