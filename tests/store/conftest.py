"""A fresh catalogue for each test, migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from artwork.store.catalog import Catalog


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's folder whose catalogue is empty; to be copied."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    Catalog.open(folder).close()
    return folder


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Path:
    """The folder of a store whose catalogue is empty."""
    return Path(shutil.copytree(empty_store, tmp_path / "store"))


@pytest.fixture
def catalog(store: Path) -> Iterator[Catalog]:
    """Its catalogue."""
    opened = Catalog.open(store)
    yield opened
    opened.close()
