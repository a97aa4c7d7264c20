"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# Laws are tested without a clock: on a busy machine an example may take longer than Hypothesis grants.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A command that a test runs sends log lines to a stream of that test: the next one begins without it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def material() -> Path:
    """The folder of real films, broken media, models and oracles; the test skips where it is absent."""
    folder = Path(os.environ.get("ARTWORK_MATERIAL", ROOT.parent / "shared"))
    if not (folder / "films").is_dir():
        pytest.skip(f"no material at {folder}: set ARTWORK_MATERIAL to run this test on real films")
    return folder
