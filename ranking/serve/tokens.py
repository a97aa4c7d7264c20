"""Decision tokens: what was decided, signed, so that nothing is written when a decision is made.

A token is the page's facts, a dot, the title's facts and a signature over both in their one canonical form, keyed with
HMAC-SHA256. What comes back with an event is believed only if the signature is ours.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from ranking.domain import DayPart, Device
from ranking.errors import TokenError
from ranking.features import SITUATIONS, situation

ROW = np.dtype(
    [
        ("title", "<u4"), ("rendition", "<i4"), ("allowed", "<u8"), ("propensity", "<f8"), ("column", "i1"),
        ("reason", "u1"), ("shown", "u1"),
    ]
)  # fmt: skip
"""A title's facts, by the numbers of its snapshot. allowed: bits of the columns that the policy could have taken.
rendition, column: -1 for none. reason: code of `ranking.policy.decide.REASONS`. shown: 1 and the column that the member
saw last, where the propensity is another one for it; 0 where not."""
SIGNATURE_BYTES = 18
"""144 of 256 bits: no token is guessed, and with the row's 27 bytes they make 60 letters."""
_SIGNED_BYTES = ROW.itemsize + SIGNATURE_BYTES
_TAIL_LETTERS = _SIGNED_BYTES * 4 // 3
VERSION = 1
DEVICES: tuple[Device, ...] = (Device.UNKNOWN, Device.TELEVISION, Device.DESKTOP, Device.TABLET, Device.PHONE)
"""By the codes that tokens name them with: a byte in each of a page's 200. New ones go to the end."""
_LEAST_SECRET = 32
_PAGE_KEY_BYTES = 28
"""With a row's 27 bytes they fill one block of SHA-256, which takes 55 and its padding: a fifth of a page's signing."""


