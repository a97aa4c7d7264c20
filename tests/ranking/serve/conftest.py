"""A made-up store, and the service over it without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalogues import write
from seen_pages import CATALOGUE, NAMES
from service_caller import Caller, OpenService

from ranking.learn.events import EventLog
from ranking.learn.folder import activate
from ranking.learn.synthetic import World, write_world
from ranking.serve.params import ServiceParams
from ranking.serve.service import Service
from ranking.serve.tokens import Signer

NOW = 1_767_300_000.0
"""2026-01-01 20:40 UTC."""
SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def world() -> World:
    return World(titles=20, options=6, segments=4, members=40)


@pytest.fixture
def store(tmp_path: Path, world: World) -> Path:
    activate(tmp_path, write_world(tmp_path, world))
    return tmp_path


@pytest.fixture
def open_service() -> Iterator[OpenService]:
    """Opens services; they are closed at the end."""
    callers: list[Caller] = []

    def opened(store: Path, **parts: object) -> Caller:
        usual: dict[str, object] = {
            "signer": Signer(SECRET),
            "open_log": lambda: EventLog.open(store),
            "read_file": lambda key: (store / "blobs" / key).read_bytes(),
            "clock": lambda: NOW,
        }
        service = Service(store, **(usual | parts))  # type: ignore[arg-type]  # the parts of a service, by name
        callers.append(Caller(service))
        return callers[-1]

    yield opened
    for caller in callers:
        caller.close()


@pytest.fixture
def caller(store: Path, open_service: OpenService) -> Caller:
    return open_service(store)


@pytest.fixture
def clock() -> list[float]:
    """What the time is, for a service that looks at it."""
    return [NOW]


@pytest.fixture
def opened(tmp_path: Path, open_service: OpenService, clock: list[float]) -> Callable[..., Caller]:
    """Opens services over a catalogue of forty titles; `policy` decides."""
    activate(tmp_path, write(tmp_path, CATALOGUE, best={"drama": [f"{name}b" for name in NAMES]}))

    def of(policy: str = "", **params: object) -> Caller:
        return open_service(tmp_path, clock=lambda: clock[0], params=ServiceParams(policy=policy, **params))

    return of
