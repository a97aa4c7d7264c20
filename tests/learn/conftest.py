"""A store that was visited for two days, made once; every test has a copy of its own."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from visits import Town

from ranking.learn.events import EventLog

TOWN = Town()


@pytest.fixture(scope="session")
def visited_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("visited")
    TOWN.open(store)
    with closing(EventLog.open(store)) as log:
        TOWN.visit(store, log, 600, 0)
        TOWN.visit(store, log, 600, 1)
    return store


@pytest.fixture
def visited(visited_once: Path, tmp_path: Path) -> Path:
    """24,000 impressions of 120 pictures by members of three segments, scored by likeness."""
    return Path(shutil.copytree(visited_once, tmp_path / "store"))
