"""What the catalogue holds, in a file for people, notebooks and other programs.

`catalog` is the whole of it (`pipelines.dump`), as JSON lines only; the others are flat tables (`pipelines.tables`)
with the same columns in every format: lists are lists in Parquet and JSON lines, and JSON text in a cell of CSV.
Titles come by id, so equal catalogues give equal files.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from artwork.errors import BadInput
from artwork.store.catalog import Catalog
from pipelines.dump import dump_lines
from pipelines.settings import Settings
from pipelines.store import open_catalog
from pipelines.tables import TABLES, FlatTable, Row

CHUNK = 256
"""Rows in memory at once, and in a row group of Parquet: 256 frames with 512 numbers each are half a megabyte."""


def export_catalog(settings: Settings, what: str, to: str, out: Path | None, titles: Sequence[str]) -> int:
    """`export` of the settings' store, which must be there."""
    with open_catalog(settings, create=False) as catalog:
        return export(catalog, what, to, out, titles)


def export(catalog: Catalog, what: str, to: str, out: Path | None, titles: Sequence[str] = ()) -> int:
    """The rows of one moment of the catalogue are in the file, which is whole or not there.

    Args:
        catalog: where from.
        what: candidates, frames, refusals, shots; or catalog, everything.
        to: jsonl, csv or parquet; catalog is jsonl only.
        out: the file; None for stdout, which Parquet cannot be written to.
        titles: ids; all when there are none.

    Returns:
        The number of rows.

    Raises:
        BadInput: there is no such table or format, or the file cannot be written.
        UnknownTitle: one of the titles; nothing was written.
    """
    if what != "catalog" and what not in TABLES:
        raise BadInput(f"cannot export {what!r}: give one of {', '.join([*sorted(TABLES), 'catalog'])}")
    if to not in _WRITERS:
        raise BadInput(f"cannot export to {to!r}: give one of {', '.join(_WRITERS)}")
    if what == "catalog" and to != "jsonl":
        raise BadInput(f"the whole catalogue is many tables and goes to jsonl, not {to}: export frames or candidates")
    if to == "parquet" and out is None:
        raise BadInput("Parquet needs a file: add --out FILE")
    with catalog.at_one_moment() as now:
        wanted = sorted({now.title(title).title.id for title in titles}) if titles else _every(now)
        with _opened(out) as file:
            if what == "catalog":
                return _write_lines((line for title in wanted for line in dump_lines(now, title)), file)
            table = TABLES[what]
            return _WRITERS[to]((row for title in wanted for row in table.rows(now, title)), table, file)


def _every(catalog: Catalog) -> list[str]:
    return [record.title.id for record in catalog.titles()]


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(out)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


def _write_lines(lines: Iterator[str], file: BinaryIO) -> int:
    count = 0
    for count, line in enumerate(lines, start=1):  # noqa: B007  # counted for the caller
        file.write(line.encode() + b"\n")
    return count


def _write_jsonl(rows: Iterator[Row], _table: FlatTable, file: BinaryIO) -> int:
    return _write_lines((_json(row) for row in rows), file)


def _write_csv(rows: Iterator[Row], table: FlatTable, file: BinaryIO) -> int:
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(table.schema.names)
        count = 0
        for row in rows:
            writer.writerow([_cell(row[name]) for name in table.schema.names])
            count += 1
        return count
    finally:
        text.detach()


def _write_parquet(rows: Iterator[Row], table: FlatTable, file: BinaryIO) -> int:
    count = 0
    with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
        while chunk := list(islice(rows, CHUNK)):
            writer.write_batch(pa.RecordBatch.from_pylist(chunk, schema=table.schema))
            count += len(chunk)
    return count


_WRITERS: dict[str, Callable[[Iterator[Row], FlatTable, BinaryIO], int]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "parquet": _write_parquet,
}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _cell(value: object) -> object:
    return _json(value) if isinstance(value, bool | list | dict) else value
