"""The training table: what is written is read again, and what is none is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranking.errors import LearnedModelError
from ranking.features import NAMES
from ranking.learn.examples import Examples
from ranking.learn.table import SCHEMA, Columns, TableWriter, read_batches


def batch(rows: int = 3, **changed: object) -> pa.Table:
    """So many rows of title t and picture p, of which some columns are changed."""
    made: dict[str, object] = {
        Columns.TITLE: ["t"] * rows,
        Columns.PICTURE: ["p"] * rows,
        Columns.SHOWN_AT: list(range(rows)),
        Columns.PLAY: [0] * rows,
        Columns.PROPENSITY: [0.5] * rows,
        Columns.WEIGHT: [1.0] * rows,
        Columns.SEGMENT: [-1] * rows,
        Columns.FAMILIARITY: [0] * rows,
        Columns.POLICY: ["uniform"] * rows,
        Columns.SNAPSHOT: ["s"] * rows,
        **{name: [0.0] * rows for name in NAMES},
    }
    made |= changed
    arrays = [pa.array(made[field.name], _plain(field.type)) for field in SCHEMA]
    return pa.table([one.dictionary_encode() if pa.types.is_string(one.type) else one for one in arrays], schema=SCHEMA)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def written(file: Path, *batches: pa.Table) -> Path:
    with TableWriter(file) as writer:
        for one in batches:
            writer.write(one)
    return file


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
row = st.tuples(
    names, names, st.booleans(), st.floats(0.125, 4, width=32), st.one_of(st.none(), st.floats(-1, 1, width=32))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(row, min_size=1, max_size=20), st.integers(1, 7))
def test_rows_survive_the_round_trip_whatever_the_row_groups(tmp_path: Path, rows: list, every: int) -> None:
    """Names of any kind, plays, weights (scaled to 1 on average) and what is not known."""
    parts = [rows[start : start + every] for start in range(0, len(rows), every)]
    file = written(
        tmp_path / "table",
        *(
            batch(
                len(part),
                title=[one[0] for one in part],
                picture=[one[1] for one in part],
                play=[int(one[2]) for one in part],
                weight=[one[3] for one in part],
                theme_match=[one[4] for one in part],
            )
            for part in parts
        ),
    )
    found = Examples.read(file)
    assert [found.titles[code] for code in found.title] == [one[0] for one in rows]
    assert [found.pictures[code] for code in found.picture] == [one[1] for one in rows]
    assert found.play.tolist() == [int(one[2]) for one in rows]
    weights = np.array([one[3] for one in rows])
    assert found.weight == pytest.approx(weights / weights.mean(), rel=1e-5)
    said = [None if np.isnan(one) else one for one in found.features[:, NAMES.index("theme_match")].tolist()]
    assert said == [one[4] for one in rows]
    assert list(found.titles) == sorted(set(found.titles))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("play", [0, 1, 2]),
        ("propensity", [0.5, 0.0, 0.5]),
        ("propensity", [0.5, 1.5, 0.5]),
        ("weight", [1.0, -1.0, 1.0]),
        ("weight", [1.0, float("inf"), 1.0]),
        ("segment", [-2, 0, 0]),
        ("familiarity", [0, 3, 0]),
        ("day_part", [0.0, 1.0, 4.0]),
        ("day_part", [0.0, 1.5, 0.0]),
        ("handheld", [0.0, 2.0, 1.0]),
        ("handheld", [0.0, 0.5, 1.0]),
        ("theme_match", [0.0, 1.5, 0.0]),
        ("aesthetic", [0.0, float("inf"), 0.0]),
    ],
)
def test_a_row_that_is_none_is_refused_and_nothing_is_left(tmp_path: Path, column: str, values: list) -> None:
    """The line names the column; no half table stays behind."""
    with pytest.raises(LearnedModelError, match=column):
        written(tmp_path / "table", batch(), batch(**{column: values}))
    assert list(tmp_path.iterdir()) == []


def test_on_what_and_when_may_be_not_known(tmp_path: Path) -> None:
    found = Examples.read(written(tmp_path / "table", batch(handheld=[0.0, None, 1.0], day_part=[None, 3.0, 0.0])))
    told = found.features[:, [NAMES.index("handheld"), NAMES.index("day_part")]]
    np.testing.assert_array_equal(told, [[0, np.nan], [np.nan, 3], [1, 0]])


def test_an_empty_table_is_one(tmp_path: Path) -> None:
    """No rows, no titles."""
    found = Examples.read(written(tmp_path / "table"))
    assert len(found) == 0
    assert found.features.shape == (0, len(NAMES))


def test_what_is_no_training_table_is_refused(tmp_path: Path) -> None:
    """Another Parquet file, one column renamed, a text, nothing at all: one line each."""
    other = tmp_path / "other"
    pq.write_table(pa.table({"a": [1]}), other)
    renamed = tmp_path / "renamed"
    pq.write_table(batch().rename_columns([{"aesthetic": "beauty"}.get(name, name) for name in SCHEMA.names]), renamed)
    text = tmp_path / "text"
    text.write_text("title,picture\n")
    for file, said in ((other, "missing"), (renamed, "aesthetic"), (text, "cannot be read"), (tmp_path / "no", "read")):
        with pytest.raises(LearnedModelError, match=said):
            list(read_batches(file))


def test_what_was_changed_after_writing_is_found_when_reading(tmp_path: Path) -> None:
    """Somebody's own Parquet file of the right columns and wrong values does not reach LightGBM."""
    file = tmp_path / "table"
    pq.write_table(batch(day_part=[0.0, 7.0, 0.0]), file)
    with pytest.raises(LearnedModelError, match="day_part"):
        Examples.read(file)
