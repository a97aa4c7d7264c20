"""A film that needs a key is told from one that is broken."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import av
import pytest
from film_maker import gradient, plain, write_film

from artwork.errors import FilmError, FilmReason
from artwork.film.encryption import claims_encryption
from artwork.film.video import PyAvSource


def reason_of(film: Path) -> FilmReason:
    with pytest.raises(FilmError) as caught:
        PyAvSource(film)
    return caught.value.reason


def test_common_encryption_is_recognised(tmp_path: Path) -> None:
    clear = write_film(tmp_path / "clear.mp4", [gradient(320, 180)] * 3)
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    film = tmp_path / "locked.mp4"
    with av.open(str(clear)) as read, av.open(str(film), "w", options=options) as locked:
        stream = locked.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                locked.mux(packet)
    assert b"encv" in film.read_bytes()
    assert reason_of(film) is FilmReason.ENCRYPTED
    assert claims_encryption(str(film))
    assert not claims_encryption(str(clear))


def test_scrambled_transport_packets_are_recognised(tmp_path: Path) -> None:
    """The scrambling bits are set and the payload is noise, as a conditional access system leaves it."""
    film = write_film(tmp_path / "clear.ts", [gradient(320, 180, n) for n in range(10)])
    assert not claims_encryption(str(film))
    packets, generator = bytearray(film.read_bytes()), random.Random(1)
    for start in range(0, len(packets), 188):
        pid = struct.unpack_from(">H", packets, start + 1)[0] & 0x1FFF
        if pid == 256:
            # The adaptation field, where there is one, stays readable.
            payload = start + (5 + packets[start + 4] if packets[start + 3] & 0x20 else 4)
            packets[payload : start + 188] = generator.randbytes(start + 188 - payload)
            packets[start + 3] |= 0x80
    film.write_bytes(packets)
    assert reason_of(film) is FilmReason.ENCRYPTED


def test_matroska_says_it_in_its_tracks(tmp_path: Path) -> None:
    """EBML header, then ContentEncodings (6D80) with a ContentEncryption (5035) inside."""
    film = tmp_path / "a.mkv"
    film.write_bytes(b"\x1a\x45\xdf\xa3" + b"\0" * 40 + b"\x6d\x80\x90\x62\x40\x8d\x50\x35\x8a" + b"\0" * 40)
    assert claims_encryption(str(film))
    film.write_bytes(b"\x1a\x45\xdf\xa3" + b"\0" * 40 + b"\x6d\x80\x90\x62\x40\x8d\x50\x34\x8a" + b"\0" * 40)
    assert not claims_encryption(str(film))


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 7, b"\0\0\0\0moov", b"\0\0\0\1wide\0\0\0\0\0\0\0\x10\0\0\0\7abcd", b"G" * 9]
)
def test_a_broken_container_claims_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert not claims_encryption(str(tmp_path / "a"))
    assert not claims_encryption(str(tmp_path / "absent"))


def test_a_clear_film_gives_its_frames(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [plain(64, 48, (9, 9, 9))])
    assert len(list(PyAvSource(film).frames())) == 1
