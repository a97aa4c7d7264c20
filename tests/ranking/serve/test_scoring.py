"""What a scorer believes reaches the picture that it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from catalogues import MADE_AT, title

from ranking.domain import Segment, TasteMixture
from ranking.features import Tastes
from ranking.learn.beliefs import write_beliefs
from ranking.learn.folder import Active, activate
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import FOLDER, Snapshot, TitleEntry, TitleNotes
from ranking.policy.eligibility import Asked
from ranking.policy.scorers import Similarity
from ranking.serve.mixture import asked_and_answered
from ranking.serve.release import Release
from ranking.serve.scoring import score_snapshot
from ranking.serve.tabulate import with_answers

TASTES = Tastes(("sea", "city"), (), np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]), np.zeros((3, 0)), np.zeros((3, 0)))
SEGMENTS = [Segment("sailors", 0, "sailors", 60, 0.5), Segment("strollers", 1, "strollers", 60, 0.5)]
CATALOGUE = [
    TitleEntry(TitleNotes("empty", "Empty"), ()),
    title("film", {"a": {"themes": {"city": 0.9}}, "b": {"themes": {"sea": 0.9}}, "c": {}}),
    title("other", {"d": {"themes": {"sea": 0.9}}}),
]


def test_each_segment_likes_the_picture_of_its_theme(tmp_path: Path) -> None:
    """Sea meets sea: cosine 1, worth 0.15; nothing known counts as nothing: a and c are alike to sailors."""
    snapshot = Snapshot.open(
        tmp_path / FOLDER / write_snapshot(tmp_path, Edition(CATALOGUE, ["boxart", "banner"]), MADE_AT)
    )
    scored = score_snapshot(snapshot, Similarity(), TASTES, ("fit", SEGMENTS))
    assert scored.tables.shape == (1, 1, 3, 3, 2, 3)
    mean = scored.tables[0, 0, :, 1, 0]
    np.testing.assert_allclose(mean[0] - mean[0, 2], [0.0, 0.15, 0.0], atol=1e-6)
    np.testing.assert_allclose(mean[1] - mean[1, 2], [0.15, 0.0, 0.0], atol=1e-6)
    active = Active(snapshot.digest, write_beliefs(tmp_path, scored, MADE_AT))
    activate(tmp_path, with_answers(tmp_path, active, MADE_AT))
    release = Release.load(tmp_path)
    view = release.view("boxart", "")
    taste, asked = TasteMixture("fit", 0.0, {0: 1.0}), Asked(datetime.now(UTC))
    _, probability, _ = asked_and_answered(release.policy, view.table, view.ready, np.array([0, 1, 2]), taste, asked)
    assert probability[1].argmax() == 1
    np.testing.assert_allclose(probability.sum(axis=1), [0, 1, 1], atol=1e-9)


def test_tastes_and_segments_go_together(tmp_path: Path) -> None:
    snapshot = Snapshot.open(tmp_path / FOLDER / write_snapshot(tmp_path, Edition([], ["boxart"]), MADE_AT))
    assert score_snapshot(snapshot, Similarity(), TASTES, ("fit", SEGMENTS)).tables.shape == (1, 1, 3, 0, 2, 1)
    with pytest.raises(ValueError, match="3 tastes for 1 segments"):
        score_snapshot(snapshot, Similarity(), TASTES, ("fit", SEGMENTS[:1]))