class PageFacts(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What all titles of a page share: the release names snapshot, beliefs, memberships and policy.

    `segment` is the member's heaviest, None where only the population is known. `epoch_seconds` is how long epochs were
    when it was decided: the setting may have changed since. `device` is a code of `DEVICES`, `local_hour` the member's,
    0 to 23. `under` says which of `ranking.features.SITUATIONS` the draw was made under, where these say another one: a
    decision stands wherever it is looked at again. What stands last may be missing: tokens that were signed before it
    was known stay good.
    """

    version: int
    release: str
    epoch: int
    canvas: int
    profile: str | None
    segment: int | None
    epoch_seconds: int
    device: Annotated[int, Meta(ge=0, lt=len(DEVICES))] = 0
    local_hour: Annotated[int, Meta(ge=0, le=23)] | None = None
    under: Annotated[int, Meta(ge=0, lt=len(SITUATIONS))] | None = None

    @property
    def began(self) -> float:
        """When the epoch of the decision began, in POSIX seconds."""
        return float(self.epoch * self.epoch_seconds)

    @property
    def ends(self) -> float:
        """When the epoch of the decision ends, in POSIX seconds."""
        return float((self.epoch + 1) * self.epoch_seconds)

    @property
    def circumstances(self) -> tuple[int, DayPart | None]:
        """Where and when it was decided, as far as a decision is another one for it."""
        return self.device, None if self.local_hour is None else DayPart.of_hour(self.local_hour)

    @property
    def drawn_under(self) -> int:
        """Which of `ranking.features.SITUATIONS` the propensities hold under."""
        device, day_part = self.circumstances
        return situation(DEVICES[device], day_part) if self.under is None else self.under

    @property
    def signed(self) -> bytes:
        """What is signed of it; `under` takes no room in the many that stand where they were made."""
        told = msgspec.structs.astuple(self)
        return msgspec.msgpack.encode(told if self.under is not None else told[:-1])


@dataclass(frozen=True, slots=True)
class Claim:
    """A verified token. `row` is one record of `ROW`."""

    page: PageFacts
    row: NDArray[np.void] | np.void


@dataclass(frozen=True, slots=True)
class Claims:
    """Many tokens, verified together.

    Attributes:
        pages: what the pages of the genuine ones say, each once.
        page: (tokens,) int64, place in `pages`; -1 for a token that was not signed here, or is of another version.
        rows: (tokens,) of `ROW`; of a token that was not signed here it says nothing.
    """

    pages: tuple[PageFacts, ...]
    page: NDArray[np.int64]
    rows: NDArray[np.void]


class Signer:
    """Signs and verifies with one secret; older ones may still be good for verifying.

    A page has a key of its own, HMAC-SHA256 of its facts, cut to 224 bits; a title's signature is SHA-256 of that key
    and the title's facts. Both have one length, so that nothing can be appended to them, which is all that HMAC's
    second pass is for; left out, a page of 200 titles is signed in half the time.

    Args:
        secret: 32 bytes or more. A new one makes all tokens of the old one void.
        former: secrets whose tokens are still accepted.

    Source:
        Bellare, Canetti and Krawczyk, "Pseudorandom functions revisited: the cascade construction and its concrete
        security", 1996.
    """

    def __init__(self, secret: bytes, former: Sequence[bytes] = ()) -> None:
        if min(len(one) for one in (secret, *former)) < _LEAST_SECRET:
            raise TokenError(f"a signing secret has at least {_LEAST_SECRET} bytes")
        self._secrets = (secret, *former)

    def tokens(self, page: PageFacts, rows: NDArray[np.void]) -> tuple[bytes, list[bytes]]:
        """The head that all tokens of a page have, and for each row its tail; equal facts give equal tokens."""
        facts = page.signed
        plain = rows.view(f"V{ROW.itemsize}").tolist()
        signatures = _signatures([_keyed(self._secrets[0], facts).copy] * len(plain), plain)
        signed = np.empty((len(rows), ROW.itemsize + SIGNATURE_BYTES), dtype=np.uint8)
        signed[:, : ROW.itemsize] = rows.view(np.uint8).reshape(len(rows), ROW.itemsize)
        signed[:, ROW.itemsize :] = signatures[:, :SIGNATURE_BYTES]
        # Two replacements take half as long as the translation that `altchars` does.
        tails = binascii.b2a_base64(signed.data, newline=False).replace(b"+", b"-").replace(b"/", b"_")
        letters = signed.shape[1] * 4 // 3
        head = base64.urlsafe_b64encode(facts).rstrip(b"=") + b"."
        return head, np.frombuffer(tails, f"S{letters}").tolist()

    def verify(self, token: str) -> Claim:
        """What the token says, if it was signed here.

        Raises:
            TokenError: it was not, or is no token at all.
        """
        head, _, tail = token.partition(".")
        facts, signed = _plain(head), _plain(tail)
        row, given = signed[: ROW.itemsize], signed[ROW.itemsize :]
        genuine = [hmac.compare_digest(_signature(secret, facts, row), given) for secret in self._secrets]
        if not any(genuine) or len(row) != ROW.itemsize:
            raise TokenError("the token was not signed here")
        try:
            page = msgspec.msgpack.decode(facts, type=PageFacts)
        except msgspec.MsgspecError as error:
            raise TokenError("the token is of another version") from error
        return Claim(page, np.frombuffer(row, ROW)[0])

    def claims(self, tokens: Sequence[str]) -> Claims:
        """What each of the tokens says, if it was signed here; those of one page have their head verified once.

        200 of one page take less than a page of 200 to choose and sign: 0.7 of it, and all that they say makes a page
        cost 2.5 times as much (measured: python -m tests.benchmarks.ranking_shown).
        """
        heads: dict[str, int] = {}
        facts: list[bytes] = []
        places, tails = [], []
        for token in tokens:
            head, _, tail = token.partition(".")
            place = heads.get(head)
            if place is None:
                place = heads[head] = _read_head(head, facts)
            places.append(place)
            tails.append(tail)
        signed = _signed(tails)
        rows = [signed[begin : begin + ROW.itemsize] for begin in range(0, len(signed), _SIGNED_BYTES)]
        given = np.frombuffer(signed, np.uint8).reshape(-1, _SIGNED_BYTES)
        page = np.array(places, dtype=np.int64)
        genuine = np.zeros(len(tokens), dtype=np.bool_)
        for secret in self._secrets:
            left = np.flatnonzero(~genuine & (page >= 0)).tolist()
            if left:
                begun = [_keyed(secret, one).copy for one in facts]
                expected = _signatures([begun[places[one]] for one in left], [rows[one] for one in left])
                genuine[left] = _equal(expected, np.ascontiguousarray(given[left, ROW.itemsize :]))
        # Nothing is read of what no signature vouches for: a page counts when one of its tokens is genuine.
        pages = {number: _read_page(facts[number]) for number in dict.fromkeys(page[genuine].tolist())}
        known = {number: place for place, number in enumerate(number for number, one in pages.items() if one)}
        where = np.full(len(facts) + 1, -1, dtype=np.int64)
        where[list(known)] = list(known.values())
        found = tuple(one for one in pages.values() if one)
        return Claims(found, np.where(genuine, where[page], -1), np.frombuffer(b"".join(rows), ROW))


def _read_head(head: str, facts: list[bytes]) -> int:
    """The place of a head's bytes, added to these; -1 where it is no head."""
    try:
        facts.append(_plain(head))
    except TokenError:
        return -1
    return len(facts) - 1


def _read_page(facts: bytes) -> PageFacts | None:
    """What a page says; None where it was signed by another version."""
    try:
        return msgspec.msgpack.decode(facts, type=PageFacts)
    except msgspec.MsgspecError:
        return None


def _signed(tails: Sequence[str]) -> bytes:
    """Each row and its signature, side by side; noughts for what is none.

    The letters of a tail have no bits to spare: in this alphabet each has one spelling, wherever it stands.
    """
    whole = "".join(tails)
    # What pads is a letter to the decoder, and none to us: it would make the last row shorter than the others.
    if all(len(tail) == _TAIL_LETTERS for tail in tails) and not any(letter in whole for letter in "+/="):
        with contextlib.suppress(ValueError):
            return binascii.a2b_base64(whole.replace("-", "+").replace("_", "/"), strict_mode=True)
    nothing = bytes(_SIGNED_BYTES)
    return nothing if len(tails) == 1 else b"".join(_signed([tail]) for tail in tails)


def _signatures(begun: Sequence[Callable[[], hashlib._Hash]], rows: Sequence[bytes]) -> NDArray[np.uint8]:
    """(rows, 32): the digest of each row behind the key that its page begins with."""
    digests: list[bytes] = []
    for begin, row in zip(begun, rows, strict=True):
        signature = begin()
        signature.update(row)
        digests.append(signature.digest())
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, hashlib.sha256().digest_size)


def _equal(expected: NDArray[np.uint8], given: NDArray[np.uint8]) -> list[bool]:
    """Whether each was given as expected; how long that takes says nothing of where they differ."""
    right = np.ascontiguousarray(expected[:, :SIGNATURE_BYTES])
    if hmac.compare_digest(right.data.cast("B"), given.data.cast("B")):
        return [True] * len(right)
    return [hmac.compare_digest(*pair) for pair in zip(map(bytes, right), map(bytes, given), strict=True)]


def _keyed(secret: bytes, facts: bytes) -> hashlib._Hash:
    """SHA-256, begun with the key of a page."""
    return hashlib.sha256(hmac.digest(secret, facts, "sha256")[:_PAGE_KEY_BYTES])


def _signature(secret: bytes, facts: bytes, row: bytes) -> bytes:
    whole = _keyed(secret, facts)
    whole.update(row)
    return whole.digest()[:SIGNATURE_BYTES]


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
