"""The press: published titles become a snapshot folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from urllib.parse import quote

import msgspec
import numpy as np
from numpy.typing import NDArray

from artwork.domain import ModelRef
from ranking.domain import Option
from ranking.errors import SnapshotError
from ranking.learn.folder import write_folder
from ranking.learn.snapshot import (
    FILE_ROW,
    FOLDER,
    FORMAT,
    FORMATS,
    MOST_OPTIONS,
    OPTION_ROW,
    Names,
    OptionNotes,
    RenditionEntry,
    TitleEntry,
)

ARTWORK_URL = "/v1/artwork/"
"""Where renditions are fetched when nothing else is said: the decision service itself."""


class Source(msgspec.Struct, frozen=True):
    """Where a rendition is fetched in one size, in pixels: an entry of a page's `srcset`."""

    url: str
    width: int
    height: int


class Artwork(msgspec.Struct, frozen=True):
    """A rendition as an answer names it: its sizes, widths rising. The encoding follows the Accept header."""

    rendition: str
    sources: tuple[Source, ...]
    alt: str = ""


class _Shown(msgspec.Struct):
    title: str
    artwork: Artwork


@dataclass(frozen=True, slots=True)
class _Tables:
    """The titles, laid out. Options are numbered in their order; renditions by id."""

    titles: Sequence[TitleEntry]
    names: Names
    option_number: dict[tuple[str, str], int]
    renditions: Sequence[tuple[str, RenditionEntry]]


@dataclass(frozen=True, slots=True)
class Edition:
    """What is published together.

    Attributes:
        titles: in any order: equal titles give an equal snapshot.
        canvases: the places that pictures are made for.
        embedding: which model made the options' vectors.
        artwork_url: what a rendition's id is put behind to fetch it.
    """

    titles: Sequence[TitleEntry]
    canvases: Sequence[str]
    embedding: ModelRef | None = None
    artwork_url: str = ARTWORK_URL


def write_snapshot(store: Path, edition: Edition, made_at: datetime) -> str:
    """The digest of the snapshot that is now in the store; it is not in use before the pointer is moved.

    Raises:
        SnapshotError: the titles do not fit together, or the store cannot be written.
    """
    canvases, embedding = edition.canvases, edition.embedding
    tables = _laid_out(sorted(map(_ordered, edition.titles), key=lambda entry: entry.notes.id), canvases)
    options = [option for entry in tables.titles for option in entry.options]
    # An open JSON object: the service writes the reason and the token behind it, and closes it.
    answers = [
        msgspec.json.encode(_Shown(title, _artwork(one, edition.artwork_url)))[:-1] for title, one in tables.renditions
    ]
    shown = [one for _, one in tables.renditions]
    places = {name: number for number, name in enumerate(canvases)}
    locales = {name: number for number, name in enumerate(tables.names.locales)}
    parts: dict[str, object] = {
        "names.json": tables.names,
        "titles.json": [entry.notes for entry in tables.titles],
        "option_notes.json": [_notes(option) for option in options],
        "options.npy": _option_rows(tables),
        "vectors.npy": _vectors(options),
        "rendition_ids.npy": np.array([one.id.encode("ascii") for one in shown], dtype=np.bytes_ if shown else "S1"),
        "rendition_option.npy": np.array(
            [tables.option_number[title, one.option] for title, one in tables.renditions], dtype="<u4"
        ),
        "rendition_canvas.npy": np.array([places[one.canvas] for one in shown], dtype="<u1"),
        "rendition_locale.npy": np.array([locales[one.locale] for one in shown], dtype="<u2"),
        "first_file.npy": np.array([0, *accumulate(len(one.files) for one in shown)], dtype="<u4"),
        "files.npy": _file_rows(shown),
        "placeholders.json": [one.placeholder for one in shown],
        "answer_starts.npy": np.array([0, *accumulate(map(len, answers))], dtype="<i8"),
        "answers.bin": b"".join(answers),
    }
    facts = {
        "titles": len(tables.titles),
        "options": len(options),
        "renditions": len(shown),
        "canvases": list(canvases),
        "embedding": dataclasses.asdict(embedding) if embedding else None,
    }
    return write_folder(store / FOLDER, FORMAT, made_at.isoformat(), facts, parts)


def _ordered(entry: TitleEntry) -> TitleEntry:
    return dataclasses.replace(entry, options=tuple(sorted(entry.options, key=lambda option: option.id)))


