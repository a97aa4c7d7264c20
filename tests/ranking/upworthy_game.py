"""Real picture tests as a game: the tests' own click rates are the truth, impressions arrive in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ranking.domain import Page
from ranking.policy.greedy import EpsilonGreedy, Greedy
from ranking.policy.lots import key_of
from ranking.policy.residual import Residual, ResidualParams, fitted
from ranking.policy.tally import Tally
from ranking.policy.thompson import Thompson
from ranking.policy.uniform import Uniform
from ranking.ports import Policy

START = datetime(2014, 11, 1, tzinfo=UTC)
Counts = NDArray[np.float64]
Allocate = Callable[[Counts, Counts], NDArray[np.float64]]
"""(shown, clicked), each (tests, pictures), to probabilities of the same shape."""


@dataclass(frozen=True, slots=True)
class PictureTests:
    """(tests, pictures) each: rates, nan where a test has fewer; keys, the pictures' names; impressions they had."""

    rates: NDArray[np.float64]
    keys: NDArray[np.uint64]
    impressions: NDArray[np.float64]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.rates)

    def without(self, columns: NDArray[np.int64]) -> PictureTests:
        """The tests before one picture of each, (tests,) columns, is there."""
        rates = self.rates.copy()
        rates[np.arange(len(rates)), columns] = np.nan
        return replace(self, rates=rates)

    def every(self, step: int, first: int) -> PictureTests:
        return PictureTests(self.rates[first::step], self.keys[first::step], self.impressions[first::step])


def read_picture_tests(material: Path) -> PictureTests:
    """The tests with one headline and several pictures; the packages of one picture are one arm."""
    columns = ["clickability_test_id", "headline", "eyecatcher_id", "impressions", "clicks"]
    packages = pd.read_parquet(material / "oracles/upworthy/upworthy_clean.parquet", columns=columns)
    packages["eyecatcher_id"] = packages["eyecatcher_id"].fillna("none")
    kinds = packages.groupby("clickability_test_id")[["headline", "eyecatcher_id"]].nunique()
    chosen = kinds.index[(kinds["headline"] == 1) & (kinds["eyecatcher_id"] > 1)]
    alone = packages[packages["clickability_test_id"].isin(chosen)]
    arms = alone.groupby(["clickability_test_id", "eyecatcher_id"])[["impressions", "clicks"]].sum().reset_index()
    row = pd.factorize(arms["clickability_test_id"])[0]
    column = arms.groupby("clickability_test_id").cumcount().to_numpy()
    shape = int(row.max()) + 1, int(column.max()) + 1
    rates, keys, impressions = np.full(shape, np.nan), np.zeros(shape, dtype=np.uint64), np.zeros(shape)
    impressions[row, column] = arms["impressions"]
    rates[row, column] = arms["clicks"] / arms["impressions"]
    keys[row, column] = [
        key_of(*pair) for pair in zip(arms["clickability_test_id"], arms["eyecatcher_id"], strict=True)
    ]
    return PictureTests(rates, keys, impressions)


def by_policy(tests: PictureTests, policy: Policy) -> Allocate:
    """A policy over raw click rates: an empirical mean, 0 for a picture never shown."""

    def allocate(shown: Counts, clicked: Counts) -> NDArray[np.float64]:
        return np.asarray(
            policy.probabilities(Page.of(tests.keys, clicked / np.maximum(shown, 1), None, tests.allowed))
        )

    return allocate


def by_beta_thompson(tests: PictureTests, seed: int, draws: int = 200) -> Allocate:
    """Per-arm Beta(1, 1) Thompson: every picture on its own. Probabilities counted over `draws` worlds."""
    generator = np.random.default_rng((seed, 1))

    def allocate(shown: Counts, clicked: Counts) -> NDArray[np.float64]:
        wins = np.zeros(shown.shape)
        for _ in range(draws):
            world = np.where(tests.allowed, generator.beta(1 + clicked, 1 + shown - clicked), -1)
            wins[np.arange(len(wins)), world.argmax(axis=1)] += 1
        return wins / draws

    return allocate


