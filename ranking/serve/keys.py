"""API keys: kept as hashes, each with scopes and a rate; a key that has no right is told so."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from artwork.errors import ArtworkError

_LEAST_LETTERS = 32


class Scope(StrEnum):
    """What a key may do. admin: metrics and explanations, and all that the others may."""

    DECIDE = "decide"
    EVENTS = "events"
    ADMIN = "admin"


class KeyRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key as it is kept. `digest`: SHA-256 of it, in hex: keys are random, so that no slower hash is needed.

    `per_second` requests are let through on average, `at_once` in a burst; 0 for no limit.
    """

    name: str
    digest: str
    scopes: tuple[Scope, ...]
    per_second: float = 0.0
    at_once: int = 0

    def __post_init__(self) -> None:
        if len(bytes.fromhex(self.digest)) != hashlib.sha256().digest_size:
            raise ValueError(f"the digest of key {self.name!r} is no SHA-256")
        if not self.name.strip() or not self.name.isprintable() or not self.scopes:
            raise ValueError(f"a key has a name and a scope at least, not {self.name!r} and {list(self.scopes)}")
        if not (math.isfinite(self.per_second) and self.per_second >= 0 and self.at_once >= 0):
            raise ValueError(
                f"key {self.name!r}: a rate is 0 or more, not {self.per_second} and {self.at_once} at once"
            )


class Unknown(ArtworkError):
    """No key, or one that is not known."""


class Forbidden(ArtworkError):
    """The key has not the scope."""


class TooMany(ArtworkError):
    """The key's rate is used up."""

    def __init__(self, name: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"key {name!r} asks too often")


class _Bucket:
    """Lets `rate` through per second, `most` at once (0: what comes in a second). One event loop: there is no lock."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, most: int) -> None:
        self._rate, self._most = rate, float(most or max(math.ceil(rate), 1))
        self._left, self._at = self._most, time.monotonic()

    def wait_seconds(self) -> float:
        """0 and one is taken, or how long until there is one."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Keyring:
    """The keys of a service.

    Args:
        records: the keys; of none nobody may do anything. None where no key is asked for and everybody may do
            everything, which only a loopback address allows.
        former: the keyring before; a key that stayed as it was goes on with what is left of its rate.
    """

    def __init__(self, records: Iterable[KeyRecord] | None = None, former: Keyring | None = None) -> None:
        self._open = records is None
        kept = former.buckets if former else {}
        self._keys: dict[bytes, tuple[KeyRecord, _Bucket | None]] = {
            bytes.fromhex(one.digest): (one, kept.get(one) or _bucket(one)) for one in records or ()
        }

    @property
    def buckets(self) -> dict[KeyRecord, _Bucket | None]:
        """What is left of each key's rate; None where it has none."""
        return dict(self._keys.values())

    @property
    def open_to_all(self) -> bool:
        """Whether no key is needed."""
        return self._open

    def admit(self, header: bytes | None, scope: Scope) -> str:
        """The name of the key, which may do this now.

        Args:
            header: the value of `Authorization`, "Bearer KEY".
            scope: what is to be done.

        Raises:
            Unknown, Forbidden, TooMany.
        """
        if self._open:
            return "anybody"
        if header is None or header[:7].lower() != b"bearer ":  # the word in any case: RFC 9110, 11.1
            raise Unknown("send the key as `Authorization: Bearer KEY`")
        # Found by its hash: what an attacker could learn from the lookup's timing is about the hash, not the key.
        found = self._keys.get(hashlib.sha256(header[7:].strip()).digest())
        if found is None:
            raise Unknown("the key is not known")
        record, bucket = found
        if scope not in record.scopes and Scope.ADMIN not in record.scopes:
            raise Forbidden(f"key {record.name!r} has not the scope {scope}")
        wait = bucket.wait_seconds() if bucket else 0.0
        if wait > 0:
            raise TooMany(record.name, wait)
        return record.name

    def allows(self, header: bytes | None, scope: Scope) -> bool:
        """Whether the key may do this now."""
        try:
            self.admit(header, scope)
        except (Unknown, Forbidden, TooMany):
            return False
        return True


def make_key(name: str, scopes: Iterable[Scope], per_second: float = 0.0, at_once: int = 0) -> tuple[str, KeyRecord]:
    """A new random key, to be shown once, and the record of it."""
    key = "ak_" + secrets.token_urlsafe(_LEAST_LETTERS)
    return key, KeyRecord(name, hashlib.sha256(key.encode()).hexdigest(), tuple(scopes), per_second, at_once)


def _bucket(record: KeyRecord) -> _Bucket | None:
    return _Bucket(record.per_second, record.at_once) if record.per_second > 0 else None
