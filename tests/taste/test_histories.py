"""Histories are read in blocks; every row is sound, or counted and told of with its number, column and problem."""

from __future__ import annotations

import codecs
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.errors import HistoryError
from ranking.taste import history
from ranking.taste.history import Plays, history_files, read_histories
from ranking.taste.ledger import Ledger
from ranking.taste.movielens import movie_traits, movielens_folders
from ranking.taste.params import HistoryParams
from ranking.taste.rows import Columns, column_of

HEADER = "profile,title,played_seconds,runtime_seconds,completed,at\n"
PLAIN = "profile,title,completed,at\nann,up,yes,2026-01-01\nbob,heat,yes,2026-01-02\n"
"""Two rows, that many programs write in many ways."""


def read(*files: Path, params: HistoryParams | None = None) -> tuple[list[tuple[str, str, float, float]], Ledger]:
    """The rows of the files, and the ledger; the report lies beside the first file."""
    params = params or HistoryParams()
    report = files[0].parent / "problems.jsonl"
    ledger = Ledger(report, params.most_bad_share, params.bad_rows, params.most_reported)
    rows = [row for block in read_histories(files, params, ledger) for row in of(block)]
    return rows, ledger


def of(block: Plays) -> list[tuple[str, str, float, float]]:
    return list(zip(block.profiles, block.titles, block.worth.tolist(), block.at_seconds.tolist(), strict=True))


def problems(ledger: Ledger) -> list[tuple[int, str, str]]:
    """Row, column and problem of every line of the report."""
    lines = [json.loads(line) for line in ledger.report.read_text("utf-8").splitlines()]
    return [(line["row"], line["column"], line["problem"]) for line in lines]


def csv_file(folder: Path, body: str | bytes, header: str = HEADER) -> Path:
    file = folder / "plays.csv"
    file.write_bytes(header.encode() + (body if isinstance(body, bytes) else body.encode()))
    return file


def test_plays_are_worth_the_share_that_was_watched(tmp_path: Path) -> None:
    """1,800 of 3,600 s are 0.5; completed is 1; without a runtime two minutes count half, less nothing."""
    body = (
        "ann,up,1800,3600,,2026-01-01T00:00:00Z\n"
        "ann,heat,1800,3600,yes,2026-01-01T02:00:00+02:00\n"
        "bob,up,120,,no,1767225600\n"
        "bob,heat,119,,,2026-01-01\n"
        "cat,up,9999,3600,false,2026-01-01 00:00:00\n"
    )
    rows, ledger = read(csv_file(tmp_path, body))
    new_year = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    worth = (("ann", "up", 0.5), ("ann", "heat", 1.0), ("bob", "up", 0.5), ("bob", "heat", 0.0), ("cat", "up", 1.0))
    assert rows == [(*one, new_year) for one in worth]
    assert (ledger.rows, ledger.bad, ledger.report.exists()) == (5, 0, False)


def test_ratings_are_worth_their_share_of_the_best(tmp_path: Path) -> None:
    """MovieLens's own header, with the empty columns that some of its files end in; 2.5 of 5 is 0.5."""
    file = csv_file(tmp_path, "1,31,2.5,1260759144,,\n1,29,5,1260759179,,\n", "userId,movieId,rating,timestamp,,\n")
    rows, _ = read(file)
    assert rows == [("1", "31", 0.5, 1260759144.0), ("1", "29", 1.0, 1260759179.0)]


def test_every_problem_is_told_with_row_and_column(tmp_path: Path) -> None:
    """Row 1 is the header; an empty line is no row; what follows keeps its number."""
    body = (
        b"ann,up,60,120,,2026-01-01\n"
        b"ann,up,sixty,120,,2026-01-01\n"
        b"\n"
        b"ann,up\n"
        b",up,60,0,maybe,yesterday\n"
        b"b\xffb,up,60,120,,2026-01-01\n"
        b"ann,up,,120,,2026-01-01\n"
        b"ann,up,-1,120,,1767225600000\n"
        b"ann,up,60,120,,1900-01-01\n"
        b"bob,up,60,120,,2026-01-01\n"
    )
    rows, ledger = read(csv_file(tmp_path, body))
    assert [row[0] for row in rows] == ["ann", "bob"]
    assert (ledger.rows, ledger.bad) == (9, 7)
    assert problems(ledger) == [
        (5, "", "2 cells under 6 columns"),
        (3, "played_seconds", "not a number"),
        (6, "at", "not a moment: ISO 8601, or seconds since 1970"),
        (6, "completed", "neither true nor false"),
        (6, "profile", "it is missing"),
        (6, "runtime_seconds", "not above 0"),
        (7, "profile", "not a name in UTF-8"),
        (8, "played_seconds/completed/rating", "nothing says how the title was liked"),
        (9, "at", "in the future: is it milliseconds?"),
        (9, "played_seconds", "not within 0 to 2.592e+06 seconds"),
        (10, "at", "before 1990: is it seconds since 1970?"),
    ]


