"""The servers of `ranking_service`: ours, and the two that it is measured against.

python -m tests.benchmarks.ranking_servers ours|bare|pydantic PORT STORE
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from pipelines.serve import Orders, run_serve
from ranking.serve.params import ServeParams
from ranking.serve.rim import Receive, Scope, Send
from ranking.serve.wire import DecisionAnswer, DecisionRequest, TitleAnswer

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class PydanticSource(BaseModel):
    url: str
    width: int
    height: int


class PydanticArtwork(BaseModel):
    rendition: str
    sources: list[PydanticSource]
    alt: str = ""


class PydanticTitle(BaseModel):
    title: str
    artwork: PydanticArtwork
    reason: str
    token: str


class PydanticAnswer(BaseModel):
    snapshot: str
    model: str
    policy: str
    release: str
    epoch: int
    titles: list[PydanticTitle]


class PydanticRequest(BaseModel):
    titles: list[str]
    canvas: str
    profile: str | None = None
    personalised: bool = True
    device: str = "unknown"
    locale: str = ""
    position: int = 0
    maturity_limit: int | None = None
    watched: dict[str, float] = {}


def bare(answer: DecisionAnswer) -> App:
    """Parses and answers the same JSON, and nothing else: each title asked for has one answer, ready to be encoded."""
    decoder = msgspec.json.Decoder(DecisionRequest)
    catalogue = {one.title: one for one in answer.titles}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        request = decoder.decode(body)
        titles = [
            TitleAnswer(title, ready.artwork, ready.reason, ready.token)
            for title, ready in zip(request.titles, map(catalogue.__getitem__, request.titles), strict=True)
        ]
        content = msgspec.json.encode(
            DecisionAnswer(answer.snapshot, answer.model, answer.policy, answer.release, answer.epoch, titles)
        )
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def pydantic(answer: dict[str, Any]) -> FastAPI:
    """A FastAPI route as its tutorial shows it: models in, models out, built anew for each answer."""
    app = FastAPI()
    catalogue = {one["title"]: one for one in answer["titles"]}

    @app.post("/v1/decisions")
    async def decisions(request: PydanticRequest) -> PydanticAnswer:
        titles = [
            PydanticTitle(
                title=one["title"],
                artwork=PydanticArtwork(**one["artwork"]),
                reason=one["reason"],
                token=one["token"],
            )
            for one in map(catalogue.__getitem__, request.titles)
        ]
        return PydanticAnswer(**{**answer, "titles": titles})

    return app


def main(kind: str, port: int, store: Path) -> None:
    """Serves until it is ended."""
    if kind == "ours":
        run_serve(Orders(str(store), "", ServeParams(port=port)))
        return
    content = (store / "answer.json").read_bytes()
    app: Any = (
        bare(msgspec.json.decode(content, type=DecisionAnswer))
        if kind == "bare"
        else pydantic(msgspec.json.decode(content))
    )
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="error", server_header=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
