"""The training table: a row for every picture that was seen, in Parquet, checked when written and when read.

No member is in it. It is written and read in row groups, so that its length costs no memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.parquet as pq
from pandera.errors import SchemaError, SchemaErrors

from ranking.errors import LearnedModelError
from ranking.features import DAY_PARTS, FEATURES, NAMES, Feature

ROWS_AT_ONCE = 65_536
"""Rows of a row group."""


class Columns:
    """The names of the columns, here and nowhere else; the features' follow, as `ranking.features.NAMES`."""

    TITLE = "title"
    PICTURE = "picture"
    SHOWN_AT = "shown_at"
    PLAY = "play"
    PROPENSITY = "propensity"
    WEIGHT = "weight"
    SEGMENT = "segment"
    FAMILIARITY = "familiarity"
    POLICY = "policy"
    SNAPSHOT = "snapshot"


FAMILIARITIES = ("stranger", "acquaintance", "familiar")
"""How much is known of the member: no taste; less than half of it; more. A row holds the place in this list."""
KNOWN_HALF = 0.5
"""From this weight of segments in a taste on, a member is familiar."""
_NAMED = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field(Columns.TITLE, _NAMED, nullable=False),
        pa.field(Columns.PICTURE, _NAMED, nullable=False),
        pa.field(Columns.SHOWN_AT, pa.timestamp("us", "UTC"), nullable=False),
        pa.field(Columns.PLAY, pa.int8(), nullable=False),
        pa.field(Columns.PROPENSITY, pa.float32(), nullable=False),
        pa.field(Columns.WEIGHT, pa.float32(), nullable=False),
        pa.field(Columns.SEGMENT, pa.int16(), nullable=False),
        pa.field(Columns.FAMILIARITY, pa.int8(), nullable=False),
        pa.field(Columns.POLICY, _NAMED, nullable=False),
        pa.field(Columns.SNAPSHOT, _NAMED, nullable=False),
        *(pa.field(name, pa.float32()) for name in NAMES),
    ]
)
"""play: 0 or 1. weight: of inverse propensity, see `ranking.learn.dataset`. segment: the heaviest, -1 for none."""


def _check(feature: Feature) -> pandera.Column:
    """A feature is a number of its own range, a category one of its codes; each of them may be not known."""
    codes = range(len(DAY_PARTS)) if feature.categorical else range(2) if feature.unit == "0 or 1" else None
    if codes is not None:
        return pandera.Column(float, pandera.Check.isin([float(code) for code in codes]), nullable=True, coerce=True)
    low, high = (-1, 1) if "cosine" in feature.unit else (-1e3, 1e3)
    return pandera.Column(float, pandera.Check.in_range(low, high), nullable=True, coerce=True)


CHECKS = pandera.DataFrameSchema(
    {
        Columns.TITLE: pandera.Column(nullable=False),
        Columns.PICTURE: pandera.Column(nullable=False),
        Columns.SHOWN_AT: pandera.Column(nullable=False),
        Columns.PLAY: pandera.Column("int8", pandera.Check.isin([0, 1])),
        Columns.PROPENSITY: pandera.Column("float32", pandera.Check.in_range(0, 1 + 1e-6, include_min=False)),
        Columns.WEIGHT: pandera.Column("float32", pandera.Check.in_range(0, 1e6, include_min=False)),
        Columns.SEGMENT: pandera.Column("int16", pandera.Check.ge(-1)),
        Columns.FAMILIARITY: pandera.Column("int8", pandera.Check.isin(range(len(FAMILIARITIES)))),
        Columns.POLICY: pandera.Column(nullable=False),
        Columns.SNAPSHOT: pandera.Column(nullable=False),
        **{feature.name: _check(feature) for feature in FEATURES},
    },
    strict=True,
    ordered=True,
)


class TableWriter:
    """Writes a table batch by batch; what is not finished is not there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._draft = file.with_name(f".{file.name}.draft")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(self._draft, SCHEMA, compression="zstd", compression_level=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()
        if kind is None:
            self._draft.replace(self._file)
        else:
            self._draft.unlink(missing_ok=True)

    def write(self, batch: pa.Table) -> None:
        """A row group more.

        Raises:
            LearnedModelError: a row is not what a training table holds.
        """
        if self._writer is None:
            raise ValueError("a table is written inside its `with` block")
        _checked(batch, str(self._file))
        self._writer.write_table(batch, row_group_size=ROWS_AT_ONCE)


def read_batches(file: Path) -> Iterator[pa.Table]:
    """The table row group by row group, checked.

    Raises:
        LearnedModelError: it cannot be read, or is not a training table of this version.
    """
    try:
        with pq.ParquetFile(file) as opened:
            _same_columns(opened.schema_arrow, file)
            for number in range(opened.num_row_groups):
                yield _checked(opened.read_row_group(number), str(file))
    except (OSError, pa.ArrowException) as error:
        raise LearnedModelError(f"the training table {file} cannot be read: {_line(error)}") from error


def row_count(file: Path) -> int:
    """How many rows a table has.

    Raises:
        LearnedModelError: it cannot be read.
    """
    try:
        return cast("int", pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise LearnedModelError(f"the training table {file} cannot be read: {_line(error)}") from error


def table_digest(file: Path) -> str:
    """SHA-256 of the file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _same_columns(found: pa.Schema, file: Path) -> None:
    if found.names != SCHEMA.names:
        missing = [name for name in SCHEMA.names if name not in found.names]
        raise LearnedModelError(
            f"{file} is no training table of this version: {', '.join(missing) or 'other columns'} missing"
        )


def _checked(batch: pa.Table, source: str) -> pa.Table:
    """The batch, every row of which is right."""
    try:
        CHECKS.validate(cast("pd.DataFrame", batch.to_pandas()), lazy=False)
    except (SchemaError, SchemaErrors) as error:
        raise LearnedModelError(f"training table {source}: {_line(error)[:300]}") from error
    return batch


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
