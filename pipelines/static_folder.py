"""A plain folder with the files that the decision service sends, for a web server or a content network.

`<rendition>/<width>.<format>` lies there for every file, the same bytes as the service sends for
`GET /v1/artwork/<rendition>?width=<width>` in that format, and `index.json` says what is what. A name never means two
things, so everything but the index may be cached for ever. Files come first, then the index, then what the index before
named and this one does not is removed; nothing else in the folder is touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from artwork.errors import StoreError
from artwork.store.blobs import Blobs
from pipelines.settings import Settings
from pipelines.store import open_blobs
from ranking.learn.contents import title_entries
from ranking.learn.folder import read_active, replace_file
from ranking.learn.snapshot import FOLDER, FileEntry, RenditionEntry, Snapshot, TitleEntry

INDEX = "index.json"
LOCK = "static.lock"
"""Two that write at once would each remove what only the other's index names."""
_RENDITION = re.compile(r"[0-9a-zA-Z]{1,64}", re.ASCII)


def write_static(settings: Settings, folder: Path) -> int:
    """The folder holds what is in use now; the number of its files.

    Files are hard links to the blobs where both lie on one disk, copies where they do not.

    Raises:
        SnapshotError: nothing is in use, or it cannot be read.
        StoreError: a blob is missing, the folder cannot be written, or it holds somebody else's index.
    """
    store = Path(settings.store)
    read_active(store)  # where nothing is in use nothing is made, not even the lock
    try:
        lock = (store / LOCK).open("ab")
    except OSError as error:
        raise StoreError(f"cannot lock {store / LOCK}: {error.strerror or error}") from error
    with lock:
        with suppress(OSError):  # where the file system knows no locks, hope
            fcntl.flock(lock, fcntl.LOCK_EX)
        return _write(store, open_blobs(settings), folder)


def _write(store: Path, blobs: Blobs, folder: Path) -> int:
    """As `write_static`, while nobody else writes one."""
    snapshot = Snapshot.open(store / FOLDER / read_active(store).snapshot)
    entries = title_entries(snapshot)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _named(folder / INDEX)
        count = 0
        for one in (each for entry in entries for each in entry.renditions):
            (folder / one.id).mkdir(exist_ok=True)
            for file in one.files:
                _put(blobs, file, folder / one.id / file_name(file))
                count += 1
        index = {"snapshot": snapshot.digest, "titles": [_title_row(entry) for entry in entries]}
        replace_file(folder / INDEX, json.dumps(index, ensure_ascii=False, indent=1).encode())
        for gone in before - {one.id for entry in entries for one in entry.renditions}:
            shutil.rmtree(folder / gone)
    except OSError as error:
        raise StoreError(f"cannot write the static folder {folder}: {error.strerror or error}") from error
    return count


def file_name(file: FileEntry) -> str:
    """Of a file inside its rendition's folder."""
    return f"{file.width}.{file.format}"


def _put(blobs: Blobs, file: FileEntry, place: Path) -> None:
    """The file is there, whole: written beside its place and renamed."""
    if place.exists() and place.stat().st_size == file.bytes:
        return
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        own = blobs.local(file.key)
        linked = False
        if own is not None:
            with suppress(OSError):  # another disk, or a file system without links
                os.link(own, beside)
                linked = True
        if not linked:
            beside.write_bytes(blobs.get(file.key))
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def _named(index: Path) -> set[str]:
    """The renditions that an index names; none where there is none.

    Raises:
        StoreError: it is none of ours: it would be lost.
    """
    if not index.exists():
        return set()
    try:
        titles = json.loads(index.read_text("utf-8"))["titles"]
        named = {
            str(one["rendition"]) for title in titles for option in title["options"] for one in option["renditions"]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{index} was not written by a publish: name another folder, or move it away") from error
    return {name for name in named if _RENDITION.fullmatch(name) and (index.parent / name).is_dir()}


def _title_row(entry: TitleEntry) -> dict[str, object]:
    options = [
        {
            "option": option.id,
            "approved": option.approved,
            "fallback": option.fallback,
            "renditions": [_row(one) for one in entry.renditions if one.option == option.id],
        }
        for option in entry.options
    ]
    return {"title": entry.notes.id, "name": entry.notes.name, "options": options}


def _row(one: RenditionEntry) -> dict[str, object]:
    return {
        "rendition": one.id,
        "canvas": one.canvas,
        "locale": one.locale,
        "alt": one.alt,
        "placeholder": one.placeholder,
        "files": list(_files(one)),
    }


def _files(one: RenditionEntry) -> Iterator[dict[str, object]]:
    for file in one.files:
        yield {
            "path": f"{one.id}/{file_name(file)}",
            "width": file.width,
            "height": file.height,
            "type": f"image/{file.format}",
            "bytes": file.bytes,
            "sha256": file.digest,
        }
