"""The decision service in a child process, and its addresses called over HTTP: the way any page would."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from artwork.errors import ArtworkError
from artwork.tether import tethered
from ranking.serve.wire import DecisionAnswer, DecisionRequest, EventBatch, EventReceipt, Explanation

LOOPBACK = "127.0.0.1"
READY_SECONDS = 60.0
"""How long a service may take to load; on a busy machine its imports alone take ten."""
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.05
_ANSWER_SECONDS = 60.0


class ServiceFailed(ArtworkError):
    """The service in the child process did not start, or did not answer as it should."""


class Caller:
    """One connection that is kept open: decisions are asked for, and events are told, over it.

    `round_trips`: seconds of every decision, from the request's first byte to the answer's last.
    """

    def __init__(self, port: int, key: str = "") -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_SECONDS)
        self._headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        self._answers = msgspec.json.Decoder(DecisionAnswer)
        self.round_trips: list[float] = []

    def decisions(self, request: DecisionRequest) -> DecisionAnswer:
        """A picture for every title of the page.

        Raises:
            ServiceFailed: the service did not answer 200.
        """
        body = msgspec.json.encode(request)
        begun = time.perf_counter()
        answer = self._answered("POST", "/v1/decisions", body)
        self.round_trips.append(time.perf_counter() - begun)
        return self._answers.decode(answer)

    def events(self, batch: EventBatch) -> EventReceipt:
        """What became of the events of a batch.

        Raises:
            ServiceFailed: the service did not answer 200.
        """
        return msgspec.json.decode(self._answered("POST", "/v1/events", msgspec.json.encode(batch)), type=EventReceipt)

    def explanation(self, token: str) -> Explanation:
        """Why a picture was shown.

        Raises:
            ServiceFailed: the service did not answer 200.
        """
        return msgspec.json.decode(self._answered("GET", f"/v1/decisions/{token}/explanation"), type=Explanation)

    def release(self) -> str:
        """The id of the release that is being served.

        Raises:
            ServiceFailed: nothing is.
        """
        return str(msgspec.json.decode(self._answered("GET", "/readyz"), type=dict[str, object])["release"])

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _answered(self, method: str, path: str, body: bytes | None = None) -> bytes:
        try:
            status, content = self._sent(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServiceFailed(f"the decision service does not answer {method} {path}: {error!r}") from error
        if status != 200:
            said = " ".join(content[:300].decode(errors="replace").split())
            raise ServiceFailed(f"the decision service answers {status} to {method} {path}: {said}")
        return content

    def _sent(self, method: str, path: str, body: bytes | None, *, again: bool = True) -> tuple[int, bytes]:
        """Status and body. A connection that was closed while nothing was said is opened anew, once.

        Every request here may be sent twice: decisions are the same until the epoch turns, events are known by id.
        """
        try:
            self._connection.request(method, path, body, self._headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except ConnectionError:  # http.client's RemoteDisconnected is one
            self._connection.close()
            if not again:
                raise
            return self._sent(method, path, body, again=False)


@contextmanager
def running_service(store: Path, environment: Mapping[str, str], command: Sequence[str] = ()) -> Iterator[int]:
    """The port of a service over this store, on this machine alone, ready to decide; it ends with the block.

    It ends too when this process, or the thread that began the block, is killed: on Linux, elsewhere it is left alone.

    Args:
        store: with a release in use. What the service prints goes to `serve.log` in it.
        environment: settings of the service.
        command: what to run, with `{port}` in it; `artwork serve` when empty.

    Raises:
        ServiceFailed: it ended, or was not ready in a minute; the end of what it printed is told.
    """
    port = _free_port()
    words = command or [*artwork_command("serve"), "--store", str(store), "--port", "{port}"]
    printed = store / "serve.log"
    with printed.open("wb") as out:
        # The command is this very interpreter and names of our own.
        child = subprocess.Popen(  # noqa: S603
            tethered([word.format(port=port) for word in words]),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _until_ready(child, port, printed)
            yield port
        finally:
            _stop(child)


def artwork_command(name: str) -> list[str]:
    """The words that run a command of ours in a child process, whatever is on the path."""
    return [sys.executable, "-m", "pipelines.cli", name]


def last_words(printed: Path) -> str:
    """The end of what a child printed, on one line."""
    return " ".join(printed.read_text(errors="replace").split())[-400:] or "it said nothing"


def _until_ready(child: subprocess.Popen[bytes], port: int, printed: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            raise ServiceFailed(f"the decision service ended with {child.returncode}: {last_words(printed)}")
        caller = Caller(port)
        try:
            caller.release()
        except ServiceFailed:
            time.sleep(_LOOK_SECONDS)
        else:
            return
        finally:
            caller.close()
    raise ServiceFailed(f"the decision service was not ready in {READY_SECONDS:.0f} s: {last_words(printed)}")


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
