"""Training: LightGBM learns from the few features what a picture adds to its title, and is judged on later days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.errors import LearnedModelError, TooLittleEvidence
from ranking.features import DAY_PARTS, NAMES, categorical_features, monotone_constraints
from ranking.learn.calibration import Calibration, calibrated
from ranking.learn.examples import Examples
from ranking.learn.metrics import Bin, Measured, bins, measured
from ranking.learn.params import TrainParams
from ranking.learn.popularity import Popularity, likings, popularity
from ranking.learn.table import FAMILIARITIES

Floats = NDArray[np.float64]
Part = NDArray[np.int64]
Rival = Callable[[NDArray[np.float32]], Floats]
"""Features to what the picture adds in log-odds, by another way than trees."""
MODEL, POPULARITY = "model", "popularity alone"
_ROWS_AT_ONCE = 262_144


@dataclass(frozen=True, slots=True)
class Window:
    """Impressions in [since, until): how many, and how many were followed by a play."""

    since: datetime
    until: datetime
    rows: int
    plays: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from.

    Attributes:
        table: SHA-256 of the training table. rule: version of the reward. code: version of the software.
        rows, plays: of the table. skipped: impressions that were not learned from, by why not.
    """

    table: str
    rule: str
    code: str
    rows: int
    plays: int
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What a model is worth on the held-out days.

    Attributes:
        windows: trained on, validated on, held out.
        overall: by who predicts: the model, and its rivals.
        familiarity, segments: the same for parts of the impressions, by their names.
        bins: predictions of the model against plays.
        importance: share of the trees' gain that each feature has.
    """

    windows: dict[str, Window]
    overall: dict[str, Measured]
    familiarity: dict[str, dict[str, Measured]]
    segments: dict[str, dict[str, Measured]]
    bins: list[Bin]
    importance: dict[str, float]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, not yet kept.

    Attributes:
        text: LightGBM's own. booster: of that text. trees: that it consists of.
        calibration: what its answers are brought to.
        titles, popularity: base rates it stands on.
        report: on held-out days.
    """

    text: str
    booster: lightgbm.Booster
    trees: int
    calibration: Calibration
    titles: tuple[str, ...]
    popularity: Popularity
    report: Report


def trained(examples: Examples, params: TrainParams, seed: int, rivals: Mapping[str, Rival] | None = None) -> Trained:
    """A model of these impressions, grown on the first, stopped and calibrated on later, measured on the last.

    Args:
        examples: of any order.
        params: of growth.
        seed: of what little LightGBM draws; derived from the table.
        rivals: by name, what the model is compared with beside the popularity alone.

    Raises:
        TooLittleEvidence: the impressions are too few, or one of the three parts has none of plays or of others.
        LearnedModelError: LightGBM would not survive these rows.
    """
    check_rows(examples)
    train, validation, held_out = split(examples, params)
    base = popularity(
        examples.title[train], examples.play[train].astype(float), _weights(examples, train), len(examples.titles)
    )
    start = _starting_points(examples, base, train)
    booster = _grown(examples, start, (train, validation), params, seed)
    predicted: dict[str, Rival] = {MODEL: lambda rows: raw_scores(booster, rows, params.threads)}
    predicted |= {POPULARITY: lambda rows: np.zeros(len(rows))} | dict(rivals or {})
    calibrations: dict[str, Calibration] = {}
    log_odds: dict[str, Floats] = {}
    for name, rival in predicted.items():
        raw = rival(examples.features[validation])
        offsets = start[validation]
        plays = examples.play[validation].astype(float)
        calibrations[name] = calibrated(offsets, raw, plays, _weights(examples, validation))
        log_odds[name] = calibrations[name].log_odds(start[held_out], rival(examples.features[held_out]))
    windows = {"trained": train, "validated": validation, "held out": held_out}
    report = _report(examples, {name: _window(examples, part) for name, part in windows.items()}, held_out, log_odds)
    importance = booster.feature_importance("gain")
    shares = importance / max(importance.sum(), np.finfo(float).tiny)
    report.importance.update(zip(NAMES, map(float, shares), strict=True))
    kept = booster.best_iteration or booster.num_trees()
    text = booster.model_to_string(num_iteration=kept)
    return Trained(text, lightgbm.Booster(model_str=text), kept, calibrations[MODEL], examples.titles, base, report)


