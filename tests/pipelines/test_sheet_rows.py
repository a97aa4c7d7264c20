"""CSV files that people edited are read, or it is said what is wrong with them, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwork.errors import ManifestError
from pipelines.sheet_rows import read_sheet_rows


def test_rows_know_their_numbers_and_missing_cells_are_empty(tmp_path: Path) -> None:
    """A cell of two lines, a row that is too short, and one that is too long."""
    file = tmp_path / "a.csv"
    file.write_bytes('\ufefftitle,name\r\nup,"two\r\nlines"\r\nheat\r\nbig,Ed,more\r\n'.encode())
    found = read_sheet_rows(file, ["title"])
    assert found.columns == {"title", "name"}
    assert found.rows == (
        (2, {"title": "up", "name": "two\r\nlines"}),
        (3, {"title": "heat", "name": ""}),
        (4, {"title": "big", "name": "Ed"}),
    )


def test_a_file_of_nothing_but_its_columns_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title\n")
    assert read_sheet_rows(tmp_path / "a.csv", ["title"]).rows == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no column 'title'"),
        (b"name\nEd\n", "no column 'title'"),
        (b"title\n\xff\xfe\n", "no UTF-8"),
        (b"title\n" + b"x" * 200_000 + b"\n", "no CSV"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "a.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ManifestError, match=why):
        read_sheet_rows(file, ["title"])
