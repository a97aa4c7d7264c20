"""What is exported is what the catalogue holds, in every format, and equal for equal catalogues."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import store_builders as build

from artwork.errors import BadInput, StoreError, UnknownTitle
from artwork.store.catalog import Catalog
from artwork.store.records import Scan, Stage
from pipelines.export import export, export_catalog
from pipelines.settings import Settings
from pipelines.tables import TABLES


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Two titles: one that is done, whose frame f3 was not appraised, and one that is only scanned."""
    opened = Catalog.open(tmp_path / "store")
    with build.held(opened) as lease:
        build.record(opened, lease, Stage.ANNOTATE)
        opened.record_appraisals(lease, build.EMBED_MODEL, build.AESTHETIC_MODEL, build.appraised(3), build.SETTINGS)
        opened.record_selection(lease, build.SELECTION, build.SETTINGS)
    opened.record_verdict("sintel", "f1", "approved")
    with build.held(opened, "bunny") as lease:
        bunny = replace(build.TITLE, id="bunny", location="/films/bunny.mp4")
        opened.record_scan(lease, bunny, Scan(build.FILM, build.FACTS, build.SHOTS[:1]), build.sampled(1), "s")
    yield opened
    opened.close()


def rows_of(catalog: Catalog, what: str, out: Path, *titles: str) -> list[dict[str, object]]:
    export(catalog, what, "jsonl", out, titles)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_candidates_carry_their_measurements(catalog: Catalog, tmp_path: Path) -> None:
    """f2 lies 24 x 2 + 12 = 60 ticks of 1/24 s into the film: 2.5 s."""
    best, second = rows_of(catalog, "candidates", tmp_path / "c.jsonl")
    picked = {name: best[name] for name in ("title", "id", "rank", "verdict", "fallback", "utility", "frame", "shot")}
    assert picked == {
        "title": "sintel",
        "id": "c2",
        "rank": 1,
        "verdict": "proposed",
        "fallback": False,
        "utility": 0.9,
        "frame": "f2",
        "shot": 2,
    }
    assert (best["at_seconds"], best["pts"], best["time_base"]) == (2.5, 60, "1/24")
    assert (best["brightness"], best["shot_scale"], best["thirds"]) == (0.5, "no_people", 0.8)
    assert best["embedding"] == [0.0, 0.0, 1.0, 0.0]
    assert best["embed_model"] == {"name": "ViT-B-32", "digest": "abc", "preprocessing": "224 bicubic"}
    assert best["themes"] == [{"group": "mood", "name": "dark", "probability": 0.75}]
    assert (second["verdict"], second["fallback"]) == ("approved", True)


def test_a_frame_that_was_not_appraised_has_no_embedding(catalog: Catalog, tmp_path: Path) -> None:
    frames = rows_of(catalog, "frames", tmp_path / "f.jsonl")
    assert [row["frame"] for row in frames] == ["f0", "f1", "f2", "f3"]
    assert [row["embedding"] is None for row in frames] == [False, False, False, True]


def test_refusals_say_when_and_why(catalog: Catalog, tmp_path: Path) -> None:
    first, second = rows_of(catalog, "refusals", tmp_path / "r.jsonl")
    assert (first["rule"], first["value"], first["limit"], first["at_seconds"]) == ("black", 0.01, 0.06, 0.5)
    assert second["rule"] == "flat"


def test_shots_tell_seconds_and_exact_ticks(catalog: Catalog, tmp_path: Path) -> None:
    shots = rows_of(catalog, "shots", tmp_path / "s.jsonl")
    assert [(row["title"], row["shot"]) for row in shots] == [("bunny", 0), *(("sintel", shot) for shot in range(4))]
    assert (shots[4]["start_seconds"], shots[4]["end_pts"], shots[4]["kind"]) == (3.0, 96, "credits")


@pytest.mark.parametrize("what", sorted(TABLES))
def test_every_format_holds_the_same_rows(catalog: Catalog, tmp_path: Path, what: str) -> None:
    wanted = rows_of(catalog, what, tmp_path / "x.jsonl")
    assert export(catalog, what, "parquet", tmp_path / "x.parquet") == len(wanted)
    assert pq.read_table(tmp_path / "x.parquet").to_pylist() == wanted
    assert export(catalog, what, "csv", tmp_path / "x.csv") == len(wanted)
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    texts = TABLES[what].schema
    assert [
        {name: _from_cell(cell, is_text=str(texts.field(name).type) == "string") for name, cell in row.items()}
        for row in found
    ] == wanted


def _from_cell(cell: str, *, is_text: bool) -> object:
    if is_text:
        return cell
    return json.loads(cell) if cell else None


@pytest.mark.parametrize("what", sorted(TABLES))
def test_a_row_has_the_columns_of_its_schema_in_their_order(catalog: Catalog, tmp_path: Path, what: str) -> None:
    for row in rows_of(catalog, what, tmp_path / "x.jsonl"):
        assert list(row) == TABLES[what].schema.names


def test_parquet_holds_embeddings_as_float32_and_faces_as_lists(catalog: Catalog, tmp_path: Path) -> None:
    export(catalog, "candidates", "parquet", tmp_path / "c.parquet")
    table = pq.read_table(tmp_path / "c.parquet")
    assert str(table.schema.field("embedding").type) == "list<element: float>"
    assert table.column("faces")[0].as_py()[0]["box"] == {"left": 0.4, "top": 0.2, "width": 0.1, "height": 0.2}
    vectors = np.stack([np.asarray(row.as_py(), np.float32) for row in table.column("embedding")])
    assert np.array_equal(vectors, np.eye(4, dtype=np.float32)[[2, 1]])


