"""Room for files that live as long as one process: fetched films, stills on their way into the blobs.

Each process has a folder of its own below `scratch` in the store, on the disk that was chosen for large files, and
holds a lock in it. The lock goes with the process however it dies; whoever comes next removes what has none.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artwork.errors import StoreError
from artwork.store.lock import lock

FOLDER = "scratch"
_LOCK = ".owner"


@contextmanager
def scratch_folder(store: str | Path) -> Iterator[Path]:
    """A folder of this process, gone at the end; those that dead processes left in the store are gone already.

    Raises:
        StoreError: it cannot be made.
    """
    place = Path(store).absolute() / FOLDER
    mine = place / f"{os.getpid()}-{secrets.token_hex(4)}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        # One process at a time begins here, so that no folder is seen before its lock is held.
        with (place / _LOCK).open("ab") as door:
            lock(door, wait=True)
            _remove_orphans(place)
            mine.mkdir()
            held = (mine / _LOCK).open("ab")
            lock(held)
    except OSError as error:
        raise StoreError(f"cannot make the scratch folder {mine}: {error.strerror or error}") from error
    with held:
        try:
            yield mine
        finally:
            shutil.rmtree(mine, ignore_errors=True)


def _remove_orphans(place: Path) -> None:
    for folder in place.iterdir():
        with suppress(OSError), (folder / _LOCK).open("ab") as held:
            if lock(held):
                shutil.rmtree(folder, ignore_errors=True)
