"""A refresh asks the model nothing that it said before: it remembers, and comes to what asking again would come to."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from visits import BEGIN, Town

from pipelines import release as process
from pipelines.promote import promote
from pipelines.refresh import refresh
from pipelines.train import make_model
from ranking.features import NAMES, Circumstances
from ranking.learn.beliefs import ALL_ALIKE, FOLDER, Beliefs
from ranking.learn.events import EventLog
from ranking.learn.folder import read_active
from ranking.learn.params import LearningParams, TrainParams
from ranking.learn.promised import FOLDER as PROMISED
from ranking.learn.promised import Promised
from ranking.policy.boosted import Boosted
from ranking.ports import Beliefs as Believed
from ranking.ports import Meetings

PARAMS = LearningParams(fit=TrainParams(threads=1))
NOW = BEGIN + timedelta(days=3)
TOWN = Town()


@pytest.fixture(scope="module")
def promoted_once(visited_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Path(shutil.copytree(visited_once, tmp_path_factory.mktemp("promised") / "store"))
    with closing(EventLog.open(store)) as log:
        make_model(store, log, PARAMS, NOW)
        promote(store, log, None, PARAMS, NOW)
        TOWN.visit(store, log, 60, 4)
    return store


@pytest.fixture
def store(promoted_once: Path, tmp_path: Path) -> Path:
    """A model is in use, and there are events that were not counted yet."""
    return Path(shutil.copytree(promoted_once, tmp_path / "copy"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures the trees were asked about, each time that it was for a table: all in the first place."""
    sizes: list[int] = []
    answer = Boosted.beliefs

    def beliefs(self: Boosted, meetings: Meetings) -> Believed:
        if (meetings.features[:, NAMES.index("position")] == Circumstances().row[1]).all():
            sizes.append(len(meetings.features))
        return answer(self, meetings)

    monkeypatch.setattr(Boosted, "beliefs", beliefs)
    return sizes


def refreshed(store: Path) -> Beliefs:
    with closing(EventLog.open(store)) as log:
        assert refresh(store, log, PARAMS, NOW + timedelta(days=3)).new == 1_200
    return Beliefs.open(store / FOLDER / str(read_active(store).beliefs), verify=True)


def test_a_refresh_asks_the_trees_about_no_table_and_comes_to_the_same(
    store: Path, asked: list[int], tmp_path: Path
) -> None:
    other = Path(shutil.copytree(store, tmp_path / "other"))
    remembered = refreshed(store)
    assert asked == []
    shutil.rmtree(other / PROMISED)
    anew = refreshed(other)
    assert set(asked) == {120}
    assert len(asked) >= 4 * len(anew.tables)
    assert remembered.digest == anew.digest
    assert remembered.under == anew.under


@pytest.mark.parametrize("code", ["0.1.0+another", ""])
def test_another_version_of_the_code_asks_again(
    store: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(process, "code_version", lambda: code)
    refreshed(store)
    assert set(asked) == {120}


@pytest.mark.parametrize("part", ["means.npy", "manifest.json"])
def test_what_was_promised_and_damaged_is_asked_for_again_and_kept_anew(
    store: Path, asked: list[int], part: str
) -> None:
    """Nothing of it reaches the beliefs, and the next refresh remembers again."""
    (folder,) = (store / PROMISED).iterdir()
    sound = (folder / part).read_bytes()
    (folder / part).write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    found = refreshed(store)
    assert set(asked) == {120}
    assert np.isfinite(found.tables).all()
    assert (folder / part).read_bytes() == sound


def test_a_key_finds_what_was_kept_under_it_and_only_the_youngest_others_stay(tmp_path: Path) -> None:
    made = [Promised(key, ALL_ALIKE, np.full((1, 2, 3, 4), place, np.float32)) for place, key in enumerate("abcd")]
    assert Promised.find(tmp_path, "a") is None
    for age, one in enumerate(made):
        one.keep(tmp_path)
        for folder in (tmp_path / PROMISED).iterdir():
            if folder.stat().st_mtime > len(made):  # the one that was written just now
                os.utime(folder, (age, age))
    assert [Promised.find(tmp_path, key) is not None for key in "abcd"] == [False, False, True, True]
    found = Promised.find(tmp_path, "d")
    assert found is not None
    assert (found.means == 3).all()
    assert found.under == ALL_ALIKE


def test_likeness_is_remembered_nowhere(visited_once: Path) -> None:
    """It costs nothing to ask."""
    assert not (visited_once / PROMISED).exists()
