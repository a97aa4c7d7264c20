"""Counts that refresh: new events are added to what was counted, and it comes to what all of them come to."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from visits import BEGIN, Town

from pipelines import refresh as process
from pipelines.refresh import counted, refresh
from pipelines.release import put_in_use
from ranking.domain import Impression, Outcome, Profile, QualifyingPlay, TasteMixture
from ranking.errors import EventLogError, SnapshotError
from ranking.learn.events import EventLog, Reported
from ranking.learn.folder import Active, activate, read_active, step_back
from ranking.learn.learned import FOLDER, Learned
from ranking.learn.members import write_members
from ranking.learn.params import LearningParams
from ranking.learn.segmentation import FOLDER as FITS
from ranking.learn.segmentation import Fit, Segmentation, point_to_fit, read_fits, write_segmentation
from ranking.learn.synthetic import World
from ranking.serve.release import Release

PARAMS = LearningParams()
TOWN = Town(World(titles=5, options=4, segments=2, members=60))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    TOWN.open(tmp_path)
    return tmp_path


def learned(store: Path) -> Learned:
    return Learned.open(store / FOLDER / str(read_active(store).learned), verify=True)


def reports(store: Path, visits: int) -> list[Reported]:
    """What so many visits would be told of, not yet in the log."""
    other = store / "elsewhere"
    with closing(EventLog.open(other)) as log:
        TOWN.visit(store, log, visits, 0)
        told = []
        for one in log.attributed(QualifyingPlay()):
            told.append(Reported(one.decision, Impression(f"i{one.decision.id}", one.decision.id, one.shown_at, 1)))
            if one.plays:
                later = one.shown_at + timedelta(minutes=3)
                told.append(Reported(one.decision, Outcome(f"o{one.decision.id}", one.decision.id, later, 900.0)))
    return told


def test_counts_that_were_added_to_are_those_of_all_events(store: Path) -> None:
    """Shuffled, late, twice, plays before their impressions, in nine portions: the same to the last play."""
    chance = random.Random(7)
    told = reports(store, 60)
    told += chance.sample(told, 50)
    chance.shuffle(told)
    with closing(EventLog.open(store)) as log:
        at = BEGIN + timedelta(days=2)
        for start in range(0, len(told), len(told) // 8):
            log.append(told[start : start + len(told) // 8], at)
            at += timedelta(hours=7)
            refresh(store, log, PARAMS, at)
        step_by_step = learned(store)
        at_once = counted(store, log, (None, None), PARAMS, at).learned
        plays = sum(one.reward for one in log.attributed(QualifyingPlay()))
    assert step_by_step.impressions == at_once.impressions == 300
    assert step_by_step.pictures.tolist() == at_once.pictures.tolist()
    assert step_by_step.plays == pytest.approx(at_once.plays, abs=1e-9)
    assert step_by_step.expected == pytest.approx(at_once.expected, abs=1e-9)
    assert at_once.plays.sum() == pytest.approx(plays * 0.5 ** ((at - BEGIN).total_seconds() / 86_400 / 30), rel=0.02)


def test_an_impression_that_comes_after_its_play_counts_once(store: Path) -> None:
    """First a play nobody saw the picture of: nothing. Then the impression: both. Again: nothing more."""
    seen, played = next(pair for pair in _pairs(reports(store, 60)))
    with closing(EventLog.open(store)) as log:
        moments = [BEGIN + timedelta(days=2, hours=hour) for hour in range(4)]
        for event, at, so_far in ((played, moments[0], 0), (seen, moments[1], 1), (seen, moments[2], 1)):
            log.append([event], at)
            refresh(store, log, PARAMS, at + timedelta(minutes=1))
            assert learned(store).impressions == so_far
            assert np.ceil(learned(store).plays.sum()) == so_far


def _pairs(told: list[Reported]) -> list[tuple[Reported, Reported]]:
    seen = {one.decision.id: one for one in told if isinstance(one.event, Impression)}
    return [(seen[one.decision.id], one) for one in told if isinstance(one.event, Outcome)]


def test_what_is_received_at_the_moment_of_counting_waits(store: Path) -> None:
    """Events count from the refresh after the one that ends when they were received; none falls between two."""
    told = reports(store, 10)
    at = BEGIN + timedelta(days=2)
    with closing(EventLog.open(store)) as log:
        log.append(told, at)
        assert refresh(store, log, PARAMS, at).impressions == 0
        assert refresh(store, log, PARAMS, at + timedelta(seconds=1)).impressions == 50


def test_where_nothing_is_new_nothing_is_written(store: Path) -> None:
    """The same release goes on; no folder is added by a refresh every minute."""
    at = BEGIN + timedelta(days=2)
    with closing(EventLog.open(store)) as log:
        log.append(reports(store, 10), at)
        first = refresh(store, log, PARAMS, at + timedelta(minutes=1))
        before = sorted(store.rglob("*.json"))
        second = refresh(store, log, PARAMS, at + timedelta(minutes=2))
    assert (second.release, second.new, second.impressions) == (first.release, 0, 50)
    assert sorted(store.rglob("*.json")) == before


def test_a_picture_that_is_played_is_believed_in_and_one_that_is_not_is_not(visited: Path) -> None:
    """Of 20 titles, the picture that earned most against its promise is believed better than it was; and the worst."""
    before = Release.load(visited)
    with closing(EventLog.open(visited)) as log:
        refresh(visited, log, PARAMS, BEGIN + timedelta(days=3))
    after, counts = Release.load(visited), learned(visited)
    assert before.beliefs is not None
    assert after.beliefs is not None
    moved = (after.beliefs.tables - before.beliefs.tables)[0, 0, -1, :, 0]
    ratio = counts.plays.sum(axis=1) / counts.expected.sum(axis=1)
    place = {name: code for code, name in enumerate(counts.pictures.tolist())}
    grid = np.array([[ratio[place[name]] for name in row] for row in after.snapshot.names.options])
    centred = grid - grid.mean(axis=1, keepdims=True)
    assert np.corrcoef(centred.ravel(), (moved - moved.mean(axis=1, keepdims=True)).ravel())[0, 1] > 0.8
    assert after.model.startswith("similarity(")
    assert f"residual {read_active(visited).learned} in made" in after.model


def test_what_was_counted_in_other_segments_is_counted_again(store: Path) -> None:
    """Members moved: their events count in the segment of today; a snapshot put in use meanwhile has the pictures'."""
    at = BEGIN + timedelta(days=2)
    with closing(EventLog.open(store)) as log:
        log.append(reports(store, 60), at)
        refresh(store, log, PARAMS, at + timedelta(minutes=1))
        before = learned(store)
        _segmented_anew(store, at)
        put_in_use(store, read_active(store).snapshot, at + timedelta(minutes=2))
        assert learned(store).promise.segmentation == "made"  # scored with what is known of pictures
        told = refresh(store, log, PARAMS, at + timedelta(minutes=3))
    after = learned(store)
    assert told.anew
    assert after.promise.segmentation == "again"
    assert after.plays.sum() == pytest.approx(before.plays.sum(), rel=1e-3)
    assert after.plays[:, 0].sum() == pytest.approx(after.plays.sum())
    assert before.plays[:, 0].sum() < before.plays.sum()


