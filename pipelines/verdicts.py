"""`artwork verdicts import|export`: what people decided, as CSV, without the page. Both go through the journal."""

from __future__ import annotations

import csv
import getpass
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from artwork.domain import AnnotatedFrame
from artwork.errors import ManifestError, UnknownTitle
from artwork.review.people import clean_name
from artwork.store.catalog import Catalog
from artwork.store.entries import REJECTED, VERDICTS, Action, Change
from artwork.store.journal import Journal
from artwork.store.slate import slate
from artwork.store.standing import UNTOUCHED, Standing
from pipelines.settings import Settings
from pipelines.sheet_rows import read_sheet_rows
from pipelines.store import open_catalog
from pipelines.withdrawal import Withdrawals, refresh_or_say

COLUMNS = (
    "title", "frame", "at_seconds", "at", "verdict", "reason", "focus_x", "focus_y", "note", "reviewer", "decided",
)  # fmt: skip
NEEDED = ("title", "frame", "verdict")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: entries written, rows that said what stood already."""

    written: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file that makes sense, and where it stands."""

    number: int
    title: str
    frame: str
    verdict: str
    reason: str
    focus: tuple[float, float] | None
    note: str


def export_verdicts(settings: Settings, out: TextIO, titles: Sequence[str] = ()) -> int:
    """Every candidate, and every frame that somebody said something of, is a row; the number of rows.

    Raises:
        StoreError: there is no catalogue, or no such title.
    """
    with open_catalog(settings, create=False) as catalog:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        count = 0
        for title in titles or [record.title.id for record in catalog.titles()]:
            for row in _rows_of(catalog, title):
                writer.writerow(row)
                count += 1
    return count


def import_verdicts(settings: Settings, file: Path, reviewer: str = "") -> ImportReport:
    """The verdicts, reasons, focal points and notes of the file stand, one act of the journal per title.

    Rows that say what stands already write nothing, so that a file may be imported again. A column that the file
    has not changes nothing; an empty focal point in a column that it has takes the point away.

    Args:
        settings: which store.
        file: CSV with at least `title`, `frame` and `verdict`.
        reviewer: in whose name; the person at this machine when empty.

    Raises:
        ManifestError: a row cannot be used; nothing was written.
        StoreError: there is no catalogue.
    """
    name = clean_name(reviewer) or clean_name(getpass.getuser()) or "import"
    with open_catalog(settings, create=False) as catalog:
        journal, sheet = Journal(catalog.database), read_sheet_rows(file, NEEDED)
        by_title: dict[str, list[_Row]] = {}
        for number, row in sheet.rows:
            one = _read(file, number, row)
            by_title.setdefault(one.title, []).append(one)
        for title, rows in by_title.items():
            _check(catalog, journal, file, title, rows)
        written = unchanged = 0
        for title, rows in by_title.items():
            changes = _changes(journal.standings(title), rows, sheet.columns)
            written += len(journal.append(title, changes, name).entries) if changes else 0
            changed = {change.frame for change in changes}
            unchanged += sum(row.frame not in changed for row in rows)
        refresh_or_say(Withdrawals(Path(settings.store), catalog), list(by_title))
    return ImportReport(written, unchanged)


def _rows_of(catalog: Catalog, title: str) -> Iterator[dict[str, object]]:
    journal = Journal(catalog.database)
    catalog.title(title)
    frames: dict[str, AnnotatedFrame] = {one.frame.id: one.frame for one in slate(catalog, journal, title)}
    said = journal.standings(title)
    frames |= {frame.id: frame for frame in catalog.frames(title, set(said) - set(frames))}
    for name in [*frames, *sorted(set(said) - set(frames))]:
        standing, frame = said.get(name, UNTOUCHED), frames.get(name)
        yield {
            "title": title,
            "frame": name,
            "at_seconds": round(frame.at.seconds, 6) if frame else "",
            "at": str(frame.at) if frame else "",
            "verdict": standing.verdict,
            "reason": standing.reason,
            "focus_x": standing.focus[0] if standing.focus else "",
            "focus_y": standing.focus[1] if standing.focus else "",
            "note": standing.note,
            "reviewer": standing.reviewer,
            "decided": standing.at,
        }


def _read(file: Path, number: int, said: Mapping[str, str]) -> _Row:
    verdict = said["verdict"].strip()
    if verdict not in VERDICTS:
        raise ManifestError(str(file), number, f"{verdict!r} is no verdict: give {', '.join(VERDICTS)}")
    x, y = said.get("focus_x", "").strip(), said.get("focus_y", "").strip()
    try:
        focus = (float(x), float(y)) if x or y else None
    except ValueError as error:
        raise ManifestError(str(file), number, f"the focal point cannot be used: {error}") from error
    if focus is not None and not (0 <= focus[0] <= 1 and 0 <= focus[1] <= 1):
        raise ManifestError(str(file), number, f"the focal point cannot be used: ({x}, {y}) is outside the frame")
    title, frame = said["title"].strip(), said["frame"].strip()
    return _Row(number, title, frame, verdict, said.get("reason", ""), focus, said.get("note", ""))


def _check(catalog: Catalog, journal: Journal, file: Path, title: str, rows: Sequence[_Row]) -> None:
    """Every row names a frame that is there, and no frame twice."""
    try:
        known = {frame.id for frame in catalog.frames(title, {row.frame for row in rows})}
        known |= {one.frame.id for one in slate(catalog, journal, title)}
    except UnknownTitle as error:
        raise ManifestError(str(file), rows[0].number, str(error)) from error
    seen: set[str] = set()
    for row in rows:
        if row.frame not in known:
            raise ManifestError(str(file), row.number, f"title {title!r} has no frame {row.frame!r}")
        if row.frame in seen:
            raise ManifestError(str(file), row.number, f"frame {row.frame!r} comes twice")
        seen.add(row.frame)


def _changes(said: Mapping[str, Standing], rows: Sequence[_Row], columns: Collection[str]) -> list[Change]:
    changes = []
    for row in rows:
        now = said.get(row.frame, UNTOUCHED)
        # Of a frame that is not rejected the reason says nothing.
        reason = (row.reason if "reason" in columns else now.reason) if row.verdict == REJECTED else ""
        wanted: list[tuple[Action, dict[str, object]]] = []
        if (row.verdict, reason) != (now.verdict, now.reason):
            wanted.append((Action.VERDICT, {"verdict": row.verdict, "reason": reason}))
        if {"focus_x", "focus_y"} <= set(columns) and row.focus != now.focus:
            wanted.append((Action.FOCUS, {"x": row.focus[0], "y": row.focus[1]} if row.focus else {}))
        if "note" in columns and row.note != now.note:
            wanted.append((Action.NOTE, {"note": row.note}))
        changes += [Change(row.frame, action, content, now.newest) for action, content in wanted]
    return changes
