"""A tidied store serves, goes back, understands its tokens and learns as before; what it freed nobody looks for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from visits import BEGIN, GENRES, Town

from artwork.domain import ModelRef
from pipelines.promote import roll_back
from pipelines.refresh import refresh
from pipelines.release import put_in_use
from pipelines.settings import Settings, load_settings
from pipelines.tidy import Freed, tidied_words, tidy
from pipelines.train import make_table
from ranking.domain import Decision
from ranking.errors import SnapshotError
from ranking.learn.events import EventLog
from ranking.learn.folder import RELEASES, read_active, read_release, release_before
from ranking.learn.members import write_members
from ranking.learn.params import LearningParams
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.segmentation import Fit, Segmentation, newest_segmentation, point_to_fit, write_segmentation
from ranking.learn.synthetic import World, synthetic_titles
from ranking.learn.table import Columns
from ranking.serve.archive import Archive
from ranking.serve.release import Release
from ranking.serve.tokens import ROW, VERSION, Claim, PageFacts

TOWN = Town(World(titles=3, options=2, segments=2, members=12))
KEEP, LEARN = 60, 400


@dataclass
class Life:
    """A store, and what time it is there: what an act leaves on the disk is as old as it would be."""

    store: Path
    days: float = 0.0
    acts: int = 0

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(days=self.days)

    @contextmanager
    def act(self) -> Iterator[None]:
        before = _moments(self.store)
        yield
        self.acts += 1
        self.days += 1 / 24
        for path, moment in _moments(self.store).items():
            if before.get(path) != moment:
                os.utime(path, (self.now.timestamp(), self.now.timestamp()))

    def open(self) -> None:
        with self.act():
            TOWN.open(self.store, self.now)

    def publish(self) -> None:
        entries = [
            replace(entry, options=tuple(replace(one, aesthetic=5 + self.acts % 3) for one in entry.options))
            for entry in synthetic_titles(TOWN.world)
        ]
        edition = Edition(entries, TOWN.world.canvases, ModelRef("made", "0" * 64))
        with self.act():
            put_in_use(self.store, write_snapshot(self.store, edition, self.now), self.now)

    def segment(self) -> None:
        name = f"fit {self.acts}"
        fit = Segmentation(name, self.now, TOWN.segments, TOWN.tastes, TOWN.tastes.themes * 0 + 0.2, frozenset(GENRES))
        people = [replace(one, taste=replace(one.taste, segmentation=name)) for one in TOWN.profiles()]
        with self.act():
            members = write_members(self.store, people, name, self.now)
            point_to_fit(self.store, Fit(write_segmentation(self.store, fit), members))
            put_in_use(self.store, None, self.now)

    def visit(self) -> None:
        with self.act(), closing(EventLog.open(self.store)) as log:
            TOWN.visit(self.store, log, 4, self.days, spread_days=0.02)

    def refresh(self) -> None:
        with self.act(), closing(EventLog.open(self.store)) as log:
            refresh(self.store, log, LearningParams(), self.now + timedelta(hours=1))

    def go_back(self) -> None:
        with self.act(), suppress(SnapshotError):  # there may be nothing before
            roll_back(self.store)

    def wait(self) -> None:
        self.days += 45

    def tidy(self, *, dry_run: bool = False) -> list[Freed]:
        return tidy(settings_of(self.store), self.now, dry_run=dry_run)


ACTS = ("publish", "segment", "visit", "refresh", "go_back", "wait")


def settings_of(store: Path, **params: float) -> Settings:
    """Beliefs are kept for as long as anything, unless said otherwise."""
    usual = {"keep_days": KEEP, "explain_days": KEEP, "learn_days": LEARN}
    return load_settings(store=str(store), tidy=usual | params)


def _moments(store: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in store.rglob("*")}


def served(store: Path) -> Mapping[str, object]:
    """All that the store would serve, now and after going back."""
    said: dict[str, object] = {}
    for name, read in (("now", read_active), ("before", release_before)):
        try:
            active = read(store)
        except SnapshotError:
            continue
        release = Release.load(store, active, verify=True)
        said[name] = active, release.problems, release.facts, release.snapshot.option_values()
    fit = newest_segmentation(store)
    return said | {"segments": fit.name if fit else None}


def understood(store: Path, releases: list[str]) -> list[object]:
    """What tokens of these releases come to."""
    opened = [Release.load(store, read_release(store, name)) for name in releases]
    return [(one.id, one.facts, one.members.digest if one.members else None) for one in opened]


def of_late(store: Path, now: datetime) -> list[str]:
    """The releases that were put in use within the days that tokens live."""
    files = sorted((store / RELEASES).glob("*.json"))
    return [file.stem for file in files if file.stat().st_mtime >= (now - timedelta(days=31)).timestamp()]


def table(store: Path, file: Path, now: datetime) -> list[dict[str, object]]:
    """The training table."""
    with closing(EventLog.open(store)) as log:
        make_table(file, store, log, LearningParams(), now, lambda _: None)
    rows: list[dict[str, object]] = pq.read_table(file).to_pylist()
    return rows


def learned_from(store: Path, file: Path, now: datetime) -> str:
    """The rows of the table that are young enough to count on; a feature that is not known is NaN, and equals none."""
    return repr([row for row in table(store, file, now) if row[Columns.SHOWN_AT] >= now - timedelta(days=LEARN)])  # type: ignore[operator]


SEASON = ["visit", "refresh", "visit", "publish", "visit", "segment", "visit", "wait", "wait"]


@settings(max_examples=10, deadline=None)
@example(acts=SEASON * 3)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
def test_whatever_happened_tidying_takes_nothing_that_anybody_needs(
    acts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("life")
    life = Life(folder / "store")
    life.store.mkdir()
    life.open()
    for act in acts:
        getattr(life, act)()
    before = served(life.store), understood(life.store, of_late(life.store, life.now))
    rows = learned_from(life.store, folder / "before.parquet", life.now)
    late, dry = of_late(life.store, life.now), life.tidy(dry_run=True)
    assert life.tidy() == dry
    assert (served(life.store), understood(life.store, late)) == before
    assert learned_from(life.store, folder / "after.parquet", life.now) == rows
    assert [one.freed for one in life.tidy()] == [0] * len(dry), "there is nothing left to tidy"
    for act in ("visit", "refresh", "publish", "go_back", "segment"):
        getattr(life, act)()


@pytest.fixture
def aged(tmp_path: Path) -> Life:
    """A year of releases, each with its visits; the last three weeks ago."""
    life = Life(tmp_path / "store")
    life.store.mkdir()
    life.open()
    for act in SEASON * 3:
        getattr(life, act)()
    return life


def test_what_is_old_and_not_needed_is_gone(aged: Life) -> None:
    """Of what training alone needs, the beliefs go and what they say of themselves stays."""
    told = {one.what: one for one in aged.tidy(dry_run=True)}
    assert told["beliefs"].freed > told["beliefs"].kept
    assert told["answers"].kept == 2, "in use, and before that"
    assert told["releases"].freed == 0, "the log has decisions of every one of them"
    assert told["snapshot"].freed == 0
    files = _moments(aged.store)
    aged.tidy(dry_run=True)
    assert _moments(aged.store) == files, "it only told"
    size = sum(path.stat().st_size for path in files if path.is_file())
    aged.tidy()
    left = sum(path.stat().st_size for path in aged.store.rglob("*") if path.is_file())
    assert size - left == sum(one.freed_bytes for one in told.values()) > 0
    assert "would be free" in tidied_words(told.values(), dry_run=True)


def test_what_a_refresh_superseded_days_ago_is_understood_and_no_longer_explained(tmp_path: Path) -> None:
    """A refresh a day for three weeks: the tables of a week stay, and what every token says is as it was."""
    life = Life(tmp_path / "store")
    life.store.mkdir()
    life.open()
    releases = [read_active(life.store).id]
    for _ in range(21):
        life.visit()
        life.refresh()
        life.days += 1 - 2 / 24
        releases.append(read_active(life.store).id)
    assert len(set(releases)) == 22
    before, said = [_decision(life.store, release) for release in releases], served(life.store)
    rows = learned_from(life.store, tmp_path / "before.parquet", life.now)
    told = {one.what: one.freed for one in tidy(settings_of(life.store, explain_days=7), life.now)}
    assert (told["releases"], told["snapshot"], told["members"]) == (0, 0, 0)
    assert [_decision(life.store, release) for release in releases] == before
    opened = [Release.load(life.store, read_release(life.store, release)) for release in releases]
    assert told["beliefs"] == 14, "of the first day, and of thirteen that were superseded more than a week ago"
    assert [one.beliefs is None for one in opened] == [True] * 14 + [False] * 8
    assert served(life.store) == said
    assert learned_from(life.store, tmp_path / "after.parquet", life.now) == rows
    life.refresh()


def _decision(store: Path, release: str) -> Decision:
    """What a token of this release for its first picture says, to a service that has just begun."""
    row = np.zeros((), ROW)
    row["propensity"], row["allowed"] = 0.5, 3
    page = PageFacts(VERSION, release, 0, 0, "m00001", None, 86_400)
    return Archive(store).told(Claim(page, row[()])).decision


def test_what_was_decided_longer_ago_than_anybody_learns_from_is_gone(aged: Life, tmp_path: Path) -> None:
    """Its impressions are left out of training; the others are not."""
    before = table(aged.store, tmp_path / "before.parquet", aged.now)
    first = read_release(aged.store, min((aged.store / RELEASES).iterdir(), key=os.path.getmtime).stem)
    told = {one.what: one for one in tidy(settings_of(aged.store, learn_days=100), aged.now)}
    assert told["snapshot"].freed
    assert told["releases"].freed
    assert not (aged.store / "snapshot" / first.snapshot).exists()
    after = table(aged.store, tmp_path / "after.parquet", aged.now)
    assert 0 < len(after) < len(before)
    assert served(aged.store)


def test_without_a_log_all_that_may_be_learned_from_stays(aged: Life, tmp_path: Path) -> None:
    """Perhaps it lies elsewhere, and nobody said where: its decisions are learned from as if nothing had happened."""
    before = learned_from(aged.store, tmp_path / "before.parquet", aged.now)
    for file in aged.store.glob("events.db*"):
        file.rename(tmp_path / file.name)
    told = {one.what: one.freed for one in tidy(settings_of(aged.store, learn_days=100), aged.now)}
    assert told["beliefs"]
    assert told["releases"] == told["snapshot"] == told["members"] == told["segmentation"] == 0
    for file in tmp_path.glob("events.db*"):
        file.rename(aged.store / file.name)
    assert learned_from(aged.store, tmp_path / "after.parquet", aged.now) == before


def test_tokens_of_what_only_training_needs_are_told_that_it_is_gone(aged: Life) -> None:
    """It is not read half: its beliefs would be missing from what is said of it."""
    oldest = min((aged.store / RELEASES).iterdir(), key=os.path.getmtime).stem
    aged.tidy()
    with pytest.raises(SnapshotError, match="never in use"):
        read_release(aged.store, oldest)


def test_what_is_young_stays_and_what_a_dead_process_left_goes(tmp_path: Path) -> None:
    life = Life(tmp_path / "store")
    life.store.mkdir()
    life.open()
    with life.act():
        (life.store / "snapshot" / ".draft-0123456789abcdef").mkdir()
        (life.store / "snapshot" / ".draft-0123456789abcdef" / "names.json").write_text("{}")
        (life.store / "promised" / ".draft-fedcba9876543210").mkdir(parents=True)
        (life.store / ".active.json-0123456789abcdef").write_text("{}")
    assert {one.freed for one in life.tidy()} == {0}
    assert tidied_words(life.tidy(), dry_run=False).startswith("nothing to free")
    life.days += 2
    assert {one.what: one.freed for one in life.tidy()}["leftovers"] == 3
    assert not list(life.store.rglob(".draft-*"))


def test_what_others_finish_meanwhile_is_nothing_to_tidy(tmp_path: Path) -> None:
    """A draft that is gone when it is looked at: here a name that leads nowhere."""
    life = Life(tmp_path / "store")
    life.store.mkdir()
    life.open()
    (life.store / "snapshot" / ".draft-0123456789abcdef").symlink_to(tmp_path / "nowhere")
    (life.store / RELEASES / "0123456789abcdef.json").symlink_to(tmp_path / "nowhere")
    for dry_run in (True, False):
        assert {one.freed for one in life.tidy(dry_run=dry_run)} == {0}


def test_beliefs_that_do_not_say_what_they_are_go_all_the_same(tmp_path: Path) -> None:
    life = Life(tmp_path / "store")
    life.store.mkdir()
    life.open()
    first = read_active(life.store).beliefs
    life.visit()
    life.refresh()
    life.days += 10
    life.refresh()
    damaged = life.store / "beliefs" / str(first)
    (damaged / "manifest.json").unlink()
    os.utime(damaged, (BEGIN.timestamp(), BEGIN.timestamp()))
    assert {one.what: one.freed for one in tidy(settings_of(life.store, explain_days=7), life.now)}["beliefs"] == 1
    assert list(damaged.iterdir()) == []


def test_where_what_is_in_use_cannot_be_read_nothing_is_removed(aged: Life) -> None:
    """A service that runs goes on with what it had before: nobody knows what that is."""
    (aged.store / "snapshot" / read_active(aged.store).snapshot / "names.json").unlink()
    files = _moments(aged.store)
    with pytest.raises(SnapshotError, match="cannot be read"):
        aged.tidy()
    assert _moments(aged.store).keys() >= files.keys()


DIE = """
import importlib, os, signal, sys
from datetime import datetime
from pipelines.settings import load_settings

