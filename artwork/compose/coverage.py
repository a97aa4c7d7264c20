"""Which characters a font file has letters for, read from its `cmap` table: Pillow draws a box and does not say."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from artwork.errors import BadInput

UNICODE = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}
"""(platform, encoding) of subtables that speak Unicode."""


def covered(content: bytes, number: int = 0) -> frozenset[int]:
    """The code points that the font maps to a letter other than "missing".

    Args:
        content: of a TrueType or OpenType file, or of a collection of them.
        number: which font of a collection.

    Raises:
        BadInput: this is no font, or a broken one.

    Source:
        The OpenType specification, "cmap", formats 4 and 12.
    """
    try:
        return frozenset(_covered(content, number))
    except (struct.error, IndexError) as error:
        raise BadInput(f"this is no whole TrueType or OpenType font ({error}): fetch it again") from error


def _covered(content: bytes, number: int) -> Iterator[int]:
    start = 0
    if content[:4] == b"ttcf":
        (start,) = struct.unpack_from(">I", content, 12 + 4 * number)
    table = _table(content, start, b"cmap")
    (count,) = struct.unpack_from(">H", content, table + 2)
    places: set[int] = set()
    for entry in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", content, table + 4 + 8 * entry)
        if (platform, encoding) in UNICODE:
            places.add(table + offset)
    for place in sorted(places):
        (form,) = struct.unpack_from(">H", content, place)
        if form == 4:
            yield from _segments(content, place)
        elif form == 12:
            yield from _groups(content, place)


def _table(content: bytes, start: int, name: bytes) -> int:
    """Where a table begins.

    Raises:
        IndexError: there is none of that name.
    """
    (count,) = struct.unpack_from(">H", content, start + 4)
    for entry in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", content, start + 12 + 16 * entry)
        if tag == name:
            return int(offset)
    raise IndexError(f"it has no table {name.decode()}")


def _segments(content: bytes, place: int) -> Iterator[int]:
    """Format 4: segments of the basic plane, each with a shift or with an array of letters."""
    (twice,) = struct.unpack_from(">H", content, place + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", content, place + 14)
    starts = struct.unpack_from(f">{count}H", content, place + 16 + twice)
    shifts = struct.unpack_from(f">{count}H", content, place + 16 + 2 * twice)
    arrays = place + 16 + 3 * twice
    offsets = struct.unpack_from(f">{count}H", content, arrays)
    for segment in range(count):
        for code in range(starts[segment], min(ends[segment], 0xFFFE) + 1):
            glyph = code
            if offsets[segment]:
                where = arrays + 2 * segment + offsets[segment] + 2 * (code - starts[segment])
                (glyph,) = struct.unpack_from(">H", content, where)
                if glyph == 0:
                    continue
            if (glyph + shifts[segment]) & 0xFFFF:
                yield code


def _groups(content: bytes, place: int) -> Iterator[int]:
    """Format 12: runs of code points of any plane."""
    (count,) = struct.unpack_from(">I", content, place + 12)
    for group in range(count):
        first, last, glyph = struct.unpack_from(">III", content, place + 16 + 12 * group)
        if last > 0x10FFFF or first > last:
            raise IndexError(f"its cmap runs from {first:#x} to {last:#x}")
        yield from range(first + (glyph == 0), last + 1)
