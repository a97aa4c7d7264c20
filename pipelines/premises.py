"""The folder of a store: `artwork ingest` and `artwork demo` begin one.

Whatever else is asked of one that is not there was asked of a mistyped name, and makes nothing. Who serves, or names
keys or segments, before there are films makes the folder first.
"""

from __future__ import annotations

from pathlib import Path

from artwork.errors import StoreError
from pipelines.settings import Settings


def premises(settings: Settings) -> Path:
    """The store's folder, which is there; what is in it is for the caller to see.

    Raises:
        StoreError: it is not, or it is no folder.
    """
    store = Path(settings.store)
    if store.is_dir():
        return store
    if store.exists():
        raise StoreError(f"the store {store} is no folder: name another with --store")
    raise StoreError(
        f"there is no store {store}: name another with --store, or make the folder (`artwork ingest` does)"
    )
