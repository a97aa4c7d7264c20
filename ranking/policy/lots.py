"""Numbers that look random and are named by what they are for: same names, same numbers, on every machine.

A key is 64 bits of a digest of names; a lot is a uniform number made of a key and a seed, thousands at once.

Source:
    The mixing is the finaliser of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", 2014, with Stafford's constants (variant 13).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_UNIT = 2.0**-53


def key_of(*names: object) -> int:
    """64 bits that stand for these names, in this order; each carries its length, so that no two lists run together."""
    parts = [str(name).encode() for name in names]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return int.from_bytes(hashlib.blake2b(framed, digest_size=8).digest(), "big")


def option_keys(title: str, canvas: str, options: Sequence[str]) -> Keys:
    """(options,) uint64: what a page names its options by. Made once, when a snapshot is loaded."""
    return np.array([key_of("option", title, canvas, option) for option in options], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class DrawSeed:
    """Whose draw it is, and out of which snapshot. Titles, canvases and options enter by their keys."""

    salt: str
    snapshot: str
    profile: str

    @property
    def number(self) -> int:
        """64 bits."""
        return key_of("draw", self.salt, self.snapshot, self.profile)


def mixed(keys: Keys) -> Keys:
    """Every bit of a key changes about half of the bits of its answer; no two keys give the same."""
    answer = keys ^ (keys >> _SHIFTS[0])
    answer *= _FIRST
    answer ^= answer >> _SHIFTS[1]
    answer *= _SECOND
    answer ^= answer >> _SHIFTS[2]
    return answer


def seeds_at(number: int, epochs: NDArray[np.int64]) -> Keys:
    """A seed for every epoch: the stream that `number` begins."""
    steps = epochs.astype(np.uint64) * np.uint64(_GOLDEN)
    return mixed(steps + np.uint64((number + _GOLDEN) & _MASK))


def lots(keys: Keys, seeds: Keys) -> NDArray[np.float64]:
    """Uniform numbers inside (0, 1), one for each key; seeds are broadcast against the keys."""
    bits = mixed(mixed(keys ^ seeds) + seeds) >> np.uint64(11)
    return (bits + np.float64(0.5)) * _TO_UNIT


def staggered(epoch: int, every: int, number: int, title_keys: Keys) -> NDArray[np.int64]:
    """(titles,) epochs to draw with, so that a title's picture is drawn anew only once in `every` epochs.

    Titles take turns: at each epoch about one of `every` is due, so a member's whole page never changes at once.
    """
    if every < 1:
        raise ValueError(f"a picture is drawn anew once in 1 or more epochs, not {every}")
    turn = (mixed(title_keys ^ np.uint64(number)) % np.uint64(every)).astype(np.int64)
    return (epoch + turn) // every
