"""Tidying beside publishing: no picture that is served, named or gone back to is lost; nothing is composed again."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from batches import command
from published_films import change_title, files_below, forbid_composing, judge, run, settings_of, stock

from artwork.domain import Title, TitleStatus
from artwork.errors import StoreError
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.gallery import Gallery
from artwork.store.lease import acquire
from pipelines.promote import roll_back
from pipelines.publish import LEASE
from pipelines.settings import load_settings
from pipelines.tidy import Freed, tidy
from ranking.serve.release import Release

LATER = datetime.now(UTC) + timedelta(days=100)


def keys_served(store: Path) -> set[str]:
    release = Release.load(store)
    numbers = range(len(release.snapshot.rendition_ids))
    return {file.key for number in numbers for file in release.snapshot.rendition_files(number)}


def freed(told: list[Freed]) -> dict[str, int]:
    return {one.what: one.freed for one in told}


def test_a_picture_that_no_row_names_is_served_until_nobody_can_go_back_to_it(store: Path) -> None:
    """Composed anew under another name, the old files are in no row; they go when a second release has come."""
    first = keys_served(store)
    change_title(store, "hill", name="The Mount")
    run(store)
    second = keys_served(store)
    blobs = Blobs(store / "blobs")
    stray = blobs.put(b"of a run that was killed", "jpg")
    assert first - second
    assert freed(tidy(settings_of(store), LATER))["blobs"] == 1, "the stray alone"
    assert not blobs.exists(stray)
    assert [key for key in first | second if not blobs.exists(key)] == []
    roll_back(store)
    assert keys_served(store) == first
    roll_back(store)
    judge(store, "hill", "approved", 1)
    run(store)
    gone = first - second - keys_served(store)
    assert freed(tidy(settings_of(store), LATER))["blobs"] == len(gone)
    assert [key for key in second | keys_served(store) if not blobs.exists(key)] == []
    assert [key for key in gone if blobs.exists(key)] == []


def test_publishing_again_writes_the_same_snapshot_and_composes_nothing(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was composed and rejected since is kept as well: approved again, it is at hand."""
    judge(store, "hill", "approved", 2)
    run(store)
    judge(store, "hill", "rejected", 2)
    snapshot = run(store).snapshot
    tidy(settings_of(store), LATER)
    forbid_composing(monkeypatch)
    again = run(store)
    assert (again.snapshot, again.changed) == (snapshot, False)
    assert {report.status for report in again.reports} == {TitleStatus.UNCHANGED}
    judge(store, "hill", "approved", 2)
    assert not run(store).refused


def test_what_is_young_or_put_again_stays(store: Path) -> None:
    """A run under way has put it and will name it; one that finds it there counts on it."""
    blobs = Blobs(store / "blobs")
    young, old = blobs.put(b"young", "jpg"), blobs.put(b"old", "jpg")
    long_ago = time.time() - 90 * 86_400
    for key in (young, old):
        os.utime(store / "blobs" / key, (long_ago, long_ago))
    blobs.put(b"young", "jpg")
    tidy(settings_of(store))
    assert (blobs.exists(young), blobs.exists(old)) == (True, False)


def test_while_a_publish_works_nothing_is_tidied(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog:
        lease = acquire(catalog.database, LEASE)
        assert lease is not None
        with lease, pytest.raises(StoreError, match="a publish works on this store"):
            tidy(settings_of(store), LATER)
    assert tidy(settings_of(store), LATER)


def test_a_catalogue_of_nothing_says_of_no_picture_that_it_is_not_needed(tmp_path: Path) -> None:
    """Perhaps it is the wrong one."""
    Catalog.open(tmp_path).close()
    Blobs(tmp_path / "blobs").put(b"of another catalogue", "jpg")
    assert "blobs" not in freed(tidy(settings_of(tmp_path), LATER))
    assert len(list(Blobs(tmp_path / "blobs").sizes())) == 1


def test_a_catalogue_that_does_not_know_what_is_served_is_refused(store: Path, film: Path, tmp_path: Path) -> None:
    """It is another's: of these pictures it would say that nobody needs them."""
    stock(tmp_path / "other", [Title("dune", str(film), "The Dune")])
    wrong = load_settings(store=str(store), catalog_url=f"sqlite:///{tmp_path / 'other' / 'catalog.db'}")
    before = files_below(store / "blobs")
    with pytest.raises(StoreError, match="'hill' is served, and the catalogue does not know it"):
        tidy(wrong, LATER)
    assert files_below(store / "blobs") == before


def test_rows_of_what_was_composed_stay(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog:
        rows = Gallery(catalog.database).of("hill")
    tidy(settings_of(store), LATER)
    with closing(Catalog.open(store)) as catalog:
        assert Gallery(catalog.database).of("hill") == rows != []


def test_the_command_tells_what_would_be_free_and_frees_it(store: Path) -> None:
    """JSON lines on stdout, a sentence on stderr."""
    blobs = Blobs(store / "blobs")
    stray = blobs.put(b"stray", "jpg")
    for path in store.rglob("*"):
        os.utime(path, (1e9, 1e9))
    before = files_below(store)
    dry = command("tidy", "--dry-run", "--json", "--store", str(store))
    rows = {row["what"]: row for row in map(json.loads, dry.stdout.splitlines())}
    assert (rows["blobs"]["freed"], rows["blobs"]["freed_bytes"]) == (1, 5)
    assert "would be free" in dry.stderr
    assert files_below(store).items() >= {name: at for name, at in before.items() if "catalog.db" not in name}.items()
    done = command("tidy", "--store", str(store))
    assert "are free: 1 blobs" in done.stderr
    assert "freed_bytes" in done.stdout
    assert not blobs.exists(stray)


def test_in_a_folder_that_is_no_store_nothing_is_removed(tmp_path: Path) -> None:
    """Somebody's own folders may be called as ours are."""
    own = tmp_path / "models" / "plays" / "0123456789abcdef"
    own.mkdir(parents=True)
    os.utime(own, (1e9, 1e9))
    with pytest.raises(StoreError, match="no store in"):
        tidy(settings_of(tmp_path))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert own.exists()
