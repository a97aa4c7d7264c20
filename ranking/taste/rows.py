"""Rows of a history: one play, or one rating, of a title by a profile; and what is wrong with those that are none.

A table comes as it was found in a file, any types; what leaves is typed, checked against one schema, and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import numpy as np
import pandas as pd
import pandera.pandas as pa_check
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LONGEST_NAME = 256
"""Characters of a profile's or a title's id."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
"""POSIX seconds; before it nobody streamed or rated online: an older moment is a slip of its unit."""
LONGEST_PLAY = 30 * 86_400.0
"""Seconds; no play is longer: what is was counted in milliseconds."""
SHOWN = 60
"""Characters of a bad value that a report shows."""


class Columns:
    """The columns of a history, as they are called everywhere after reading."""

    PROFILE = "profile"
    TITLE = "title"
    PLAYED = "played_seconds"
    RUNTIME = "runtime_seconds"
    COMPLETED = "completed"
    RATING = "rating"
    AT = "at"


SYNONYMS = {
    "played": Columns.PLAYED,
    "runtime": Columns.RUNTIME,
    "userid": Columns.PROFILE,
    "movieid": Columns.TITLE,
    "timestamp": Columns.AT,
}
"""What else a header may say: MovieLens's words among them."""
REQUIRED = (Columns.PROFILE, Columns.TITLE, Columns.AT)
TELLING = (Columns.PLAYED, Columns.COMPLETED, Columns.RATING)
"""At least one of them says how a title was liked."""
NUMBERS = (Columns.PLAYED, Columns.RUNTIME, Columns.RATING)
ALL = (*REQUIRED, Columns.PLAYED, Columns.RUNTIME, Columns.COMPLETED, Columns.RATING)

_MISSING = ("", "null", "nan", "none", "na", "n/a", "\\n")
"""What databases and tables write where a number is not known; a name may be any of these words."""
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_YES, _NO = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be used. `row` counts from 1, a header included; `value` is how the cell begins.

    `lines` of the file are lost with it: more than one where a quote does not close.
    """

    file: str
    row: int
    column: str
    value: str
    problem: str
    lines: int = 1


def column_of(header: str) -> str:
    """The column that a header's cell stands for; the cell itself, plainly written, where it is none of ours."""
    plain = re.sub(r"[\s-]+", "_", header.strip().lstrip("\ufeff").lower())
    return SYNONYMS.get(plain, plain)


def checked(
    table: pa.Table, numbers: NDArray[np.int64], file: str, best_rating: float
) -> tuple[pd.DataFrame, list[Problem]]:
    """The sound rows, typed, in all of `ALL`; and for each other row the first thing that is wrong in each column.

    Args:
        table: columns named as in `Columns`, of any types; a column that may be missing may be missing.
        numbers: (rows,) what the rows are called in a report.
        file: where they are from, for the report.
        best_rating: the highest of the scale.
    """
    typed = _typed(table)
    schema, problems = _schema(best_rating), list[Problem]()
    try:
        return schema.validate(typed, lazy=True), problems
    except pa_check.errors.SchemaErrors as error:
        found = error.failure_cases
    named = found.dropna(subset=["index"])
    bad = np.zeros(len(typed), dtype=np.bool_)
    seen: set[tuple[int, str]] = set()
    for place, context, column, problem in zip(
        named["index"].astype(int), named["schema_context"], named["column"], named["check"], strict=True
    ):
        bad[place] = True
        where = str(column) if context == "Column" else "/".join(TELLING)
        if (place, where) in seen:
            continue
        seen.add((place, where))
        value = table.column(where)[place].as_py() if where in table.column_names else ""
        problems.append(Problem(file, int(numbers[place]), where, _shown(value), str(problem)))
    if not bad.any():
        raise AssertionError(f"{file}: a schema that fails as a whole: {found.to_dict('records')}")
    sound = typed[~bad].reset_index(drop=True)
    return schema.validate(sound) if len(sound) else sound, sorted(problems, key=lambda one: (one.row, one.column))


