"""`artwork people import|export`: who is who, as CSV, without the page: a row for each face. Both use the journal."""

from __future__ import annotations

import csv
import getpass
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from artwork.annotate.cast import open_face_embedder
from artwork.domain import AnnotatedFrame
from artwork.errors import ManifestError, UnknownTitle
from artwork.review.casting import Casting
from artwork.review.footage import FilmReview, FilmReviews
from artwork.review.people import clean_name
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import Change
from artwork.store.journal import Journal
from artwork.store.naming import Names, Spot, UnfitPersonName, key_of, naming, person_name, spelt_as, spot
from artwork.store.slate import slate_of
from pipelines.settings import Settings
from pipelines.sheet_rows import read_sheet_rows
from pipelines.store import open_blobs, open_catalog

COLUMNS = (
    "title", "frame", "at_seconds", "at", "face", "left", "top", "width", "height", "still", "person", "name",
)  # fmt: skip
NEEDED = ("title", "frame", "face", "name")
FOLDER = "cast"
"""In the store: where groups of faces are kept, by the page and by the command."""


@dataclass(frozen=True, slots=True)
class NamingReport:
    """What an import did, in faces. overtaken: somebody named them on the page meanwhile; that stands."""

    named: int
    cleared: int
    unchanged: int
    overtaken: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file that makes sense, and where it stands. face: 0 is the first."""

    number: int
    title: str
    frame: str
    face: int
    name: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A title with all its frames, those that people added included, and who is who in it."""

    film: FilmReview
    names: Names


def open_casting(settings: Settings, blobs: Blobs) -> Casting:
    """What groups faces into people, as the settings say.

    Raises:
        ModelError: the face network that is set cannot be opened.
    """
    embedder = open_face_embedder(settings.cast, settings.models)
    return Casting(blobs, embedder, settings.cast, Path(settings.store) / FOLDER)


def export_people(settings: Settings, out: TextIO, titles: Sequence[str] = ()) -> int:
    """Every face is a row, with its name and with the person that the page takes it for; the number of rows.

    Raises:
        StoreError: there is no catalogue, or no such title.
        ModelError: the face network that is set cannot be opened.
    """
    with open_catalog(settings, create=False) as catalog:
        casting, films = open_casting(settings, open_blobs(settings)), FilmReviews(catalog)
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        count = 0
        for title in titles or [record.title.id for record in catalog.titles()]:
            for row in _rows_of(_known(catalog, films, title), casting):
                writer.writerow(row)
                count += 1
    return count


def import_people(settings: Settings, file: Path, reviewer: str = "") -> NamingReport:
    """The faces of the file have the names of the file, one act of the journal per title; an empty one is taken away.

    Rows that say what stands already write nothing, so that a file may be imported again. Faces that the file has
    not keep their names.

    Args:
        settings: which store.
        file: CSV with at least `title`, `frame`, `face` and `name`; `face` is 1 for the first, as it was exported.
        reviewer: in whose name; the person at this machine when empty.

    Raises:
        ManifestError: a row cannot be used; nothing was written.
        StoreError: there is no catalogue.
    """
    who = clean_name(reviewer) or clean_name(getpass.getuser()) or "import"
    with open_catalog(settings, create=False) as catalog:
        films, by_title = FilmReviews(catalog), defaultdict[str, list[_Row]](list)
        for number, row in read_sheet_rows(file, NEEDED).rows:
            one = _read(file, number, row)
            by_title[one.title].append(one)
        acts = {title: _changes(catalog, films, file, rows) for title, rows in by_title.items()}
        overtaken, made = 0, list[Change]()
        for title, changes in acts.items():
            if changes:
                outcome = Journal(catalog.database).append(title, changes, who)
                lost = {one.change.frame for one in outcome.conflicts}
                overtaken += sum(_faces(one) for one in changes if one.frame in lost)
                made += [one for one in changes if one.frame not in lost]
    cleared = sum(_faces(one) for one in made if not one.content["name"])
    moved = sum(map(_faces, made))
    rows_told = sum(map(len, by_title.values()))
    return NamingReport(moved - cleared, cleared, rows_told - moved - overtaken, overtaken)


