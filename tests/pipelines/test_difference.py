"""What a publish would change is told beforehand, and nothing is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from published_films import (
    FITS,
    change_title,
    files_below,
    forbid_composing,
    judge,
    option,
    run,
    say_of,
    settings_of,
)

from artwork.store.entries import Action
from pipelines.difference import difference


def test_the_difference_is_told_and_nothing_is_made(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(settings_of(store)) == []
    judge(store, "hill", "approved", 1)
    judge(store, "hill", "rejected", 0)
    judge(store, "shore", "rejected", 0, 1, 2)
    forbid_composing(monkeypatch)
    before = files_below(store)
    hill, shore = difference(settings_of(store))
    assert (hill.title, hill.change) == ("hill", "changed")
    assert (hill.pictures_added, hill.pictures_removed) == ((option("hill", 1),), (option("hill", 0),))
    assert (hill.to_compose, hill.renditions_removed) == (len(FITS), len(FITS))
    assert (shore.change, shore.pictures_removed) == ("removed", (option("shore", 1),))
    assert {name for name, moment in files_below(store).items() if before.get(name) != moment} <= {
        "catalog.db-shm",
        "catalog.db-wal",
    }


def test_a_new_focal_point_is_a_difference(store: Path) -> None:
    say_of(store, "hill", 0, Action.FOCUS, {"x": 0.05, "y": 0.5})
    [change] = difference(settings_of(store))
    assert (change.title, change.pictures_changed) == ("hill", (option("hill", 0),))
    assert (change.to_compose, change.fallback) == (len(FITS), False)


def test_what_is_shown_for_want_of_an_approved_picture_is_told_as_such(store: Path) -> None:
    judge(store, "hill", "rejected", 0)
    [change] = difference(settings_of(store))
    assert (change.title, change.fallback, len(change.pictures_added)) == ("hill", True, 1)


def test_a_title_that_stays_as_it_is_but_not_whole_is_told_with_the_reason(store: Path) -> None:
    change_title(store, "hill", extra={"name_xx": "\ue123"})
    run(store)
    [change] = difference(settings_of(store))
    assert (change.title, change.change, change.to_compose) == ("hill", "same", 0)
    assert "cannot be lettered" in change.reason