def test_a_quote_that_does_not_close_costs_all_that_it_swallows(tmp_path: Path) -> None:
    """Three lines are gone, and three are counted; the line before is used."""
    body = (
        'ann,up,60,120,,2026-01-01\nann,"up,60,120,,2026-01-01\nbob,up,60,120,,2026-01-01\ncat,up,60,120,,2026-01-01\n'
    )
    rows, ledger = read(csv_file(tmp_path, body))
    assert [row[0] for row in rows] == ["ann"]
    assert (ledger.rows, ledger.bad) == (4, 3)
    assert "a quote that does not close" in problems(ledger)[0][2]


def test_too_many_bad_rows_end_the_run(tmp_path: Path) -> None:
    """Eleven of a hundred are more than ten, and more than one in a hundred; the report holds as many as it may."""
    good, bad = "ann,up,60,120,,2026-01-01\n", "ann,up,x,120,,2026-01-01\n"
    rows, ledger = read(csv_file(tmp_path, good * 90 + bad * 10))
    assert (len(rows), ledger.bad) == (90, 10)
    with pytest.raises(HistoryError, match=r"row 2: played_seconds 'x': not a number; 11 of 100 rows") as caught:
        read(csv_file(tmp_path, bad * 11 + good * 89), params=HistoryParams(most_reported=4))
    assert caught.value.row == 2
    assert len((tmp_path / "problems.jsonl").read_text().splitlines()) == 4


def test_bad_rows_of_a_long_history_are_let_go_by_share(tmp_path: Path) -> None:
    """Twenty of 3,000 are below one in a hundred."""
    good, bad = "ann,up,60,120,,2026-01-01\n", "ann,up,x,120,,2026-01-01\n"
    rows, ledger = read(csv_file(tmp_path, bad * 20 + good * 2_980))
    assert (len(rows), ledger.bad) == (2_980, 20)


def test_blocks_are_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of many blocks has the same rows and the same row numbers as one of a single block."""
    lines = [f"m{number % 7},t{number % 5},{'x' if number % 97 == 0 else 60},120,,2026-01-01" for number in range(900)]
    lines[333] = "ann,up"
    file = csv_file(tmp_path, "\n".join(lines) + "\n")
    params = HistoryParams(bad_rows=20)
    whole, ledger = read(file, params=params)
    told = problems(ledger)
    monkeypatch.setattr(history, "BLOCK_BYTES", 2_000)
    parts, ledger = read(file, params=params)
    assert parts == whole
    assert sorted(problems(ledger)) == sorted(told)
    assert (335, "", "2 cells under 6 columns") in told
    assert [row for row, column, _ in sorted(told) if column] == [number + 2 for number in range(0, 900, 97)]


def test_parquet_of_its_own_types_is_read_as_it_is(tmp_path: Path) -> None:
    """Numbers, flags and instants need not be text; a missing runtime is no problem, a negative play is."""
    moments = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)]
    table = pa.table(
        {
            "Profile": ["ann", "bob", "cat"],
            "Title": pa.array(["up", "up", "up"]).dictionary_encode(),
            "played seconds": pa.array([60, -5, 30], pa.int32()),
            "runtime": pa.array([120.0, 120.0, None], pa.float32()),
            "completed": pa.array([None, False, True]),
            "at": pa.array(moments, pa.timestamp("ns", tz="UTC")),
            "other": [1, 2, 3],
        }
    )
    pq.write_table(table, tmp_path / "plays.parquet")
    rows, ledger = read(tmp_path / "plays.parquet")
    assert rows == [("ann", "up", 0.5, moments[0].timestamp()), ("cat", "up", 1.0, moments[2].timestamp())]
    assert problems(ledger) == [(2, "played_seconds", "not within 0 to 2.592e+06 seconds")]


def test_folders_are_read_file_by_file(tmp_path: Path) -> None:
    """By name; a MovieLens folder is its ratings; other files are left alone."""
    (tmp_path / "day").mkdir()
    for name in ("b.csv", "a.csv", "notes.txt"):
        (tmp_path / "day" / name).write_text(HEADER)
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "ratings.csv").write_text("userId,movieId,rating,timestamp\n")
    found = history_files([tmp_path / "ml", tmp_path / "day"])
    assert [str(file.relative_to(tmp_path)) for file in found] == ["ml/ratings.csv", "day/a.csv", "day/b.csv"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"profile,title\nann,up\n", "no column at: there are profile, title"),
        ("a.csv", b"profile,title,at\nann,up,2026-01-01\n", "none of the columns played_seconds"),
        ("a.csv", b"profile,userId,title,at,rating\n", "two columns are profile"),
        ("a.parquet", b"PAR1 and nothing more", "cannot be read"),
        ("a.csv", b"PAR1\x15\x04\r\x15", "it is no text"),
        ("a.csv", PLAIN.encode("utf-16-le"), "it is no text"),
        ("a.csv.gz", gzip.compress(PLAIN.encode() * 99, mtime=0)[:60], "cannot be read"),
        ("a.csv.gz", gzip.compress(PLAIN.encode() * 99, mtime=0)[:20] + b"garbage" * 9, "cannot be read"),
        ("a.txt", b"", "no history is of this kind"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """With the file's name and the way out."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HistoryError, match=said) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)


