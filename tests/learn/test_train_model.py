"""Training: what is checked before, what is learned, and that it is the same whoever trains."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from visits import BEGIN, Town

from pipelines.train import SIMILARITY, similarity_log_odds
from ranking.domain import QualifyingPlay
from ranking.errors import LearnedModelError, TooLittleEvidence
from ranking.features import NAMES, categorical_features, monotone_constraints
from ranking.learn.dataset import write_table
from ranking.learn.events import EventLog
from ranking.learn.examples import Examples
from ranking.learn.params import LearningParams, TrainParams
from ranking.learn.recall import Recall
from ranking.learn.train import MODEL, POPULARITY, Trained, check_columns, check_rows, raw_scores, split, trained

PARAMS = TrainParams(threads=1)


@pytest.fixture(scope="module")
def examples(visited_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    file = tmp_path_factory.mktemp("table") / "table.parquet"
    with closing(EventLog.open(visited_once)) as log:
        write_table(file, log.showings(QualifyingPlay()), Recall(visited_once), LearningParams().most_weight)
    return Examples.read(file)


@pytest.fixture(scope="module")
def model(examples: Examples) -> Trained:
    return trained(examples, PARAMS, 1, {SIMILARITY: similarity_log_odds})


def row(**changed: float) -> np.ndarray:
    """An ordinary picture, a stranger, the first place, in the evening."""
    usual = dict.fromkeys(NAMES, 0.0) | {"aesthetic": 5.0, "brightness": 0.5, "day_part": 2.0}
    return np.array([[(usual | changed)[name] for name in NAMES]], dtype=np.float32)


def test_what_is_true_of_pictures_is_learned(model: Trained) -> None:
    """A match with the taste and beauty add to a picture; more of them never takes away."""
    for name, values in (("theme_match", np.linspace(-1, 1, 21)), ("aesthetic", np.linspace(1, 10, 21))):
        said = raw_scores(model.booster, np.vstack([row(**{name: value}) for value in values]), 1)
        assert said[-1] > said[0] + 0.2
        assert (np.diff(said) >= 0).all()


def test_it_beats_the_popularity_of_titles_on_days_that_it_did_not_see(model: Trained) -> None:
    """Order within titles, and log loss by more than two standard errors; calibrated to within 1 %."""
    overall = model.report.overall
    assert set(overall) == {MODEL, POPULARITY, SIMILARITY}
    best, alone = overall[MODEL], overall[POPULARITY]
    assert best.ndcg is not None
    assert alone.ndcg is not None
    assert best.ndcg > alone.ndcg + 0.1
    assert best.gain > 2 * best.gain_error > 0
    assert best.calibration_error < 0.03
    assert alone.gain == 0
    assert set(model.report.familiarity) == {"stranger", "familiar"}
    assert set(model.report.segments) == {"population", "1", "2"}


def test_the_days_follow_each_other(examples: Examples, model: Trained) -> None:
    """Eight tenths, a tenth, a tenth; nothing that was measured on is older than what was learned from."""
    windows = list(model.report.windows.values())
    assert sum(one.rows for one in windows) == len(examples) == 24_000
    assert [round(one.rows / len(examples), 2) for one in windows] == [0.8, 0.1, 0.1]
    assert windows[0].until <= windows[1].since < windows[1].until <= windows[2].since


def test_equal_tables_give_equal_models_whatever_the_threads(examples: Examples, model: Trained) -> None:
    """To the last letter, but for the number of threads that LightGBM notes."""
    again = trained(examples, PARAMS, 1)
    assert again.text == model.text
    assert again.calibration == model.calibration
    many = trained(examples, replace(PARAMS, threads=2), 1)
    assert _without_threads(many.text) == _without_threads(model.text)


def _without_threads(text: str) -> list[str]:
    return [line for line in text.splitlines() if "num_threads" not in line]


def test_the_popularity_of_a_title_is_taken_out(examples: Examples) -> None:
    """A title four times as popular, its pictures no different: the trees say the same of its pictures, nearly."""
    popular = examples.title == 3
    chance = np.random.default_rng(1)
    more = replace(
        examples, play=np.where(popular & (chance.random(len(examples)) < 0.3), 1, examples.play).astype("i1")
    )
    model = trained(more, PARAMS, 1)
    grown = model.popularity.log_odds[3] - np.median(model.popularity.log_odds)
    said = raw_scores(model.booster, more.features, 1)
    assert grown > 1.5
    assert abs(said[popular].mean() - said[~popular].mean()) < 0.25


def test_what_light_is_worth_in_the_hand_and_at_night_is_learned_and_unknown_is_a_place_of_its_own(
    examples: Examples,
) -> None:
    """The lightest picture is played 4 times as often as the darkest in the hand, a quarter as often at night.

    Both together cancel out. Where it is not known on what or when it was seen, that says nothing of light.
    """
    chance, features = np.random.default_rng(3), examples.features.copy()
    features[:, NAMES.index("brightness")] = light = chance.random(len(examples))
    features[:, NAMES.index("handheld")] = held = chance.choice([0.0, 1.0, np.nan], len(examples))
    features[:, NAMES.index("day_part")] = part = chance.choice([2.0, 3.0, np.nan], len(examples))
    worth = 1.0 * (held == 1) - (part == 3)
    play = (chance.random(len(examples)) < 0.15 * 2 ** (worth * (2 * light - 1))).astype(np.int8)
    model = trained(replace(examples, features=features, play=play), PARAMS, 1)

    def gain(on: float, when: float) -> float:
        dark, bright = (row(brightness=one, handheld=on, day_part=when) for one in (0.1, 0.9))
        return float(np.subtract(*raw_scores(model.booster, np.vstack([bright, dark]), 1)))

    assert min(gain(1.0, 2.0), gain(1.0, np.nan)) > 0.6  # 1.1 in truth
    assert max(gain(0.0, 3.0), gain(np.nan, 3.0)) < -0.6
    neutral = gain(0.0, 2.0), gain(0.0, np.nan), gain(np.nan, 2.0), gain(np.nan, np.nan), gain(1.0, 3.0)
    assert max(map(abs, neutral)) < 0.35


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"play": 2}, "neither 0 nor 1"),
        ({"weight": 0.0}, "weight"),
        ({"weight": np.nan}, "weight"),
        ({"day_part": 4.0}, "day_part"),
        ({"day_part": 1.5}, "day_part"),
        ({"theme_match": np.inf}, "infinite"),
    ],
)
def test_what_lightgbm_would_not_survive_is_refused_before(examples: Examples, changed: dict, said: str) -> None:
    """A line instead of a dead process, or of a model of nonsense."""
    ((name, value),) = changed.items()
    if name in NAMES:
        features = examples.features.copy()
        features[7, NAMES.index(name)] = value
        broken = replace(examples, features=features)
    else:
        column = getattr(examples, name).copy()
        column[7] = value
        broken = replace(examples, **{name: column})
    with pytest.raises(LearnedModelError, match=said):
        check_rows(broken)
    with pytest.raises(LearnedModelError, match="plays"):
        check_rows(replace(examples, title=examples.title[:-1]))


def test_a_direction_on_a_category_is_refused_and_would_have_killed_the_process() -> None:
    """In a child, LightGBM ends by a signal over what the check refuses here."""
    directions = monotone_constraints()
    directions[NAMES.index("day_part")] = 1
    with pytest.raises(LearnedModelError, match="day_part"):
        check_columns(NAMES, directions, categorical_features())
    program = (
        "import numpy, lightgbm, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "rows = numpy.random.default_rng(0).integers(0, 4, (400, 1)).astype(float)\n"
        "lightgbm.train({'objective': 'binary', 'monotone_constraints': [1], 'verbosity': -1, 'num_threads': 1},\n"
        "    lightgbm.Dataset(rows, rows[:, 0] > 1, categorical_feature=[0]), 2)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    assert done.returncode < 0


def test_too_little_is_said_and_nothing_is_learned(examples: Examples) -> None:
    """Few impressions, few plays, all plays, or none on the last days: which number, and the least that would do."""
    few = _some(examples, slice(0, 1_000))
    with pytest.raises(TooLittleEvidence, match=r"impressions 1,000, at least 2,000"):
        trained(few, PARAMS, 1)
    with pytest.raises(TooLittleEvidence, match=r"plays 0, at least 100"):
        split(replace(examples, play=np.zeros_like(examples.play)), PARAMS)
    with pytest.raises(TooLittleEvidence, match=r"without a play 0"):
        split(replace(examples, play=np.ones_like(examples.play)), PARAMS)
    late = examples.shown_at >= np.quantile(examples.shown_at, 0.85)
    with pytest.raises(TooLittleEvidence, match="days to be measured on"):
        split(replace(examples, play=np.where(late, 0, examples.play).astype("i1")), PARAMS)
    nothing = _some(examples, slice(0, 0))
    with pytest.raises(TooLittleEvidence, match="impressions 0"):
        trained(nothing, PARAMS, 1)


def _some(examples: Examples, part: slice) -> Examples:
    names = ("features", "title", "picture", "shown_at", "play", "weight", "segment", "familiarity")
    return replace(examples, **{name: getattr(examples, name)[part] for name in names})


def test_where_pictures_do_not_matter_little_is_said_of_them(
    examples: Examples, model: Trained, tmp_path: Path
) -> None:
    """Plays by chance: what the trees make of noise is less than a third of what they make of the truth."""
    dull = Town(theme=0.0, aesthetic=0.0, picture=0.0)
    dull.open(tmp_path)
    with closing(EventLog.open(tmp_path)) as log:
        dull.visit(tmp_path, log, 600, 0)
        write_table(
            tmp_path / "t", log.showings(QualifyingPlay(), until=BEGIN + timedelta(days=9)), Recall(tmp_path), 4
        )
    noise = Examples.read(tmp_path / "t")
    deviations = [
        (raw_scores(made.booster, rows.features, 1) * made.calibration.picture).std()
        for made, rows in ((trained(noise, PARAMS, 1), noise), (model, examples))
    ]
    assert deviations[0] < deviations[1] / 3, deviations
