"""Tokens: what we signed is believed, and nothing else."""

from __future__ import annotations

import hashlib
import hmac

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.domain import DayPart, Device
from ranking.errors import TokenError
from ranking.features import SITUATIONS, situation
from ranking.serve.tokens import DEVICES, ROW, SIGNATURE_BYTES, PageFacts, Signer, bits_of, columns_of

SECRET, OTHER = b"s" * 32, b"t" * 32
PAGE = PageFacts(1, "0123456789abcdef", 20_000, 1, "member", 3, 86_400)


def rows(count: int = 3) -> np.ndarray:
    made = np.zeros(count, ROW)
    made["title"], made["propensity"], made["allowed"] = range(count), 0.25, 0b1011
    return made


def tokens(signer: Signer, page: PageFacts = PAGE, count: int = 3) -> list[str]:
    head, tails = signer.tokens(page, rows(count))
    return [(head + tail).decode() for tail in tails]


def test_a_token_says_what_was_signed() -> None:
    claim = Signer(SECRET).verify(tokens(Signer(SECRET))[2])
    assert claim.page == PAGE
    assert (claim.row["title"], claim.row["propensity"]) == (2, 0.25)
    assert columns_of(int(claim.row["allowed"])) == [0, 1, 3]


def test_a_token_says_what_was_looked_at_and_when() -> None:
    page = PageFacts(1, "0123456789abcdef", 20_000, 1, "member", 3, 86_400, DEVICES.index(Device.PHONE), 23)
    claim = Signer(SECRET).verify(tokens(Signer(SECRET), page)[0])
    assert (DEVICES[claim.page.device], claim.page.local_hour) == (Device.PHONE, 23)


def test_a_token_that_was_signed_before_devices_were_known_is_still_believed() -> None:
    """Made by the version before, of the facts above and the third row."""
    head = "lwGwMDEyMzQ1Njc4OWFiY2RlZs1OIAGmbWVtYmVyA84AAVGA"
    claim = Signer(SECRET).verify(f"{head}.AgAAAAAAAAALAAAAAAAAAAAAAAAAANA_AAAAHLcQMITaVx9JARW7gDD4Ct8V")
    assert claim.page == PAGE
    assert (DEVICES[claim.page.device], claim.page.local_hour) == (Device.UNKNOWN, None)


@pytest.mark.parametrize("circumstances", [(len(DEVICES), None), (-1, None), (0, 24), (0, None, len(SITUATIONS))])
def test_circumstances_that_this_version_does_not_know_are_another_version_s(
    circumstances: tuple[int | None, ...],
) -> None:
    """Of a token that a newer one signed nothing is believed, and nothing fails for it."""
    signer = Signer(SECRET)
    page = PageFacts(1, "0123456789abcdef", 20_000, 1, "member", 3, 86_400, *circumstances)  # type: ignore[arg-type]
    strange = tokens(signer, page)
    with pytest.raises(TokenError, match="another version"):
        signer.verify(strange[0])
    assert signer.claims([*strange, *tokens(signer)]).page.tolist() == [-1] * len(strange) + [0] * len(strange)


def test_where_it_was_drawn_takes_room_only_where_that_is_elsewhere() -> None:
    usual = PageFacts(1, "0123456789abcdef", 20_000, 1, "member", 3, 86_400, DEVICES.index(Device.PHONE), 23)
    assert usual.drawn_under == situation(Device.PHONE, DayPart.NIGHT)
    assert usual.signed == msgspec.msgpack.encode(msgspec.structs.astuple(usual)[:-1])
    elsewhere = msgspec.structs.replace(usual, under=0)
    claim = Signer(SECRET).verify(tokens(Signer(SECRET), elsewhere)[0])
    assert (claim.page, claim.page.drawn_under) == (elsewhere, 0)


def test_every_device_has_a_code() -> None:
    assert set(DEVICES) == set(Device)
    assert DEVICES[:5] == ("unknown", "television", "desktop", "tablet", "phone")


def test_no_titles_have_no_tokens() -> None:
    assert tokens(Signer(SECRET), count=0) == []


def test_equal_facts_have_equal_tokens_and_every_title_its_own() -> None:
    first, second = tokens(Signer(SECRET)), tokens(Signer(SECRET))
    assert first == second
    assert len(set(first)) == 3


def test_every_changed_letter_is_noticed() -> None:
    signer = Signer(SECRET)
    token = tokens(signer)[0]
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenError):
            signer.verify(changed)


def test_a_title_of_one_page_does_not_go_with_another_page() -> None:
    signer = Signer(SECRET)
    mine, theirs = tokens(signer)[0], tokens(signer, PageFacts(1, "0123456789abcdef", 20_000, 1, "other", 3, 86_400))[0]
    with pytest.raises(TokenError):
        signer.verify(mine.split(".")[0] + "." + theirs.split(".")[1])


def test_a_former_secret_is_good_for_verifying_only() -> None:
    old = tokens(Signer(OTHER))[0]
    with pytest.raises(TokenError):
        Signer(SECRET).verify(old)
    renewed = Signer(SECRET, former=[OTHER])
    assert renewed.verify(old).page == PAGE
    assert tokens(renewed) == tokens(Signer(SECRET))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(TokenError, match="32 bytes"):
        Signer(b"short")


def test_the_signature_is_what_the_documentation_says() -> None:
    import base64

    head, tail = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in tokens(Signer(SECRET))[1].split(".")
    )
    key = hmac.new(SECRET, head, hashlib.sha256).digest()[:28]
    row = tail[: ROW.itemsize]
    assert tail[ROW.itemsize :] == hashlib.sha256(key + row).digest()[:SIGNATURE_BYTES]


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(TokenError):
        Signer(SECRET).verify(text)


@given(st.lists(st.lists(st.booleans(), min_size=13, max_size=13), max_size=4))
def test_bits_and_columns_are_each_other_s_inverse(allowed: list[list[bool]]) -> None:
    grid = np.array(allowed, dtype=bool).reshape(len(allowed), 13)
    told = [columns_of(int(bits)) for bits in bits_of(grid)]
    assert told == [np.flatnonzero(row).tolist() for row in grid]
