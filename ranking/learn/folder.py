"""Immutable folders named by what they hold, and the one pointer that says which of them are in use.

A folder is made beside its place, brought to the disk and renamed: it is whole or absent. Its manifest names every
part with size and SHA-256; its own name is the digest of the manifest, so a name never means two things.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import SnapshotError

MANIFEST = "manifest.json"
POINTER = "active.json"
RELEASES = "release"
"""Where a store keeps every release that was ever in use: tokens name theirs."""
DRAFT, GONE = ".draft-", ".gone-"
"""What folders are called before they are whole, and when they are on their way out."""
MAPPED_FROM = 1 << 24
"""Bytes; no source: 16 MB for each worker and part are few, and reading them takes milliseconds."""
_DIGEST_LENGTH = 16


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a folder."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder says of itself: its format, when it was made (ISO 8601), its facts, its parts."""

    format: str
    made_at: str
    facts: dict[str, object]
    parts: dict[str, Part]


class Active(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in use: always moved together, so that a snapshot never meets beliefs of another one.

    `policy` is the version of the policy that decides, empty for the usual one; `answers` are its answers, tabulated;
    `learned` is what the beliefs were made from (`ranking.learn.learned`), None where nothing was learned yet.
    """

    snapshot: str
    beliefs: str | None = None
    members: str | None = None
    policy: str = ""
    answers: str | None = None
    learned: str | None = None

    @property
    def id(self) -> str:
        """Names the release: equal parts, equal ids."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:_DIGEST_LENGTH]


def write_folder(root: Path, form: str, made_at: str, facts: Mapping[str, object], parts: Mapping[str, object]) -> str:
    """The name of the folder under `root` that holds these parts: arrays, bytes, or what msgspec writes as JSON.

    Writing the same twice leaves one folder, as young as if it were new, and whole: a part that was let go is back.

    Raises:
        SnapshotError: it cannot be written.
    """
    draft = root / f"{DRAFT}{secrets.token_hex(8)}"
    with _told(f"cannot write {root}"):
        draft.mkdir(parents=True)
        try:
            listed = {name: _write_part(draft / name, part) for name, part in parts.items()}
            manifest = msgspec.json.format(msgspec.json.encode(Manifest(form, made_at, dict(facts), listed)))
            digest = hashlib.sha256(manifest).hexdigest()[:_DIGEST_LENGTH]
            _write_synced(draft / MANIFEST, manifest)
            _sync_folder(draft)
            if not _renewed(root / digest, draft, listed):
                draft.rename(root / digest)
                _sync_folder(root)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return digest


def read_manifest(  # noqa: PLR0913  # what is looked at, each by name
    folder: Path,
    form: str,
    *,
    former: str = "",
    verify: bool = False,
    whole: bool = True,
    besides: Container[str] = (),
) -> Manifest:
    """The manifest of a folder whose name, format and sizes are right; with `verify`, every hash too.

    With `whole` false its parts may be gone: what a folder says of itself is kept for longer than what it holds. Of two
    formats that can be read, `former` is the older one; the manifest says which it is. Parts named in `besides` are not
    looked at.

    Raises:
        SnapshotError: something is missing, changed, or of another format.
    """
    with _told(f"{folder} cannot be read"):
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=Manifest)
        if manifest.format not in {form, former or form}:
            raise SnapshotError(f"{folder} is of format {manifest.format!r}, this version reads {form!r}")
        if hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH] != folder.name:
            raise SnapshotError(f"the manifest of {folder} was changed: its name is no longer its digest")
        looked_at = {name: part for name, part in manifest.parts.items() if whole and name not in besides}
        for name, part in looked_at.items():
            if (folder / name).stat().st_size != part.bytes:
                raise SnapshotError(f"{folder / name} has not the {part.bytes} bytes that its manifest says")
            if verify and _file_digest(folder / name) != part.sha256:
                raise SnapshotError(f"{folder / name} is damaged: its SHA-256 is not the manifest's")
    return manifest


def let_parts_go(folder: Path) -> None:
    """What the folder says of itself is all that is left of it.

    Raises:
        SnapshotError: a part cannot be removed.
    """
    with _told(f"cannot tidy {folder}"):
        for part in folder.iterdir():
            if part.name != MANIFEST:
                part.unlink()