def _laid_out(titles: Sequence[TitleEntry], canvases: Sequence[str]) -> _Tables:
    ids = [entry.notes.id for entry in titles]
    if len(set(ids)) != len(ids) or len(set(canvases)) != len(canvases):
        raise SnapshotError("two titles, or two canvases, of a snapshot have one name")
    numbers: dict[tuple[str, str], int] = {}
    for entry in titles:
        _check(entry, canvases)
        for option in entry.options:
            numbers[entry.notes.id, option.id] = len(numbers)
    renditions = sorted(
        ((entry.notes.id, one) for entry in titles for one in entry.renditions), key=lambda pair: pair[1].id
    )
    for (_, one), (_, next_one) in pairwise(renditions):
        if one.id == next_one.id:
            raise SnapshotError(f"two renditions have the id {one.id}")
    names = Names(
        titles=ids,
        options=[[option.id for option in entry.options] for entry in titles],
        canvases=list(canvases),
        locales=sorted({one.locale for _, one in renditions}),
        places=sorted({place for entry in titles for option in entry.options for place in option.locales}),
    )
    if len(names.places) > MOST_OPTIONS:
        raise SnapshotError(f"pictures are limited to {len(names.places)} locales, a snapshot holds {MOST_OPTIONS}")
    return _Tables(titles, names, numbers, renditions)


def _check(entry: TitleEntry, canvases: Sequence[str]) -> None:
    title, ids = entry.notes.id, [option.id for option in entry.options]
    if len(set(ids)) != len(ids) or len(ids) > MOST_OPTIONS:
        raise SnapshotError(f"title {title}: {len(ids)} pictures, some alike or more than {MOST_OPTIONS}")
    if sum(option.pinned for option in entry.options) > 1:
        raise SnapshotError(f"title {title}: more than one picture is pinned")
    for option in entry.options:
        if option.title != title:
            raise SnapshotError(f"picture {option.id} is of title {option.title}, not {title}")
    for one in entry.renditions:
        if one.option not in ids or one.canvas not in canvases or not one.files:
            raise SnapshotError(f"rendition {one.id} of {title} has no such picture or canvas, or no file")
        if not one.id.isascii() or not one.id.isalnum():
            raise SnapshotError(f"rendition id {one.id!r} is not of letters and digits")
        if any(file.format not in FORMATS or len(file.digest) != 64 for file in one.files):
            raise SnapshotError(f"rendition {one.id} has a file of unknown format or without SHA-256")


def _artwork(one: RenditionEntry, artwork_url: str) -> Artwork:
    sizes = sorted({(file.width, file.height) for file in one.files})
    url = artwork_url + quote(one.id)
    return Artwork(one.id, tuple(Source(f"{url}?width={width}", width, height) for width, height in sizes), one.alt)


def _notes(option: Option) -> OptionNotes:
    themes, cast = dict(sorted(option.themes.items())), dict(sorted(option.cast.items()))
    return OptionNotes(option.id, option.aesthetic, option.faces, option.shot_scale, option.brightness, themes, cast)


def _option_rows(tables: _Tables) -> NDArray[np.void]:
    bit = {place: 1 << number for number, place in enumerate(tables.names.places)}
    rows = [
        (
            title,
            column,
            option.maturity,
            option.spoils_until,
            option.opens.timestamp() if option.opens else -np.inf,
            option.closes.timestamp() if option.closes else np.inf,
            sum(bit[place] for place in option.locales),
            option.approved,
            option.pinned,
            option.fallback,
        )
        for title, entry in enumerate(tables.titles)
        for column, option in enumerate(entry.options)
    ]
    return np.array(rows, dtype=OPTION_ROW)


def _vectors(options: Sequence[Option]) -> NDArray[np.float32]:
    ranks = {len(option.vector) for option in options} or {0}
    if len(ranks) > 1:
        raise SnapshotError(f"the pictures' vectors have {sorted(ranks)} numbers: they are of different models")
    return np.array([option.vector for option in options], dtype="<f4").reshape(len(options), ranks.pop())


def _file_rows(renditions: Sequence[RenditionEntry]) -> NDArray[np.void]:
    rows = [
        (file.width, file.height, FORMATS.index(file.format), file.bytes, bytes.fromhex(file.digest))
        for one in renditions
        for file in sorted(one.files, key=lambda file: (file.width, FORMATS.index(file.format)))
    ]
    return np.array(rows, dtype=FILE_ROW)