def _starting_points(examples: Examples, base: Popularity, train: Part) -> Floats:
    """(rows,): log-odds of a play of the title by such members, whatever the picture; from the rows to grow on."""
    tastes = int(examples.segment.max(initial=-1)) + 2
    cells = examples.title.astype(np.int64) * tastes + examples.segment + 1
    plays, weights = examples.play[train].astype(float), _weights(examples, train)
    liked: Floats = likings(base, cells[train], plays, weights, (len(examples.titles), tastes))
    return np.asarray(liked.ravel()[cells], dtype=np.float64)


def check_rows(examples: Examples) -> None:
    """LightGBM survives these rows: it ends the process, or learns nonsense, where these do not hold.

    Raises:
        LearnedModelError: a size, a category, a weight or a label is wrong.
    """
    check_columns(NAMES, monotone_constraints(), categorical_features())
    rows = len(examples)
    if examples.features.shape != (rows, len(NAMES)) or len(examples.weight) != rows or len(examples.title) != rows:
        raise LearnedModelError(f"{rows} plays, but features of {examples.features.shape}")
    for name in categorical_features():
        codes = examples.features[:, NAMES.index(name)]
        if not (np.isin(codes, np.arange(len(DAY_PARTS))) | np.isnan(codes)).all():
            raise LearnedModelError(f"{name} holds what is none of its {len(DAY_PARTS)} categories")
    if np.isinf(examples.features).any():
        raise LearnedModelError("a feature is infinite: unknown is NaN")
    if not (np.isfinite(examples.weight).all() and (examples.weight > 0).all()):
        raise LearnedModelError("a weight is not a finite number above 0")
    if not np.isin(examples.play, (0, 1)).all():
        raise LearnedModelError("a play is neither 0 nor 1")


def check_columns(names: Sequence[str], directions: Sequence[int], categorical: Sequence[str]) -> None:
    """The features can be given to LightGBM: a direction on a category kills the process.

    Raises:
        LearnedModelError: they cannot.
    """
    if len(set(names)) != len(names) or len(directions) != len(names) or not set(categorical) <= set(names):
        raise LearnedModelError(f"{len(names)} features with {len(directions)} directions, categories {categorical}")
    for name, direction in zip(names, directions, strict=True):
        if direction not in {-1, 0, 1} or (direction and name in categorical):
            raise LearnedModelError(f"feature {name} cannot have the direction {direction}")


def split(examples: Examples, params: TrainParams) -> tuple[Part, Part, Part]:
    """Rows to grow on, to stop and calibrate by, and to measure on: earlier, later, last, each in its order.

    Raises:
        TooLittleEvidence: there are too few impressions or plays, in all or in a part.
    """
    plays = int(examples.play.sum())
    for measure, found, floor in (
        ("impressions", len(examples), params.least_rows),
        ("plays", plays, params.least_plays),
        ("impressions without a play", len(examples) - plays, params.least_plays),
    ):
        if found < floor:
            raise TooLittleEvidence("what makes a picture played", measure, found, floor)
    shares = [1 - params.validation_share - params.held_out_share, 1 - params.held_out_share]
    first, second = np.quantile(examples.shown_at, shares, method="lower")
    late = examples.shown_at >= second
    early = examples.shown_at < first
    parts = np.flatnonzero(early), np.flatnonzero(~early & ~late), np.flatnonzero(late)
    for name, part in zip(("trained", "validated", "measured"), parts, strict=True):
        played = int(examples.play[part].sum())
        if not 0 < played < len(part):
            raise TooLittleEvidence("what makes a picture played", f"plays on the days to be {name} on", played, 1)
    return parts


