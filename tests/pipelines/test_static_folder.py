"""A plain folder holds the very files that the service sends."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from published_films import files_below, in_use, judge, make_film, settings_of, stock

from artwork.domain import Title
from artwork.errors import StoreError
from artwork.store.blobs import Blobs
from pipelines.publish import publish
from pipelines.serve import make_service
from pipelines.static_folder import INDEX, LOCK, write_static
from ranking.errors import SnapshotError
from ranking.learn.folder import Active, read_active


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    stock(folder / "store", [Title("hill", str(make_film(folder / "hill.mp4", 320, 180)), "The Hill <b>")])
    judge(folder / "store", "hill", "approved", 0, 1)
    publish(settings_of(folder / "store"), quiet=True)
    return folder / "store"


@pytest.fixture
def store(published_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_once, tmp_path / "store"))


def listed(folder: Path) -> dict[str, dict[str, object]]:
    """The files that the index names, by path."""
    index = json.loads((folder / INDEX).read_text("utf-8"))
    return {
        file["path"]: file | {"rendition": one["rendition"]}
        for title in index["titles"]
        for option in title["options"]
        for one in option["renditions"]
        for file in one["files"]
    }


def test_every_file_is_byte_for_byte_what_the_service_sends(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "static"
    count = write_static(settings_of(store), folder)
    files = listed(folder)
    assert count == len(files) > 10
    assert set(files_below(folder)) == {*files, INDEX}
    with TestClient(make_service(store)) as client:
        for path, file in files.items():
            address = f"/v1/artwork/{file['rendition']}?width={file['width']}"
            answer = client.get(address, headers={"accept": str(file["type"])})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == file["type"]
            assert answer.content == (folder / path).read_bytes()
            assert len(answer.content) == file["bytes"]


def test_written_again_nothing_moves_and_what_is_no_longer_served_goes(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "static"
    write_static(settings_of(store), folder)
    (folder / "robots.txt").write_text("ours")
    before = files_below(folder)
    write_static(settings_of(store), folder)
    after = files_below(folder)
    assert {name for name in before if before[name] != after[name]} <= {INDEX}
    judge(store, "hill", "rejected", 0)
    publish(settings_of(store), quiet=True)
    write_static(settings_of(store), folder)
    left = {one.id for one in in_use(store)["hill"].renditions}
    assert {path.name for path in folder.iterdir() if path.is_dir()} == left
    assert (folder / "robots.txt").read_text() == "ours"


def test_an_index_that_names_other_places_removes_nothing_there(store: Path, tmp_path: Path) -> None:
    folder, outside = tmp_path / "static", tmp_path / "precious"
    outside.mkdir()
    folder.mkdir()
    options = [{"renditions": [{"rendition": "../precious"}, {"rendition": str(outside)}]}]
    (folder / INDEX).write_text(json.dumps({"titles": [{"options": options}]}))
    write_static(settings_of(store), folder)
    assert outside.is_dir()


@pytest.mark.parametrize("theirs", ['{"name": "my site"}', "[1]", "<html>", "\\xff"])
def test_an_index_of_somebody_else_is_not_written_over(theirs: str, store: Path, tmp_path: Path) -> None:
    """`--static .` in the folder of a web site."""
    (tmp_path / INDEX).write_text(theirs, "latin-1")
    with pytest.raises(StoreError, match="was not written by a publish"):
        write_static(settings_of(store), tmp_path)
    assert (tmp_path / INDEX).read_text("latin-1") == theirs


def test_two_that_write_at_once_take_turns(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in use is asked for again inside the lock: who comes last writes the newest index."""
    alone: list[bool] = []

    def asked(place: Path) -> Active:
        with (store / LOCK).open("a") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                alone.append(True)
            else:
                alone.append(False)
        return read_active(place)

    monkeypatch.setattr("pipelines.static_folder.read_active", asked)
    assert write_static(settings_of(store), tmp_path / "static") > 0
    assert alone == [False, True]


def test_from_blobs_elsewhere_the_files_are_copied(store: Path, tmp_path: Path) -> None:
    far = Blobs("memory://published")
    for file in (path for path in (store / "blobs").rglob("*") if path.is_file()):
        far.put(file.read_bytes(), file.suffix)
    settings = settings_of(store).model_copy(update={"blobs_url": "memory://published"})
    near = tmp_path / "near"
    write_static(settings_of(store), near)
    assert write_static(settings, tmp_path / "far") == len(listed(near))
    for path in listed(near):
        assert (tmp_path / "far" / path).read_bytes() == (near / path).read_bytes()


def test_where_nothing_is_published_or_a_blob_is_missing_it_is_told(store: Path, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="nothing is published"):
        write_static(settings_of(tmp_path / "nowhere"), tmp_path / "static")
    shutil.rmtree(store / "blobs")
    with pytest.raises(StoreError, match="no blob"):
        write_static(settings_of(store), tmp_path / "static")
    assert not (tmp_path / "static" / INDEX).exists()