@pytest.mark.parametrize("to", ["jsonl", "csv", "parquet"])
def test_an_empty_catalogue_gives_a_file_that_can_be_read(tmp_path: Path, to: str) -> None:
    empty = Catalog.open(tmp_path / "empty")
    out = tmp_path / f"none.{to}"
    assert export(empty, "frames", to, out) == 0
    if to == "parquet":
        assert pq.read_table(out).schema.equals(TABLES["frames"].schema)
    elif to == "csv":
        assert out.read_text().startswith("title,frame,shot,at_seconds")
    else:
        assert out.read_bytes() == b""
    empty.close()


def test_the_dump_tells_everything_of_a_title_in_order(catalog: Catalog, tmp_path: Path) -> None:
    lines = rows_of(catalog, "catalog", tmp_path / "all.jsonl", "sintel")
    assert [line["table"] for line in lines] == [
        "titles",
        *["stages"] * 4,
        *["shots"] * 4,
        *["frames"] * 4,
        *["annotations"] * 4,
        *["appraisals"] * 3,
        *["refusals"] * 2,
        *["candidates"] * 2,
        "verdicts",
    ]
    assert lines[0]["extra"] == {"studio": "Blender; 'Durian'", "ärger": "ja"}
    assert lines[0]["film_digest"] == "d" * 64


def test_equal_catalogues_give_equal_dumps_whatever_their_past(catalog: Catalog, tmp_path: Path) -> None:
    """The other one was recorded in another order, partly twice, and its film files are of another day."""
    other = Catalog.open(tmp_path / "other")
    film = replace(build.FILM, modified_ns=5)
    with build.held(other, "bunny") as lease:
        bunny = replace(build.TITLE, id="bunny", location="/films/bunny.mp4")
        for _ in range(2):
            other.record_scan(lease, bunny, Scan(film, build.FACTS, build.SHOTS[:1]), build.sampled(1), "s")
    with build.held(other) as lease:
        build.record(other, lease, settings="older settings")
        other.record_refused_title(lease, build.TITLE, "out of reach")
        build.record(other, lease, Stage.ANNOTATE)
        other.record_appraisals(lease, build.AESTHETIC_MODEL, build.EMBED_MODEL, build.appraised(4), "other models")
        other.record_appraisals(lease, build.EMBED_MODEL, build.AESTHETIC_MODEL, build.appraised(3), build.SETTINGS)
        other.record_selection(lease, build.SELECTION, build.SETTINGS)
        other.record_verdict("sintel", "f1", "approved")
        for name, each in (("a", catalog), ("b", other)):
            assert export(each, "catalog", "jsonl", tmp_path / name) == 25 + 4
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    other.close()


@pytest.mark.parametrize("to", ["jsonl", "csv", "parquet"])
def test_a_table_is_written_the_same_each_time(catalog: Catalog, tmp_path: Path, to: str) -> None:
    for name in ("a", "b"):
        export(catalog, "frames", to, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_titles_can_be_chosen_and_unknown_ones_are_named(catalog: Catalog, tmp_path: Path) -> None:
    assert {row["title"] for row in rows_of(catalog, "shots", tmp_path / "s.jsonl", "bunny", "bunny")} == {"bunny"}
    with pytest.raises(UnknownTitle, match="nobody"):
        export(catalog, "shots", "jsonl", tmp_path / "none.jsonl", ["nobody"])
    assert not (tmp_path / "none.jsonl").exists()


def test_without_a_file_rows_go_to_stdout(catalog: Catalog, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    export(catalog, "refusals", "csv", None)
    lines = list(csv.reader(io.StringIO(capfdbinary.readouterr().out.decode(), newline="")))
    assert [line[7] for line in lines] == ["rule", "black", "flat"]


@pytest.mark.parametrize(
    ("what", "to", "problem"),
    [
        ("posters", "csv", "cannot export 'posters': give one of candidates, frames, refusals, shots, catalog"),
        ("frames", "xlsx", "cannot export to 'xlsx': give one of jsonl, csv, parquet"),
        ("catalog", "csv", "goes to jsonl, not csv"),
        ("frames", "parquet", "Parquet needs a file: add --out FILE"),
    ],
)
def test_what_cannot_be_exported_is_said(catalog: Catalog, what: str, to: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        export(catalog, what, to, None)


def test_a_place_that_cannot_be_written_is_named(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot write .*none/x\.csv: No such file or directory"):
        export(catalog, "frames", "csv", tmp_path / "none" / "x.csv")


def test_a_failed_export_leaves_the_older_file_alone(catalog: Catalog, tmp_path: Path) -> None:
    export(catalog, "shots", "jsonl", tmp_path / "x")
    before = (tmp_path / "x").read_bytes()
    with catalog.database.writing() as connection:
        connection.exec_driver_sql("UPDATE shots SET kind = 'odd' WHERE number = 3")
    with pytest.raises(StoreError, match="a row is damaged"):
        export(catalog, "shots", "jsonl", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "x"]


def test_the_store_of_the_settings_is_exported(catalog: Catalog, tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "store"))
    assert export_catalog(settings, "shots", "csv", tmp_path / "s.csv", []) == len(catalog.shots("sintel")) + 1
    with pytest.raises(StoreError, match="no catalogue in"):
        export_catalog(Settings(store=str(tmp_path / "none")), "shots", "csv", None, [])
