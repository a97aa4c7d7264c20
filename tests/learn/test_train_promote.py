"""Promotion and rollback: one pointer moves, or nothing does; a running service follows; and the commands around it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner
from visits import BEGIN, Town

from artwork.domain import ModelRef
from pipelines import learning
from pipelines import promote as process
from pipelines.cli import app
from pipelines.promote import model_of, promote, roll_back
from pipelines.refresh import counted, refresh
from pipelines.release import put_in_use
from pipelines.serve import make_service
from pipelines.train import make_model
from ranking.errors import LearnedModelError, SnapshotError
from ranking.learn.events import EventLog
from ranking.learn.folder import Manifest, activate, read_active, write_folder
from ranking.learn.learned import FOLDER as LEARNED
from ranking.learn.params import LearningParams, TrainParams
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.registry import FOLDER, FORMAT, NAME, models
from ranking.learn.synthetic import synthetic_titles
from ranking.serve.release import Release

PARAMS = LearningParams(fit=TrainParams(threads=1))
NOW = BEGIN + timedelta(days=3)
TOWN = Town()


@pytest.fixture(scope="module")
def trained_once(visited_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Path(shutil.copytree(visited_once, tmp_path_factory.mktemp("trained") / "store"))
    with closing(EventLog.open(store)) as log:
        refresh(store, log, PARAMS, NOW)
        make_model(store, log, PARAMS, NOW)
    return store


@pytest.fixture
def store(trained_once: Path, tmp_path: Path) -> Path:
    """With counts in use and one model that is not."""
    return Path(shutil.copytree(trained_once, tmp_path / "copy"))


def promoted(store: Path, digest: str | None = None, minutes: int = 1) -> object:
    with closing(EventLog.open(store)) as log:
        return promote(store, log, digest, PARAMS, NOW + timedelta(minutes=minutes))


def test_a_promoted_model_is_served_and_going_back_undoes_all_of_it(store: Path) -> None:
    """Model, counts and beliefs move together; going back twice is where one was."""
    before, model = read_active(store), models(store)[0][1]
    there = promoted(store)
    active = read_active(store)
    assert (there.model, there.model_before) == (model, "similarity")  # type: ignore[attr-defined]
    release = Release.load(store, verify=True)
    assert release.problems == ()
    assert release.answers is not None
    assert "lightgbm@" in release.model
    assert model_of(store, active) == model
    back = roll_back(store)
    assert read_active(store) == before
    assert (back.model, back.model_before, back.release) == ("similarity", model, before.id)
    again = roll_back(store)
    assert read_active(store) == active
    assert again.model == model


def test_what_is_promoted_twice_moves_once(store: Path) -> None:
    """So going back still leads to what was before."""
    before = read_active(store)
    promoted(store)
    active = read_active(store)
    promoted(store, minutes=5)
    assert read_active(store) == active
    roll_back(store)
    assert read_active(store) == before


def test_a_refresh_that_ends_meanwhile_does_not_keep_a_model_away(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting for a model takes longer than the minutes between two refreshes: the newest counts are gone back to."""
    model, before = models(store)[0][1], read_active(store)

    def count(*args: object) -> object:
        with closing(EventLog.open(store)) as log:
            TOWN.visit(store, log, 5, 3 - 5.5 / 1440, spread_days=0)  # received six minutes later, just before then
            refresh(store, log, PARAMS, NOW + timedelta(minutes=1))
        return counted(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "counted", count)
    there = promoted(store)
    assert (there.model_before, there.model) == ("similarity", model)  # type: ignore[attr-defined]
    assert model_of(store, read_active(store)) == model
    assert not (store / LEARNED / str(before.learned)).exists()  # the refresh has let it go
    assert roll_back(store).model == "similarity"
    assert read_active(store).learned not in {None, before.learned}


