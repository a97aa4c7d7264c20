"""The process behind `artwork models`: which model files are here, and fetching those that are not."""

from __future__ import annotations

from pathlib import Path

from artwork.store.weights import Presence, Weights
from pipelines.settings import Settings


def model_rows(settings: Settings, *, fetch: bool = False) -> list[dict[str, object]]:
    """One row per model of the manifest: `name, kind, state, licence, file, source, about`.

    Raises:
        ModelError: with `fetch`, a file cannot be had, or is not what the manifest says.
    """
    weights = Weights(Path(settings.models), download=fetch)
    if fetch:
        for line in weights.inventory():
            if line.presence is not Presence.ON_HUB:
                weights.require(line.model.name)
    return [
        {
            "name": line.model.name,
            "kind": line.model.kind,
            "state": str(line.presence),
            "licence": line.model.licence,
            "file": str(line.path or line.model.hub),
            "source": line.model.source,
            "about": line.model.about,
        }
        for line in weights.inventory()
    ]
