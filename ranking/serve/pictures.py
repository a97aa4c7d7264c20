"""Renditions as files: which one is sent for what a client accepts, and what when it is missing.

Everything is looked up in the snapshot's tables; no part of a request becomes part of a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ranking.learn.snapshot import FORMATS, FileEntry
from ranking.serve.release import Release

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a blob by its key, or raises whatever its store raises."""
USUAL_FORMAT = "jpeg"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is sent. `stands_in` when it is not what was asked for, but a fallback."""

    entry: FileEntry
    stands_in: bool

    @property
    def media_type(self) -> str:
        """For the `Content-Type`."""
        return f"image/{self.entry.format}"

    @property
    def etag(self) -> str:
        """Names the content."""
        return f'"{self.entry.digest}"'


def accepted(accept: str) -> list[str]:
    """The formats that an `Accept` header allows, the best first; no header allows all.

    A named format is preferred to a wildcard, the smaller file to the larger; a client that only says "anything" gets
    JPEG, which everything can show.
    """
    wishes = dict(_wishes(accept)) if accept.strip() else {"*/*": 1.0}
    ranked = []
    for place, form in enumerate(FORMATS):
        named = wishes.get(f"image/{form}")
        quality = named if named is not None else wishes.get("image/*", wishes.get("*/*", 0.0))
        if quality > 0:
            ranked.append((-quality, named is None, form != USUAL_FORMAT if named is None else False, place, form))
    return [form for *_, form in sorted(ranked)]


def choices(release: Release, rendition: int, forms: list[str], width: int | None) -> Iterator[Picture]:
    """What can be sent for a rendition, the best first, and behind that what can stand in for it.

    To whom and when it is sent is not known here: what stands in may be shown wherever the picture itself may.
    """
    yield from _of(release, rendition, forms, width, stands_in=False)
    snapshot = release.snapshot
    option = int(snapshot.rendition_option[rendition])
    title, canvas = int(snapshot.options["title"][option]), int(snapshot.rendition_canvas[rendition])
    view = release.view(snapshot.names.canvases[canvas], "")
    own, limits = int(snapshot.options["column"][option]), view.table.limits
    for column in view.fallbacks[title]:
        other = int(view.renditions[title, column])
        if other != rendition and limits.no_stricter(title, column, own):
            yield from _of(release, other, forms, width, stands_in=True)


def first_readable(pictures: Iterator[Picture], read: ReadFile) -> tuple[Picture, bytes] | None:
    """The first picture whose file is there, with its content; None where none is."""
    missed = False
    for picture in pictures:
        try:
            content = read(picture.entry.key)
        except Exception:  # noqa: BLE001  # a store of pictures fails in its own ways: another file stands in, and says so
            missed = True
            continue
        return Picture(picture.entry, picture.stands_in or missed), content
    return None


def _of(release: Release, rendition: int, forms: list[str], width: int | None, *, stands_in: bool) -> Iterator[Picture]:
    """By format as accepted; within one the narrowest that is wide enough, else the widest."""
    files = release.snapshot.rendition_files(rendition)
    for form in forms:
        sizes = [entry for entry in files if entry.format == form]
        wide = [entry for entry in sizes if width is not None and entry.width >= width]
        if sizes:
            yield Picture(wide[0] if wide else sizes[-1], stands_in)


def _wishes(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        kind, *params = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for param in params:
            if param.startswith("q="):
                try:
                    quality = min(max(float(param[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        yield kind, quality
