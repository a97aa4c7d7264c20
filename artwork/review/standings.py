"""How things stand with the titles that are being reviewed, read again only when something changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from artwork.store.journal import Journal
from artwork.store.naming import Names
from artwork.store.standing import Standing

KEPT = 32
"""Titles in memory: some hundred bytes for each frame that people spoke of."""


class Standings:
    """The standings of the latest titles. Safe to share between threads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: OrderedDict[str, tuple[tuple[int, int], tuple[Mapping[str, Standing], Names]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, title: str) -> tuple[Mapping[str, Standing], Names]:
        """How things stand with a title now, but for frames that nobody spoke of; and who is who in it."""
        stamp = self._journal.stamp(title)
        with self._lock:
            known = self._kept.get(title)
        if known is not None and known[0] == stamp:
            return known[1]
        # What is read may be newer than the stamp: then it is read once more the next time, which does no harm.
        found = self._journal.standings(title), self._journal.names(title)
        with self._lock:
            self._kept[title] = stamp, found
            self._kept.move_to_end(title)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found
