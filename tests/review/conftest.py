"""A small store with pictures, and the page over it without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, ROLES, come_in, stock

from artwork.review.app import Equipment, create_app
from artwork.review.people import ReviewParams
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog

Enter = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def stocked_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one title, "harbour": four shots, eight frames, three candidates, two frames refused."""
    folder = tmp_path_factory.mktemp("review") / "store"
    stock(folder)
    return folder


@pytest.fixture
def review_store(stocked_store: Path, tmp_path: Path) -> Path:
    """A copy of it to write to."""
    return Path(shutil.copytree(stocked_store, tmp_path / "store"))


@pytest.fixture
def review_catalog(review_store: Path) -> Iterator[Catalog]:
    """Its catalogue."""
    with closing(Catalog.open(review_store)) as catalog:
        yield catalog


@pytest.fixture
def enter(review_catalog: Catalog, review_store: Path) -> Iterator[Enter]:
    """Gives a browser of somebody who has named themselves; all are at the same page."""
    params = ReviewParams(roles=ROLES)
    app = create_app(review_catalog, Blobs(review_store / "blobs"), params, Equipment())
    clients: list[TestClient] = []

    def come(name: str) -> TestClient:
        client = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
        client.__enter__() if not clients else None
        clients.append(client)
        come_in(client, name)
        return client

    yield come
    if clients:
        clients[0].__exit__(None, None, None)
