"""A manifest gives titles, or says which row is wrong and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artwork.domain import Title
from artwork.errors import BadInput, ManifestError
from artwork.store.manifest import read_manifest

FULL = """\
title,path,name,kind,genres,synopsis,cast,year,maturity_rating,language,Studio ID
Big Buck Bunny,films/bbb.mp4,,film,comedy | animation;short,"A rabbit, big.
And kind.",Frank | Rinky,2008,PG,en,B-1
"""


def write(tmp_path: Path, content: str | bytes, name: str = "titles.csv") -> Path:
    manifest = tmp_path / name
    manifest.write_bytes(content if isinstance(content, bytes) else content.encode())
    return manifest


def bunny(tmp_path: Path) -> Title:
    return Title(
        "big-buck-bunny",
        str(tmp_path / "films" / "bbb.mp4"),
        "Big Buck Bunny",
        "film",
        ("comedy", "animation", "short"),
        "A rabbit, big.\nAnd kind.",
        ("Frank", "Rinky"),
        2008,
        "PG",
        "en",
        {"studio_id": "B-1"},
    )


def test_every_column_of_a_csv_file_arrives(tmp_path: Path) -> None:
    assert read_manifest(write(tmp_path, FULL)) == [bunny(tmp_path)]


def test_every_field_of_json_lines_arrives(tmp_path: Path) -> None:
    cells = {
        "title": "Big Buck Bunny",
        "path": "films/bbb.mp4",
        "genres": ["comedy", "animation", "short"],
        "synopsis": "A rabbit, big.\nAnd kind.",
        "cast": "Frank|Rinky",
        "year": 2008,
        "maturity_rating": "PG",
        "language": "en",
        "Studio ID": "B-1",
        "name": None,
    }
    assert read_manifest(write(tmp_path, f"\n{json.dumps(cells)}\n\n", "titles.jsonl")) == [bunny(tmp_path)]


@pytest.mark.parametrize(
    "content",
    [
        FULL.encode("utf-8-sig"),
        FULL.replace("\n", "\r\n").replace("big.\r\n", "big.\n").encode(),
        FULL.encode() + b"\n\n,,,,,,,,,,\n",
        FULL.replace("title,path", " Title , PATH").replace("maturity_rating", "Maturity Rating").encode(),
    ],
    ids=["byte order mark", "CRLF", "blank rows", "spelling of columns"],
)
def test_what_spreadsheets_do_to_csv_is_understood(tmp_path: Path, content: bytes) -> None:
    assert read_manifest(write(tmp_path, content)) == [bunny(tmp_path)]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    content = delimiter.join(["path", "genres"]) + "\n" + delimiter.join(["x.mp4", "a|b"])
    assert read_manifest(write(tmp_path, content))[0].genres == ("a", "b")


def test_a_path_alone_is_enough(tmp_path: Path) -> None:
    expected = Title("big-buck-bunny", str(tmp_path / "Big_Buck_Bunny.mp4"), "Big Buck Bunny")
    assert read_manifest(write(tmp_path, "path\nBig_Buck_Bunny.mp4\n")) == [expected]


def test_a_url_stays_as_it_is(tmp_path: Path) -> None:
    [title] = read_manifest(write(tmp_path, "title,path,url\n,,s3://films/a%20b.mp4\n"))
    assert (title.id, title.location, title.name) == ("a-b", "s3://films/a%20b.mp4", "a b")


def test_an_absolute_path_and_one_upwards_are_taken_from_the_manifest(tmp_path: Path) -> None:
    found = read_manifest(write(tmp_path, "path\n/films/a.mp4\n../b.mp4\n"))
    assert [title.location for title in found] == ["/films/a.mp4", str(tmp_path.parent / "b.mp4")]


def test_extra_columns_of_any_kind_are_kept_as_text(tmp_path: Path) -> None:
    line = '{"path": "x.mp4", "rights": {"to": 2030, "from": [1, 2]}, "hd": true, "note": ""}'
    assert read_manifest(write(tmp_path, line, "t.jsonl"))[0].extra == {
        "rights": '{"from": [1, 2], "to": 2030}',
        "hd": "true",
    }


@pytest.mark.parametrize(
    ("name", "content", "row", "problem"),
    [
        ("t.csv", "name,year\nx,2000\n", 1, "no column path or url: the header has name, year"),
        ("t.csv", "path,path\nx,y\n", 1, "column 'path' comes twice"),
        ("t.csv", 'path,name\na.mp4,"x\ny"\n,z\n', 3, "no path and no url"),
        ("t.csv", "path,name\na.mp4,x,y\n", 2, "3 cells under 2 columns: put quotes around a cell with ','"),
        ("t.csv", 'path,name\na.mp4,x\nb.mp4,"x\n', 3, "look for a quote that does not close"),
        ("t.csv", "path,year\na.mp4,MMVIII\n", 2, "year 'MMVIII': give four digits, 1870 to 2200"),
        ("t.csv", "path,year\na.mp4,1066\n", 2, "year '1066'"),
        ("t.csv", "title,path\nA B,a.mp4\na-b,b.mp4\n", 3, "its id 'a-b' is that of row 2"),
        ("t.csv", b"path,name\na.mp4,L\xe9on\n", 2, "it is not UTF-8"),
        ("t.csv", "path,name\na.mp4,x\0y\n", 2, r"'x\\x00y' holds a character that no text may hold"),
        ("t.jsonl", '{"path": "a.mp4"}\n[1]\n', 2, "it is a list: one object on each line"),
        ("t.jsonl", '{"path": "a.mp4"}\n{"path": \n', 2, "it is not JSON"),
        ("t.jsonl", '{"path": "a.mp4", "genres": [1]}', 1, r"genres is \[1\]: give texts"),
        ("t.jsonl", '{"path": "a.mp4", "cast": 5}', 1, "cast is 5: give a list of texts"),
        ("t.jsonl", '{"path": "a.mp4", "name": "\\ud800"}', 1, "holds a character that no text may hold"),
        ("t.jsonl", "[" * 100_000, 1, "it is not JSON"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: str | bytes, row: int, problem: str
) -> None:
    with pytest.raises(ManifestError, match=problem) as caught:
        read_manifest(write(tmp_path, content, name))
    assert caught.value.row == row
    assert str(caught.value).startswith(f"{tmp_path / name}, row {row}: ")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.csv", "", "holds no title"),
        ("t.csv", "path,name\n", "holds no title"),
        ("t.jsonl", "\n", "holds no title"),
        ("t.xlsx", "PK", r"is no manifest: give a \.csv or a \.jsonl file"),
    ],
)
def test_a_manifest_without_titles_says_so(tmp_path: Path, name: str, content: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        read_manifest(write(tmp_path, content, name))


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read the manifest .*none\.csv: No such file"):
        read_manifest(tmp_path / "none.csv")


def test_where_no_film_is_needed_a_title_is_enough(tmp_path: Path) -> None:
    """Genres of titles that are no films of ours; one of the three must be there all the same."""
    content = "title,genres\nBig Buck,Comedy\n"
    with pytest.raises(ManifestError, match="no column path or url: the header has title, genres"):
        read_manifest(write(tmp_path, content))
    found = read_manifest(write(tmp_path, content), films=False)
    assert [(one.id, one.name, one.genres) for one in found] == [("big-buck", "Big Buck", ("Comedy",))]
    with pytest.raises(ManifestError, match="no column path or url or title"):
        read_manifest(write(tmp_path, "name,genres\nBig Buck,Comedy\n"), films=False)
    with pytest.raises(ManifestError, match="row 3: no path and no url"):
        read_manifest(write(tmp_path, "title,genres\nBig Buck,Comedy\n,Drama\n"), films=False)