def test_an_absent_path_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    """Nothing there is not the same as nobody played."""
    with pytest.raises(HistoryError, match="no such file"):
        history_files([tmp_path / "absent.csv"])
    with pytest.raises(HistoryError, match="holds no ratings"):
        history_files([tmp_path])


def test_a_header_alone_is_a_history_of_nothing(tmp_path: Path) -> None:
    """No row, no problem."""
    rows, ledger = read(csv_file(tmp_path, ""))
    assert rows == []
    assert ledger.rows == 0


def test_headers_are_known_by_their_words() -> None:
    """Case, spaces, dashes and a byte order mark are no difference."""
    found = [column_of(cell) for cell in ("\ufeffProfile", " Played-Seconds ", "userId", "runtime", "mood")]
    assert found == [Columns.PROFILE, Columns.PLAYED, Columns.PROFILE, Columns.RUNTIME, "mood"]


def test_movielens_genres(tmp_path: Path) -> None:
    """Split at the bar; none listed is none; a row without a genre cell is told of."""
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n")
    movies = tmp_path / "movies.csv"
    movies.write_text('movieId,title,genres\n1,"Up, and away",Comedy|Drama\n2,Nothing,(no genres listed)\n')
    assert movielens_folders([tmp_path / "ratings.csv", tmp_path.parent]) == [tmp_path]
    assert [(one.id, one.genres) for one in movie_traits(tmp_path)] == [("1", ("Comedy", "Drama")), ("2", ())]
    movies.write_text("movieId,title,genres\n1,Up\n")
    with pytest.raises(HistoryError, match="row 2"):
        list(movie_traits(tmp_path))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a file holds: rows and problems."""
    file = tmp_path_factory.mktemp("hostile") / "plays.csv"
    file.write_bytes(HEADER.encode() + content)
    rows, ledger = read(file, params=HistoryParams(bad_rows=1_000))
    assert ledger.rows == len(rows) + ledger.bad
    assert all(0 <= row[2] <= 1 and np.isfinite(row[3]) for row in rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", PLAIN.encode()),
        ("marked.csv", b"\xef\xbb\xbf" + PLAIN.encode()),
        ("open.csv", PLAIN.rstrip("\n").encode()),
        ("windows.csv", PLAIN.replace("\n", "\r\n").encode()),
        ("old-mac.csv", PLAIN.replace("\n", "\r").encode()),
        ("bars.csv", PLAIN.replace(",", "|").encode()),
        ("excel.tsv", PLAIN.replace(",", "\t").encode("utf-16")),
        ("big-endian.csv", codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be")),
        ("packed.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)),
        (
            "packed-twice.csv.gz",
            gzip.compress(PLAIN[:40].encode(), mtime=0) + gzip.compress(PLAIN[40:].encode(), mtime=0),
        ),
        ("packed-in-secret.csv", gzip.compress(PLAIN.encode("utf-16"), mtime=0)),
    ],
)
def test_one_history_in_many_shapes(tmp_path: Path, name: str, content: bytes) -> None:
    """Ends of lines, marks, packing and what stands between cells are no difference; nor is where a file is cut."""
    (tmp_path / name).write_bytes(content)
    rows, ledger = read(tmp_path / name)
    assert rows == [("ann", "up", 1.0, 1_767_225_600.0), ("bob", "heat", 1.0, 1_767_312_000.0)]
    assert (ledger.rows, ledger.bad) == (2, 0)


def test_a_header_without_an_end_is_a_history_of_nothing(tmp_path: Path) -> None:
    """As with one."""
    rows, ledger = read(csv_file(tmp_path, "", HEADER.rstrip("\n")))
    assert (rows, ledger.rows) == ([], 0)


@pytest.mark.parametrize("words", ["NULL", "nan", "None", r"\N", "N/A"])
def test_what_a_database_writes_for_nothing_is_nothing(tmp_path: Path, words: str) -> None:
    """A number or a flag that is not known, but never a name; a moment is needed."""
    rows, ledger = read(csv_file(tmp_path, f"{words},up,60,{words},{words},2026-01-01\nann,up,60,120,,{words}\n"))
    assert [row[:3] for row in rows] == [(words, "up", 0.0)]
    assert problems(ledger) == [(3, "at", "it is missing")]


def test_a_row_longer_than_a_block_is_told_by_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote that never closes swallows all the rest: where to look is said."""
    good = "ann,up,60,120,,2026-01-01\n"
    monkeypatch.setattr(history, "BLOCK_BYTES", 1_000)
    with pytest.raises(HistoryError, match="does a quote not close") as caught:
        read(csv_file(tmp_path, good * 200 + 'bob,"up,60,120,,2026-01-01\n' + good * 200))
    assert 150 <= caught.value.row <= 201


