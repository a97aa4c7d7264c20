"""`artwork ingest` as its users run it: the command, on real films, in a process of its own."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest
from batches import begin, command, dump, make_batch, rows

KILLS = int(os.environ.get("ARTWORK_TEST_KILLS", "50"))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_batch(tmp_path_factory.mktemp("batch") / "films")


@pytest.fixture(scope="module")
def clean(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after one undisturbed run."""
    store = tmp_path_factory.mktemp("clean") / "store"
    answer = command("ingest", films, "--store", store, "--json")
    assert answer.returncode == 0, answer.stderr
    assert [row["status"] for row in rows(answer)] == ["ok"] * 5
    return store


def test_a_title_is_reported_with_what_was_found(films: Path, tmp_path: Path) -> None:
    """Four shots of one film: the row that programs read."""
    answer = command("ingest", films / "film 0.mp4", "--store", tmp_path / "store", "--json")
    (row,) = rows(answer)
    assert {key: row[key] for key in ("title", "status", "reason", "shots")} == {
        "title": "film-0",
        "status": "ok",
        "reason": "",
        "shots": 4,
    }
    assert 4 <= int(str(row["frames"])) <= 8
    assert 1 <= int(str(row["candidates"])) <= int(str(row["frames"]))


def test_a_second_run_changes_nothing(films: Path, clean: Path) -> None:
    """Unchanged films are said to be, and the catalogue stays the same to the byte."""
    before = dump(clean)
    answer = command("ingest", films, "--store", clean, "--json")
    assert [row["status"] for row in rows(answer)] == ["unchanged"] * 5
    assert dump(clean) == before


def test_a_setting_costs_only_the_stages_behind_it(films: Path, clean: Path, tmp_path: Path) -> None:
    """Fewer candidates are wanted: scan, annotation and appraisals keep their fingerprints."""
    store = tmp_path / "store"
    command("ingest", films, "--store", store)
    before = stages(store)
    answer = command("ingest", films, "--store", store, "--json", ARTWORK_SHORTLIST__COUNT="2")
    assert [row["status"] for row in rows(answer)] == ["ok"] * 5
    assert all(int(str(row["candidates"])) <= 2 for row in rows(answer))
    after = stages(store)
    assert {key for key in before if before[key] != after[key]} == {(f"film-{n}", "select") for n in range(5)}
    assert stages(clean) == before


def test_killed_at_random_moments_it_ends_as_if_never_disturbed(films: Path, clean: Path, tmp_path: Path) -> None:
    """SIGKILL to the whole run, again and again, then a run to the end: the dump is that of one clean run."""
    store = tmp_path / "store"
    moments = random.Random(20)
    killed = 0
    while killed < KILLS:
        run = begin("ingest", films, "--store", store, "--workers", "2")
        time.sleep(moments.uniform(0.4, 2.2))
        if run.poll() is None:
            _kill_all(run.pid)
            killed += 1
        elif moments.random() < 0.9:  # it had come to its end: begin the batch anew
            killed += _forget(store)
        run.communicate()
    answer = command("ingest", films, "--store", store, "--json")
    assert answer.returncode == 0, answer.stderr
    assert dump(store) == dump(clean)


def _kill_all(pid: int) -> None:
    """The process and its children at one moment, as when a machine loses power."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue


def _forget(store: Path) -> int:
    """Take the stages of two titles away, as if they had never been done."""
    with sqlite3.connect(store / "catalog.db") as connection:
        connection.execute("delete from stages where title in ('film-1', 'film-3')")
    return 0


def test_two_runs_at_once_never_do_the_same_title(films: Path, clean: Path, tmp_path: Path) -> None:
    """Each title is done by one of the two, and found unchanged or never begun by the other."""
    store = tmp_path / "store"
    runs = [begin("ingest", films, "--store", store, "--json", "--workers", "1") for _ in range(2)]
    lines = [run.communicate(timeout=300)[0] for run in runs]
    done = [line for text in lines for line in text.splitlines() if '"status": "ok"' in line]
    assert [run.returncode for run in runs] == [0, 0]
    assert len(done) == 5
    assert dump(store) == dump(clean)


def test_a_broken_film_costs_itself_alone(films: Path, clean: Path, tmp_path: Path) -> None:
    """Rubbish, an empty file and a playlist beside good films: exit 3, one clear line each, the others whole."""
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for film in films.iterdir():
        (mixed / film.name).symlink_to(film)
    (mixed / "rubbish.mp4").write_bytes(b"no film at all" * 100)
    (mixed / "empty.mkv").write_bytes(b"")
    (mixed / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{films / 'film 0.mp4'}\n#EXT-X-ENDLIST\n")
    answer = command("ingest", mixed, "--store", tmp_path / "store", "--json")
    assert answer.returncode == 3
    assert "Traceback" not in answer.stdout + answer.stderr
    refused = {str(row["title"]): str(row["reason"]) for row in rows(answer) if row["status"] == "refused"}
    assert set(refused) == {"rubbish", "empty", "list"}
    assert all(name in reason and "check that" in reason for name, reason in refused.items())
    kept = [line for line in dump(tmp_path / "store").splitlines() if "film-" in line]
    assert len(kept) == len(dump(clean).splitlines())


def test_a_film_out_of_reach_keeps_what_it_had(films: Path, tmp_path: Path) -> None:
    """A share that is not mounted today does not cost the candidates of yesterday."""
    film = tmp_path / "film.mp4"
    film.write_bytes((films / "film 0.mp4").read_bytes())
    store = tmp_path / "store"
    command("ingest", film, "--store", store)
    before = rows(command("candidates", "film", "--store", store, "--json"))
    film.write_bytes(b"damaged")
    assert command("ingest", film, "--store", store).returncode == 3
    assert rows(command("candidates", "film", "--store", store, "--json")) == before != []


def test_wrong_usage_exits_2_and_what_is_not_there_exits_1(tmp_path: Path) -> None:
    """Each with one line that says what to do."""
    assert command("ingest", "--store", tmp_path).returncode == 2
    missing = command("ingest", tmp_path / "absent.mp4", "--store", tmp_path / "store")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    assert "absent.mp4" in missing.stderr
    unknown = command("shots", "nothing", "--store", tmp_path / "store")
    assert unknown.returncode == 1
    assert "artwork" in unknown.stderr


def test_a_setting_that_cannot_be_used_is_named(films: Path, tmp_path: Path) -> None:
    """The line carries the variable's name and the value."""
    answer = command("ingest", films, "--store", tmp_path / "store", ARTWORK_SHOTS__DETECTOR="guess")
    assert answer.returncode == 1
    assert "ARTWORK_SHOTS" in answer.stderr
    assert "guess" in answer.stderr


def test_torch_is_not_loaded_without_clip(films: Path, tmp_path: Path) -> None:
    """The whole command, its interpreter watched: no torch, no open_clip, no lightgbm, no pandas."""
    answer = command("ingest", films / "film 0.mp4", "--store", tmp_path / "store", PYTHONPROFILEIMPORTTIME="1")
    assert answer.returncode == 0
    for package in ("torch", "open_clip", "lightgbm", "pandas"):
        assert f" {package}\n" not in answer.stderr


def stages(store: Path) -> dict[tuple[str, str], str]:
    """(title, stage) to fingerprint."""
    with sqlite3.connect(store / "catalog.db") as connection:
        return {(title, stage): mark for title, stage, mark in connection.execute("select * from stages")}