def _typed(table: pa.Table) -> pd.DataFrame:
    """Typed columns. A number that is missing is NaN, one that cannot be read is infinite, and found by the schema."""
    held = set(table.column_names)
    empty = np.full(table.num_rows, np.nan)
    columns: dict[str, object] = {name: _names(table.column(name)) for name in REQUIRED[:2]}
    columns[Columns.AT] = _moments(table.column(Columns.AT))
    for name in NUMBERS:
        columns[name] = _floats(table.column(name)) if name in held else empty
    columns[Columns.COMPLETED] = _flags(table.column(Columns.COMPLETED)) if Columns.COMPLETED in held else empty
    return pd.DataFrame(columns, columns=list(ALL))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trimmed text, null for what is missing; what is not UTF-8 reads as a character that no name may hold."""
    if isinstance(column.type, pa.UuidType):
        column = pa.chunked_array([pa.array(_uuids(column.to_pylist()), pa.large_string())])
    elif _is_bytes(column.type):
        try:
            column = column.cast(pa.large_string())
        except pa.ArrowInvalid:
            readable = [None if one is None else one.decode("utf-8", "replace") for one in column.to_pylist()]
            column = pa.chunked_array([pa.array(readable, pa.large_string())])
    elif not pa.types.is_large_string(column.type):
        column = column.cast(pa.large_string())
    return pc.utf8_trim_whitespace(column)


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def _uuids(values: list[UUID | None]) -> list[str | None]:
    return [None if one is None else str(one) for one in values]


def _names(column: pa.ChunkedArray) -> pd.Series[str]:
    return pd.Series(pc.fill_null(_text(column), "").to_pandas(), dtype="str")


def _floats(column: pa.ChunkedArray) -> Numbers:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.array(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    text = _text(column) if not pa.types.is_null(kind) else column.cast(pa.large_string())
    return _read_numbers(pd.Series(pc.fill_null(text, "").to_pandas(), dtype="str"))


def _read_numbers(text: pd.Series[str]) -> Numbers:
    told = ~text.str.lower().isin(_MISSING)
    found = np.array(pd.to_numeric(text.where(told, None), errors="coerce"), dtype=np.float64)
    found[np.isnan(found) & np.asarray(told, dtype=np.bool_)] = np.inf
    return found


def _flags(column: pa.ChunkedArray) -> Numbers:
    if pa.types.is_boolean(column.type):
        return np.array(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    words = column.cast(pa.large_string()) if pa.types.is_null(column.type) else pc.utf8_lower(_text(column))
    text = pd.Series(pc.fill_null(words, "").to_pandas(), dtype="str")
    found = np.full(len(text), np.inf)
    found[np.asarray(text.isin(_MISSING), dtype=np.bool_)] = np.nan
    found[np.asarray(text.isin(_YES), dtype=np.bool_)] = 1.0
    found[np.asarray(text.isin(_NO), dtype=np.bool_)] = 0.0
    return found


def _moments(column: pa.ChunkedArray) -> Numbers:
    """POSIX seconds. A text is ISO 8601 (UTC where it names no zone) or a number of seconds."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if pa.types.is_timestamp(column.type):
        counts = column.cast(pa.int64()).cast(pa.float64(), safe=False)
        return np.array(counts.to_numpy(), dtype=np.float64) / _PER_SECOND[column.type.unit]
    found = _floats(column)
    unread = np.isinf(found)
    if unread.any():
        text = pd.Series(pc.fill_null(_text(column), "").to_pandas(), dtype="str")[unread]
        read = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
        seconds = np.array(read.dt.as_unit("us").astype("int64"), dtype=np.float64) / 1e6
        found[unread] = np.where(np.asarray(read.isna(), dtype=np.bool_), np.inf, seconds)
    return found


def _shown(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


@cache
def _schema(best_rating: float) -> pa_check.DataFrameSchema:
    """What a row must be. Its words are the report's."""
    name = [
        pa_check.Check(lambda text: text.str.len() > 0, error="it is missing"),
        pa_check.Check(lambda text: text.str.len() <= LONGEST_NAME, error=f"longer than {LONGEST_NAME} characters"),
        pa_check.Check(lambda text: ~text.str.contains("[\x00-\x1f\ufffd]", regex=True), error="not a name in UTF-8"),
    ]
    readable = pa_check.Check(lambda number: number < np.inf, error="not a number")
    flag = pa_check.Check(lambda number: number < np.inf, error="neither true nor false")
    moment = [
        pa_check.Check(lambda at: at < np.inf, error="not a moment: ISO 8601, or seconds since 1970"),
        pa_check.Check(lambda at: ~(at < EARLIEST), error="before 1990: is it seconds since 1970?"),
        pa_check.Check(lambda at: ~((at > _tomorrow()) & (at < np.inf)), error="in the future: is it milliseconds?"),
    ]

    def between(least: float, most: float, above: str) -> pa_check.Check:
        return pa_check.Check(lambda number: ~((number < least) | ((number > most) & (number < np.inf))), error=above)

    played = between(0, LONGEST_PLAY, f"not within 0 to {LONGEST_PLAY:g} seconds")
    runtime = pa_check.Check(lambda number: ~(number <= 0), error="not above 0")
    rating = between(0, best_rating, f"not within 0 to {best_rating:g}")
    told = pa_check.Check(
        lambda frame: frame[list(TELLING)].notna().any(axis=1), error="nothing says how the title was liked"
    )
    return pa_check.DataFrameSchema(
        {
            Columns.PROFILE: pa_check.Column(str, name),
            Columns.TITLE: pa_check.Column(str, name),
            Columns.AT: pa_check.Column(float, [_there(), *moment], nullable=True),
            Columns.PLAYED: pa_check.Column(float, [readable, played], nullable=True),
            Columns.RUNTIME: pa_check.Column(float, [readable, runtime], nullable=True),
            Columns.COMPLETED: pa_check.Column(float, flag, nullable=True),
            Columns.RATING: pa_check.Column(float, [readable, rating], nullable=True),
        },
        checks=told,
        strict=True,
    )


def _there() -> pa_check.Check:
    return pa_check.Check(lambda at: at.notna(), error="it is missing", ignore_na=False)


def _tomorrow() -> float:
    """A day's grace: clocks differ, and so do time zones that were left away."""
    return datetime.now(UTC).timestamp() + 86_400
