"""The hot path in numbers: requests per second of the decision service, against what it cannot do without.

    python -m tests.benchmarks.ranking_service

Three servers, each one uvicorn worker with the same settings, asked in turns over loopback by this process: ours, as
`artwork serve` runs it; a bare ASGI application that parses the same request, builds the same answer of msgspec's
structs and encodes it, with one picture a title and one token, so that it decides and signs nothing; and a FastAPI
route that builds pydantic models for the same answer. A page is 200 titles of 12 options, in a snapshot of 1,000 titles
and 100 segments; members and titles differ from request to request.

The load is closed: four connections, each with the next request as soon as the last one is answered, so that the worker
is never idle. The table has the best turn of each; a ratio is the median of the turns, each of ours against the one of
the other right after it. Besides the clock, the server process' own seconds of processor are taken, which other work on
the machine moves less. The tail is that of long turns, so that a server is warm; the bare one's beside it says what the
machine alone does. Then, in-process: choosing for 500 titles, and loading the snapshot in a fresh interpreter.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ranking.domain import Device
from ranking.learn.folder import activate
from ranking.learn.synthetic import MADE_AT, World, write_world
from ranking.serve.chooser import choose
from ranking.serve.params import ChooserParams
from ranking.serve.release import Release
from ranking.serve.tabulate import with_answers
from ranking.serve.wire import DecisionRequest

WORLD = World(titles=1_000, options=12, segments=100, members=10_000, apart=True)
"""All circumstances are told apart, so that there are as many tables as there can be, and requests come from all."""
PAGE, LARGE_PAGE = 200, 500
TURNS, REQUESTS, CONNECTIONS = 15, 150, 4
WARM, LONG_TURNS, LONG_REQUESTS = 30, 9, 2_100
_MOST_HEAD = 1_000
KINDS = ("ours", "bare", "pydantic")
TARGETS = {"bare": 0.3, "pydantic": 2.0, "choose": 0.5e-3, "tail": 5.0, "load": 1.0, "memory": 200.0}
LOADING = """
import resource, sys, time
from pathlib import Path
from ranking.serve.release import Release
def held(): return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
before, begun = held(), time.perf_counter()
release = Release.load(Path(sys.argv[1]))
seconds = time.perf_counter() - begun
[float(table.sum()) for table in release.beliefs.tables]
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(seconds, held() - before, int(peak.split()[1]) / 1024)
"""


@dataclass
class Measured:
    """What was measured of a server."""

    per_second: list[float] = field(default_factory=list)
    per_cpu_second: list[float] = field(default_factory=list)
    turns: list[list[float]] = field(default_factory=list)
    """Seconds of every answer of the long turns."""


def main() -> dict[str, float]:
    """The ratios: printed with what they are made of."""
    with tempfile.TemporaryDirectory() as place:
        store = Path(place)
        activate(store, with_answers(store, write_world(store, WORLD), MADE_AT))
        measured = _measure(store)
        chosen = _choosing(store)
        loaded = [float(number) for number in _python("-c", LOADING, str(store)).split()]
    best = {kind: max(one.per_second) for kind, one in measured.items()}
    cpu = {kind: max(one.per_cpu_second) for kind, one in measured.items()}
    print(f"{'':10}{'requests/s':>12}{'per CPU s':>12}")
    for kind in KINDS:
        print(f"{kind:10}{best[kind]:12.0f}{cpu[kind]:12.0f}")
    ratio = {kind: _ratios(measured["ours"], measured[kind]) for kind in KINDS[1:]}
    for kind, ratios in ratio.items():
        print(f"ours / {kind:10} {ratios[0]:6.2f} by the clock, {ratios[1]:6.2f} by CPU (target {TARGETS[kind]})")
    tail = statistics.median(_tails(measured["ours"]))
    for kind in KINDS[:2]:
        p50, p99 = (
            float(np.quantile([one for turn in measured[kind].turns for one in turn], q)) * 1e3 for q in (0.5, 0.99)
        )
        each = " ".join(f"{one:.2f}" for one in _tails(measured[kind]))
        print(f"{kind:10} p50 {p50:.2f} ms, p99 {p99:.2f} ms over all; p99 / p50 by turn {each}")
    quietest, asked = min(_tails(measured["ours"])), TARGETS["tail"]
    print(f"p99 / p50         {tail:6.2f}, the median turn of ours; {quietest:.2f} the quietest (at most {asked:g})")
    print(f"choosing for {LARGE_PAGE}  {chosen * 1e3:6.2f} ms (at most {TARGETS['choose'] * 1e3} ms)")
    print(
        f"loading           {loaded[0]:6.2f} s and {loaded[1]:.0f} MB, process {loaded[2]:.0f} MB (under 1 s, 200 MB)"
    )
    return {kind: by_clock for kind, (by_clock, _) in ratio.items()} | {"choose": chosen, "tail": tail}


def _measure(store: Path) -> dict[str, Measured]:
    measured = {kind: Measured() for kind in KINDS}
    generator = np.random.default_rng(0)
    asked = [_http(_request(generator)) for _ in range(REQUESTS)]
    _write_answer(store)
    with _server("ours", store) as ours, _server("bare", store) as bare, _server("pydantic", store) as third:
        servers = dict(zip(KINDS, (ours, bare, third), strict=True))
        lines = {kind: [_connected(port) for _ in range(CONNECTIONS)] for kind, (port, _) in servers.items()}
        for _ in range(TURNS):
            for kind, (_, process) in servers.items():
                few = asked[: REQUESTS // 4] if kind == "pydantic" else asked
                _ask(lines[kind], asked[:WARM])
                before, begun = _cpu_seconds(process), time.perf_counter()
                _ask(lines[kind], few)
                measured[kind].per_second.append(len(few) / (time.perf_counter() - begun))
                measured[kind].per_cpu_second.append(len(few) / (_cpu_seconds(process) - before))
        for _ in range(LONG_TURNS):
            for kind in KINDS[:2]:
                _ask(lines[kind], asked[:WARM])
                measured[kind].turns.append(_ask(lines[kind], asked * (LONG_REQUESTS // REQUESTS)))
    return measured


def _write_answer(store: Path) -> None:
    """What the other servers answer from: our answer for the whole catalogue."""
    halves = [[f"t{number:05d}" for number in range(begin, begin + LARGE_PAGE)] for begin in (0, LARGE_PAGE)]
    with _server("ours", store) as (port, _):
        first, second = (_answer(port, DecisionRequest(titles, "boxart", "m00001")) for titles in halves)
    (store / "answer.json").write_text(json.dumps(first | {"titles": first["titles"] + second["titles"]}))


def _answer(port: int, request: DecisionRequest) -> dict[str, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("POST", "/v1/decisions", msgspec.json.encode(request), {"content-type": "application/json"})
    answer = dict(json.loads(line.getresponse().read()))
    line.close()
    return answer


def _ratios(ours: Measured, other: Measured) -> tuple[float, float]:
    """By the clock and by CPU: the median of the turns, each against the one right after it."""
    by_clock = [one / two for one, two in zip(ours.per_second, other.per_second, strict=True)]
    by_cpu = [one / two for one, two in zip(ours.per_cpu_second, other.per_cpu_second, strict=True)]
    return statistics.median(by_clock), statistics.median(by_cpu)


def _tails(one: Measured) -> list[float]:
    """p99 / p50 of each long turn."""
    return [float(np.quantile(turn, 0.99) / np.quantile(turn, 0.5)) for turn in one.turns]


def _choosing(store: Path) -> float:
    """Seconds to choose for a large page; the best of many."""
    release, params = Release.load(store), ChooserParams()
    generator = np.random.default_rng(1)
    requests = [msgspec.json.decode(_request(generator, LARGE_PAGE), type=DecisionRequest) for _ in range(50)]
    taken = []
    for _ in range(6):
        for request in requests:
            begun = time.perf_counter()
            choose(release, request, 1.8e9, params)
            taken.append(time.perf_counter() - begun)
    return statistics.median(sorted(taken)[: len(taken) // 4])


def _request(generator: np.random.Generator, count: int = PAGE) -> bytes:
    chosen = generator.choice(WORLD.titles, count, replace=False)
    member, device = int(generator.integers(WORLD.members)), list(Device)[int(generator.integers(len(Device)))]
    titles, hour = [f"t{number:05d}" for number in chosen], int(generator.integers(24))
    return msgspec.json.encode(
        DecisionRequest(titles, "boxart", f"m{member:05d}", device=device, locale="en", local_hour=hour)
    )


def _http(body: bytes) -> bytes:
    head = b"POST /v1/decisions HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


def _ask(lines: list[socket.socket], requests: list[bytes]) -> list[float]:
    """Seconds of each answer: every line has one request under way, and the next one as soon as it is answered."""
    waiting, seconds, buffer = iter(requests), [], bytearray(1 << 20)
    with selectors.DefaultSelector() as ready:
        for line in lines[: len(requests)]:
            ready.register(line, selectors.EVENT_READ, _Exchange(line, next(waiting)))
        while ready.get_map():
            for key, _ in ready.select():
                exchange: _Exchange = key.data
                if exchange.answered(buffer):
                    seconds.append(time.perf_counter() - exchange.begun)
                    if (request := next(waiting, None)) is None:
                        ready.unregister(key.fileobj)
                    else:
                        exchange.send(request)
    return seconds


class _Exchange:
    """A request under way on a line."""

    def __init__(self, line: socket.socket, request: bytes) -> None:
        self._line = line
        self.send(request)

    def send(self, request: bytes) -> None:
        """The next request is under way."""
        self.begun, self._got, self._whole = time.perf_counter(), 0, 0
        self._line.sendall(request)

    def answered(self, buffer: bytearray) -> bool:
        """Takes what is there; whether that was the end of the answer."""
        taken = self._line.recv_into(buffer)
        if not self._whole:  # the head of an answer is sent in one piece
            head = bytes(buffer[:_MOST_HEAD]).partition(b"\r\n\r\n")[0]
            assert head.startswith(b"HTTP/1.1 200"), head
            self._whole = len(head) + 4 + int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        self._got += taken
        return self._got >= self._whole


def _connected(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


@contextmanager
def _server(kind: str, store: Path) -> Iterator[tuple[int, int]]:
    """(port, process) of a server that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "tests.benchmarks.ranking_servers", kind, str(port), str(store)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                _connected(port).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _cpu_seconds(process: int) -> float:
    """What all its threads have used, to the nanosecond."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    print(json.dumps(main()))
