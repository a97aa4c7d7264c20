"""A shelf: what was worked out stays at hand, as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
MOST_BYTES = 1 << 30
"""No source: an eighth of what training may take. Of 1,000 titles with 12 pictures and 100 segments that is 70
snapshots, which are read in turn again and again: with room for one less than there are, none would be at hand."""


class Shelf(Generic[Key, Value]):
    """What `make` made of each key, up to so many bytes by `size`; what was asked for longest ago goes first.

    What was made last stays, however large it is.
    """

    def __init__(
        self, make: Callable[[Key], Value], size: Callable[[Value], int], most_bytes: int = MOST_BYTES
    ) -> None:
        self._make, self._size, self._most = make, size, most_bytes
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, key: Key) -> Value:
        """What was made of this key, made now where it is not at hand."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._kept[key] = self._make(key)
        self._bytes += self._size(made)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= self._size(self._kept.popitem(last=False)[1])
        return made
