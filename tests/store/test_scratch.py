"""Scratch folders go with their process, however it dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from store_builders import child

from artwork.errors import StoreError
from artwork.store.scratch import FOLDER, scratch_folder

HOLDING = """
import sys, time
from artwork.store.scratch import scratch_folder
with scratch_folder(sys.argv[1]) as folder:
    (folder / "film").write_bytes(b"x" * 1000)
    print(folder, flush=True)
    time.sleep(60)
"""


def folders(store: Path) -> list[Path]:
    return sorted(path for path in (store / FOLDER).iterdir() if path.is_dir())


def test_a_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    """With what is in it, also where the block ends in an error."""

    def work() -> None:
        with scratch_folder(tmp_path / "store") as folder:
            (folder / "deep").mkdir()
            (folder / "deep" / "file").write_bytes(b"x")
            assert folders(tmp_path / "store") == [folder]
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert folders(tmp_path / "store") == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """That of a process that lives is not."""
    killed, living = (child(HOLDING, tmp_path) for _ in range(2))
    assert killed.stdout is not None
    assert living.stdout is not None
    try:
        lost, kept = (Path(process.stdout.readline().strip()) for process in (killed, living) if process.stdout)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
        assert lost.is_dir()
        with scratch_folder(tmp_path) as mine:
            assert folders(tmp_path) == sorted([kept, mine])
            assert (kept / "film").is_file()
    finally:
        for process in (killed, living):
            process.kill()
            process.communicate()


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / FOLDER).write_bytes(b"")
    with pytest.raises(StoreError, match="scratch"), scratch_folder(tmp_path):
        pass
