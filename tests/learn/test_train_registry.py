"""The registry of models: what is kept, what is refused, and that a damaged model ends a child and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from visits import BEGIN

from pipelines.priors import prior_of
from pipelines.train import Made, make_model
from ranking.errors import LearnedModelError
from ranking.features import FEATURES, NAMES
from ranking.learn import registry
from ranking.learn.events import EventLog
from ranking.learn.folder import Manifest, write_folder
from ranking.learn.params import LearningParams, TrainParams
from ranking.learn.registry import FOLDER, FORMAT, NAME, models, read_model, tried
from ranking.ports import Meetings

PARAMS = LearningParams(fit=TrainParams(threads=1))
NOW = BEGIN + timedelta(days=3)


@pytest.fixture(scope="module")
def made_once(visited_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    store = Path(shutil.copytree(visited_once, tmp_path_factory.mktemp("trained") / "store"))
    with closing(EventLog.open(store)) as log:
        made = make_model(store, log, PARAMS, NOW)
    (store / "made").write_text(made.model.digest)
    return store, made


@pytest.fixture
def store(made_once: tuple[Path, Made], tmp_path: Path) -> Path:
    """With one model in its registry."""
    return Path(shutil.copytree(made_once[0], tmp_path / "copy"))


def digest(store: Path) -> str:
    """Of the model that was really made."""
    return (store / "made").read_text()


def forged(store: Path, change: Callable[[dict[str, object], dict[str, object]], None]) -> str:
    """A model whose facts and parts were changed, and all its hashes made anew: only a trial can tell."""
    folder = store / FOLDER / NAME / digest(store)
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    parts: dict[str, object] = {name: (folder / name).read_bytes() for name in manifest.parts}
    facts = dict(manifest.facts)
    change(facts, parts)
    return write_folder(folder.parent, FORMAT, manifest.made_at, facts, parts)


def test_a_model_is_kept_with_all_that_is_to_be_known_of_it(made_once: tuple[Path, Made]) -> None:
    """Features, window, rows, metrics, code, table and calibration in the manifest; a card for people; no member."""
    store, made = made_once
    model = tried(store, made.model.digest)
    facts = model.facts
    assert facts.features == NAMES
    assert (facts.origin.rows, facts.origin.skipped, len(facts.origin.table)) == (24_000, {}, 64)
    assert facts.origin.code.startswith("0.1.0+")
    assert {"trained", "validated", "held out"} == set(facts.windows)
    assert facts.metrics["log_loss"] == made.trained.report.overall["model"].log_loss
    assert model.popularity.keys() == set(made.trained.titles)
    card = made.card.read_text("utf-8")
    assert all(feature.name in card for feature in FEATURES)
    assert facts.origin.table in card
    assert "m00001" not in "".join(file.read_text("utf-8", errors="ignore") for file in made.card.parent.iterdir())


def test_equal_logs_give_one_model(made_once: tuple[Path, Made], store: Path) -> None:
    """Trained again at the same moment: the same folder; an hour later: a younger one of the same trees."""
    _, made = made_once
    with closing(EventLog.open(store)) as log:
        assert make_model(store, log, PARAMS, NOW).model.digest == made.model.digest
        later = make_model(store, log, PARAMS, NOW + timedelta(hours=1))
    assert [name for _, name in models(store)] == [made.model.digest, later.model.digest]
    assert later.model.text == made.model.text
    assert not list((store / FOLDER / NAME).glob(".*"))


def test_the_scorer_says_what_the_calibration_made_of_the_trees(store: Path) -> None:
    """Slope times the trees' answer plus the offset of an ordinary title, of each probe."""
    model = read_model(store, digest(store))
    probes = np.load(store / FOLDER / NAME / model.digest / "probes.npy")
    said = prior_of(store, model.digest).scorer.beliefs(
        Meetings(probes[:, :-1], np.full(len(probes), "p"), np.full(len(probes), -1))
    )
    fitted, overall = model.facts.calibration, model.facts.overall
    assert said.mean == pytest.approx(fitted.intercept + fitted.popularity * overall + fitted.picture * probes[:, -1])


