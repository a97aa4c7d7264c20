"""The hot path in numbers: requests per second of the decision service, against what it cannot do without.

    python -m tests.benchmarks.ranking_service

Three servers, each one uvicorn worker with the same settings, asked in turns over loopback by this process: ours; a
bare ASGI application that parses the same request, builds the same answer of msgspec's structs and encodes it, with one
picture a title and one token, so that it decides and signs nothing; and a FastAPI route that builds pydantic models for
the same answer. A page is 200 titles of 12
options, in a snapshot of 1,000 titles and 100 segments; members and titles differ from request to request. The
table has the best turn of each, a ratio is the median of the turns.
Besides the clock, the server process' own seconds of processor are taken, which other work on the machine moves less.
Then, in-process: choosing for 500 titles, and loading the snapshot in a fresh interpreter.
"""

from __future__ import annotations

import json
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

import msgspec
import numpy as np

from ranking.learn.folder import activate
from ranking.learn.synthetic import MADE_AT, World, write_world
from ranking.serve.chooser import choose
from ranking.serve.params import ChooserParams
from ranking.serve.release import Release
from ranking.serve.tabulate import with_answers
from ranking.serve.wire import DecisionRequest

WORLD = World(titles=1_000, options=12, segments=100, members=10_000)
PAGE, LARGE_PAGE = 200, 500
TURNS, REQUESTS, CONNECTIONS = 15, 150, 4
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
[float(table.sum()) for table in release.beliefs.table]
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(seconds, held() - before, int(peak.split()[1]) / 1024)
"""


@dataclass
class Measured:
    """What was measured of a server."""

    per_second: list[float] = field(default_factory=list)
    per_cpu_second: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


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
    print(f"{'':10}{'requests/s':>12}{'per CPU s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for kind, one in measured.items():
        p50, p99 = (float(np.quantile(one.seconds, part)) * 1e3 for part in (0.5, 0.99))
        print(f"{kind:10}{best[kind]:12.0f}{cpu[kind]:12.0f}{p50:9.2f}{p99:9.2f}")
    tail = _tail(measured["ours"])
    ratio = {kind: _ratios(measured["ours"], measured[kind]) for kind in KINDS[1:]}
    for kind, ratios in ratio.items():
        print(f"ours / {kind:10} {ratios[0]:6.2f} by the clock, {ratios[1]:6.2f} by CPU (target {TARGETS[kind]})")
    print(f"p99 / p50         {tail:6.2f} (at most {TARGETS['tail']:g}; bare: {_tail(measured['bare']):.2f})")
    print(f"choosing for {LARGE_PAGE}  {chosen * 1e3:6.2f} ms (at most {TARGETS['choose'] * 1e3} ms)")
    print(
        f"loading           {loaded[0]:6.2f} s and {loaded[1]:.0f} MB, process {loaded[2]:.0f} MB (under 1 s, 200 MB)"
    )
    return {kind: by_clock for kind, (by_clock, _) in ratio.items()} | {"choose": chosen, "tail": tail}


def _measure(store: Path) -> dict[str, Measured]:
    measured = {kind: Measured() for kind in KINDS}
    generator = np.random.default_rng(0)
    pages = [_request(generator) for _ in range(REQUESTS)]
    with _server("ours", store) as (port, _):
        halves = [[f"t{number:05d}" for number in range(begin, begin + LARGE_PAGE)] for begin in (0, LARGE_PAGE)]
        asked = [_http(msgspec.json.encode(DecisionRequest(titles, "boxart", "m00001"))) for titles in halves]
        first, second = (json.loads(_ask([_connected(port)], [one])[1]) for one in asked)
        (store / "answer.json").write_text(json.dumps(first | {"titles": first["titles"] + second["titles"]}))
    with _server("ours", store) as ours, _server("bare", store) as bare, _server("pydantic", store) as third:
        servers = dict(zip(KINDS, (ours, bare, third), strict=True))
        lines = {kind: [_connected(port) for _ in range(CONNECTIONS)] for kind, (port, _) in servers.items()}
        asked = [_http(page) for page in pages]
        for kind in KINDS:
            _ask(lines[kind], asked[:40])
        for _ in range(TURNS):
            for kind, (_, process) in servers.items():
                few = asked[: REQUESTS // 4] if kind == "pydantic" else asked
                before, begun = _cpu_seconds(process), time.perf_counter()
                seconds, _ = _ask(lines[kind], few)
                measured[kind].per_second.append(len(few) / (time.perf_counter() - begun))
                measured[kind].per_cpu_second.append(len(few) / (_cpu_seconds(process) - before))
                measured[kind].seconds += seconds
    return measured


def _ratios(ours: Measured, other: Measured) -> tuple[float, float]:
    """By the clock and by CPU: the median of the turns, each against the one right after it."""
    by_clock = [one / two for one, two in zip(ours.per_second, other.per_second, strict=True)]
    by_cpu = [one / two for one, two in zip(ours.per_cpu_second, other.per_cpu_second, strict=True)]
    return statistics.median(by_clock), statistics.median(by_cpu)


def _tail(one: Measured) -> float:
    return float(np.quantile(one.seconds, 0.99) / np.quantile(one.seconds, 0.5))


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


def _request(generator: np.random.Generator, titles: int = PAGE) -> bytes:
    chosen = generator.choice(WORLD.titles, titles, replace=False)
    member = int(generator.integers(WORLD.members))
    return msgspec.json.encode(
        DecisionRequest([f"t{number:05d}" for number in chosen], "boxart", f"m{member:05d}", locale="en")
    )


def _http(body: bytes) -> bytes:
    head = b"POST /v1/decisions HTTP/1.1\r\nhost: service\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


def _ask(lines: list[socket.socket], requests: list[bytes]) -> tuple[list[float], bytes]:
    """Seconds of each answer and the last one's body: as many requests are under way as there are lines."""
    waiting = iter(requests)
    begun: dict[int, float] = {}
    seconds: list[float] = []
    body = b""
    for place, line in enumerate(lines):
        _send(line, next(waiting, None), begun, place)
    while begun:
        for place, line in enumerate(lines):
            if place in begun:
                body = _answer(line)
                seconds.append(time.perf_counter() - begun.pop(place))
                _send(line, next(waiting, None), begun, place)
    return seconds, body


def _send(line: socket.socket, request: bytes | None, begun: dict[int, float], place: int) -> None:
    if request is not None:
        begun[place] = time.perf_counter()
        line.sendall(request)


def _answer(line: socket.socket) -> bytes:
    got = line.recv(262_144)
    while b"\r\n\r\n" not in got:
        got += line.recv(262_144)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = next(int(field.split(b":")[1]) for field in head.lower().split(b"\r\n") if b"content-length" in field)
    parts, left = [body], length - len(body)
    while left:
        parts.append(line.recv(262_144))
        left -= len(parts[-1])
    return b"".join(parts)


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