name, nth, store, now = sys.argv[1], int(sys.argv[2]), sys.argv[3], datetime.fromisoformat(sys.argv[4])
place = importlib.import_module(name.rpartition(".")[0])
last = name.rpartition(".")[2]
real, calls = getattr(place, last), 0

def until(*given, **named):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

import pipelines.tidy
setattr(place, last, until)
pipelines.tidy.tidy(load_settings(store=store, tidy={"keep_days": 60, "learn_days": 100}), now)
"""


@pytest.mark.parametrize(
    ("name", "nth"),
    [
        ("pipelines.tidy._removing", 2),
        ("pipelines.tidy.remove_folder", 3),
        ("pipelines.tidy.let_parts_go", 1),
        ("shutil.rmtree", 4),
    ],
)
def test_killed_anywhere_it_serves_and_the_next_ends_the_same(name: str, nth: int, aged: Life, tmp_path: Path) -> None:
    store, before = Path(shutil.copytree(aged.store, tmp_path / "clean")), served(aged.store)
    tidy(settings_of(store, learn_days=100), aged.now)
    command = [sys.executable, "-c", DIE, name, str(nth), str(aged.store), aged.now.isoformat()]
    assert subprocess.run(command, check=False).returncode == -9
    assert served(aged.store) == before
    aged.days += 2  # what it was removing is a leftover by then
    tidy(settings_of(aged.store, learn_days=100), aged.now)
    assert served(aged.store) == before
    assert _folders(aged.store) == _folders(store)


def _folders(store: Path) -> set[str]:
    return {str(path.relative_to(store)) for path in store.rglob("*") if "events.db" not in path.name}
