"""The process of the decision service: `artwork serve`."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import msgspec
import uvicorn

from artwork.errors import SettingsError
from ranking.learn.events import EventLog
from ranking.serve.description import described
from ranking.serve.doors import make_doors
from ranking.serve.keys import FILE as KEYS_FILE
from ranking.serve.keys import KeyRecord, Scope, make_key, read_keys
from ranking.serve.params import ServiceParams
from ranking.serve.service import Service
from ranking.serve.tokens import Signer

SECRET_FILE = "signing.key"  # noqa: S105  # the name of a file
_SECRET_BYTES = 32
_BACKLOG = 2_048
_STOP_SECONDS = 15


def make_service(store: Path, events_url: str = "", params: ServiceParams | None = None) -> Service:
    """The service over a store's folder; the event log in it unless a URL names another.

    Raises:
        SettingsError: the keys or the signing secret cannot be read.
    """
    pictures = store / "blobs"
    return Service(
        store,
        Signer(signing_secret(store / SECRET_FILE)),
        lambda: EventLog.open(events_url or store),
        read_file=lambda key: (pictures / key).read_bytes(),
        keyring=read_keys(store / KEYS_FILE),
        params=params,
    )


def run_serve(store: Path, host: str, port: int, events_url: str = "", params: ServiceParams | None = None) -> None:
    """Serves until it is told to stop.

    Raises:
        SettingsError: the address is not this machine's own, and there are no keys to tell who asks.
    """
    service = make_service(store, events_url, params)
    if service.keyring.open_to_all and not _is_loopback(host):
        raise SettingsError(f"without {KEYS_FILE} in the store anybody may ask: serve on 127.0.0.1, or make keys first")
    config = uvicorn.Config(
        service,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    uvicorn.Server(config).run()


def add_key(store: Path, name: str, scopes: Sequence[Scope], per_second: float = 0.0, at_once: int = 0) -> str:
    """A new API key, to be shown once: the store keeps its hash. A running service reads its keys when it starts.

    Raises:
        SettingsError: a key of this name is there, or the store cannot be written.
    """
    file = store / KEYS_FILE
    try:
        records = msgspec.json.decode(file.read_bytes(), type=list[KeyRecord]) if file.exists() else []
        if any(record.name == name for record in records):
            raise SettingsError(f"there is a key named {name!r} already")
        key, record = make_key(name, scopes, per_second, at_once)
        beside = file.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_bytes(msgspec.json.format(msgspec.json.encode([*records, record])))
        beside.replace(file)
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot keep a key in {file}: {error}") from error
    return key


def openapi_document() -> bytes:
    """The description of the service, as `assets/openapi.json` holds it."""
    service = Service(Path(), Signer(bytes(_SECRET_BYTES)), lambda: EventLog.open(Path()), read_file=lambda _key: b"")
    document = msgspec.json.encode(described(make_doors(service)), order="deterministic")
    return msgspec.json.format(document, indent=2) + b"\n"


def signing_secret(file: Path) -> bytes:
    """The secret that tokens are signed with; made on first use, readable by its owner alone.

    Raises:
        SettingsError: it cannot be read or made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return bytes.fromhex(file.read_text("ascii").strip())
        secret = secrets.token_bytes(_SECRET_BYTES)
        with os.fdopen(handle, "w") as made:
            made.write(secret.hex())
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot use the signing secret in {file}: {error}") from error
    return secret


def _is_loopback(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ip_address(one).is_loopback for one in found)
