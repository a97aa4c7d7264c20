"""Files under the hash of what they hold: a key never means two things, and a file is whole or absent."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import fsspec

from artwork.errors import StoreError
from artwork.store.lease import EXPIRES_SECONDS
from artwork.store.lock import lock

KEY = re.compile(r"(?P<prefix>[0-9a-f]{2})/(?P<digest>(?P=prefix)[0-9a-f]{62})\.[a-z0-9]{1,8}", re.ASCII)
SUFFIX = re.compile(r"\.?([a-z0-9]{1,8})", re.ASCII)
RENEWED_SECONDS = 43_200.0
"""A blob elsewhere that was put within so long is young enough: half of the day that nothing is tidied within."""
PARTS = ".parts"
"""Where in the folder files are written: who looks for what a dead process has left need not walk all of them."""


class Blobs:
    """Bytes by content, in a folder or at any fsspec URL (s3://bucket/folder, memory://name).

    In a folder a file is written in `.parts`, brought to the disk and renamed, so that a row which names a key can be
    committed the moment `put` returns (measured: 1 ms for 60 kB on ext4). A process that is killed leaves its file
    there; it goes when the blobs are opened once more, at the earliest when a lease would have run out. Other stores
    put whole objects.
    """

    def __init__(self, url_or_folder: str | Path) -> None:
        self._place = str(url_or_folder)
        try:
            self._files, self._root = fsspec.core.url_to_fs(self._place)
        except (ImportError, ValueError) as error:
            raise StoreError(f"cannot open the blobs at {self._place}: {error}") from error
        self._folder = Path(self._root) if "file" in _protocols(self._files.protocol) else None
        if self._folder is not None:
            _remove_leftovers(self._folder / PARTS)

    def put(self, content: bytes, suffix: str) -> str:
        """The content is kept; putting it again makes it young, so that it is not tidied before a row names it.

        Args:
            content: what to keep.
            suffix: what kind of file it is: "jpg".

        Returns:
            Its key, "ab/ab12....jpg": the sha256 of the content, under its first two digits.

        Raises:
            StoreError: it cannot be written.
        """
        kind = SUFFIX.fullmatch(suffix)
        if kind is None:
            raise ValueError(f"{suffix!r} is no suffix: give 1 to 8 of a-z and 0-9")
        digest = hashlib.sha256(content).hexdigest()
        key = f"{digest[:2]}/{digest}.{kind[1]}"
        try:
            if self._size(key) != len(content) or not self._renewed(key):
                self._write(key, content)
        except OSError as error:
            raise StoreError(f"cannot write to the blobs at {self._place}: {error}") from error
        return key

    def get(self, key: str) -> bytes:
        """What lies under the key, checked against it.

        Raises:
            StoreError: the key is none, nothing lies there, or the file is damaged.
        """
        path = self._path(key)
        try:
            content: bytes = self._files.cat_file(path)
        except FileNotFoundError as error:
            raise StoreError(f"no blob {key} at {self._place}: ingest its title again") from error
        except OSError as error:
            raise StoreError(f"cannot read blob {key} at {self._place}: {error}") from error
        if hashlib.sha256(content).hexdigest() != key[3:67]:
            raise StoreError(f"blob {key} at {self._place} is damaged: delete the file and ingest its title again")
        return content

    def exists(self, key: str) -> bool:
        """Whether something lies under the key.

        Raises:
            StoreError: the key is none, or the store cannot be asked.
        """
        try:
            return self._size(key) is not None
        except OSError as error:
            raise StoreError(f"cannot read the blobs at {self._place}: {error}") from error

    def local(self, key: str) -> Path | None:
        """Where the blob lies as a file of this machine; None where the blobs are elsewhere.

        Raises:
            StoreError: the key is none.
        """
        path = self._path(key)
        return None if self._folder is None else Path(path)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Every blob with its bytes, and nothing else that lies there; in no order.

        Raises:
            StoreError: the store cannot be listed.
        """
        try:
            for key, size in self._here() if self._folder else self._elsewhere():
                if KEY.fullmatch(key):
                    yield key, size
        except OSError as error:
            raise StoreError(f"cannot list the blobs at {self._place}: {error}") from error

    def modified(self, key: str) -> float:
        """When the blob was put for the last time, in POSIX seconds.

        Raises:
            StoreError: nothing lies there, or the store does not say.
        """
        try:
            return float(self._files.modified(self._path(key)).timestamp())
        except (OSError, NotImplementedError) as error:
            raise StoreError(f"cannot tell how old blob {key} at {self._place} is: {error!r}") from error

    def remove(self, key: str, since: float) -> bool:
        """The blob is gone; False where somebody put it `since` (POSIX seconds), or removed it before.

        Raises:
            StoreError: it cannot be removed.
        """
        path = self._path(key)
        try:
            if self._folder is None:
                if self._size(key) is None or self.modified(key) >= since:
                    return False
                self._files.rm_file(path)
                return True
            gone = self._part(key)
            gone.parent.mkdir(exist_ok=True)
            Path(path).replace(gone)
            if gone.stat().st_mtime >= since:
                gone.replace(path)
                return False
            gone.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"cannot remove blob {key} at {self._place}: {error}") from error
        return True

    def _here(self) -> Iterator[tuple[str, int]]:
        """Folder by folder: of a million blobs no list is made."""
        for folder in sorted(Path(self._root).glob("[0-9a-f][0-9a-f]")):
            with os.scandir(folder) as files:
                for file in files:
                    with suppress(FileNotFoundError):  # it went since it was listed
                        yield f"{folder.name}/{file.name}", file.stat().st_size

    def _elsewhere(self) -> Iterator[tuple[str, int]]:
        root = self._root.rstrip("/")
        for path, facts in self._files.find(root, detail=True).items():
            yield path.removeprefix(root).lstrip("/"), int(facts["size"])

    def _path(self, key: str) -> str:
        # Nothing else is ever joined to the root: a key from outside cannot climb out of it.
        if KEY.fullmatch(key) is None:
            raise StoreError(f"{key!r} is not the key of a blob")
        return f"{self._root.rstrip('/')}/{key}"

    def _size(self, key: str) -> int | None:
        path = self._path(key)
        try:
            return int(self._files.size(path))
        except FileNotFoundError:
            return None

    def _renewed(self, key: str) -> bool:
        """Whether the blob is as young as if it were put now; other stores than folders tell by writing it again."""
        if self._folder is None:
            with suppress(StoreError):  # where it is not told how old a blob is none can be tidied
                return self.modified(key) > time.time() - RENEWED_SECONDS
            return True
        try:
            os.utime(self._path(key))
        except FileNotFoundError:  # it went this moment
            return False
        except OSError:  # whoever may only read what is there may also not tidy it
            return True
        return True

    def _part(self, key: str) -> Path:
        return Path(self._root, PARTS, f"{key[3:]}.{secrets.token_hex(4)}.part")

    def _write(self, key: str, content: bytes) -> None:
        if self._folder is None:
            self._files.pipe_file(self._path(key), content)
            return
        place, beside = Path(self._path(key)), self._part(key)
        for folder in (place.parent, beside.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("xb") as file:
                lock(file)  # it says that somebody writes here
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)


def _remove_leftovers(parts: Path) -> None:
    """Files that nobody writes any more are gone. One that is young may not be locked yet; one that is locked lives."""
    with suppress(OSError):  # there are none yet, or they are not ours to remove: the blobs can be used all the same
        for file in parts.glob("*.part"):
            with suppress(OSError), file.open("r+b") as left:
                if file.stat().st_mtime < time.time() - EXPIRES_SECONDS and lock(left):
                    file.unlink()


def _protocols(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else protocol
