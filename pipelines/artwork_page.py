"""The chapter on artwork: every published picture on every canvas, as it is served, and where it was kept from."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from artwork import wording
from artwork.domain import Title
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED
from artwork.store.gallery import Gallery
from artwork.store.journal import Journal
from artwork.store.records import CanvasRecord, FileRecord
from artwork.store.slate import Nominee, slate
from ranking.learn.snapshot import FileEntry, Snapshot

File = TypeVar("File", FileRecord, FileEntry)
_WANTED = ("webp", "jpeg", "avif")


@dataclass(frozen=True, slots=True)
class ArtworkParams:
    """How much is shown, and how large.

    Attributes:
        first_height, height: pixels that a picture should have at least, of a title's first picture and of the others.
        whole: titles of which every picture is shown; of more titles only the first picture of each, as small as the
            others: a hundred titles make about twelve megabytes.
    """

    first_height: int = 340
    height: int = 220
    whole: int = 12


@dataclass(frozen=True, slots=True)
class Hung:
    """A picture on a canvas: one of the very files that are served, as a data: URL."""

    canvas: str
    locale: str
    width: int
    height: int
    url: str = field(repr=False)
    alt: str
    files: int


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A candidate on its canvases.

    Attributes:
        candidate: its id.
        at: the instant, as a person says it.
        pointed: whether a reviewer set the focal point.
        fallback: nobody approved it: it is there because nothing else is.
        hung: the canvases that it is on.
        declined: canvas and the reason why it is not on it.
    """

    candidate: str
    at: str
    pointed: bool
    fallback: bool
    hung: tuple[Hung, ...]
    declined: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TitleArtwork:
    """What is published of a title. `more`: pictures that are published and not shown here."""

    title: Title
    rows: tuple[PictureRow, ...]
    more: int = 0

    @property
    def bare(self) -> tuple[str, ...]:
        """Canvases that no picture shown here fits."""
        named = dict.fromkeys(canvas for row in self.rows for canvas, _ in row.declined)
        reached = {hung.canvas for row in self.rows for hung in row.hung}
        return tuple(canvas for canvas in named if canvas not in reached)


@dataclass(frozen=True, slots=True)
class ArtworkChapter:
    """Everything that is published, and by which rules it was approved."""

    rules: tuple[str, ...]
    titles: tuple[TitleArtwork, ...]
    pictures: int
    renditions: int
    files: int
    size_bytes: int
    canvases: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The chapter in a sentence."""
        canvases = wording.counted(len(self.canvases), "canvas", "canvases")
        made = f"{wording.counted(self.renditions, 'rendition')} in {wording.counted(self.files, 'file')}"
        pictures = wording.counted(self.pictures, "picture")
        return f"{pictures} on {canvases}: {made}, {self.size_bytes / 1e6:.1f}\N{NO-BREAK SPACE}MB."


@dataclass(frozen=True)
class Exhibition:
    """Where published pictures are looked up.

    Attributes:
        catalog, blobs: where they were composed.
        snapshot: what was published.
        params: how much is shown.
    """

    catalog: Catalog
    blobs: Blobs
    snapshot: Snapshot
    params: ArtworkParams = ArtworkParams()

    def chapter(self, titles: Iterable[str], rules: Sequence[str]) -> ArtworkChapter:
        """What the snapshot holds of these titles, and the rules by which it was approved.

        Raises:
            StoreError: the catalogue or a picture cannot be read.
        """
        names = self.snapshot.names
        published = dict(zip(names.titles, names.options, strict=True))
        wanted = [title for title in titles if title in published]
        every = len(wanted) <= self.params.whole
        shown = tuple(self._title(title, published[title], every=every) for title in wanted)
        numbers = [number for title in wanted for number in self._renditions(title)]
        files = {each.digest: each for number in numbers for each in self.snapshot.rendition_files(number)}
        pictures = sum(len(published[title]) for title in wanted)
        size_bytes = sum(each.bytes for each in files.values())
        return ArtworkChapter(
            tuple(rules), shown, pictures, len(numbers), len(files), size_bytes, tuple(names.canvases)
        )

    def _title(self, title: str, options: Sequence[str], *, every: bool) -> TitleArtwork:
        nominees = {one.candidate.id: one for one in slate(self.catalog, Journal(self.catalog.database), title)}
        order = {name: place for place, name in enumerate(nominees)}
        made: dict[str, list[CanvasRecord]] = {}
        for record in Gallery(self.catalog.database).of(title):
            made.setdefault(record.candidate, []).append(record)
        hung = sorted((name for name in options if name in made), key=lambda name: (order.get(name, len(order)), name))
        rows = []
        for place, name in enumerate(hung if every else hung[:1]):
            height = self.params.first_height if every and not place else self.params.height
            rows.append(self._row(name, nominees.get(name), made[name], height))
        return TitleArtwork(self.catalog.title(title).title, tuple(rows), len(options) - len(rows))

    def _row(self, name: str, nominee: Nominee | None, records: Sequence[CanvasRecord], height: int) -> PictureRow:
        hung, declined = [], []
        place = {canvas: number for number, canvas in enumerate(self.snapshot.names.canvases)}
        known = [record for record in records if record.canvas in place]
        for record in sorted(known, key=lambda record: (place[record.canvas], record.locale)):
            if not record.files:
                declined.append((record.canvas, record.reason))
                continue
            file, url = picture_url(record.files, self.blobs, height)
            size = file.width, file.height
            hung.append(Hung(record.canvas, record.locale, *size, url, record.alt, len(record.files)))
        at = wording.clock(nominee.frame.at) if nominee else ""
        pointed = nominee is not None and nominee.standing.focus is not None
        last_resort = nominee is None or nominee.standing.verdict != APPROVED
        return PictureRow(name, at, pointed, last_resort, tuple(hung), tuple(declined))

    def _renditions(self, title: str) -> list[int]:
        place = self.snapshot.names.titles.index(title)
        first, end = self.snapshot.first_option[place : place + 2].tolist()
        of_options = self.snapshot.rendition_option
        return np.flatnonzero((of_options >= first) & (of_options < end)).tolist()


def picture_url(files: Sequence[File], blobs: Blobs, height: int) -> tuple[File, str]:
    """The smallest file of at least this height (the largest where none is), and its content as a data: URL."""
    form = min({each.format for each in files}, key=_WANTED.index)
    rising = sorted((each for each in files if each.format == form), key=lambda each: each.width)
    taken = next((each for each in rising if each.height >= height), rising[-1])
    return taken, f"data:image/{form};base64,{base64.b64encode(blobs.get(taken.key)).decode('ascii')}"