def raw_scores(booster: lightgbm.Booster, features: NDArray[np.float32] | Floats, threads: int) -> Floats:
    """(rows,): what the trees say, in log-odds; in parts, so that memory is bounded."""
    parts = [
        booster.predict(features[begin : begin + _ROWS_AT_ONCE], raw_score=True, num_threads=threads)
        for begin in range(0, len(features), _ROWS_AT_ONCE)
    ]
    return np.concatenate([np.empty(0), *(np.asarray(part, dtype=np.float64) for part in parts)])


def lightgbm_params(params: TrainParams, seed: int) -> dict[str, Any]:
    """What LightGBM is told."""
    return {
        "objective": "binary",
        "boost_from_average": False,
        "metric": "binary_logloss",
        "learning_rate": params.learning_rate,
        "num_leaves": params.leaves,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": params.plays_in_leaf,  # p (1 - p) summed: about the plays
        "lambda_l2": params.shrinkage,
        "max_bin": params.bins,
        "monotone_constraints": monotone_constraints(),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": params.threads,
        "verbosity": -1,
    }


def _grown(
    examples: Examples, offsets: Floats, parts: tuple[Part, Part], params: TrainParams, seed: int
) -> lightgbm.Booster:
    told = lightgbm_params(params, seed)
    train, validation = (_dataset(examples, offsets, part, told) for part in parts)
    validation.reference = train
    stop = lightgbm.early_stopping(params.patience, verbose=False)
    try:
        return lightgbm.train(told, train, params.trees, valid_sets=[validation], callbacks=[stop])
    except lightgbm.basic.LightGBMError as error:
        raise LearnedModelError(f"LightGBM cannot learn from this table: {error}") from error


def _dataset(examples: Examples, offsets: Floats, part: Part, told: Mapping[str, Any]) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        examples.features[part],
        label=examples.play[part].astype(np.float32),
        weight=examples.weight[part],
        init_score=offsets[part],
        feature_name=list(NAMES),
        categorical_feature=categorical_features(),
        params=dict(told),
    )


def _weights(examples: Examples, part: Part) -> Floats:
    return examples.weight[part].astype(np.float64)


def _window(examples: Examples, part: Part) -> Window:
    first, last = (datetime.fromtimestamp(int(one) / 1e6, UTC) for one in _ends(examples.shown_at[part]))
    return Window(first, last, len(part), int(examples.play[part].sum()))


def _ends(shown_at: NDArray[np.int64]) -> tuple[int, int]:
    return int(shown_at.min()), int(shown_at.max()) + 1


def _report(examples: Examples, windows: dict[str, Window], held_out: Part, log_odds: Mapping[str, Floats]) -> Report:
    plays, weights = examples.play[held_out].astype(float), _weights(examples, held_out)
    cells = examples.title[held_out].astype(np.int64) * 32_768 + examples.segment[held_out] + 1
    pictures = examples.picture[held_out].astype(np.int64)

    def of(inside: NDArray[np.bool_]) -> dict[str, Measured]:
        where = np.flatnonzero(inside)
        alone, groups = log_odds[POPULARITY][where], (cells[where], pictures[where])
        return {
            name: measured(one[where], alone, groups, plays[where], weights[where]) for name, one in log_odds.items()
        }

    familiar, segment = examples.familiarity[held_out], examples.segment[held_out]
    return Report(
        windows,
        of(np.ones(len(held_out), dtype=np.bool_)),
        {FAMILIARITIES[code]: of(familiar == code) for code in np.unique(familiar)},
        {"population" if code < 0 else str(code): of(segment == code) for code in np.unique(segment)},
        bins(log_odds[MODEL], plays, weights),
        {},
    )
