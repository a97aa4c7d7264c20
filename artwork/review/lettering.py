"""Whether the names of titles can be set: asked again only when a title, or a logo of it, changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from artwork.domain import Title
from artwork.review.proofs import Announced

LOGO = "logo"
"""What the columns of a manifest begin with that name a logo, `logo` or `logo_de`."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """How a title's names can be set. shown: at least one of them can; problems: what is wrong with the others."""

    shown: bool = True
    problems: tuple[str, ...] = ()


class Letterings:
    """The letterings of many titles, a few words each. Safe to share between threads."""

    def __init__(self, announce: Callable[[Title], Announced]) -> None:
        self._announce = announce
        self._kept: dict[str, tuple[object, Lettered]] = {}
        self._lock = threading.Lock()

    def stamp(self, title: Title) -> tuple[object, ...]:
        """Changes whenever what is asked for may: with the title's words, and with the files of its logos."""
        return title.name, title.language, dict(title.extra), *map(_file_stamp, _logos(title))

    def of(self, title: Title) -> Lettered:
        """What publishing would say of the title's names.

        A logo that lies elsewhere is taken on trust: nobody waits for it to see a list, its sheet tells.
        """
        if any("://" in place for place in _logos(title)):
            return Lettered()
        stamp = self.stamp(title)
        with self._lock:
            known = self._kept.get(title.id)
        if known is not None and known[0] == stamp:
            return known[1]
        said = self._announce(title)
        found = Lettered(bool(said.billings), tuple(dict.fromkeys(said.problems.values())))
        with self._lock:
            self._kept[title.id] = stamp, found
        return found


def _logos(title: Title) -> Iterator[str]:
    return (cell for column, cell in sorted(title.extra.items()) if column.partition("_")[0] == LOGO and cell)


def _file_stamp(place: str) -> tuple[int, int] | None:
    try:
        found = Path(place).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
