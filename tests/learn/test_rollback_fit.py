"""Going back from segments: what refreshing, promoting and publishing go on with is what was gone back to."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from visits import BEGIN, GENRES, Town

import pipelines.segments as process
from pipelines.promote import roll_back
from pipelines.refresh import refresh
from pipelines.release import put_in_use
from pipelines.segments import make_segments
from pipelines.settings import Settings, load_settings
from ranking.errors import SnapshotError
from ranking.learn.events import EventLog
from ranking.learn.folder import Active, read_active
from ranking.learn.members import write_members
from ranking.learn.params import LearningParams
from ranking.learn.segmentation import (
    FOLDER,
    POINTER,
    Fit,
    Segmentation,
    newest_segmentation,
    point_to_fit,
    read_fits,
    write_segmentation,
)
from ranking.learn.synthetic import World
from ranking.serve.release import Release
from ranking.taste.segments import fitted

TOWN = Town(World(titles=5, options=4, segments=2, members=60))
LATER = BEGIN + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    TOWN.open(tmp_path)
    return tmp_path


def segmented(store: Path, name: str) -> Active:
    """Another fit, in use: the same segments by another name, of no members."""
    shares = TOWN.tastes.themes * 0 + 0.2
    fit = Segmentation(name, LATER, TOWN.segments, TOWN.tastes, shares, frozenset(GENRES))
    members = write_members(store, [], name, LATER)
    point_to_fit(store, Fit(write_segmentation(store, fit), members))
    return put_in_use(store, read_active(store).snapshot, LATER)


def refreshed(store: Path) -> Active:
    with closing(EventLog.open(store)) as log:
        TOWN.visit(store, log, 5, 0.5)
        refresh(store, log, LearningParams(), LATER + timedelta(days=1))
    return read_active(store)


def test_segments_that_were_gone_back_from_do_not_return_with_the_next_refresh(store: Path) -> None:
    """Nor with the next publication; going back once more is where one was."""
    first = read_active(store)
    second = segmented(store, "other")
    roll_back(store)
    assert read_active(store) == first
    after = refreshed(store)
    assert after.learned is not None
    assert after.members == first.members
    assert Release.load(store).model.endswith(" in made")
    assert put_in_use(store, first.snapshot, LATER).members == first.members
    fits = read_fits(store)
    assert fits is not None
    assert fits.former is not None
    assert (fits.newest.members, fits.former.members) == (first.members, second.members)


def test_going_back_twice_is_where_one_was_with_its_segments(store: Path) -> None:
    """The pointer of the fits goes there and back with the release."""
    second = segmented(store, "other")
    roll_back(store)
    roll_back(store)
    assert read_active(store) == second
    newest = newest_segmentation(store)
    assert newest is not None
    assert newest.name == "other"
    assert refreshed(store).members == second.members


def test_from_the_first_segments_one_goes_back_to_none(store: Path) -> None:
    """Nobody was segmented then, and nobody is; the segments are not lost, and can be gone back to."""
    fits = read_fits(store)
    assert fits is not None
    (store / POINTER).unlink()
    none = put_in_use(store, read_active(store).snapshot, LATER)
    point_to_fit(store, fits.newest)
    some = put_in_use(store, none.snapshot, LATER)
    roll_back(store)
    assert (read_active(store), read_fits(store)) == (none, None)
    assert refreshed(store).members is None
    roll_back(store)
    assert read_active(store) == some
    assert newest_segmentation(store) is not None


def test_segments_that_are_gone_are_not_gone_back_to(store: Path) -> None:
    """Their folder is missing: nothing moves."""
    fits = read_fits(store)
    assert fits is not None
    second = segmented(store, "other")
    (store / FOLDER / fits.newest.segmentation).rename(store / "elsewhere")
    with pytest.raises(SnapshotError, match="segmentation made is no longer"):
        roll_back(store)
    assert read_active(store) == second


def test_what_is_published_while_segments_are_made_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Path
) -> None:
    """A long history is read for minutes: the snapshot that came meanwhile is scored, the former does not return."""
    settings: Settings = load_settings(
        store=str(store), workers=1, taste={"floor": 5, "least_plays": 1, "clusters": {"most": 2, "splits": 2}}
    )
    rows = [f"p{number},{title},2026-01-01,true" for number in range(20) for title in titles(store)[number % 2 :: 2]]
    history = tmp_path / "plays.csv"
    history.write_text("\n".join(["profile,title,at,completed", *rows]) + "\n")
    fresh: list[Active] = []

    def slow(*args: object) -> object:
        other = Town(World(titles=5, options=3, segments=2, members=60))
        other.open(tmp_path / "other")
        snapshot = read_active(tmp_path / "other").snapshot
        (tmp_path / "other" / "snapshot" / snapshot).rename(store / "snapshot" / snapshot)
        fresh.append(put_in_use(store, snapshot, LATER))
        return fitted(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "fitted", slow)
    made = make_segments(settings, [history], made_at=LATER)
    assert read_active(store).snapshot == fresh[0].snapshot
    assert made.release == read_active(store).id


def titles(store: Path) -> list[str]:
    return [note.id for note in Release.load(store).snapshot.title_notes]
