"""A snapshot is put in use: scored, with the memberships of its segments, and what was in use stays beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from artwork.domain import ModelRef
from pipelines.release import put_in_use
from ranking.errors import SnapshotError
from ranking.learn.folder import read_active, step_back
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.synthetic import World, synthetic_titles
from ranking.serve.release import Release

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WORLD = World(titles=3, options=4)


def pressed(store: Path, seed: int = 0) -> str:
    world = World(titles=WORLD.titles, options=WORLD.options, seed=seed)
    return write_snapshot(
        store, Edition(tuple(synthetic_titles(world)), world.canvases, ModelRef("made", "0" * 64)), NOW
    )


def test_where_nothing_was_learned_likeness_scores_for_everybody(tmp_path: Path) -> None:
    """No segments, no model: beliefs of the population, policy's answers, and nothing that a service would miss."""
    active = put_in_use(tmp_path, pressed(tmp_path), NOW)
    release = Release.load(tmp_path, verify=True)
    assert read_active(tmp_path) == active
    assert release.beliefs is not None
    assert release.answers is not None
    assert release.problems == ("no members",)
    assert release.model.startswith("similarity(")
    pleasing = np.array([one.aesthetic for one in release.snapshot.option_values()]).reshape(3, 4)
    believed = release.beliefs.tables[0, 0, -1, :, 0]
    assert (believed.argmax(axis=1) == pleasing.argmax(axis=1)).all()  # 0.04 a point, and nothing else is known


def test_the_same_twice_is_one_release_and_no_step(tmp_path: Path) -> None:
    """Publishing the same again must not make going back a way to stay."""
    first, second = pressed(tmp_path), pressed(tmp_path, seed=1)
    before = put_in_use(tmp_path, first, NOW)
    after = put_in_use(tmp_path, second, NOW)
    assert put_in_use(tmp_path, second, NOW) == after
    assert after.id != before.id
    assert step_back(tmp_path) == before


def test_a_snapshot_that_is_not_there_moves_nothing(tmp_path: Path) -> None:
    """The error names it; what was in use stays."""
    before = put_in_use(tmp_path, pressed(tmp_path), NOW)
    with pytest.raises(SnapshotError, match="0123456789abcdef"):
        put_in_use(tmp_path, "0123456789abcdef", NOW)
    assert read_active(tmp_path) == before


def test_a_policy_that_is_named_decides_from_then_on(tmp_path: Path) -> None:
    """Until another is named; one that there is not moves nothing."""
    snapshot = pressed(tmp_path)
    put_in_use(tmp_path, snapshot, NOW, "greedy")
    assert "greedy" in Release.load(tmp_path).policy.version
    active = put_in_use(tmp_path, pressed(tmp_path, seed=1), NOW)
    assert "greedy" in active.policy
    with pytest.raises(SnapshotError, match="no policy is named 'fortune'"):
        put_in_use(tmp_path, snapshot, NOW, "fortune")
    assert read_active(tmp_path) == active