def remove_folder(folder: Path, since: float) -> bool:
    """The folder is gone, at once for whoever looks for it; False where somebody wrote it anew `since` (POSIX seconds).

    Raises:
        SnapshotError: it cannot be removed.
    """
    gone = folder.with_name(f"{GONE}{folder.name}")
    with _told(f"cannot tidy {folder}"):
        shutil.rmtree(gone, ignore_errors=True)  # of one who was killed here
        folder.rename(gone)
        if gone.stat().st_mtime >= since:
            gone.rename(folder)
            return False
        shutil.rmtree(gone)
    return True


def read_array(folder: Path, name: str) -> NDArray[np.generic]:
    """A part; a large one is memory-mapped: nothing of it is read before it is looked at.

    Small ones are read: whoever cuts a mapped file short kills the process that looks at what was there.

    Raises:
        SnapshotError: it is no array.
    """
    try:
        large = (folder / name).stat().st_size > MAPPED_FROM
        mapped = np.load(folder / name, mmap_mode="r" if large else None, allow_pickle=False)
    except Exception as error:  # numpy evaluates the header of a file: a damaged one raises whatever Python does
        raise SnapshotError(f"{folder / name} cannot be read ({' '.join(str(error).split())})") from error
    mapped.flags.writeable = False
    return np.asarray(mapped)  # a view of the map as a plain array: the subclass costs a microsecond per use


def read_active(store: Path) -> Active:
    """What is in use in this store.

    Raises:
        SnapshotError: nothing is, or the pointer cannot be read.
    """
    with _told(f"nothing is published in {store}: run `artwork publish` first"):
        pointer = (store / POINTER).read_bytes()
    with _told(f"{store / POINTER} is damaged: remove it, and run `artwork publish`"):
        return msgspec.json.decode(pointer, type=Active)


def activate(store: Path, active: Active, *, step: bool = True) -> None:
    """From now on this is in use: the pointer is replaced whole. What it was stays beside it, for `step_back`.

    Without `step` it is the same as before but for what was counted since: `step_back` passes it over.

    Raises:
        SnapshotError: it cannot be written.
    """
    with _told(f"cannot move the pointer in {store}"):
        place = store / POINTER
        (store / RELEASES).mkdir(parents=True, exist_ok=True)
        replace_file(store / RELEASES / f"{active.id}.json", msgspec.json.encode(active))
        if step and place.exists():
            replace_file(store / f"{POINTER}.before", place.read_bytes())
        replace_file(place, msgspec.json.encode(active))


def read_release(store: Path, release: str) -> Active:
    """What a release consisted of.

    Raises:
        SnapshotError: none of this id was ever in use in this store.
    """
    if not (release.isascii() and release.isalnum()):
        raise SnapshotError(f"{release!r} is not the name of a release")
    with _told(f"release {release} was never in use in {store}"):
        return msgspec.json.decode((store / RELEASES / f"{release}.json").read_bytes(), type=Active)


def release_before(store: Path) -> Active:
    """What was in use before what is.

    Raises:
        SnapshotError: there was nothing before.
    """
    with _told(f"nothing was published in {store} before: there is nothing to go back to"):
        return msgspec.json.decode((store / f"{POINTER}.before").read_bytes(), type=Active)


def step_back(store: Path) -> Active:
    """What was in use before is in use again.

    Raises:
        SnapshotError: there was nothing before.
    """
    before = release_before(store)
    activate(store, before)
    return before


def replace_file(place: Path, content: bytes) -> None:
    """The file holds this and is on the disk; whoever reads meanwhile finds it whole, as it was or as it is.

    Raises:
        OSError: it cannot be written.
    """
    beside = place.with_name(f".{place.name}-{secrets.token_hex(8)}")
    try:
        _write_synced(beside, content)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(place.parent)


def _renewed(folder: Path, draft: Path, parts: Mapping[str, Part]) -> bool:
    """Whether the folder is there; then it is young and whole."""
    try:
        os.utime(folder)
        for name in parts:
            if not (folder / name).exists():
                (draft / name).rename(folder / name)
    except FileNotFoundError:  # it is not, or went this moment
        return False
    return True


def _write_part(place: Path, part: object) -> Part:
    if isinstance(part, np.ndarray):
        with place.open("wb") as file:
            np.save(file, np.ascontiguousarray(part), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    else:
        _write_synced(place, part if isinstance(part, bytes) else msgspec.json.encode(part))
    return Part(place.stat().st_size, _file_digest(place))


def _file_digest(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(place: Path, content: bytes) -> None:
    with place.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(problem: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError) as error:  # msgspec's errors are ValueErrors
        if isinstance(error, SnapshotError):
            raise
        raise SnapshotError(f"{problem} ({' '.join(str(error).split())})") from error
