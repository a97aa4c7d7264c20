"""Immutable folders on their way out: gone at once, back when they are written anew, and remembered without parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from visits import Town

from ranking.errors import SnapshotError
from ranking.learn.beliefs import FOLDER, Beliefs
from ranking.learn.folder import GONE, let_parts_go, read_active, remove_folder, write_folder
from ranking.learn.recall import Recall
from ranking.learn.synthetic import World
from ranking.serve.release import Release

OLD = 1_700_000_000


def written(root: Path) -> Path:
    return root / write_folder(root, "form", "2026-05-01", {"a": 1}, {"part.bin": b"four", "other.bin": b"more"})


def test_what_is_removed_is_gone_whole(tmp_path: Path) -> None:
    """Also where somebody was killed while he removed it."""
    folder = written(tmp_path)
    os.utime(folder, (OLD, OLD))
    (tmp_path / f"{GONE}{folder.name}").mkdir()
    (tmp_path / f"{GONE}{folder.name}" / "left").touch()
    assert remove_folder(folder, OLD + 1)
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_anew_meanwhile_stays(tmp_path: Path) -> None:
    """Writing the same again makes the folder young: whoever meant to remove it leaves it where it was."""
    folder = written(tmp_path)
    os.utime(folder, (OLD, OLD))
    assert written(tmp_path) == folder
    assert not remove_folder(folder, OLD + 1)
    assert {part.name for part in folder.iterdir()} == {"manifest.json", "part.bin", "other.bin"}


def test_a_part_that_was_let_go_is_back_when_it_is_written_again(tmp_path: Path) -> None:
    """The name is that of the content: the folder is whole, and no other lies beside it."""
    folder = written(tmp_path)
    let_parts_go(folder)
    assert [part.name for part in folder.iterdir()] == ["manifest.json"]
    assert written(tmp_path) == folder
    assert (folder / "part.bin").read_bytes() == b"four"
    assert list(tmp_path.iterdir()) == [folder]


def test_beliefs_without_their_table_are_told_as_such_and_still_say_whose_taste_it_was(tmp_path: Path) -> None:
    """Nobody is served with them; what was decided with them can be learned from as before."""
    Town(World(titles=3, options=2, segments=2, members=6)).open(tmp_path)
    release, active = Release.load(tmp_path), read_active(tmp_path)
    recall = Recall(tmp_path)
    before = recall.known(recall.source(active.snapshot, release.model))
    let_parts_go(tmp_path / FOLDER / str(active.beliefs))
    with pytest.raises(SnapshotError, match="cannot be read"):
        Beliefs.open(tmp_path / FOLDER / str(active.beliefs))
    recall = Recall(tmp_path)
    after = recall.known(recall.source(active.snapshot, release.model))
    assert before is not None
    assert after is not None
    assert after.members is not None
    assert before.members is not None
    assert after.members.digest == before.members.digest
