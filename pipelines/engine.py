"""The engine that the settings name: this machine, or Ray."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from artwork.engine import LocalEngine, ModelShelf
from artwork.film.isolation import Limits
from artwork.ingest import Engine
from artwork.store.blobs import Blobs
from artwork.store.weights import Weights
from artwork.workshop import Bench
from pipelines.settings import Settings


@contextmanager
def open_engine(settings: Settings, blobs: Blobs, scratch: str = "") -> Iterator[Engine]:
    """The engine, closed at the end.

    Args:
        settings: which engine, what a title may cost, which models.
        blobs: where pictures go.
        scratch: folder for what children hand over; empty: the system's.

    Raises:
        ExtraMissing: Ray is asked for and not installed.
        ModelError: a model that is set cannot be opened.
    """
    bench = Bench(blobs, Limits(settings.title_memory_mb, settings.title_seconds), scratch)
    shelf = open_shelf_of_models(settings)
    if settings.engine == "ray":
        from pipelines.ray_engine import RayEngine  # noqa: PLC0415  # the extra [ray]

        engine: LocalEngine | RayEngine = RayEngine(bench, shelf, settings.ray_address)
    else:
        engine = LocalEngine(bench, shelf)
    try:
        yield engine
    finally:
        engine.close()


def open_shelf_of_models(settings: Settings) -> ModelShelf:
    """The models of this run."""
    clip = replace(settings.embed.clip, models=settings.models, download=settings.models_download)
    weights = Weights(Path(settings.models), download=settings.models_download)
    return ModelShelf(weights, replace(settings.embed, clip=clip))