def _segmented_anew(store: Path, at: datetime) -> None:
    """Another fit, in which everybody is of segment 0."""
    fits = read_fits(store)
    assert fits is not None
    former = Segmentation.open(store / FITS / fits.newest.segmentation)
    again = replace(former, name="again", made_at=at)
    people = [Profile(f"m{number:05d}", TasteMixture("again", 0.0, {0: 1.0})) for number in range(60)]
    point_to_fit(store, Fit(write_segmentation(store, again), write_members(store, people, "again", at)))


def test_going_back_passes_refreshes_over(store: Path) -> None:
    """What was in use before is what was published before, not the counts of a minute ago."""
    first = read_active(store)
    second = put_in_use(store, first.snapshot, BEGIN + timedelta(hours=1))
    with closing(EventLog.open(store)) as log:
        for minute in range(3):
            log.append(reports(store, 5 + minute), BEGIN + timedelta(days=2, minutes=minute))
            refresh(store, log, PARAMS, BEGIN + timedelta(days=2, minutes=minute, seconds=30))
    assert read_active(store) not in (first, second)
    assert step_back(store) == first


def test_refreshes_do_not_fill_the_disk_and_going_back_finds_all(store: Path) -> None:
    """Of five refreshes one set of answers and counts is left, beside what was before; beliefs explain old tokens."""
    first = read_active(store)
    put_in_use(store, first.snapshot, BEGIN + timedelta(hours=1))
    with closing(EventLog.open(store)) as log:
        for minute in range(5):
            log.append(reports(store, 5 + minute), BEGIN + timedelta(days=2, minutes=minute))
            refresh(store, log, PARAMS, BEGIN + timedelta(days=2, minutes=minute, seconds=30))
    active = read_active(store)
    kept = {folder: {one.name for one in (store / folder).iterdir()} for folder in ("answers", "learned", "beliefs")}
    assert kept["answers"] == {active.answers, first.answers}
    assert kept["learned"] == {active.learned}
    assert len(kept["beliefs"]) == 7
    step_back(store)
    assert Release.load(store, verify=True).problems == ()