def test_parquet_columns_of_odd_types(tmp_path: Path) -> None:
    """UUIDs are told as they are written, moments of any unit are one; bytes that are no text cost their row."""
    ids = [UUID(int=1).bytes, UUID("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}").bytes]
    days = pa.array([20_454, 20_454], pa.date32())
    common = {"title": ["up", "up"], "completed": pa.array([True, True])}
    names = {
        "uuid": (pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16))), days),
        "bytes": (pa.array([b"ann", b"\xff"]), days.cast(pa.timestamp("s"))),
        "view": (pa.array(["ann", "bob"], pa.string_view()), days.cast(pa.timestamp("ns"))),
        "whole": (pa.array([7, 2**63], pa.uint64()), days.cast(pa.date64())),
    }
    found = {}
    for name, (profile, at) in names.items():
        pq.write_table(pa.table({"profile": profile, "at": at, **common}), tmp_path / f"{name}.parquet")
        rows, ledger = read(tmp_path / f"{name}.parquet")
        assert {row[3] for row in rows} == {20_454 * 86_400.0}
        found[name] = [row[0] for row in rows]
    told = ["00000000-0000-0000-0000-000000000001", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]
    assert found == {"uuid": told, "bytes": ["ann"], "view": ["ann", "bob"], "whole": ["7", "9223372036854775808"]}
    assert ledger.bad == 0


def test_parquet_of_several_values_in_a_row_is_refused(tmp_path: Path) -> None:
    """Which of them is the title nobody can know; a column that is not ours may be of any type."""
    rows = {"profile": ["ann"], "title": [["up"]], "at": [1_767_225_600], "completed": [True]}
    pq.write_table(pa.table(rows), tmp_path / "plays.parquet")
    with pytest.raises(HistoryError, match="its column title is list"):
        read(tmp_path / "plays.parquet")
    pq.write_table(pa.table({**rows, "title": ["up"], "device": [{"os": ["tv"]}]}), tmp_path / "plays.parquet")
    assert [row[:2] for row in read(tmp_path / "plays.parquet")[0]] == [("ann", "up")]


def test_what_programs_leave_beside_their_parts_is_no_history(tmp_path: Path) -> None:
    """Names with a dot or a line before them are of a run that goes on, or of a system's own."""
    for name in ("day=1/part-0.csv", "day=1/._part-0.csv", "_temporary/0/part-1.csv", ".hidden/a.csv", "_SUCCESS"):
        (tmp_path / "plays" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plays" / name).write_text(HEADER)
    assert [file.name for file in history_files([tmp_path / "plays"])] == ["part-0.csv"]
    assert history_files([tmp_path / "plays" / "_temporary" / "0"]) == [tmp_path / "plays/_temporary/0/part-1.csv"]


def test_line_ends_in_a_cell_are_no_difference_where_blocks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of three lines is one row, also when a block ends within it, and rows behind it keep their numbers."""
    row = 'ann,up,60,120,,2026-01-01,"three\nlines, ""quoted""\nof a note"\n'
    header = HEADER.rstrip("\n") + ",note\n"
    file = csv_file(tmp_path, row * 70 + row.replace("60", "x") + row * 70, header)
    monkeypatch.setattr(history, "BLOCK_BYTES", 200)
    rows, ledger = read(file)
    assert (len(rows), ledger.rows) == (140, 141)
    assert problems(ledger) == [(72, "played_seconds", "not a number")]
