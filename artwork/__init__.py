"""Film to approved artwork.

    from artwork import candidates

Names are loaded when they are asked for, so that `import artwork.domain` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artwork.proposals import Proposal, candidates
    from artwork.workshop import StageParams

__all__ = ["Proposal", "StageParams", "candidates"]

_HOMES = {"Proposal": "artwork.proposals", "candidates": "artwork.proposals", "StageParams": "artwork.workshop"}


def __getattr__(name: str) -> object:
    """One of `__all__`, from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'artwork' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # nothing is loaded until a name is asked for

    return getattr(import_module(_HOMES[name]), name)
