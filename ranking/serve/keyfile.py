"""The API keys of a store: one file of hashes, changed by one command at a time, read by a service while it runs."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from artwork.errors import SettingsError
from ranking.learn.folder import replace_file
from ranking.serve.keys import KeyRecord, Keyring, Scope, make_key

FILE = "keys.json"
_LOCK = ".keys.lock"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The file of keys in a store; there need not be one."""

    store: Path

    @property
    def place(self) -> Path:
        """Where it lies."""
        return self.store / FILE

    def records(self) -> list[KeyRecord] | None:
        """The keys by name; None where there is no file.

        Raises:
            SettingsError: it cannot be read.
        """
        try:
            records = msgspec.json.decode(self.place.read_bytes(), type=list[KeyRecord])
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise SettingsError(f"{self.place} holds no API keys: {error}") from error
        return sorted(records, key=lambda record: record.name)

    def keyring(self, former: Keyring | None = None) -> Keyring:
        """The keys, to admit with; a service that has asked for keys never stops to, whatever becomes of the file.

        Raises:
            SettingsError: the file cannot be read, or is gone.
        """
        records = self.records()
        if records is None and former is not None and not former.open_to_all:
            raise SettingsError(f"{self.place} is gone: the keys that were in it still hold")
        return Keyring(records, former)

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes whenever the file does; None where there is none."""
        try:
            found = self.place.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def add(self, name: str, scopes: Sequence[Scope], per_second: float = 0.0, at_once: int = 0) -> str:
        """A new key, to be shown once: the file keeps its hash, and is readable by its owner alone.

        Raises:
            SettingsError: a key of this name is there, its name or rate cannot be used, or the file cannot be written.
        """
        try:
            key, record = make_key(name, scopes, per_second, at_once)
        except ValueError as error:
            raise SettingsError(str(error)) from error

        def added(records: list[KeyRecord]) -> list[KeyRecord]:
            if any(one.name == name for one in records):
                raise SettingsError(f"there is a key named {name!r} already: remove it first, or give another name")
            return [*records, record]

        self._change(added)
        return key

    def remove(self, name: str) -> None:
        """The key of this name opens nothing any more.

        Raises:
            SettingsError: there is none, or the file cannot be written.
        """

        def rest(records: list[KeyRecord]) -> list[KeyRecord]:
            left = [one for one in records if one.name != name]
            if len(left) == len(records):
                known = ", ".join(one.name for one in records) or "none"
                raise SettingsError(f"there is no key named {name!r}; there are: {known}")
            return left

        self._change(rest)

    def _change(self, changed: Callable[[list[KeyRecord]], list[Any]]) -> None:
        try:
            self.store.mkdir(parents=True, exist_ok=True)
            with (self.store / _LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                records = changed(self.records() or [])
                replace_file(self.place, msgspec.json.format(msgspec.json.encode(records)))
                self.place.chmod(0o600)
        except OSError as error:
            raise SettingsError(f"cannot keep keys in {self.place}: {error.strerror or error}") from error
