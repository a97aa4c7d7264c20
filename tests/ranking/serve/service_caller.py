"""Talks to a service without a network, one request after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx

from ranking.serve.service import Service

Answer = TypeVar("Answer")


class Caller:
    """Talks to a service as if over HTTP."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(service.start())
        transport = httpx.ASGITransport(app=service, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://service")

    def run(self, work: Coroutine[object, object, Answer]) -> Answer:
        return self._loop.run_until_complete(work)

    def get(self, url: str, **more: object) -> httpx.Response:
        return self.run(self._client.get(url, **more))

    def post(self, url: str, **more: object) -> httpx.Response:
        return self.run(self._client.post(url, **more))

    def decide(self, titles: list[str], **more: object) -> dict[str, Any]:
        response = self.post("/v1/decisions", json={"titles": titles, "canvas": "boxart", **more})
        assert response.status_code == 200, response.text
        return response.json()

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401  # httpx's own words
        return self.run(self._client.request(method, url, **more))

    def close(self) -> None:
        self.run(self._client.aclose())
        self.run(self.service.stop())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


OpenService = Callable[..., Caller]
