"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Laws are tested without a clock: on a busy machine an example may take longer than Hypothesis grants.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def material() -> Path:
    """The folder of real films, broken media, models and oracles; the test skips where it is absent."""
    folder = Path(os.environ.get("ARTWORK_MATERIAL", ROOT.parent / "shared"))
    if not (folder / "films").is_dir():
        pytest.skip(f"no material at {folder}: set ARTWORK_MATERIAL to run this test on real films")
    return folder
