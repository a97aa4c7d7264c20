"""Sessions in a signed cookie: nothing is kept on this side, and nothing can be made up on the other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from artwork.errors import StoreError
from artwork.review.people import Reviewer, Role
from artwork.store.journal import now

COOKIE = "artwork_session"
KEY_BYTES = 32


class Sessions:
    """Seals and opens session cookies, and gives each its token against cross-site requests."""

    def __init__(self, secret: bytes, hours: float, clock: Callable[[], datetime] = now) -> None:
        self._secret = secret
        self._length = timedelta(hours=hours)
        self._clock = clock

    @property
    def seconds(self) -> int:
        """How long a session holds."""
        return int(self._length.total_seconds())

    def seal(self, reviewer: Reviewer) -> str:
        """The cookie of a person who has just come in."""
        until = (self._clock() + self._length).timestamp()
        return self.seal_note({"name": reviewer.name, "role": reviewer.role.value, "until": until})

    def open(self, cookie: str) -> Reviewer | None:
        """Whose cookie it is; None for one that is forged or too old."""
        note = self.open_note(cookie)
        if note is None or float(str(note.get("until", 0))) < self._clock().timestamp():
            return None
        return Reviewer(str(note["name"]), Role(str(note["role"])))

    def token(self, cookie: str) -> str:
        """What a page of this session sends with every change: another site cannot know it."""
        return _mac(self._secret, b"token", cookie.encode())

    def holds(self, cookie: str, token: str) -> bool:
        """Whether the token is this session's."""
        return hmac.compare_digest(self.token(cookie).encode(), token.encode("utf-8", "replace"))

    def seal_note(self, note: dict[str, object]) -> str:
        """A signed note that only this side can have written."""
        packed = base64.urlsafe_b64encode(json.dumps(note).encode()).decode()
        return f"{packed}.{_mac(self._secret, b'note', packed.encode())}"

    def open_note(self, sealed: str) -> dict[str, object] | None:
        """What the note says; None for one that was not written here."""
        packed, _, mac = sealed.partition(".")
        wanted = _mac(self._secret, b"note", packed.encode("utf-8", "replace"))
        if not hmac.compare_digest(wanted.encode(), mac.encode("utf-8", "replace")):
            return None
        note: dict[str, object] = json.loads(base64.urlsafe_b64decode(packed))
        return note


def _mac(secret: bytes, purpose: bytes, message: bytes) -> str:
    return hmac.new(secret, purpose + b"\0" + message, hashlib.sha256).hexdigest()


def key_in(folder: Path) -> bytes:
    """The key of a store, readable by its owner alone; made when absent, whole or not at all.

    Raises:
        StoreError: it cannot be made or read; or it is short: sessions could be forged with it.
    """
    path = folder / "review.key"
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the key of sessions {path} cannot be made or read: {error.strerror or error}") from error
    if len(key) < KEY_BYTES:
        raise StoreError(f"the key of sessions {path} is damaged: delete it, and everybody signs in again")
    return key


def _make_key(path: Path) -> None:
    beside = path.with_name(f".review.key.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
