"""Titles from a manifest: a CSV file with a header, or JSON lines.

The columns are title (its slug is the id), path or url, name, kind, genres, synopsis, cast, year, maturity_rating
and language; only path or url must be there. All others are kept with the title. In CSV a list is one cell, its
parts divided by `|` or `;`; in JSON lines it is an array, or such a text. A path is relative to the manifest, also in
columns logo, logo_de and so on.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artwork.domain import Title
from artwork.errors import BadInput, ManifestError
from artwork.store.names import folder_and_stem, title_id

LISTS = ("genres", "cast")
TEXTS = ("name", "kind", "synopsis", "maturity_rating", "language")
KNOWN = {"title", "path", "url", "year", *LISTS, *TEXTS}
LOGO = re.compile(r"logo(?:_[a-z0-9_]+)?", re.ASCII)
EARLIEST, LATEST = 1870, 2200  # before the first moving picture; a slip of the keyboard


def read_manifest(path: str | Path, *, films: bool = True) -> list[Title]:
    """The titles of a manifest (.csv or .jsonl), in its order. Whether their films are there is not looked at.

    Rows are counted as a spreadsheet or an editor counts them: the header of a CSV file is row 1, and a cell with
    line breaks does not add rows; in JSON lines a row is a line. Where no film is needed, `films` is false: then a row
    may have a title alone.

    Raises:
        BadInput: the manifest cannot be read, or is neither .csv nor .jsonl.
        ManifestError: a row cannot be used.
    """
    manifest = Path(path)
    read = {".csv": _csv_rows, ".jsonl": _json_rows}.get(manifest.suffix.lower())
    if read is None:
        raise BadInput(f"{manifest} is no manifest: give a .csv or a .jsonl file")
    needed = ("path", "url") if films else ("path", "url", "title")
    titles: list[Title] = []
    rows: dict[str, int] = {}
    for row, cells in read(manifest, _text(manifest), needed):
        title = _title(manifest, row, cells, needed)
        if title.id in rows:
            problem = f"its id {title.id!r} is that of row {rows[title.id]}: give each a column title of its own"
            raise ManifestError(str(manifest), row, problem)
        rows[title.id] = row
        titles.append(title)
    if not titles:
        raise BadInput(f"{manifest} holds no title: give one row for each film")
    return titles


def _text(manifest: Path) -> str:
    try:
        content = manifest.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the manifest {manifest}: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise ManifestError(str(manifest), row, "it is not UTF-8: save the file as UTF-8 text") from error


def _csv_rows(manifest: Path, text: str, needed: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets write what their country is used to; a tie is a comma
    reader = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1)
    row, header = 0, list[str]()
    try:
        for row, cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(manifest, row, cells, needed)
                continue
            if len(cells) > len(header):
                problem = f"{len(cells)} cells under {len(header)} columns: put quotes around a cell with {delimiter!r}"
                raise ManifestError(str(manifest), row, problem)
            yield row, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise ManifestError(str(manifest), row + 1, f"{error}: look for a quote that does not close") from error


def _header(manifest: Path, row: int, cells: list[str], needed: Sequence[str]) -> list[str]:
    header = [_column(cell) for cell in cells]
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise ManifestError(str(manifest), row, f"column {min(twice)!r} comes twice: keep one")
    if not set(needed) & set(header):
        raise ManifestError(str(manifest), row, f"no column {' or '.join(needed)}: the header has {', '.join(header)}")
    return header


def _json_rows(manifest: Path, text: str, _needed: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    # Only "\n" ends a line of JSON lines: splitlines() would cut inside a text that holds U+2028.
    for row, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ManifestError(str(manifest), row, f"it is not JSON ({error}): one object on each line") from error
        if not isinstance(cells, dict):
            raise ManifestError(str(manifest), row, f"it is a {type(cells).__name__}: one object on each line")
        yield row, {_column(name): cell for name, cell in cells.items()}


def _column(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _title(manifest: Path, row: int, cells: Mapping[str, Any], needed: Sequence[str]) -> Title:
    try:
        texts = {name: _plain(cells.get(name)) for name in (*TEXTS, "title", "path", "url")}
        place, given = texts["path"] or texts["url"], texts["title"]
        location = _location(manifest, place) if place or not given or "title" not in needed else given
        _folder, stem = folder_and_stem(location)
        extra = {name: _plain(cell) for name, cell in cells.items() if name and name not in KNOWN}
        return Title(
            id=title_id(given or stem),
            location=location,
            name=texts["name"] or given or stem.replace("_", " ").strip() or stem,
            kind=texts["kind"] or "film",
            genres=_parts("genres", cells.get("genres")),
            synopsis=texts["synopsis"],
            cast=_parts("cast", cells.get("cast")),
            year=_year(_plain(cells.get("year"))),
            maturity_rating=texts["maturity_rating"],
            language=texts["language"],
            extra={
                name: _location(manifest, value) if LOGO.fullmatch(name) else value
                for name, value in extra.items()
                if value
            },
        )
    except ValueError as error:
        raise ManifestError(str(manifest), row, str(error)) from error


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, sort_keys=True)
    if "\0" in text or re.search("[\ud800-\udfff]", text):
        raise ValueError(f"{text[:40]!a} holds a character that no text may hold: delete it")
    return text.strip()


def _parts(name: str, cell: object) -> tuple[str, ...]:
    if isinstance(cell, list):
        if not all(isinstance(part, str) for part in cell):
            raise ValueError(f"{name} is {json.dumps(cell)[:60]}: give texts")
        parts = [_plain(part) for part in cell]
    elif cell is None or isinstance(cell, str):
        parts = re.split(r"\s*[|;]\s*", _plain(cell))
    else:
        raise ValueError(f"{name} is {json.dumps(cell)[:60]}: give a list of texts")
    return tuple(part for part in parts if part)


def _year(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}", text) or not EARLIEST <= int(text) <= LATEST:
        raise ValueError(f"year {text[:20]!r}: give four digits, {EARLIEST} to {LATEST}, or nothing")
    return int(text)


def _location(manifest: Path, given: str) -> str:
    if not given:
        raise ValueError("no path and no url: say where the film is")
    if "://" in given:
        return given
    return os.path.abspath(manifest.parent / given)  # noqa: PTH100  # resolve() would follow links, and change the name
