"""Pictures that were taken back: the set in the store, and a service that no longer shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ranking.errors import SnapshotError
from ranking.learn.withdrawn import FILE, read_withdrawn, withdrawn_stamp, write_withdrawn


def test_nothing_is_withdrawn_where_nothing_was_written(tmp_path: Path) -> None:
    assert read_withdrawn(tmp_path) == frozenset()
    assert withdrawn_stamp(tmp_path) is None


def test_the_whole_set_is_written_each_time(tmp_path: Path) -> None:
    store = tmp_path / "new"
    write_withdrawn(store, ["b", "a", "b"])
    assert read_withdrawn(store) == {"a", "b"}
    before = withdrawn_stamp(store)
    write_withdrawn(store, {"c"})
    assert read_withdrawn(store) == {"c"}
    assert withdrawn_stamp(store) != before
    write_withdrawn(store, ())
    assert read_withdrawn(store) == frozenset()
    assert [place.name for place in store.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"options": "a"}', b'{"other": []}', b"\xff\xfe"])
def test_a_damaged_file_is_told_of_and_not_taken_for_an_empty_set(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SnapshotError, match=r"withdrawn\.json cannot be read"):
        read_withdrawn(tmp_path)


def test_a_store_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SnapshotError, match=r"cannot write .*withdrawn\.json"):
        write_withdrawn(tmp_path / "file", {"a"})
