"""What it costs to say what a member saw last: pages of 200 titles with and without 200 tokens, in this process.

    python -m tests.benchmarks.ranking_shown

The world is that of ranking_service: 1,000 titles of 12 options, 100 segments. A page is what the service does between
the bytes of a request and those of its answer. Its tokens are of yesterday, from one visit, from ten, or each from one
of its own; or of today, so that every decision stands. The seconds are the quarter of the quickest turns' median; the
ratio is to the page without tokens, taken in turns with it.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from ranking.learn.events import EventLog
from ranking.learn.folder import activate
from ranking.learn.synthetic import MADE_AT, write_world
from ranking.serve.service import Service
from ranking.serve.tabulate import with_answers
from ranking.serve.tokens import Signer
from ranking.serve.wire import DecisionAnswer, DecisionRequest
from tests.benchmarks.ranking_service import PAGE, WORLD

DAY, NOW = 86_400, 1.8e9
TURNS, PAGES = 30, 20
VISITS = {"one visit": 1, "ten visits": 10, "200 visits": PAGE}


def main() -> dict[str, float]:
    """The ratios, printed with milliseconds of a page."""
    with tempfile.TemporaryDirectory() as place:
        store = Path(place)
        activate(store, with_answers(store, write_world(store, WORLD), MADE_AT))
        clock = [NOW]
        service = Service(
            store, Signer(b"s" * 32), lambda: EventLog.open(store), read_file=_none, clock=lambda: clock[0]
        )
        return asyncio.run(_measured(service, clock))


async def _measured(service: Service, clock: list[float]) -> dict[str, float]:
    await service.look()
    generator = np.random.default_rng(0)
    pages = [_titles(generator) for _ in range(PAGES)]
    asked: dict[str, list[bytes]] = {"without": [_request(titles, number) for number, titles in enumerate(pages)]}
    for name, visits in VISITS.items():
        asked[name] = [
            _request(
                titles,
                number,
                [
                    token
                    for part in range(visits)
                    for token in await _told(service, clock, titles[part::visits], number, 1 + part)
                ],
            )
            for number, titles in enumerate(pages)
        ]
    asked["today"] = [
        _request(titles, number, await _told(service, clock, titles, number, 0)) for number, titles in enumerate(pages)
    ]
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(TURNS):
        for name, bodies in asked.items():
            begun = time.perf_counter()
            for body in bodies:
                await _answered(service, body)
            seconds[name].append((time.perf_counter() - begun) / len(bodies))
    best = {name: statistics.median(sorted(turns)[: TURNS // 4]) for name, turns in seconds.items()}
    ratios = {name: one / best["without"] for name, one in best.items()}
    for name, one in best.items():
        print(f"{name:12}{one * 1e3:8.3f} ms a page {ratios[name]:8.2f} x")
    claims = msgspec.json.decode(asked["one visit"][0], type=DecisionRequest).shown
    begun = time.perf_counter()
    for _ in range(200):
        service.signer.claims(claims)
    print(f"of that, verifying {len(claims)} of one visit {(time.perf_counter() - begun) / 200 * 1e3:.3f} ms")
    return ratios


async def _answered(service: Service, body: bytes) -> bytes:
    """As `Service._decisions`, without the rim."""
    request = service._requests.decode(body)
    release = service.release
    assert release is not None
    now = service.clock()
    seen = await service._last_seen(release, request, now) if request.shown else None
    return service._answered(release, request, now, seen).body


async def _told(service: Service, clock: list[float], titles: Sequence[str], member: int, days: int) -> list[str]:
    """The tokens that a page had some days ago."""
    clock[0] = NOW - days * DAY
    answer = msgspec.json.decode(await _answered(service, _request(titles, member)), type=DecisionAnswer)
    clock[0] = NOW
    return [str(one.token) for one in answer.titles]


def _request(titles: Sequence[str], member: int, shown: Sequence[str] = ()) -> bytes:
    return msgspec.json.encode(
        DecisionRequest(list(titles), "boxart", f"m{member:05d}", locale="en", shown=list(shown))
    )


def _titles(generator: np.random.Generator) -> list[str]:
    return [f"t{number:05d}" for number in generator.choice(WORLD.titles, PAGE, replace=False)]


def _none(_: str) -> bytes:
    return b""


if __name__ == "__main__":
    main()
