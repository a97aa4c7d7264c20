"""Rows of the log: what the member's taste and the picture were when the decision was made."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import msgspec
import numpy as np
import pytest
from visits import BEGIN, Town

from artwork.domain import ModelRef
from pipelines.release import put_in_use
from ranking.domain import (
    POPULATION,
    DayPart,
    Decision,
    Device,
    Impression,
    Profile,
    QualifyingPlay,
    Reason,
    TasteMixture,
)
from ranking.features import NAMES, PER_MEETING, Circumstances, Pictures, feature_grid
from ranking.learn import beliefs
from ranking.learn.beliefs import Beliefs, Scored, write_beliefs
from ranking.learn.dataset import Rows, Tallied, batches, rows_of
from ranking.learn.events import EventLog, Reported
from ranking.learn.folder import activate, read_active
from ranking.learn.members import Members, write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.recall import Recall, mixtures
from ranking.learn.segmentation import Fit, point_to_fit, read_fits
from ranking.learn.showings import Showings
from ranking.learn.snapshot import Snapshot
from ranking.learn.synthetic import World, synthetic_titles
from ranking.serve.release import Release

TOWN = Town(World(titles=4, options=3, segments=3, members=9))


def decided(store: Path, profile: str | None = "m00001", column: int = 0, **changed: object) -> Decision:
    """A decision of the release in use about the first title."""
    release = Release.load(store)
    ids = tuple(release.snapshot.names.options[0])
    told = Decision(
        profile, "t00000", "boxart", ids[column], "r", 0.25, Reason.EXPLORE, release.policy.version, release.model,
        release.snapshot.digest, 0, ids, None,
    )  # fmt: skip
    return replace(told, **changed)


def rows(store: Path, *found: Decision) -> tuple[Rows, Tallied]:
    """What is learned of these decisions, each seen at noon in the third place."""
    with closing(EventLog.open(store)) as log:
        noon = BEGIN + timedelta(hours=12)
        log.append([Reported(one, Impression(f"i{one.id}", one.id, noon, 2)) for one in found], noon)
        seen = Showings.together(list(log.showings(QualifyingPlay())))
    ids, tallied = seen.told["id"].to_pylist(), Tallied()
    return rows_of(seen.at(np.array([ids.index(one.id) for one in found])), Recall(store), 10.0, tallied), tallied


@pytest.fixture
def store(tmp_path: Path) -> Path:
    TOWN.open(tmp_path)
    return tmp_path


def test_a_row_is_the_picture_the_circumstances_and_the_taste_as_it_was_mixed(store: Path) -> None:
    """Member 1 is 80 % of segment 1, the rest unknown: 0.8 of the segment's match; on a phone, in the third place."""
    found, tallied = rows(store, decided(store, device=Device.PHONE, day_part=DayPart.AFTERNOON))
    options = Release.load(store).snapshot.option_values()
    grid = feature_grid(TOWN.tastes, Pictures.of(options, TOWN.tastes), Circumstances())
    expected = np.nan_to_num(grid[1, 0, 0]) * 0.8
    row = dict(zip(NAMES, found.features[0].tolist(), strict=True))
    assert row["theme_match"] == pytest.approx(expected)
    assert np.isnan([row["embedding_match"], row["cast_affinity"]]).all()  # nobody likes a vector or an actor here
    assert row["aesthetic"] == pytest.approx(options[0].aesthetic, rel=1e-6)
    assert row["position"] == pytest.approx(np.log(3))
    assert (row["handheld"], row["day_part"]) == (1, 1)
    assert (found.segments.tolist(), found.familiar.tolist()) == ([1], [2])
    assert found.weights.tolist() == pytest.approx([1 / (3 * 0.25)])
    assert tallied.rows == 1


def test_on_what_and_when_it_was_seen_is_what_was_told_or_not_known(store: Path) -> None:
    """Noon in UTC is in the impression; it says nothing of the member's clock."""
    found, _ = rows(
        store,
        decided(store),
        decided(store, device=Device.TELEVISION),
        decided(store, device=Device.TABLET, day_part=DayPart.NIGHT),
    )
    told = found.features[:, [NAMES.index("handheld"), NAMES.index("day_part")]]
    np.testing.assert_array_equal(told, [[np.nan, np.nan], [0, np.nan], [1, 3]])


def test_without_a_taste_its_matches_are_unknown(store: Path) -> None:
    """Member 0 is of no segment, and nobody is known by the name of nobody: their looks alone are in the row."""
    found, _ = rows(store, decided(store, "m00000"), decided(store, None), decided(store, "stranger"))
    assert np.isnan(found.features[:, : len(PER_MEETING)]).all()
    assert found.segments.tolist() == [-1, -1, -1]
    assert found.familiar.tolist() == [0, 0, 0]