def test_what_was_put_in_use_meanwhile_is_counted_for(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy is changed while events are counted: the refresh begins again, and does not undo it."""
    at, real, calls = BEGIN + timedelta(days=2), counted, []

    def slow(*args: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            activate(store, msgspec.structs.replace(read_active(store), policy="uniform", answers=None))
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "counted", slow)
    with closing(EventLog.open(store)) as log:
        log.append(reports(store, 10), at)
        refresh(store, log, PARAMS, at + timedelta(minutes=1))
    assert len(calls) == 2
    assert read_active(store).policy == "uniform"
    assert read_active(store).learned is not None


def test_where_nothing_is_published_the_line_says_what_to_do(tmp_path: Path) -> None:
    """No snapshot, nothing to count for."""
    with closing(EventLog.open(tmp_path)) as log, pytest.raises(SnapshotError, match="artwork publish"):
        refresh(tmp_path, log, PARAMS, BEGIN)


def test_another_log_does_not_take_all_that_was_counted(store: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty one is a slip of a setting, unless somebody says that it is not; nothing counted, nothing lost."""
    at = BEGIN + timedelta(days=1)
    with closing(EventLog.open(tmp_path_factory.mktemp("other"))) as other, closing(EventLog.open(store)) as log:
        assert refresh(store, other, PARAMS, at, anew=True, sure=False).impressions == 0
        log.append(reports(store, 10), at)
        counted_for = refresh(store, log, PARAMS, at + timedelta(minutes=1), sure=False).release
        with pytest.raises(EventLogError, match="none of the 50 impressions that were counted: is it the right one"):
            refresh(store, other, PARAMS, at + timedelta(minutes=2), anew=True, sure=False)
        assert read_active(store).id == counted_for
        assert refresh(store, other, PARAMS, at + timedelta(minutes=2), anew=True).impressions == 0


def test_counts_that_were_damaged_are_not_used(store: Path) -> None:
    """Every hash is compared before beliefs are made of them; what is in use stays."""
    at = BEGIN + timedelta(days=2)
    with closing(EventLog.open(store)) as log:
        log.append(reports(store, 10), at)
        refresh(store, log, PARAMS, at + timedelta(minutes=1))
    before: Active = read_active(store)
    file = store / FOLDER / str(before.learned) / "plays.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(SnapshotError, match="damaged"):
        put_in_use(store, before.snapshot, at + timedelta(hours=1))
    assert read_active(store) == before
