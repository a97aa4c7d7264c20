"""A CSV file that people edited: its rows by column, or why it cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artwork.errors import ManifestError


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The columns of a file, and its rows with their numbers in a spreadsheet; a cell that is missing is empty."""

    columns: frozenset[str]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_sheet_rows(file: Path, needed: Sequence[str]) -> SheetRows:
    """The rows of a file.

    Args:
        file: CSV in UTF-8, its first row the names of the columns.
        needed: columns that it must have.

    Raises:
        ManifestError: it cannot be read, is no UTF-8 or no CSV, or lacks one of these columns.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ManifestError(str(file), 1, f"it cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(str(file), 1, f"it is no UTF-8 ({error.reason}): save it as CSV UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = frozenset(reader.fieldnames or ())
        if missing := [column for column in needed if column not in columns]:
            raise ManifestError(str(file), 1, f"there is no column {missing[0]!r}: give {', '.join(needed)}")
        rows = [
            (number, {name: value or "" for name, value in row.items() if name})
            for number, row in enumerate(reader, start=2)
        ]
    except csv.Error as error:
        raise ManifestError(str(file), reader.line_num, f"it is no CSV: {error}") from error
    return SheetRows(columns, tuple(rows))
