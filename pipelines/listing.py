"""What the catalogue holds, as rows that a person or a program reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from artwork.domain import Timecode
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from pipelines.console import harmless
from pipelines.settings import Settings
from pipelines.store import open_catalog

Row = dict[str, object]

UNBROKEN_WIDTH = 10_000
"""Characters: off a terminal a row is a line, for grep and less."""

PLAIN_COLUMNS = 10
"""A table for people shows this many columns; `--json` shows all."""


class Shelf:
    """Reads the catalogue of one store."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def titles(self) -> Iterator[Row]:
        """One row per title."""
        for record in self._catalog.titles():
            title = record.title
            yield {
                "title": title.id,
                "name": title.name,
                "status": str(record.status or "unfinished"),
                "reason": record.refused or record.reason,
                "kind": title.kind,
                "genres": list(title.genres),
                "year": title.year,
                "language": title.language,
                "location": title.location,
            }

    def shots(self, title: str) -> Iterator[Row]:
        """One row per shot, in order."""
        self._catalog.title(title)
        for shot in self._catalog.shots(title):
            yield {
                "shot": shot.number,
                "start_seconds": shot.start.seconds,
                "end_seconds": shot.end.seconds,
                "clear_start_seconds": shot.clear_start.seconds,
                "clear_end_seconds": shot.clear_end.seconds,
                "opens_with": str(shot.opens_with),
                "kind": str(shot.kind),
                "start": str(shot.start),
            }

    def candidates(self, title: str) -> Iterator[Row]:
        """One row per candidate, best first."""
        self._catalog.title(title)
        frames = {frame.id: frame for frame in self._catalog.frames(title)}
        appraisals = {appraisal.frame_id: appraisal for appraisal in self._catalog.appraisals(title)}
        verdicts, names = self._catalog.verdicts(title), Journal(self._catalog.database).names(title)
        for candidate in self._catalog.candidates(title):
            frame = frames[candidate.frame_id]
            appraisal = appraisals[candidate.frame_id]
            yield {
                "id": candidate.id,
                "rank": candidate.rank,
                "at_seconds": frame.at.seconds,
                "at": str(frame.at),
                "shot": frame.shot,
                "verdict": verdicts.get(candidate.frame_id, "proposed"),
                "fallback": candidate.fallback,
                "aesthetic": round(appraisal.aesthetic, 4),
                "themes": [theme.name for theme in appraisal.themes],
                "faces": len(frame.annotation.contextual.faces),
                "people": sorted({*names.of(frame)} - {""}),
                "shot_scale": str(frame.annotation.contextual.shot_scale),
                "still": frame.still,
                "annotation": asdict(frame.annotation),
            }

    def refusals(self, title: str) -> Iterator[Row]:
        """One row per refused frame and rule."""
        self._catalog.title(title)
        at: dict[str, tuple[Timecode, int, str]] = {
            frame.id: (frame.at, frame.shot, frame.still) for frame in self._catalog.frames(title)
        }
        for refusal in self._catalog.refusals(title):
            when, shot, still = at[refusal.frame_id]
            yield {
                "id": refusal.frame_id,
                "at_seconds": when.seconds,
                "at": str(when),
                "shot": shot,
                "rule": refusal.rule,
                "value": round(refusal.value, 6),
                "limit": round(refusal.limit, 6),
                "still": still,
            }


@contextmanager
def open_shelf(settings: Settings) -> Iterator[Shelf]:
    """The shelf of the settings' store.

    Raises:
        StoreError: there is no catalogue there.
    """
    with open_catalog(settings, create=False) as catalog:
        yield Shelf(catalog)


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a table for people."""
    if not rows:
        return "nothing there\n"
    columns = [name for name, value in rows[0].items() if not isinstance(value, dict)][:PLAIN_COLUMNS]
    grid = Table(box=None, header_style="bold")
    for name in columns:
        grid.add_column(name, overflow="fold")  # an id that is cut cannot be given back to a command
    for row in rows:
        grid.add_row(*(_cell(row[name]) for name in columns))
    wide = max(100, Console().width) if sys.stdout.isatty() else UNBROKEN_WIDTH
    console = Console(width=wide, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(grid)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return harmless(", ".join(map(str, value)))
    return "" if value is None else harmless(str(value))
