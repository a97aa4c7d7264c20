"""Visitors without a name share a decision: what is learned of it is that many saw the picture, and how many played."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visits import BEGIN, Town

from pipelines.refresh import refresh
from ranking.domain import Decision, Impression, Outcome, QualifyingPlay, Reason
from ranking.learn.attribution import Earned
from ranking.learn.dataset import batches, write_table
from ranking.learn.events import EventLog, Reported
from ranking.learn.examples import Examples
from ranking.learn.folder import read_active
from ranking.learn.learned import FOLDER, Learned
from ranking.learn.params import LearningParams
from ranking.learn.recall import Recall
from ranking.learn.showings import Showings
from ranking.learn.synthetic import World
from ranking.serve.release import Release

TOWN = Town(World(titles=4, options=3, segments=2, members=9))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    TOWN.open(tmp_path)
    return tmp_path


def decision(store: Path, profile: str | None) -> Decision:
    release = Release.load(store)
    ids = tuple(release.snapshot.names.options[0])
    return Decision(
        profile, "t00000", "boxart", ids[0], "r", 0.25, Reason.EXPLORE, release.policy.version, release.model,
        release.snapshot.digest, 0, ids, None,
    )  # fmt: skip


def seen(store: Path, profile: str | None, times: int, every: int, begun: int = 0) -> list[Reported]:
    """So many impressions, a minute apart; a play follows the first of every so many."""
    shown, told = decision(store, profile), []
    for number in range(begun, begun + times):
        at = BEGIN + timedelta(minutes=number)
        told.append(Reported(shown, Impression(f"i{profile}{number}", shown.id, at)))
        if number % every == 0:
            told.append(Reported(shown, Outcome(f"o{profile}{number}", shown.id, at + timedelta(seconds=9), 900.0)))
    return told


def learned(store: Path) -> Learned:
    return Learned.open(store / FOLDER / str(read_active(store).learned))


def test_of_two_hundred_visitors_twenty_played(store: Path) -> None:
    """Not one of one. And a member who looks two hundred times within an epoch is one member who played."""
    with closing(EventLog.open(store)) as log:
        log.append(seen(store, None, 200, 10), BEGIN + timedelta(hours=5))
        assert refresh(store, log, LearningParams(), BEGIN + timedelta(hours=6)).impressions == 200
        assert learned(store).plays.sum() == pytest.approx(20, rel=0.01)
        one = learned(store).expected.sum() / 200
        assert 0.02 < one < 0.08  # likeness promises four of a hundred
        log.append(seen(store, "m00001", 200, 10), BEGIN + timedelta(hours=7))
        assert refresh(store, log, LearningParams(), BEGIN + timedelta(hours=8)).impressions == 201
        assert learned(store).plays.sum() == pytest.approx(21, rel=0.01)


def test_more_visitors_to_what_was_counted_are_added(store: Path) -> None:
    """The shared decision is counted anew as often as somebody comes: the same as all of them at once."""
    with closing(EventLog.open(store)) as log:
        for number in range(3):
            at = BEGIN + timedelta(hours=5 + number)
            log.append(seen(store, None, 50, 10, begun=50 * number), at)
            refresh(store, log, LearningParams(), at + timedelta(minutes=1))
        step_by_step = learned(store)
        refresh(store, log, LearningParams(), at + timedelta(minutes=1), anew=True)
    assert step_by_step.impressions == learned(store).impressions == 150
    assert step_by_step.plays == pytest.approx(learned(store).plays, abs=1e-9)
    assert step_by_step.plays.sum() == pytest.approx(15, rel=0.01)


def test_the_training_table_has_a_row_for_each_visitor(store: Path, tmp_path: Path) -> None:
    """200 rows, 20 plays, all of the one picture and of equal weight."""
    with closing(EventLog.open(store)) as log:
        log.append(seen(store, None, 200, 10), BEGIN + timedelta(hours=5))
        tallied = write_table(tmp_path / "table", log.showings(QualifyingPlay()), Recall(store), 4.0)
    examples = Examples.read(tmp_path / "table")
    assert (tallied.rows, tallied.plays) == (len(examples), examples.play.sum()) == (200, 20)
    assert set(examples.weight.tolist()) == {1.0}


def showings(*decisions: tuple[str | None, int, int]) -> Showings:
    """Decisions of a profile, with so many impressions and plays, each first seen later and further down."""
    profiles, impressions, plays = zip(*decisions, strict=True)
    number = np.arange(len(decisions))
    told = pa.table({"profile": pa.array(profiles, pa.string()), "candidates": ["s"] * len(decisions)})
    return Showings(told, {"s": ("o", "q")}, Earned(number, 2 * number, np.array(impressions), np.array(plays)))


shared = st.tuples(st.sampled_from([None, None, "ada", "ben"]), st.integers(1, 50), st.integers(0, 50))


@given(st.lists(shared.map(lambda one: (*one[:2], min(one[1:]))), min_size=1, max_size=6), st.integers(1, 20))
def test_nobody_is_added_and_nobody_is_lost(decisions: list[tuple[str | None, int, int]], most: int) -> None:
    """However many there were, a few at a time: those with a play come first; a member's decision stays one."""
    expected = []
    for number, (profile, impressions, plays) in enumerate(decisions):
        if profile is None:
            expected += [(None, number, 2 * number, 1, 1)] * plays
            expected += [(None, number, 2 * number, 1, 0)] * (impressions - plays)
        else:
            expected.append((profile, number, 2 * number, impressions, plays))
    parts = list(batches([showings(*decisions)], most))
    assert [len(part) for part in parts[:-1]] == [most] * (len(parts) - 1)
    found = Showings.together(parts)
    columns = (getattr(found.earned, one.name).tolist() for one in fields(found.earned))
    assert list(zip(found.told["profile"].to_pylist(), *columns, strict=True)) == expected
    assert found.among.tolist() == [2] * len(expected)