@pytest.mark.parametrize(
    "name", ["model.txt", "popularity.json", "metrics.json", "card.md", "probes.npy", "manifest.json"]
)
def test_a_byte_that_was_changed_anywhere_is_found(store: Path, name: str) -> None:
    """Whichever file: the model is not used."""
    file = store / FOLDER / NAME / digest(store) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(LearnedModelError, match="not used"):
        read_model(store, file.parent.name)


@pytest.mark.parametrize("name", ["model.txt", "manifest.json"])
def test_a_file_that_is_missing_is_found(store: Path, name: str) -> None:
    """As after a copy that was broken off."""
    folder = store / FOLDER / NAME / digest(store)
    (folder / name).unlink()
    with pytest.raises(LearnedModelError, match="not used"):
        read_model(store, folder.name)


def test_a_text_that_kills_lightgbm_kills_a_child(store: Path) -> None:
    """Its hashes are right, its trees cut off in the middle: the trial ends by a signal, and that is what is said."""

    def cut(_facts: dict[str, object], parts: dict[str, object]) -> None:
        text = parts["model.txt"]
        assert isinstance(text, bytes)
        parts["model.txt"] = text[: text.index(b"leaf_value=")]

    with pytest.raises(LearnedModelError, match=r"its trial ended with (signal 6|status 1)"):
        tried(store, forged(store, cut))

    def scramble(_facts: dict[str, object], parts: dict[str, object]) -> None:
        text = parts["model.txt"]
        assert isinstance(text, bytes)
        parts["model.txt"] = text.replace(b"left_child=", b"left_child=9999999 ", 1)

    with pytest.raises(LearnedModelError, match="its trial ended with"):
        tried(store, forged(store, scramble))


def test_a_model_that_says_something_else_than_when_it_was_made_is_not_used(store: Path) -> None:
    """Somebody turned its leaves round and wrote all hashes anew."""

    def turned(_facts: dict[str, object], parts: dict[str, object]) -> None:
        text = parts["model.txt"]
        assert isinstance(text, bytes)
        parts["model.txt"] = text.replace(b"leaf_value=-0", b"leaf_value=00")

    with pytest.raises(LearnedModelError, match="from those that it gave"):
        tried(store, forged(store, turned))


def test_a_model_of_other_features_is_not_used(store: Path) -> None:
    """Told by the manifest; and where that lies, by the text."""

    def other(facts: dict[str, object], _parts: dict[str, object]) -> None:
        facts["features"] = ["theme_match", "colour"]

    with pytest.raises(LearnedModelError, match="colour"):
        tried(store, forged(store, other))

    def liar(_facts: dict[str, object], parts: dict[str, object]) -> None:
        text = parts["model.txt"]
        assert isinstance(text, bytes)
        parts["model.txt"] = text.replace(b"feature_names=theme_match", b"feature_names=taste_match")

    with pytest.raises(LearnedModelError, match="taste_match"):
        tried(store, forged(store, liar))


def test_a_trial_that_does_not_end_is_ended(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No time at all is left to it here."""
    monkeypatch.setattr(registry, "TRIAL_SECONDS", 0.01)
    with pytest.raises(LearnedModelError, match="did not end"):
        tried(store, digest(store))


@pytest.mark.parametrize("name", ["../../../etc", "", "a b", "0123456789abcdef", "ä"])
def test_what_is_no_model_is_said_to_be_none(store: Path, name: str) -> None:
    """Names are looked up, never followed."""
    with pytest.raises(LearnedModelError, match=r"no model|not the name"):
        tried(store, name)


def test_a_registry_of_nothing_has_no_models(tmp_path: Path) -> None:
    """And no error."""
    assert models(tmp_path) == []
