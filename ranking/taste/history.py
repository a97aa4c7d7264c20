"""Histories: CSV, Parquet or MovieLens files as a stream of checked plays, whatever their length.

A file is read in blocks, a block is checked as a whole, and only the sound rows go on; so memory is that of a block
(measured: `python -m tests.benchmarks ranking_history`). A row that comes twice counts twice.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ranking.errors import HistoryError
from ranking.taste.ledger import Ledger
from ranking.taste.params import HistoryParams
from ranking.taste.quality import quality
from ranking.taste.rows import REQUIRED, SHOWN, TELLING, Columns, Numbers, Problem, checked, column_of
from ranking.taste.stream import utf8_of

RATINGS, MOVIES = "ratings.csv", "movies.csv"
SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")
BLOCK_BYTES = 1 << 20
"""Of a CSV file, read at once; pyarrow reads up to 32 of them ahead."""
BLOCK_ROWS = 131_072
"""Checked at once: a check costs 15 ms however few rows there are."""

_Block = tuple[pa.Table, NDArray[np.int64], list[Problem]]


@dataclass(frozen=True, slots=True)
class Plays:
    """A block of plays and ratings.

    Attributes:
        profiles, titles: (rows,) ids, as pandas can count them.
        worth: (rows,) 0 to 1, how well each speaks for its title.
        at_seconds: (rows,) POSIX.
    """

    profiles: Any
    titles: Any
    worth: Numbers
    at_seconds: Numbers

    def __len__(self) -> int:
        return len(self.worth)


def read_histories(paths: Sequence[Path], params: HistoryParams, ledger: Ledger) -> Iterator[Plays]:
    """The sound rows of all files, block by block; what is not sound is in the ledger, which may end the run.

    Args:
        paths: .csv, .tsv (also .gz) or .parquet files; folders of such; MovieLens folders, that hold a ratings.csv.
        params: what is let go, what a row is worth.
        ledger: told of every row.

    Raises:
        HistoryError: a file cannot be read, has not the columns, or too many rows are bad.
    """
    for file in history_files(paths):
        for table, numbers, malformed in _blocks(file):
            rows, problems = checked(table, numbers, str(file), params.quality.best_rating)
            ledger.count(table.num_rows + sum(one.lines for one in malformed), [*malformed, *problems])
            if len(rows):
                worth = quality(rows, params.quality)
                yield Plays(rows[Columns.PROFILE], rows[Columns.TITLE], worth, rows[Columns.AT].to_numpy())
    ledger.close()


def history_files(paths: Sequence[Path]) -> list[Path]:
    """The files that the paths lead to, those of a folder by name.

    What is called .name or _name in a folder is not of the history: programs put there what is not finished.

    Raises:
        HistoryError: a path is absent, of no known kind, or a folder without a history.
    """
    files: list[Path] = []
    for path in paths:
        if (path / RATINGS).is_file():
            files.append(path / RATINGS)
        elif path.is_dir():
            inside = sorted(one for one in path.rglob("*") if _is_part(one.relative_to(path)) and one.is_file())
            if not inside:
                raise HistoryError(str(path), 0, f"the folder holds no {RATINGS} and no file of {', '.join(SUFFIXES)}")
            files.extend(inside)
        elif not path.is_file():
            raise HistoryError(str(path), 0, "there is no such file or folder")
        elif not path.name.lower().endswith(SUFFIXES):
            raise HistoryError(str(path), 0, f"no history is of this kind: give one of {', '.join(SUFFIXES)}")
        else:
            files.append(path)
    return files


def _is_part(path: Path) -> bool:
    return path.name.lower().endswith(SUFFIXES) and not any(part.startswith((".", "_")) for part in path.parts)


def _blocks(file: Path) -> Iterator[_Block]:
    """Tables with our columns alone, the numbers of their rows, and the rows that are no rows at all."""
    try:
        yield from _parquet_blocks(file) if file.suffix.lower() == ".parquet" else _together(_csv_blocks(file))
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        said = " ".join(str(error).split())
        raise HistoryError(str(file), 0, f"it cannot be read: {said}") from error


def _parquet_blocks(file: Path) -> Iterator[_Block]:
    # Without these the file is kept as it is read, so that memory would grow with it.
    with pq.ParquetFile(file, pre_buffer=False, buffer_size=BLOCK_BYTES) as opened:
        chosen = _chosen(file, opened.schema_arrow.names)
        for name in chosen:
            kind = opened.schema_arrow.field(name).type
            if pa.types.is_nested(kind):
                raise HistoryError(str(file), 0, f"its column {name} is {kind}: one text or number is needed in a row")
        begin = 1
        for batch in opened.iter_batches(BLOCK_ROWS, columns=list(chosen)):
            table = pa.Table.from_batches([batch])
            yield _ours(table, chosen), np.arange(begin, begin + len(batch)), []
            begin += len(batch)


def _csv_blocks(file: Path) -> Iterator[_Block]:
    header, delimiter = _header(file)
    chosen = _chosen(file, header)
    malformed: list[Problem] = []
    skipped: list[int] = []

    def note(row: Any) -> str:  # noqa: ANN401  # pyarrow's InvalidRow
        skipped.append(row.number)
        if row.text.strip():
            lines = row.text.rstrip("\n").count("\n") + 1
            cells = f"{row.actual_columns} cells under {row.expected_columns} columns"
            quote = f"a quote that does not close has swallowed {lines} lines: " if lines > 1 else ""
            malformed.append(Problem(str(file), row.number, "", row.text[:SHOWN], quote + cells, lines))
        return "skip"

    places = [f"c{place}" for place in range(len(header))]
    of_place = {places[header.index(name)]: column for name, column in chosen.items()}
    reader = pa_csv.open_csv(
        pa.PythonFile(utf8_of(file), mode="r"),
        pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=places, skip_rows=1),
        pa_csv.ParseOptions(
            delimiter=delimiter, invalid_row_handler=note, ignore_empty_lines=False, newlines_in_values=True
        ),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(of_place, pa.string()),
            include_columns=list(of_place),
            strings_can_be_null=False,
        ),
    )
    good = 0
    try:
        with reader:
            for batch in reader:
                table = _ours(pa.Table.from_batches([batch]), of_place)
                found = _row_numbers(good, len(batch), skipped)
                good += len(batch)
                told, malformed[:] = list(malformed), []
                filled = _filled(table)
                yield table.filter(filled), found[filled], told
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):  # pyarrow's word for a row that is longer than a block; it does not say where
            raise
        problem = f"a row behind it is longer than {BLOCK_BYTES:,} bytes: does a quote not close?"
        raise HistoryError(str(file), good + len(skipped) + 1, problem) from error
    if malformed:
        yield _ours(reader.schema.empty_table(), of_place), np.empty(0, dtype=np.int64), malformed


def _together(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """The blocks, several as one until there are `BLOCK_ROWS`."""
    waiting: list[_Block] = []
    for block in blocks:
        waiting.append(block)
        if sum(len(numbers) for _, numbers, _ in waiting) >= BLOCK_ROWS:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(blocks: Sequence[_Block]) -> _Block:
    tables, numbers, malformed = zip(*blocks, strict=True)
    return pa.concat_tables(tables), np.concatenate(numbers), [one for some in malformed for one in some]


def _filled(table: pa.Table) -> NDArray[np.bool_]:
    """Where a row has anything in our columns: an empty line is no row."""
    filled = np.zeros(table.num_rows, dtype=np.bool_)
    for column in table.columns:
        filled |= pc.greater(pc.binary_length(column), 0).to_numpy()
    return filled


def _row_numbers(good: int, count: int, skipped: Sequence[int]) -> NDArray[np.int64]:
    """What the rows are called, when `good` came before them and those of `skipped` were left out; the header is 1."""
    ordinal = np.arange(good + 2, good + 2 + count)
    gaps = np.array(skipped, dtype=np.int64) - np.arange(len(skipped))
    return ordinal + np.searchsorted(gaps, ordinal, side="right")


def _header(file: Path) -> tuple[list[str], str]:
    with io.BufferedReader(utf8_of(file)) as opened:
        line = opened.readline(BLOCK_BYTES).decode("utf-8", "replace")
    text = re.split(r"[\r\n]", line, maxsplit=1)[0]
    if not text.strip():
        raise HistoryError(str(file), 1, "it is empty: a header is needed")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise HistoryError(str(file), 1, "it is no text: CSV in UTF-8 is needed, or in UTF-16 with its mark")
    delimiter = max(",;\t|", key=text.count)
    cells = next(_cells(text, delimiter))
    return [column_of(cell) for cell in cells], delimiter


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    import csv  # noqa: PLC0415  # beside pyarrow's module of the same name

    yield from csv.reader([text], delimiter=delimiter)


def _chosen(file: Path, names: Sequence[str]) -> dict[str, str]:
    """Which of a file's columns stand for which of ours."""
    chosen: dict[str, str] = {}
    for name in names:
        ours = column_of(name)
        if ours in {*REQUIRED, *TELLING, Columns.RUNTIME}:
            if ours in chosen.values():
                raise HistoryError(str(file), 1, f"two columns are {ours}: keep one")
            chosen[name] = ours
    missing = [name for name in REQUIRED if name not in chosen.values()]
    if missing:
        raise HistoryError(str(file), 1, f"no column {', '.join(missing)}: there are {_listed(names)}")
    if not set(TELLING) & set(chosen.values()):
        raise HistoryError(str(file), 1, f"none of the columns {', '.join(TELLING)}: there are {_listed(names)}")
    return chosen


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name for name in names if name)[:200] or "none with a name"


def _ours(table: pa.Table, chosen: dict[str, str]) -> pa.Table:
    return table.select(list(chosen)).rename_columns(list(chosen.values()))