def test_a_policy_that_changes_meanwhile_is_told_of(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else has decided something: it is not undone unseen."""

    def change(*args: object) -> object:
        activate(store, msgspec.structs.replace(read_active(store), policy="uniform", answers=None))
        return counted(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "counted", change)
    with pytest.raises(SnapshotError, match="changed while events were counted: nothing moved, try again"):
        promoted(store)
    assert read_active(store).policy == "uniform"


def test_after_it_counts_are_added_to_the_models_promise_and_publishing_keeps_the_model(store: Path) -> None:
    """A refresh goes on from the model; a snapshot put in use is scored with it; both stay the model's."""
    model = models(store)[0][1]
    promoted(store)
    with closing(EventLog.open(store)) as log:
        TOWN.visit(store, log, 50, 4)
        told = refresh(store, log, PARAMS, BEGIN + timedelta(days=6))
    assert (told.anew, told.new) == (False, 1_000)
    assert model_of(store, read_active(store)) == model
    other = replace(TOWN.world, seed=9)
    entries = tuple(synthetic_titles(other))
    snapshot = write_snapshot(store, Edition(entries, other.canvases, ModelRef("made", "0" * 64)), NOW)
    active = put_in_use(store, snapshot, BEGIN + timedelta(days=7))
    assert model_of(store, active) == model
    assert Release.load(store).snapshot.digest == snapshot


def test_a_model_that_cannot_be_used_moves_nothing(store: Path) -> None:
    """Damaged, forged or absent: one line, and what is in use stays, for promoting and for going back."""
    before = read_active(store)
    text = store / FOLDER / NAME / models(store)[0][1] / "model.txt"
    whole = text.read_bytes()
    text.write_bytes(whole[: len(whole) // 2])
    for digest in (None, models(store)[0][1], "0" * 16):
        with pytest.raises(LearnedModelError) as problem:
            promoted(store, digest)
        assert "\n" not in str(problem.value)
    assert read_active(store) == before
    text.write_bytes(whole)
    promoted(store)
    roll_back(store)
    text.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LearnedModelError, match="not used"):
        roll_back(store)
    assert read_active(store) == before


def test_a_model_that_kills_its_trial_moves_nothing(store: Path) -> None:
    """All its hashes are right; only a child that loads it can tell, and dies of it."""
    folder = store / FOLDER / NAME / models(store)[0][1]
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    parts: dict[str, object] = {name: (folder / name).read_bytes() for name in manifest.parts}
    text = (folder / "model.txt").read_bytes()
    parts["model.txt"] = text[: text.index(b"leaf_value=")]
    forged = write_folder(folder.parent, FORMAT, manifest.made_at, manifest.facts, parts)
    before = read_active(store)
    with pytest.raises(LearnedModelError, match="its trial ended"):
        promoted(store, forged)
    assert read_active(store) == before


def test_a_newest_model_that_is_damaged_is_not_passed_over_for_an_older_one(store: Path) -> None:
    """Whoever promotes the newest is told that it is damaged, and decides."""
    with closing(EventLog.open(store)) as log:
        newest = make_model(store, log, PARAMS, NOW + timedelta(hours=1)).model.digest
    (store / FOLDER / NAME / newest / "model.txt").write_bytes(b"tree")
    with pytest.raises(LearnedModelError, match=newest):
        promoted(store)
    (store / FOLDER / NAME / newest / "manifest.json").write_bytes(b"{")
    with pytest.raises(LearnedModelError, match=f"{newest} is no model"):
        promoted(store)


def test_what_was_before_and_is_no_longer_whole_is_not_gone_back_to(store: Path) -> None:
    """Its beliefs were tidied away: the pointer stays where it is."""
    before = read_active(store)
    promoted(store)
    active = read_active(store)
    shutil.rmtree(store / "beliefs" / str(before.beliefs))
    with pytest.raises(SnapshotError, match="no longer whole"):
        roll_back(store)
    assert read_active(store) == active


def test_without_a_model_or_a_release_the_line_says_what_to_do(tmp_path: Path, visited: Path) -> None:
    """`artwork train`, `artwork publish`; and there is nothing to go back to."""
    with closing(EventLog.open(visited)) as log, pytest.raises(LearnedModelError, match="artwork train"):
        promote(visited, log, None, PARAMS, NOW)
    with pytest.raises(SnapshotError, match="nothing to go back"):
        roll_back(visited)
    with pytest.raises(SnapshotError, match="nothing is published"):
        roll_back(tmp_path / "empty")


def test_a_running_service_follows(store: Path) -> None:
    """Without being told: it looks, finds the pointer moved, and answers from the model's release; and back."""

    async def follow() -> list[str]:
        service = make_service(store)
        await service.look()
        seen = [service.release.model]
        await asyncio.to_thread(promoted, store)
        await service.look()
        seen.append(service.release.model)
        await asyncio.to_thread(roll_back, store)
        await service.look()
        return [*seen, service.release.model]

    before, there, back = asyncio.run(follow())
    assert "lightgbm@" in there
    assert before == back != there


def test_the_commands_learn_promote_and_go_back(visited: Path) -> None:
    """One JSON object each on stdout, progress on stderr; what fails prints nothing on stdout."""

    def artwork(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--store", str(visited)])

    trained = artwork("train", "--json")
    assert trained.exit_code == 0, trained.stderr
    told = json.loads(trained.stdout)
    assert (told["rows"], told["model"]) == (24_000, models(visited)[0][1])
    assert set(told["held_out"]) == {"model", "popularity alone", "similarity"}
    assert "growing trees" in trained.stderr
    moved = json.loads(artwork("promote", "--json").stdout)
    assert (moved["model_before"], moved["model"]) == ("similarity", told["model"])
    assert "0 new" in artwork("train", "--refresh").stdout
    back = artwork("rollback")
    assert f"model {told['model']} -> similarity" in back.stdout
    wrong = artwork("promote", "0123456789abcdef")
    assert isinstance(wrong.exception, LearnedModelError)
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert not list((visited / FOLDER / NAME).glob(".*"))


def test_what_training_came_to_has_a_line_for_each_predictor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For people: the model, what each is worth, the card, the way on. What a name holds moves no cursor."""
    one = {"log_loss": 0.2, "calibration_error": 0.01, "ndcg": None, "gain": 0.0, "gain_error": 0.1}
    held_out = {"model": {**one, "ndcg": 0.8}, "popularity alone": one}
    row = {"model": "abc", "trees": 3, "rows": 4_000, "plays": 300, "held_out": held_out, "card": "a\x1b[31m/card.md"}
    monkeypatch.setattr(learning, "run_train", lambda *_: row)
    said = CliRunner().invoke(app, ["train", "--store", str(tmp_path)]).stdout
    assert said.splitlines() == [
        "model abc: 3 trees from 4,000 impressions, 300 plays",
        "  model              log loss 0.20000, calibration error 0.0100, NDCG 0.800",
        "  popularity alone   log loss 0.20000, calibration error 0.0100, NDCG -",
        "card: a [31m/card.md",
        "put it in use: artwork promote abc",
    ]


def test_too_little_to_learn_from_leaves_likeness_in_use(tmp_path: Path) -> None:
    """Exit 1 and the number that is too small; what was counted is in use all the same."""
    TOWN.open(tmp_path)
    with closing(EventLog.open(tmp_path)) as log:
        TOWN.visit(tmp_path, log, 20, 0)
    command = [sys.executable, "-m", "pipelines.cli", "train", "--store", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "impressions 400, at least 2,000 needed" in done.stderr
    assert read_active(tmp_path).learned is not None
    assert model_of(tmp_path, read_active(tmp_path)) == "similarity"
    assert models(tmp_path) == []
