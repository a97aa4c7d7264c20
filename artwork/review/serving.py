"""The page on a port: a server that lets go of its event streams when it stops."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from artwork.review.bulletin import Bulletin

CLOSING_SECONDS = 2
"""How long requests that are under way may hold up the end."""


class ReviewServer(uvicorn.Server):
    """Ends the event streams first: a server waits for open answers, and those would never end by themselves."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=CLOSING_SECONDS)
        )
        self._bulletin: Bulletin = app.state.bulletin

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Everybody is let go, then the server closes."""
        self._bulletin.close()
        await super().shutdown(sockets)
