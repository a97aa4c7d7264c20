"""`artwork serve` as it is run: a process of its own, over a socket, until it is told to stop."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from catalogues import title, write
from test_http import HEAVY

from artwork.errors import SettingsError
from pipelines.serve import Orders, run_serve
from ranking.learn.events import EventLog
from ranking.learn.folder import activate
from ranking.learn.synthetic import World, write_world
from ranking.learn.withdrawn import write_withdrawn
from ranking.serve.keyfile import KeyFile
from ranking.serve.keys import Scope
from ranking.serve.params import ServeParams

WAIT_SECONDS = 60
ROOT = Path(__file__).parents[3]


class Served:
    """A running service and what it says."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, said: Path) -> None:
        self.process, self.port, self.said = process, port, said

    def call(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict[str, Any]]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        try:
            line.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = line.getresponse()
            content = response.read()
        finally:
            line.close()
        return response.status, json.loads(content) if content.startswith(b"{") else {}

    def until(self, method: str, path: str, status: int, body: object = None, key: str = "") -> dict[str, Any]:
        """The first answer of this status; the service sees by itself what changed in its store."""
        for _ in range(WAIT_SECONDS * 20):
            found, answer = self.call(method, path, body, key)
            if found == status:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} answers {found}, not {status}: {answer}")

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT_SECONDS)
        return code, self.said.read_text()


@contextmanager
def serving(store: Path, *more: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--store", str(store), "--port", "0", *more]
    store.mkdir(parents=True, exist_ok=True)
    said = store / "said"
    with said.open("wb") as out, subprocess.Popen(command, stderr=out) as process:
        try:
            for _ in range(WAIT_SECONDS * 20):
                if (found := re.search(r":(\d+), store", said.read_text())) or process.poll() is not None:
                    break
                time.sleep(0.05)
            assert found, said.read_text()
            yield Served(process, int(found[1]), said)
        finally:
            process.kill()


def test_it_starts_with_nothing_and_picks_up_what_is_published(tmp_path: Path) -> None:
    page = {"titles": ["t00001", "nowhere"], "canvas": "boxart"}
    with serving(tmp_path) as service:
        assert service.call("GET", "/healthz")[0] == 200
        assert service.call("GET", "/readyz")[0] == 503
        nothing = {"title": "t00001", "problem": "no_artwork"}
        assert service.call("POST", "/v1/decisions", page)[1]["titles"][0] == nothing
        activate(tmp_path, write_world(tmp_path, World(titles=5, options=3, members=4)))
        release = service.until("GET", "/readyz", 200)["release"]
        answer = service.call("POST", "/v1/decisions", page)[1]
        assert (answer["release"], answer["titles"][1]["problem"]) == (release, "unknown_title")
        rendition = answer["titles"][0]["artwork"]["rendition"]
        explained = service.call("GET", f"/v1/decisions/{answer['titles'][0]['token']}/explanation")[1]
        write_withdrawn(tmp_path, {explained["option"]})
        service.until("GET", f"/v1/artwork/{rendition}", 410)
        key = KeyFile(tmp_path).add("shop", [Scope.DECIDE])
        service.until("POST", "/v1/decisions", 401, page)
        again = service.call("POST", "/v1/decisions", page, key)[1]
        assert again["titles"][0]["artwork"]["rendition"] != rendition
        assert service.stop()[0] == 0


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc tells which libraries a process holds")
def test_the_process_holds_no_heavy_library(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        held = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "numpy" in held
    assert [name for name in HEAVY if f"/{name}/" in held] == []


def test_told_to_stop_it_loses_no_acknowledged_event(tmp_path: Path) -> None:
    """Four senders keep on until they are cut off; what they were told is kept is in the log afterwards."""
    activate(tmp_path, write_world(tmp_path, World(titles=5, options=3, members=4)))
    acknowledged: list[str] = []
    with serving(tmp_path) as service:
        answer = service.call("POST", "/v1/decisions", {"titles": ["t00001"], "canvas": "boxart"})[1]
        token, at = answer["titles"][0]["token"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

        def send(sender: int) -> None:
            for number in range(10_000):
                names = [f"e-{sender}-{number}-{one}" for one in range(20)]
                events = [{"kind": "impression", "event": name, "token": token, "at": at} for name in names]
                try:
                    status, receipt = service.call("POST", "/v1/events", {"events": events})
                except (OSError, http.client.HTTPException):
                    return
                if status == 200 and receipt["accepted"] == len(names):
                    acknowledged.extend(names)

        senders = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for one in senders:
            one.start()
        for _ in range(WAIT_SECONDS * 100):
            if len(acknowledged) >= 400:
                break
            time.sleep(0.01)
        code, said = service.stop()
        for one in senders:
            one.join(WAIT_SECONDS)
    assert (code, "Traceback" in said) == (0, False), said
    assert len(acknowledged) >= 400
    log = EventLog.open(tmp_path)
    kept = log.counts().impressions
    assert kept >= len(set(acknowledged))
    log.close()


def test_what_keeps_it_from_starting_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--store", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "holds no API keys" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"host": "0.0.0.0"}, "make keys first"),  # noqa: S104  # that it is refused is the point
        ({"host": "no.such.host.invalid"}, "serve on 127.0.0.1 alone"),
        ({"policy": "guess"}, "no policy is named 'guess': there are uniform, greedy"),
        ({}, "cannot listen on 127.0.0.1 port"),
    ],
)
def test_where_and_how_it_cannot_serve_is_told(tmp_path: Path, params: dict[str, Any], told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match=re.escape(told)):
        run_serve(Orders(str(tmp_path), "", ServeParams(**{"port": taken.getsockname()[1]} | params)))


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    """Word for word, but for the port: a decision, its impression, and why it was made."""
    block = re.search(r"```sh\n(PAGE=.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    titles = [title(name, {f"{name[0]}1": {}, f"{name[0]}2": {}}) for name in ("big-buck-bunny", "sintel")]
    activate(tmp_path, write(tmp_path, titles))
    with serving(tmp_path) as service:
        lines = block[1].replace("localhost:8020", f"localhost:{service.port}")
        done = subprocess.run(["bash", "-euc", lines], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    receipt, explained = done.stdout.split("}", 1)
    assert json.loads(receipt + "}") == {"accepted": 1, "duplicates": 0, "refused": []}
    assert json.loads(explained)["title"] == "big-buck-bunny"
