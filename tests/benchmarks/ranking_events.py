"""A million reports of events, with duplicates, late and in any order, through two SIGKILLs: are the counts exact?

    python -m tests.benchmarks.ranking_events [REPORTS]

A served store, asked over loopback: decisions are made, half of the reports are events, the other half repetitions of
them; all are shuffled, outcomes among impressions, and sent in batches of 500. Twice the server is killed while batches
are under way, and started again; a batch that was not acknowledged is sent again, as a client would. Then the log is
compared with what was sent: events, decisions, and the plays attributed to each decision.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ranking.domain import QualifyingPlay
from ranking.learn.events import EventLog
from ranking.learn.folder import activate
from ranking.learn.synthetic import MADE_AT, World, write_world
from ranking.serve.tabulate import with_answers

WORLD = World(titles=200, options=8, segments=10, members=2_000)
PAGE, BATCH = 100, 500


def main(reports: int = 1_000_000) -> None:
    """Prints how fast it was, and that nothing is missing or twice."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as place:
        store = Path(place)
        activate(store, with_answers(store, write_world(store, WORLD), MADE_AT))
        server = _Server(store)
        events, plays = _events(server, reports // 2, chance)
        sent = events + [chance.choice(events) for _ in range(reports - len(events))]
        chance.shuffle(sent)
        batches = [sent[start : start + BATCH] for start in range(0, len(sent), BATCH)]
        kills = {len(batches) // 3, 2 * len(batches) // 3}
        begun, accepted, again = time.perf_counter(), 0, 0
        for number, batch in enumerate(batches):
            if number in kills:
                server.kill_while_sending(batch)
            while (receipt := server.post("/v1/events", {"events": batch})) is None:
                again += 1
            assert not receipt["refused"], receipt["refused"][:3]
            accepted += receipt["accepted"]
        seconds = time.perf_counter() - begun
        server.stop()
        log = EventLog.open(store)
        counts = log.counts()
        found = {one.decision.id: one.plays for one in log.attributed(QualifyingPlay())}
        log.close()
    kept = counts.impressions + counts.outcomes
    print(f"{len(sent):,} reports in {seconds:.0f} s, {len(sent) / seconds:,.0f} a second; {again} batches sent again")
    print(f"events    {kept:,} kept, {len(events):,} sent; {accepted:,} acknowledged as new, the rest before a kill")
    print(f"decisions {counts.decisions:,} kept, {len(plays):,} sent")
    print(f"plays     {sum(found.values()):,} attributed, {sum(plays.values()):,} sent")
    assert kept == len(events)
    assert counts.decisions == len(plays)
    assert sorted(found.values()) == sorted(plays.values())
    print("exact")


def _events(server: _Server, count: int, chance: random.Random) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """That many events, and the plays of each decision by its token: every decision has an impression, half a play."""
    events: list[dict[str, Any]] = []
    plays: dict[str, int] = {}
    now = datetime.now(UTC)
    member = 0
    while len(events) < count:
        titles = [f"t{number:05d}" for number in chance.sample(range(WORLD.titles), PAGE)]
        page = server.post("/v1/decisions", {"titles": titles, "canvas": "boxart", "profile": f"p{member}"})
        assert page is not None
        for title in page["titles"]:
            if len(events) >= count:
                break
            seen = now - timedelta(minutes=chance.uniform(10, 60))
            event = {"event": f"i{len(events)}", "token": title["token"], "at": seen.isoformat()}
            events.append(event | {"kind": "impression"})
            plays[title["token"]] = 0
            if chance.random() < 0.5 and len(events) < count:
                long_enough = chance.random() < 0.7
                at = (seen + timedelta(minutes=chance.uniform(0, 9))).isoformat()
                told = {"played_seconds": 900.0 if long_enough else 30.0, "at": at, "kind": "outcome"}
                events.append({"event": f"o{len(events)}", "token": title["token"]} | told)
                plays[title["token"]] = int(long_enough)
        member += 1
    return events, plays


class _Server:
    """A server process and one line to it."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._chance = random.Random(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._start()

    def post(self, path: str, body: object) -> dict[str, Any] | None:
        """The answer, None when there was none: the batch was not acknowledged."""
        try:
            self._line.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            response = self._line.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connect()
            return None
        if response.status == 429:
            time.sleep(float(response.headers["retry-after"]))
            return None
        assert response.status == 200, content
        return dict(json.loads(content))

    def kill_while_sending(self, batch: list[dict[str, Any]]) -> None:
        """The server dies with this batch under way, and starts again."""
        self._line.request("POST", "/v1/events", json.dumps({"events": batch}), {"content-type": "application/json"})
        time.sleep(self._chance.uniform(0.0, 0.4))
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._start()

    def stop(self) -> None:
        """Ended as a service is: what waits is committed."""
        self._process.terminate()
        self._process.wait(30)

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.ranking_servers", "ours", str(self._port), str(self._store)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._connect()

    def _connect(self) -> None:
        for _ in range(300):
            try:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                self._line.connect()
                break
            except OSError:
                time.sleep(0.1)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
