"""Decision tokens: what was decided, signed, so that nothing is written when a decision is made.

A token is the page's facts, a dot, the title's facts and a signature: HMAC-SHA256 over both, in their one canonical
form. What comes back with an event is believed only if the signature is ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import TokenError

ROW = np.dtype(
    [
        ("title", "<u4"), ("rendition", "<i4"), ("allowed", "<u8"), ("propensity", "<f8"), ("column", "i1"),
        ("reason", "u1"), ("spare", "u1"),
    ]
)  # fmt: skip
"""A title's facts, by the numbers of its snapshot. allowed: bits of the columns that the policy could have taken.
rendition, column: -1 for none. reason: code of `ranking.policy.decide.REASONS`."""
SIGNATURE_BYTES = 18
"""144 of HMAC-SHA256's 256 bits: no token is guessed, and with the row's 27 bytes they make 60 letters."""
VERSION = 1
_BLOCK = 64
_LEAST_SECRET = 32


class PageFacts(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What all titles of a page share: the release names snapshot, beliefs, memberships and policy.

    `segment` is the member's heaviest, None where only the population is known.
    """

    version: int
    release: str
    epoch: int
    canvas: int
    profile: str | None
    segment: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A verified token. `row` is one record of `ROW`."""

    page: PageFacts
    row: NDArray[np.void] | np.void


class Signer:
    """Signs and verifies with one secret; a second, older one may still be good for verifying.

    Args:
        secret: 32 bytes or more. A new one makes all tokens of the old one void.
        former: secrets whose tokens are still accepted.
    """

    def __init__(self, secret: bytes, former: Sequence[bytes] = ()) -> None:
        if min(len(one) for one in (secret, *former)) < _LEAST_SECRET:
            raise TokenError(f"a signing secret has at least {_LEAST_SECRET} bytes")
        self._secrets = (secret, *former)
        # RFC 2104, with the two keyed states made once: half a microsecond a token, hmac.digest takes 1.3.
        key = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(letter ^ 0x36 for letter in key))
        self._outer = hashlib.sha256(bytes(letter ^ 0x5C for letter in key))

    def tokens(self, page: PageFacts, rows: NDArray[np.void]) -> list[bytes]:
        """One token for each row; equal facts give equal tokens."""
        facts = msgspec.msgpack.encode(page)
        begun, outer = self._inner.copy(), self._outer
        begun.update(facts)
        content, size = rows.tobytes(), ROW.itemsize
        signed: list[bytes] = []
        for start in range(0, len(content), size):
            row = content[start : start + size]
            inner, whole = begun.copy(), outer.copy()
            inner.update(row)
            whole.update(inner.digest())
            signed += row, whole.digest()[:SIGNATURE_BYTES]
        head = base64.urlsafe_b64encode(facts).rstrip(b"=") + b"."
        tails = base64.urlsafe_b64encode(b"".join(signed))
        letters = (size + SIGNATURE_BYTES) * 4 // 3
        return [head + tails[start : start + letters] for start in range(0, len(tails), letters)]

    def verify(self, token: str) -> Claim:
        """What the token says, if it was signed here.

        Raises:
            TokenError: it was not, or is no token at all.
        """
        head, _, tail = token.partition(".")
        facts, signed = _plain(head), _plain(tail)
        row, signature = signed[: ROW.itemsize], signed[ROW.itemsize :]
        genuine = [
            hmac.compare_digest(hmac.digest(secret, facts + row, "sha256")[:SIGNATURE_BYTES], signature)
            for secret in self._secrets
        ]
        if not any(genuine) or len(row) != ROW.itemsize:
            raise TokenError("the token was not signed here")
        try:
            page = msgspec.msgpack.decode(facts, type=PageFacts)
        except msgspec.MsgspecError as error:
            raise TokenError("the token is of another version") from error
        return Claim(page, np.frombuffer(row, ROW)[0])


def _plain(part: str) -> bytes:
    """The bytes of URL-safe letters in their one spelling: another spelling of the same bytes is another token."""
    try:
        letters = part.encode("ascii")
        plain = base64.b64decode(letters + b"=" * (-len(letters) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise TokenError("the token was not signed here") from error
    if base64.urlsafe_b64encode(plain).rstrip(b"=") != letters:
        raise TokenError("the token was not signed here")
    return plain


def bits_of(allowed: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(titles,) uint64: bit c of a row is its column c; at most 64 columns."""
    packed = np.zeros((len(allowed), 8), dtype=np.uint8)
    few = np.packbits(allowed, axis=1, bitorder="little")
    packed[:, : few.shape[1]] = few
    return packed.view("<u8")[:, 0]


def columns_of(bits: int) -> list[int]:
    """The columns that are set."""
    return [column for column in range(64) if bits >> column & 1]


def rows_of(**columns: NDArray[Any]) -> NDArray[np.void]:
    """(titles,) records of `ROW`."""
    rows = np.zeros(len(columns["title"]), dtype=ROW)
    for name, values in columns.items():
        rows[name] = values
    return rows
