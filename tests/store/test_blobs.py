"""Blobs lie under the hash of their content; nothing else is ever read or written."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_builders import child

from artwork.errors import StoreError
from artwork.store.blobs import PARTS, Blobs
from artwork.store.lease import EXPIRES_SECONDS

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
KEY = f"2c/{HELLO}.jpg"


@pytest.fixture(params=["folder", "url of a folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "memory":
        fsspec.filesystem("memory").store.clear()
    places = {"folder": tmp_path / "b", "url of a folder": f"file://{tmp_path}/b", "memory": "memory://b"}
    return Blobs(places[request.param])


def test_a_blob_comes_back_by_the_hash_of_its_content(blobs: Blobs) -> None:
    assert blobs.put(b"hello", "jpg") == KEY
    assert blobs.put(b"hello", ".jpg") == KEY
    assert blobs.exists(KEY)
    assert blobs.get(KEY) == b"hello"


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    key = blobs.put(b"", "bin")
    assert blobs.get(key) == b""


def test_a_blob_that_is_not_there_is_named(blobs: Blobs) -> None:
    assert not blobs.exists(KEY)
    with pytest.raises(StoreError, match=f"no blob {KEY}"):
        blobs.get(KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        f"2c/{HELLO}.jpg/../../../x",
        f"/2c/{HELLO}.jpg",
        f"2c/{HELLO}",
        f"2c/{HELLO}.jpg\n",
        f"2d/{HELLO}.jpg",
        f"2c/{HELLO.upper()}.jpg",
        f"2c\\{HELLO}.jpg",
        f"2c/{HELLO}.j/g",
        f"memory://2c/{HELLO}.jpg",
    ],
)
def test_what_is_no_key_is_never_joined_to_the_root(blobs: Blobs, key: str) -> None:
    with pytest.raises(StoreError, match="is not the key of a blob"):
        blobs.get(key)
    with pytest.raises(StoreError, match="is not the key of a blob"):
        blobs.exists(key)


@pytest.mark.parametrize("suffix", ["", ".", "../x", "JPG", "longer-than", "j/g", "jpg\n"])
def test_a_suffix_is_a_few_letters(blobs: Blobs, suffix: str) -> None:
    with pytest.raises(ValueError, match="is no suffix"):
        blobs.put(b"hello", suffix)


@given(content=st.binary(max_size=200))
def test_every_content_comes_back(content: bytes) -> None:
    blobs = Blobs("memory://laws")
    assert blobs.get(blobs.put(content, "bin")) == content


def test_a_damaged_blob_is_not_handed_out_and_is_healed_by_putting_it_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.put(b"hello", "jpg")
    (tmp_path / KEY).write_bytes(b"hel")
    with pytest.raises(StoreError, match=f"blob {KEY} .* is damaged"):
        blobs.get(KEY)
    blobs.put(b"hello", "jpg")
    assert blobs.get(KEY) == b"hello"


def test_only_whole_files_lie_in_the_folder(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "new" / "folder")
    keys = {blobs.put(content, "jpg") for content in (b"a", b"b", b"a")}
    files = {str(path.relative_to(tmp_path / "new" / "folder")) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == keys
    assert len(keys) == 2


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write to the blobs at"):
        Blobs(tmp_path / "file").put(b"hello", "jpg")
    with pytest.raises(StoreError, match="cannot open the blobs at nowhere://x"):
        Blobs("nowhere://x")


def test_processes_that_put_the_same_at_once_agree(tmp_path: Path) -> None:
    code = """
from artwork.store.blobs import Blobs
blobs = Blobs(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
for number in range(50): assert len(blobs.get(blobs.put(bytes([number]) * 5000, "jpg"))) == 5000
"""
    children = [child(code, tmp_path / "b") for _ in range(3)]
    assert [process.stdout.readline() for process in children if process.stdout] == ["ready\n"] * 3
    for process in children:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in children:
        process.communicate()
    assert [process.returncode for process in children] == [0, 0, 0]
    files = [path for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert len(files) == 50
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in files)


def test_what_a_killed_process_was_writing_goes_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    code = """
import os
from artwork.store.blobs import Blobs
os.fsync = lambda _: (print("writing", flush=True), sys.stdin.read())
Blobs(sys.argv[1]).put(b"hello", "jpg")
"""
    writer = child(code, tmp_path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    [part] = (tmp_path / PARTS).iterdir()
    long_ago = time.time() - EXPIRES_SECONDS - 1
    os.utime(part, (long_ago, long_ago))
    Blobs(tmp_path)
    assert part.exists(), "however long it takes, it is being written"
    writer.kill()
    writer.communicate()
    now = time.time()
    os.utime(part, (now, now))
    Blobs(tmp_path)
    assert part.exists(), "so young a file may not be locked yet"
    os.utime(part, (long_ago, long_ago))
    assert not Blobs(tmp_path).exists(KEY)
    assert not part.exists()


def test_every_blob_is_listed_with_its_size_and_nothing_else(blobs: Blobs, tmp_path: Path) -> None:
    assert list(blobs.sizes()) == []
    keys = {blobs.put(content, "jpg"): len(content) for content in (b"", b"hello", b"more")}
    if blobs.local(KEY):
        (tmp_path / "b" / "2c" / "notes.txt").write_text("no blob")
        (tmp_path / "b" / "notes.txt").write_text("no blob")
    assert dict(blobs.sizes()) == keys


def test_a_blob_is_removed_unless_somebody_put_it_since(blobs: Blobs) -> None:
    before = time.time() - 60
    assert blobs.put(b"hello", "jpg") == KEY
    assert blobs.modified(KEY) > before
    assert not blobs.remove(KEY, before)
    assert blobs.get(KEY) == b"hello"
    assert blobs.remove(KEY, time.time() + 60)
    assert not blobs.exists(KEY)
    assert not blobs.remove(KEY, time.time() + 60), "another did it"
    assert list(blobs.sizes()) == []


def test_putting_a_blob_again_makes_it_young(tmp_path: Path) -> None:
    blobs, long_ago = Blobs(tmp_path), time.time() - 86_400
    blobs.put(b"hello", "jpg")
    os.utime(tmp_path / KEY, (long_ago, long_ago))
    blobs.put(b"hello", "jpg")
    assert blobs.modified(KEY) > long_ago + 80_000


def test_putting_a_blob_elsewhere_again_makes_it_young(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.filesystem("memory").store.clear()
    blobs = Blobs("memory://young")
    blobs.put(b"hello", "jpg")
    first = blobs.modified(KEY)
    blobs.put(b"hello", "jpg")
    assert blobs.modified(KEY) == first, "it is young: nothing is sent"
    monkeypatch.setattr("artwork.store.blobs.RENEWED_SECONDS", 0.0)
    blobs.put(b"hello", "jpg")
    assert blobs.modified(KEY) > first