def posterior(tests: PictureTests, shown: Counts, clicked: Counts) -> Residual:
    """The residual of the house from these counts; its pictures are in the order of the tests, then of the columns."""
    rows, columns = np.nonzero(tests.allowed)
    pictures = np.array([f"{row:05d}/{column:02d}" for row, column in zip(rows, columns, strict=True)])
    titles = np.array([f"{row:05d}" for row in rows])
    usual = (clicked.sum() + 1) / (shown.sum() + 50)
    counts = clicked[tests.allowed][:, None], shown[tests.allowed][:, None] * usual
    return fitted(Tally.empty(0, START).added(pictures, titles, *counts), ResidualParams())


def by_shared_prior(tests: PictureTests, policy: Policy) -> Allocate:
    """What all tests together say of pictures is each one's prior, learned on the way."""

    def allocate(shown: Counts, clicked: Counts) -> NDArray[np.float64]:
        residual = posterior(tests, shown, clicked)
        mean, spread = np.zeros(shown.shape), np.zeros(shown.shape)
        mean[tests.allowed], spread[tests.allowed] = residual.mean[:, -1], residual.spread[:, -1]
        return np.asarray(policy.probabilities(Page.of(tests.keys, mean, spread, tests.allowed)))

    return allocate


def play(tests: PictureTests, allocate: Allocate, seed: int, impressions: int = 2000, batches: int = 20) -> float:
    """Mean click rate over all tests: each batch is shown as the probabilities say before its clicks are known."""
    generator = np.random.default_rng((seed, 0))
    rates = np.nan_to_num(tests.rates)
    shown, clicked = np.zeros(rates.shape), np.zeros(rates.shape)
    for _ in range(batches):
        probabilities = allocate(shown, clicked)
        batch = generator.multinomial(impressions // batches, probabilities / probabilities.sum(axis=1, keepdims=True))
        shown += batch
        clicked += generator.binomial(batch, rates)
    return float((shown * rates).sum() / shown.sum())


OURS = "shared prior, Thompson, width 0.3"


def widths(tests: PictureTests, width: float) -> Allocate:
    """Thompson sampling under the shared prior, from a share of its spread."""
    return by_shared_prior(tests, Thompson(width))


def contenders(tests: PictureTests, seed: int) -> dict[str, Allocate]:
    """Who plays."""
    return {
        "uniform": by_policy(tests, Uniform()),
        "epsilon-greedy, 0.1": by_policy(tests, EpsilonGreedy(0.1)),
        "greedy without exploration": by_policy(tests, Greedy()),
        "Beta(1, 1) Thompson per picture": by_beta_thompson(tests, seed),
        "shared prior, greedy": by_shared_prior(tests, Greedy()),
        "shared prior, Thompson": widths(tests, 1.0),
        OURS: widths(tests, 0.3),
    }


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of newcomers in the second half: the click rate of all, and the newcomers' share of impressions."""

    click_rate: float
    share_of_the_best: float
    share_of_others: float


def play_with_newcomers(
    tests: PictureTests, name: str, seed: int, impressions: int = 2000, batches: int = 20
) -> Arrival:
    """A cold start: one picture of each test, any one, arrives when half of the impressions are over."""
    generator = np.random.default_rng((seed, 2))
    newcomers = generator.integers(tests.allowed.sum(axis=1))
    rows, rates = np.arange(len(tests.rates)), np.nan_to_num(tests.rates)
    best = rates[rows, newcomers] == rates.max(axis=1)
    players = [contenders(stage, seed)[name] for stage in (tests.without(newcomers), tests)]
    shown, clicked = np.zeros(rates.shape), np.zeros(rates.shape)
    before = shown
    for turn in range(batches):
        if turn == batches // 2:
            before = shown.copy()
        probabilities = players[turn >= batches // 2](shown, clicked)
        batch = generator.multinomial(impressions // batches, probabilities / probabilities.sum(axis=1, keepdims=True))
        shown = shown + batch
        clicked = clicked + generator.binomial(batch, rates)
    late = shown - before
    share = late[rows, newcomers] / late.sum(axis=1)
    return Arrival(float((late * rates).sum() / late.sum()), float(share[best].mean()), float(share[~best].mean()))
