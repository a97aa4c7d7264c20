"""What a store can lose between two runs, and a disk that is full: said once, mended by the next run."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from batches import command, dump, make_batch, rows


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_batch(tmp_path_factory.mktemp("losses") / "films", films=2, shots=3)


@pytest.fixture
def store(films: Path, tmp_path: Path) -> Path:
    """A store after a clean run."""
    command("ingest", films, "--store", tmp_path / "store")
    return tmp_path / "store"


def test_pictures_that_were_lost_are_made_again(films: Path, store: Path) -> None:
    """The blobs folder was deleted: nothing is called unchanged that has no picture."""
    before = dump(store)
    shutil.rmtree(store / "blobs")
    assert {row["status"] for row in rows(command("ingest", films, "--store", store, "--json"))} == {"ok"}
    assert dump(store) == before
    with sqlite3.connect(store / "catalog.db") as connection:
        stills = [still for (still,) in connection.execute("select still from frames")]
    assert stills
    assert all((store / "blobs" / still).is_file() for still in stills)
    assert {row["status"] for row in rows(command("ingest", films, "--store", store, "--json"))} == {"unchanged"}


def test_a_stage_that_is_done_again_finds_what_was_lost(films: Path, store: Path) -> None:
    """All but the candidates' pictures are gone when annotation and embedding are to be made anew."""
    before = dump(store)
    with sqlite3.connect(store / "catalog.db") as connection:
        chosen = {f for (f,) in connection.execute("select frame from candidates")}
        kept = {still for frame, still in connection.execute("select id, still from frames") if frame in chosen}
        connection.execute("delete from stages where stage in ('annotate', 'embed', 'select')")
    for still in (store / "blobs").rglob("*.jpg"):
        if still.relative_to(store / "blobs").as_posix() not in kept:
            still.unlink()
    assert {row["status"] for row in rows(command("ingest", films, "--store", store, "--json"))} == {"ok"}
    assert dump(store) == before


def test_a_scratch_folder_that_cannot_be_written_is_not_the_films_fault(films: Path, tmp_path: Path) -> None:
    """Exit 1 and one line; no title is refused, and nothing is to be reported."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "scratch").write_bytes(b"")
    answer = command("ingest", films, "--store", store)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.splitlines()[-1].startswith("artwork: cannot make the scratch folder")


def test_a_run_leaves_no_scratch(store: Path) -> None:
    """Nor anything in the system's folder for temporary files."""
    assert [path.name for path in (store / "scratch").iterdir()] == [".owner"]


def test_two_films_of_one_name_in_two_runs_are_two_titles(films: Path, tmp_path: Path) -> None:
    """The second takes nothing from the first."""
    store = tmp_path / "store"
    for folder, film in (("one", "film 0.mp4"), ("two", "film 1.mp4")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "film.mp4").symlink_to(films / film)
        assert command("ingest", tmp_path / folder, "--store", store).returncode == 0
    listed = rows(command("titles", "--store", store, "--json"))
    assert [row["title"] for row in listed] == ["film", "two-film"]
    again = rows(command("ingest", tmp_path / "one", tmp_path / "two", "--store", store, "--json"))
    assert {str(row["title"]): row["status"] for row in again} == {"film": "unchanged", "two-film": "unchanged"}