def _known(catalog: Catalog, films: FilmReviews, title: str) -> _Known:
    journal, scanned = Journal(catalog.database), films.of(title)
    slate = slate_of(scanned.candidates, scanned.frames, journal.standings(title))
    film = films.with_added(scanned, [one.addition for one in slate if one.addition])
    return _Known(film, journal.names(title))


def _rows_of(known: _Known, casting: Casting) -> Iterator[dict[str, object]]:
    film = known.film
    labels = casting.find(film, known.names).label_of
    for frame in film.frames.values():
        names = known.names.of(frame)
        for number, face in enumerate(frame.annotation.contextual.faces):
            sides = {side: round(getattr(face.box, side), 4) for side in ("left", "top", "width", "height")}
            yield {
                "title": film.record.title.id,
                "frame": frame.id,
                "at_seconds": round(frame.at.seconds, 6),
                "at": str(frame.at),
                "face": number + 1,
                **sides,
                "still": frame.still,
                "person": labels.get((frame.id, number), ""),
                "name": names[number],
            }


def _read(file: Path, number: int, said: Mapping[str, str]) -> _Row:
    face = said["face"].strip()
    if not face.isascii() or not face.isdigit() or not int(face[:9]) > 0:
        raise ManifestError(str(file), number, f"{face!r} is no face: give 1 for the first of its frame")
    try:
        name = person_name(said["name"])
    except UnfitPersonName as error:
        raise ManifestError(str(file), number, str(error)) from error
    return _Row(number, said["title"].strip(), said["frame"].strip(), int(face[:9]) - 1, name)


def _changes(catalog: Catalog, films: FilmReviews, file: Path, rows: Sequence[_Row]) -> list[Change]:
    """One change for each name that some face gets, by name."""
    try:
        known = _known(catalog, films, rows[0].title)
    except UnknownTitle as error:
        raise ManifestError(str(file), rows[0].number, str(error)) from error
    spellings = [*known.film.record.title.cast, *_staying(known, rows)]
    seen: set[tuple[str, int]] = set()
    found: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        frame = _frame(known, file, row)
        if (row.frame, row.face) in seen:
            raise ManifestError(str(file), row.number, f"face {row.face + 1} of frame {row.frame!r} comes twice")
        seen.add((row.frame, row.face))
        name = spelt_as(row.name, spellings)
        if name != known.names.of(frame)[row.face]:
            found[name].append(row)
        spellings.append(name)
    return [_change(known, name, theirs) for name, theirs in sorted(found.items())]


def _staying(known: _Known, rows: Sequence[_Row]) -> list[str]:
    """The names of faces that no row speaks of, sorted: a name that goes takes its spelling with it."""
    told = {(row.frame, row.face) for row in rows}
    named = (
        (frame.id, face, name)
        for frame in known.film.frames.values()
        for face, name in enumerate(known.names.of(frame))
    )
    return sorted({name for frame, face, name in named if name and (frame, face) not in told})


def _change(known: _Known, name: str, rows: Sequence[_Row]) -> Change:
    spots: defaultdict[str, list[Spot]] = defaultdict(list)
    for row in rows:
        spots[row.frame].append(spot(known.film.frames[row.frame].annotation.contextual.faces[row.face]))
    key = key_of(rows[0].frame, rows[0].face)
    return naming(key, name, spots, known.names.heads.get(key, 0))


def _frame(known: _Known, file: Path, row: _Row) -> AnnotatedFrame:
    frame = known.film.frames.get(row.frame)
    if frame is None:
        raise ManifestError(str(file), row.number, f"title {row.title!r} has no frame {row.frame!r}")
    if row.face >= (count := len(frame.annotation.contextual.faces)):
        raise ManifestError(str(file), row.number, f"frame {row.frame!r} has {count} faces, none is {row.face + 1}")
    return frame


def _faces(change: Change) -> int:
    return sum(map(len, change.content["faces"].values()))
