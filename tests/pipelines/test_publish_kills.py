"""A publish killed anywhere leaves in service what was; the next one ends where an undisturbed one would have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batches import ARTWORK
from published_films import in_use, judge, make_film, option, settings_of, stock

from artwork.domain import Title
from pipelines.publish import REPRODUCIBLE, publish
from ranking.learn.folder import read_active

MOMENT = "1770000000"
DIE = """
import importlib, os, signal, sys
from pipelines.publish import publish
from pipelines.settings import load_settings

module, name, nth, store = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
place = importlib.import_module(module)
*way, last = name.split(".")
for step in way:
    place = getattr(place, step)
real, calls = getattr(place, last), 0

def until(*given, **named):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

setattr(place, last, until)
publish(load_settings(store=store, workers=1), quiet=True)
"""
MOMENTS = (
    ("artwork.store.blobs", "Blobs.put", 3),
    ("artwork.store.gallery", "Gallery.record", 2),
    ("ranking.learn.folder", "_sync_folder", 1),
    ("pipelines.release", "activate", 1),
    ("ranking.learn.folder", "replace_file", 2),
)
"""In the order of a publish: a blob, a row, a snapshot's draft, the release, the pointer."""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that serves one picture, with more approved since."""
    folder = tmp_path_factory.mktemp("kills")
    film = make_film(folder / "hill.mp4", 320, 180)
    stock(folder / "store", [Title("hill", str(film), "The Hill"), Title("shore", str(film), "The Shore")])
    judge(folder / "store", "hill", "approved", 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(REPRODUCIBLE, "1760000000")
        publish(settings_of(folder / "store"), quiet=True)
    judge(folder / "store", "hill", "approved", 1, 2)
    judge(folder / "store", "shore", "approved", 0)
    return folder / "store"


@pytest.fixture(scope="module")
def clean(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The snapshot of a publish that nobody disturbs."""
    store = Path(shutil.copytree(changed, tmp_path_factory.mktemp("clean") / "store"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(REPRODUCIBLE, MOMENT)
        return publish(settings_of(store), quiet=True).snapshot


@pytest.mark.parametrize(("module", "name", "nth"), MOMENTS)
def test_killed_at_any_moment_the_old_snapshot_serves_and_the_next_run_ends_the_same(
    module: str, name: str, nth: int, changed: Path, clean: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Path(shutil.copytree(changed, tmp_path / "store"))
    before = in_use(store)
    died = subprocess.run([sys.executable, "-c", DIE, module, name, str(nth), str(store)], check=False)
    assert died.returncode == -9
    assert in_use(store) == before
    monkeypatch.setenv(REPRODUCIBLE, MOMENT)
    assert publish(settings_of(store), quiet=True).snapshot == read_active(store).snapshot == clean
    assert not list((store / "snapshot").glob(".draft-*"))
    assert {one.id for one in in_use(store)["hill"].options} == {option("hill", number) for number in range(3)}


def test_the_command_killed_while_it_composes_goes_on_where_it_was(changed: Path, clean: str, tmp_path: Path) -> None:
    """The whole group of processes dies once new blobs appear, as when a machine goes down."""
    store = Path(shutil.copytree(changed, tmp_path / "store"))
    before, blobs = in_use(store), len(list((store / "blobs").rglob("*.*")))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARTWORK_")}
    words = [ARTWORK, "publish", "--store", str(store)]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while len(list((store / "blobs").rglob("*.*"))) == blobs and running.poll() is None:
        time.sleep(0.05)
    running.kill()
    assert running.wait() == -9
    assert in_use(store) == before
    again = subprocess.run(words, capture_output=True, text=True, check=True, env=environment | {REPRODUCIBLE: MOMENT})
    assert clean in again.stdout
    assert read_active(store).snapshot == clean
