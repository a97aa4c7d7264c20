"""Connections that send no request, or one whose head never ends, are let go; all others are served as by uvicorn."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from pipelines import connection
from pipelines.connection import Connection

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
WAIT_SECONDS = 30.0


async def app(scope, receive, send) -> None:  # noqa: ANN001  # ASGI's own
    """Says how long a body was."""
    assert scope["type"] == "http"
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = b"%d bytes." % length
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connection, "MOST_HEAD_SECONDS", 0.3)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=Connection, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(WAIT_SECONDS)


def told(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the other side closes, or has nothing to say for long."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as line:
        answer = b""
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            while more := line.recv(65_536):
                answer += more
        except ConnectionError:  # it was closed while there was more to send
            pass
        return answer


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert told(port) == b""


@pytest.mark.parametrize("parts", [(b"G",), (HEAD,), (HEAD, b"X: y"), (HEAD + b"\r\n", HEAD)])
def test_a_head_that_does_not_end_is_closed(port: int, parts: tuple[bytes, ...]) -> None:
    """Also a later one of the same connection; what was asked before is answered."""
    assert told(port, *parts, pause=0.05).count(b"0 bytes.") == (1 if len(parts) > 1 and b"\r\n\r\n" in parts[0] else 0)


def test_a_head_that_drips_is_closed(port: int) -> None:
    """A byte now and then does not begin the wait anew."""
    assert told(port, *(HEAD[place : place + 1] for place in range(12)), pause=0.1) == b""


@pytest.mark.parametrize("line", [b"X: " + b"y" * 997 + b"\r\n", b"y" * 1_000])
def test_a_head_that_grows_without_end_is_refused(port: int, line: bytes) -> None:
    """In many headers, or in a single one."""
    answer = told(port, HEAD + b"Z: ", *[line * 50] * 40)
    assert answer == b"" or answer.startswith(
        b"HTTP/1.1 400"
    )  # the refusal is lost where bytes were still on their way


def test_what_comes_in_time_is_served(port: int) -> None:
    """A head in two parts, a body longer than any head, and three requests at once."""
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"b" * 200_000
    close = HEAD + b"Connection: close\r\n\r\n"
    assert told(port, HEAD, b"Connection: close\r\n\r\n", pause=0.05).endswith(b"0 bytes.")
    assert told(port, post, close).count(b"200000 bytes.") == 1
    assert told(port, (HEAD + b"\r\n") * 2 + close).count(b"0 bytes.") == 3
