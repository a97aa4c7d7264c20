"""The process of the decision service: `artwork serve`.

The settings know every stage of a film, and with them its libraries; a service needs none of them. So the command
reads the settings, and then becomes a fresh interpreter that knows only what it was told.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import msgspec
import uvicorn

from artwork.errors import ArtworkError, SettingsError
from artwork.store.blobs import Blobs
from pipelines.connection import Connection
from pipelines.logs import set_up_logs
from ranking.errors import SnapshotError
from ranking.learn.events import EventLog
from ranking.serve.description import described
from ranking.serve.doors import make_doors
from ranking.serve.keyfile import FILE as KEYS_FILE
from ranking.serve.keyfile import KeyFile
from ranking.serve.params import ServeParams, ServiceParams
from ranking.serve.policies import policy_named
from ranking.serve.service import Service
from ranking.serve.tokens import Signer

SECRET_FILE = "signing.key"  # noqa: S105  # the name of a file
_SECRET_BYTES = 32
_BACKLOG = 2_048
_TURN_SECONDS = 0.0005
"""How long a thread that writes events may keep the interpreter from decisions: Python's own 5 ms are three answers."""
_ROOT = Path(__file__).resolve().parents[1]


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service is told when it starts. `blobs_url` as in the settings, empty for the store's own folder."""

    store: str
    blobs_url: str
    params: ServeParams
    verbose: bool = False


def make_service(
    store: Path, events_url: str = "", params: ServiceParams | None = None, blobs_url: str = ""
) -> Service:
    """The service over a store's folder; event log and pictures are in it unless URLs name other places.

    Raises:
        SettingsError: the keys or the signing secret cannot be read.
        StoreError: the pictures' place cannot be opened.
    """
    first, *former = signing_secrets(store / SECRET_FILE)
    return Service(
        store,
        Signer(first, former),
        lambda: EventLog.open(events_url or store),
        read_file=Blobs(blobs_url or store / "blobs").get,
        keys=KeyFile(store),
        params=params,
    )


def serve_in_own_process(orders: Orders) -> NoReturn:
    """This process becomes the service: same number, same signals, none of the libraries that are loaded here."""
    read, write = os.pipe()
    os.set_inheritable(read, True)  # noqa: FBT003  # its only argument
    with os.fdopen(write, "wb") as pipe:  # never on the command line: a URL may hold a password
        pipe.write(msgspec.json.encode(orders))
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    sys.stderr.flush()
    command = [sys.executable, "-P", "-m", "pipelines.serve", str(read)]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # noqa: S606  # no shell is meant


def run_serve(orders: Orders) -> None:
    """Serves until it is told to stop; then what was taken is answered and on the disk.

    Raises:
        SettingsError: the address cannot be listened on, or is not this machine's own while there are no keys.
    """
    store, params = Path(orders.store), orders.params
    service = make_service(store, params.events_url, params.service, orders.blobs_url)
    if service.keyring.open_to_all and not _is_loopback(params.host):
        raise SettingsError(
            f"without {KEYS_FILE} in {store} anybody may ask: make keys first (`artwork keys add`), "
            "or serve on 127.0.0.1 alone"
        )
    config = uvicorn.Config(
        service,
        access_log=False,
        log_level="error",  # of what is not HTTP at all it would write a line each time
        server_header=False,
        http=Connection,
        ws="none",
        timeout_graceful_shutdown=params.stop_seconds,
    )
    try:
        _ = params.policy and policy_named(params.policy)
    except SnapshotError as error:
        raise SettingsError(f"ARTWORK_SERVE__POLICY: {error}") from error
    listening = _listening(params.host, params.port)
    host, port = listening.getsockname()[:2]
    sys.stderr.write(f"artwork: deciding on http://{f'[{host}]' if ':' in host else host}:{port}, store {store}\n")
    sys.stderr.flush()
    sys.setswitchinterval(_TURN_SECONDS)
    uvicorn.Server(config).run(sockets=[listening])


def openapi_document() -> bytes:
    """The description of the service, as `assets/openapi.json` holds it."""
    service = Service(Path(), Signer(bytes(_SECRET_BYTES)), lambda: EventLog.open(Path()), read_file=lambda _key: b"")
    document = msgspec.json.encode(described(make_doors(service)), order="deterministic")
    return msgspec.json.format(document, indent=2) + b"\n"


def signing_secrets(file: Path) -> list[bytes]:
    """The secrets of tokens, one a line, in hex: the first signs, those below it still verify.

    The file is made on first use, readable by its owner alone.

    Raises:
        SettingsError: it cannot be read or made, or holds no secret.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _make_secret(file)
        found = [bytes.fromhex(line) for line in file.read_text("ascii").split()]
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot use the signing secret in {file}: {error}") from error
    if not found or min(map(len, found)) < _SECRET_BYTES:
        raise SettingsError(f"{file} holds no secret of {_SECRET_BYTES} bytes, in hex: delete it, and one is made anew")
    return found


def _make_secret(file: Path) -> None:
    """Whole, or not there: of two processes that begin at once one makes it, and both read the same."""
    beside = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(secrets.token_bytes(_SECRET_BYTES).hex() + "\n")
        file.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink(missing_ok=True)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error


def _is_loopback(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ip_address(one).is_loopback for one in found)


def main(handle: int) -> None:
    """The service of the orders that wait behind this handle."""
    # Uvicorn raises what stopped it once more when it has ended well: then this is the end, and a good one.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with os.fdopen(handle, "rb") as pipe:
        orders = msgspec.json.decode(pipe.read(), type=Orders)
    set_up_logs(verbose=orders.verbose)
    try:
        run_serve(orders)
    except ArtworkError as error:
        sys.stderr.write("artwork: " + " ".join(str(error).split()) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
