"""Which code it is that runs."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import ranking


@cache
def code_version() -> str:
    """The package's version, and a digest of the ranking room's sources: a model names the code that made it."""
    sources = hashlib.sha256()
    for file in sorted(Path(ranking.__file__).parent.rglob("*.py")):
        sources.update(file.read_bytes())
    return f"{version('artwork')}+{sources.hexdigest()[:12]}"
