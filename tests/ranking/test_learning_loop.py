"""The loop in small: tables, draws, plays, counts, residual, tables again; in a world whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest

from ranking.domain import Option, TasteMixture
from ranking.features import Tastes
from ranking.policy.decide import decide
from ranking.policy.eligibility import Asked
from ranking.policy.lots import DrawSeed
from ranking.policy.page import OptionTable, scored_table
from ranking.policy.policies import STANDARD
from ranking.policy.residual import ResidualParams, fitted
from ranking.policy.scorers import Corrected, Similarity
from ranking.policy.tally import Tally

TITLES, WIDTH, SEGMENTS, MEMBERS, ROUNDS = 40, 6, 3, 100, 12
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OPTIONS = [Option(f"t{title:02d}-{number}", f"t{title:02d}") for title in range(TITLES) for number in range(WIDTH)]
NOTHING = Tastes((), (), np.zeros((SEGMENTS + 1, 0)), np.zeros((SEGMENTS + 1, 0)), np.zeros((SEGMENTS + 1, 0)))


@dataclass(frozen=True, slots=True)
class Visits:
    """What happened in a round: (segments, members, titles) columns shown, their propensities, and plays."""

    columns: np.ndarray
    propensities: np.ndarray
    plays: np.ndarray


def truth() -> np.ndarray:
    """(segments, titles, width) take fractions: 5 % times a title, a picture and a picture in a segment."""
    generator = np.random.default_rng(21)
    title = np.exp(generator.normal(0, 0.3, (1, TITLES, 1)))
    picture = np.exp(generator.normal(0, 0.25, (1, TITLES, WIDTH)))
    beside = np.exp(generator.normal(0, 0.25, (SEGMENTS, TITLES, WIDTH)))
    return 0.05 * title * picture * beside


def visited(table: OptionTable, rates: np.ndarray, epoch: int, generator: np.random.Generator) -> Visits:
    shape = SEGMENTS, MEMBERS, TITLES
    columns, propensities = np.empty(shape, np.int64), np.empty(shape)
    for segment in range(SEGMENTS):
        page = table.page(np.arange(TITLES), TasteMixture("s", 0.0, {segment: 1.0}), Asked(NOW))
        shares = STANDARD.probabilities(page)
        for member in range(MEMBERS):
            drawn = decide(page, shares, DrawSeed("salt", "s", f"{segment}/{member}"), epoch)
            columns[segment, member], propensities[segment, member] = drawn.columns, drawn.propensities
    chance = np.take_along_axis(rates[:, None], columns[..., None], axis=3)[..., 0]
    return Visits(columns, propensities, (generator.random(shape) < chance).astype(float))


def counted(tally: Tally, visits: Visits) -> Tally:
    """One row for each impression, in the column of its segment; 4 % was expected of all."""
    segment, _, title = np.indices(visits.columns.shape)
    rows = visits.columns.size
    plays, expected = np.zeros((rows, SEGMENTS + 1)), np.zeros((rows, SEGMENTS + 1))
    plays[np.arange(rows), segment.ravel()] = visits.plays.ravel()
    expected[np.arange(rows), segment.ravel()] = 0.04
    titles = np.array([f"t{number:02d}" for number in range(TITLES)])
    pictures = np.array([option.id for option in OPTIONS]).reshape(TITLES, WIDTH)
    return tally.added(pictures[title, visits.columns].ravel(), titles[title.ravel()], plays, expected)


@pytest.fixture(scope="module")
def history() -> tuple[np.ndarray, list[Visits], list[float]]:
    """The truth, what happened in each round, and the take fraction that each round's choices deserve."""
    rates, generator = truth(), np.random.default_rng(22)
    tally, scorer, rounds, deserved = Tally.empty(SEGMENTS, NOW), Similarity(), [], []
    for epoch in range(ROUNDS):
        table = scored_table("wide", OPTIONS, scorer, NOTHING)
        visits = visited(table, rates, epoch, generator)
        deserved.append(float(np.take_along_axis(rates[:, None], visits.columns[..., None], axis=3).mean()))
        tally = counted(tally, visits)
        scorer = Corrected(Similarity(), fitted(tally, ResidualParams()), f"round {epoch}")
        rounds.append(visits)
    return rates, rounds, deserved


def test_choices_come_closer_to_the_best_of_each_segment(history) -> None:  # noqa: ANN001 - as the fixture says
    """Of what lies between blind choice and the best of each title and segment, over half is had in the end.

    Nothing of it is had in the first round. By the end a title was seen 1,200 times in each segment, and played 60.
    """
    rates, _, deserved = history
    blind, best = rates.mean(), rates.max(axis=2).mean()
    gained = (np.array(deserved) - blind) / (best - blind)
    assert abs(gained[0]) < 0.05
    assert gained[-3:].mean() > 0.5
    assert gained[-3:].mean() > gained[3:6].mean() > gained[0] + 0.1


def test_the_logged_propensities_judge_a_policy_that_never_ran(history) -> None:  # noqa: ANN001 - as the fixture says
    """Inverse propensities over the log of all rounds estimate uniform choice without bias: within three deviations."""
    rates, rounds, _ = history
    worth = np.concatenate([(visits.plays / visits.propensities / WIDTH).ravel() for visits in rounds])
    weights = np.concatenate([(1 / visits.propensities / WIDTH).ravel() for visits in rounds])
    assert abs(worth.mean() - rates.mean()) < 3 * worth.std() / np.sqrt(len(worth))
    assert abs(weights.mean() - 1) < 3 * weights.std() / np.sqrt(len(weights))
    assert weights.max() <= 1 / 0.02 + 1e-6