def test_the_snapshot_and_the_taste_are_those_of_the_decision(store: Path) -> None:
    """Published anew, prettier, to a member who moved to segment 2: the old row stays as it was."""
    old = decided(store)
    before, _ = rows(store, old)
    entries = [
        replace(entry, options=tuple(replace(one, aesthetic=9.0) for one in entry.options))
        for entry in synthetic_titles(TOWN.world)
    ]
    later = BEGIN + timedelta(days=1)
    snapshot = write_snapshot(store, Edition(entries, TOWN.world.canvases, ModelRef("made", "0" * 64)), later)
    fits = read_fits(store)
    assert fits is not None
    moved = [Profile("m00001", TasteMixture("made", 0.0, {2: 1.0}))]
    point_to_fit(store, Fit(fits.newest.segmentation, write_members(store, moved, "made", later)))
    put_in_use(store, snapshot, later)
    now, _ = rows(store, decided(store))
    again, _ = rows(store, old)
    assert np.array_equal(again.features, before.features, equal_nan=True)
    assert again.segments.tolist() == [1]
    assert now.segments.tolist() == [2]
    assert now.features[0, NAMES.index("aesthetic")] == 9


def test_what_cannot_be_learned_from_is_counted_by_why_not(store: Path) -> None:
    """A fallback, a picture that its snapshot does not have, a snapshot that is gone; a pinned one is learned from."""
    found, tallied = rows(
        store,
        decided(store, option=None, reason=Reason.FALLBACK, propensity=1.0, candidates=()),
        decided(store, option="elsewhere", candidates=()),
        decided(store, snapshot="0" * 16),
        decided(store, reason=Reason.PINNED, propensity=1.0),
    )
    assert dict(tallied.skipped) == {"fallback shown": 1, "picture not in its snapshot": 1, "snapshot gone": 1}
    assert found.weights.tolist() == [1.0]


def test_where_the_memberships_are_gone_the_picture_is_still_learned_from(store: Path) -> None:
    """The taste is unknown then; the row is not lost."""
    members = read_active(store).members
    for file in (store / "members" / str(members)).iterdir():
        file.unlink()
    found, tallied = rows(store, decided(store))
    assert np.isnan(found.features[0, 0])
    assert tallied.rows == 1


def test_a_log_of_nothing_gives_no_row(store: Path) -> None:
    """And no error; nor does one of which nothing can be learned."""
    with closing(EventLog.open(store)) as log:
        assert list(batches(log.showings(QualifyingPlay()))) == []
    found, tallied = rows(store, decided(store, option=None, reason=Reason.FALLBACK, propensity=1.0, candidates=()))
    assert (len(found), found.features.shape, tallied.rows) == (0, (0, len(NAMES)), 0)


def test_mixtures_know_the_heaviest_part_and_no_segment_that_is_not_there(tmp_path: Path) -> None:
    """0.6 against 0.4 unknown is a segment's member, 0.3 is not; a number beyond the fit counts as unknown."""
    tastes = {"a": {1: 0.6}, "b": {1: 0.3}, "c": {7: 0.9}, "d": {0: 0.5, 1: 0.5}}
    profiles = [Profile(name, TasteMixture("s", 1 - sum(parts.values()), parts)) for name, parts in tastes.items()]
    known = Members.open(tmp_path / "members" / write_members(tmp_path, profiles, "s", BEGIN))
    found = mixtures(known, ["a", "b", "c", "d", None], 2)
    assert found.heaviest.tolist() == [1, -1, -1, 0, -1]
    assert found.known.tolist() == pytest.approx([0.6, 0.3, 0.0, 1.0, 0.0])
    assert mixtures(known, [], 2).heaviest.tolist() == []
    assert mixtures(None, ["a"], 2).heaviest.tolist() == [-1]


def test_without_segments_everybody_is_the_population(tmp_path: Path) -> None:
    """A release that was scored for the population alone is recalled like any other."""
    snapshot = write_snapshot(
        tmp_path, Edition(tuple(synthetic_titles(TOWN.world)), TOWN.world.canvases, ModelRef("made", "0" * 64)), BEGIN
    )
    put_in_use(tmp_path, snapshot, BEGIN)
    found, _ = rows(tmp_path, decided(tmp_path))
    assert Release.load(tmp_path).model.endswith(f" in {POPULATION}")
    assert found.segments.tolist() == [-1]
    assert np.isnan(found.features[0, 0])


def test_what_refreshes_called_otherwise_is_opened_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty models about one snapshot and one set of tastes: each row is as before, and the files are read once."""
    active, first = read_active(store), decided(store)
    expected, _ = rows(store, first)
    believed = Beliefs.open(store / beliefs.FOLDER / str(active.beliefs))
    names = [f"{believed.model} refreshed {number}" for number in range(50)]
    for name in names:
        scored = Scored(
            believed.snapshot, name, believed.segmentation, believed.segments, believed.tables, believed.under
        )
        activate(store, msgspec.structs.replace(active, beliefs=write_beliefs(store, scored, BEGIN)), step=False)
    usual = Mock(wraps=Snapshot.open)
    monkeypatch.setattr(Snapshot, "open", usual)
    found, _ = rows(store, *(replace(first, model=name) for name in names))
    assert usual.call_count == 1
    np.testing.assert_array_equal(found.features, np.repeat(expected.features, 50, axis=0))
    assert found.segments.tolist() == expected.segments.tolist() * 50
