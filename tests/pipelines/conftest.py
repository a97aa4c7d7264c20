"""Stores that were published once, ready to be published again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from published_films import (
    judge,
    make_film,
    settings_of,
    stock,
)

from artwork.domain import Title
from pipelines.publish import publish


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "hill.mp4")


@pytest.fixture(scope="session")
def stocked(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two titles with candidates; nobody has said anything."""
    store = tmp_path_factory.mktemp("stocked") / "store"
    stock(store, [Title("hill", str(film), "The Hill"), Title("shore", str(film), "The Shore", year=1999)])
    return store


@pytest.fixture(scope="session")
def published_once(stocked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hill has its first frame approved, the shore none; both were published."""
    store = tmp_path_factory.mktemp("published") / "store"
    shutil.copytree(stocked, store)
    judge(store, "hill", "approved", 0)
    assert not publish(settings_of(store), quiet=True).refused
    return store


@pytest.fixture
def store(published_once: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    return Path(shutil.copytree(published_once, tmp_path / "store"))
