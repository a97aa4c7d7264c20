"""The settings' store, opened: its catalogue and its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artwork.errors import StoreError
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.database import FILE
from pipelines.settings import Settings


@contextmanager
def open_catalog(settings: Settings, *, create: bool = True) -> Iterator[Catalog]:
    """The catalogue, migrated; closed at the end.

    Raises:
        StoreError: it cannot be opened, or `create` is false and there is none.
    """
    where = settings.catalog_url or settings.store
    if not create and "://" not in where and not (Path(where) / FILE).exists():
        raise StoreError(f"no catalogue in {where}: run `artwork ingest` first, or name another with --store")
    catalog = Catalog.open(where)
    try:
        yield catalog
    finally:
        catalog.close()


def open_blobs(settings: Settings) -> Blobs:
    """The pictures of the store."""
    return Blobs(settings.blobs_url or str(Path(settings.store) / "blobs"))
