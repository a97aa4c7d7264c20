"""Memberships: which segments every member belongs to, found in microseconds among any number of members.

Sorted 64-bit keys of the profiles, memory-mapped, and beside them the heaviest segments of each with their weights.
The ids themselves are not in it.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Profile, TasteMixture
from ranking.errors import SnapshotError
from ranking.learn.folder import read_array, read_manifest, write_folder

FORMAT = "artwork-members-1"
FOLDER = "members"
MOST_SEGMENTS = 4
"""Segments kept for a member; what the others weigh goes to the population."""


def profile_key(profile: str) -> int:
    """64 bits that stand for a profile: among 100 million members one pair in 3,700 such stores shares a key."""
    return int.from_bytes(hashlib.blake2b(profile.encode(), digest_size=8, person=b"member").digest(), "big")


_remembered_key = lru_cache(maxsize=262_144)(profile_key)
"""For logs, in which a member comes a hundred times; 50 MB at most."""


@dataclass(frozen=True, slots=True)
class Members:
    """An opened store of memberships.

    Attributes:
        digest: its name. segmentation: which fit of the segments the numbers are of.
        keys: (members,) uint64, ascending. numbers: (members, kept) uint16. weights: (members, kept) float32.
    """

    digest: str
    segmentation: str
    keys: NDArray[np.uint64]
    numbers: NDArray[np.uint16]
    weights: NDArray[np.float32]

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False) -> Members:
        """The memberships in this folder.

        Raises:
            SnapshotError: they are damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, verify=verify)
        keys = cast("NDArray[np.uint64]", read_array(folder, "keys.npy"))
        numbers = cast("NDArray[np.uint16]", read_array(folder, "numbers.npy"))
        weights = cast("NDArray[np.float32]", read_array(folder, "weights.npy"))
        if not (numbers.shape == weights.shape and len(numbers) == len(keys) and keys.ndim == 1):
            raise SnapshotError(f"{folder}: its tables do not fit together")
        return cls(folder.name, str(manifest.facts["segmentation"]), keys, numbers, weights)

    def of(self, profile: str) -> TasteMixture | None:
        """The taste of a member; None for one not known."""
        key = np.uint64(profile_key(profile))
        place = int(self.keys.searchsorted(key))
        if place >= len(self.keys) or self.keys[place] != key:
            return None
        pairs = zip(self.numbers[place].tolist(), self.weights[place].tolist(), strict=True)
        weights = {number: weight for number, weight in pairs if weight > 0}
        return TasteMixture(self.segmentation, max(0.0, 1.0 - math.fsum(weights.values())), weights)

    def of_many(self, profiles: Sequence[str | None]) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """(profiles, kept) segment numbers and (profiles, kept) weights; all 0 for one not known, and for None."""
        shape = len(profiles), MOST_SEGMENTS
        numbers, weights = np.zeros(shape, dtype=np.uint16), np.zeros(shape, dtype=np.float32)
        if len(self.keys):
            keys = np.array([0 if one is None else _remembered_key(one) for one in profiles], dtype=np.uint64)
            places = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
            known = (self.keys[places] == keys) & np.array([one is not None for one in profiles], dtype=np.bool_)
            numbers[known], weights[known] = self.numbers[places[known]], self.weights[places[known]]
        return numbers, weights


def write_members(store: Path, profiles: Iterable[Profile], segmentation: str, made_at: datetime) -> str:
    """The digest of the memberships that are now in the store; not in use before the pointer is moved.

    A profile that chose no personalisation is left out: its taste is not kept where decisions are made.

    Raises:
        SnapshotError: a taste is of another segmentation, or they cannot be written.
    """
    keys, numbers, weights = array("Q"), array("H"), array("f")  # 32 bytes a member, however many there are
    for profile in profiles:
        if profile.taste.segmentation != segmentation:
            raise SnapshotError(f"profile {profile.id} is of {profile.taste.segmentation}, not {segmentation}")
        mixed = profile.usable_taste.kept(MOST_SEGMENTS).weights
        if mixed:
            order = sorted(mixed, key=lambda number: (-mixed[number], number))
            missing = MOST_SEGMENTS - len(order)
            keys.append(profile_key(profile.id))
            numbers.extend([*order, *[0] * missing])
            weights.extend([*(mixed[number] for number in order), *[0.0] * missing])
    # Ascending; of a profile that came twice the last counts.
    named, backwards = np.unique(np.array(keys, dtype="<u8")[::-1], return_index=True)
    places = len(keys) - 1 - backwards
    parts = {
        "keys.npy": named,
        "numbers.npy": np.array(numbers, dtype="<u2").reshape(-1, MOST_SEGMENTS)[places],
        "weights.npy": np.array(weights, dtype="<f4").reshape(-1, MOST_SEGMENTS)[places],
    }
    return write_folder(store / FOLDER, FORMAT, made_at.isoformat(), {"segmentation": segmentation}, parts)
