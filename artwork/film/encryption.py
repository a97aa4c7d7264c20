"""Tells a film that needs a key from one that is broken: both give no frame."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from av.packet import Packet
from av.video.stream import VideoStream

_HEAD = 1 << 20
"""Bytes looked at where a film says of itself that it is encrypted: Matroska tracks, transport packets."""
_LONGEST_MOOV = 64 << 20
"""Bytes of a movie header looked at; that of a three-hour film has about 10 million."""
_TS_PACKET = 188
_MATROSKA_HEAD = b"\x1a\x45\xdf\xa3"
_CONTENT_ENCODINGS, _CONTENT_ENCRYPTION = b"\x6d\x80", b"\x50\x35"


def is_encrypted(packet: Packet[VideoStream]) -> bool:
    """Whether the packet comes with what a key would be applied to (Common Encryption)."""
    return packet.has_sidedata("encryption_info") or packet.has_sidedata("encryption_init_info")


def claims_encryption(location: str) -> bool:
    """Whether the container of a film that gave no frames says that it is encrypted.

    Source:
        ISO/IEC 23001-7 (sample entry `encv`), the Matroska element ContentEncryption (RFC 9559, 5.1.4.1.31.8), and
        the scrambling bits of MPEG transport packets (ISO/IEC 13818-1, 2.4.3.2).
    """
    try:
        with Path(location).open("rb") as film:
            head = film.read(_HEAD)
            if head.startswith(_MATROSKA_HEAD):
                place = head.find(_CONTENT_ENCODINGS)
                return place >= 0 and _CONTENT_ENCRYPTION in head[place : place + 64]
            if head[:1] == b"G" and head[_TS_PACKET : _TS_PACKET + 1] == b"G":
                packets = [head[at + 3] for at in range(0, len(head) - _TS_PACKET, _TS_PACKET) if head[at] == ord("G")]
                return sum(byte & 0xC0 != 0 for byte in packets) > len(packets) / 2
            return b"encv" in _movie_header(film)
    except OSError:
        return False


def _movie_header(film: BinaryIO) -> bytes:
    """The first `moov` box; nothing where there is none."""
    place, size = 0, film.seek(0, 2)
    while place + 8 <= size:
        film.seek(place)
        length, kind = struct.unpack(">I4s", film.read(8))
        if length == 1 and place + 16 <= size:
            (length,) = struct.unpack(">Q", film.read(8))
        if kind == b"moov":
            return film.read(min(length, _LONGEST_MOOV))
        if length < 8:
            break
        place += length
    return b""
