"""The nouns of ranking keep their word: mixtures, propensities, the reward, decisions."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import content_id
from ranking.domain import (
    Context,
    DayPart,
    Decision,
    Device,
    Option,
    Outcome,
    Page,
    Profile,
    Propensities,
    QualifyingPlay,
    Reason,
    Segment,
    TasteMixture,
    shares,
)
from ranking.errors import PageError, RankingError, TooLittleEvidence
from tests.ranking.pages import page

SHOWN = datetime(2026, 3, 1, 20, tzinfo=UTC)
DECISION = Decision(
    profile="Ada",
    title="t",
    canvas="wide",
    option="a",
    rendition="a-wide-en",
    propensity=0.25,
    reason=Reason.EXPLORE,
    policy="uniform",
    model="similarity",
    snapshot="s",
    epoch=4,
    candidates=("a", "b"),
)


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (0, "night"),
        (4, "night"),
        (5, "morning"),
        (10, "morning"),
        (11, "afternoon"),
        (16, "afternoon"),
        (17, "evening"),
        (22, "evening"),
        (23, "night"),
    ],
)
def test_a_day_has_four_parts(hour: int, part: str) -> None:
    assert DayPart.of_hour(hour) == part


def test_a_decision_of_which_nothing_was_told_has_the_id_that_it_always_had() -> None:
    """The digest of its eight facts, as the version before devices were told of made it."""
    drawn = ("Ada", "t", "wide", "a", "uniform", "similarity", "s", 4)
    assert DECISION.id == content_id(*drawn) == "62bbd89b95dfd511"


def test_another_device_or_part_of_the_day_is_another_decision() -> None:
    told = [
        replace(DECISION, device=device, day_part=part)
        for device in (Device.UNKNOWN, Device.PHONE, Device.TELEVISION)
        for part in (None, DayPart.MORNING, DayPart.NIGHT)
    ]
    assert len({one.id for one in told}) == 9
    assert replace(DECISION, device=Device.PHONE).id == told[3].id


def test_there_is_no_hour_24() -> None:
    with pytest.raises(ValueError, match="24"):
        DayPart.of_hour(24)


def test_a_mixture_of_nothing_known_is_the_population() -> None:
    assert TasteMixture("s").strongest is None
    assert TasteMixture("s").population == 1.0


def test_the_strongest_of_equals_is_the_lowest() -> None:
    assert TasteMixture("s", 0.2, {5: 0.4, 2: 0.4}).strongest == 2


def test_what_is_not_kept_goes_to_the_population() -> None:
    kept = TasteMixture("s", 0.1, {1: 0.5, 2: 0.1, 3: 0.3}).kept(2)
    assert dict(kept.weights) == {1: 0.5, 3: 0.3}
    assert kept.population == pytest.approx(0.2)


@pytest.mark.parametrize("weights", [{0: 0.5}, {0: -0.5, 1: 1.5}, {-1: 1.0}, {0: float("nan")}])
def test_weights_that_do_not_mix_are_an_error(weights: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        TasteMixture("s", 0.0, weights)


@given(st.dictionaries(st.integers(0, 99), st.floats(0.01, 1), max_size=9), st.floats(0, 1), st.integers(0, 9))
def test_any_mixture_that_is_cut_still_sums_to_one(parts: dict[int, float], population: float, most: int) -> None:
    total = sum(parts.values())
    own = {number: part / total * (1 - population) for number, part in parts.items()}
    kept = TasteMixture("s", population if parts else 1.0, own).kept(most)
    assert len(kept.weights) <= most
    assert sum(kept.weights.values()) + kept.population == pytest.approx(1.0)


def test_who_chose_no_personalisation_has_the_populations_taste() -> None:
    known = Profile("Ada", TasteMixture("s", 0.0, {1: 1.0}), plays=50)
    assert known.usable_taste.strongest == 1
    assert replace(known, personalised=False).usable_taste == TasteMixture("s")


@pytest.mark.parametrize(
    ("played", "runtime", "completed", "reward"),
    [
        (119.0, 6000.0, False, 0),
        (120.0, 6000.0, False, 1),
        (120.0, None, False, 1),
        (70.0, 100.0, False, 1),
        (69.0, 100.0, False, 0),
        (5.0, 6000.0, True, 1),
        (0.0, 0.0, False, 0),
    ],
)
def test_a_play_qualifies_when_it_was_long_enough(
    played: float,
    runtime: float | None,
    completed: bool,  # noqa: FBT001 - a column of the table
    reward: int,
) -> None:
    """Two minutes, or 70 % of what is shorter, or to the end."""
    outcome = Outcome("e", "d", SHOWN + timedelta(hours=1), played, runtime, completed)
    assert QualifyingPlay().reward(outcome, SHOWN) == reward


@pytest.mark.parametrize(("later", "reward"), [(-1, 0), (0, 1), (86_400, 1), (86_401, 0)])
def test_a_play_qualifies_within_a_day_of_the_impression(later: int, reward: int) -> None:
    outcome = Outcome("e", "d", SHOWN + timedelta(seconds=later), 600.0)
    assert QualifyingPlay().reward(outcome, SHOWN) == reward


@given(st.floats(0, 1e5), st.floats(0, 1e4), st.floats(0, 1e4))
def test_longer_plays_never_lose_the_reward(runtime: float, played: float, more: float) -> None:
    short, long = (Outcome("e", "d", SHOWN, seconds, runtime) for seconds in (played, played + more))
    assert QualifyingPlay().reward(short, SHOWN) <= QualifyingPlay().reward(long, SHOWN)


def test_propensities_name_what_was_possible() -> None:
    known = Propensities(("a", "b"), (0.25, 0.75))
    assert known.of("b") == 0.75
    assert known.of("c") == 0.0
    assert Propensities((), ()).of("a") == 0.0


@pytest.mark.parametrize(
    ("options", "probabilities"),
    [(("a",), ()), (("a", "a"), (0.5, 0.5)), (("a", "b"), (0.5, 0.4)), (("a", "b"), (1.5, -0.5))],
)
def test_propensities_that_are_none_are_an_error(options: tuple[str, ...], probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        Propensities(options, probabilities)


def test_a_row_of_a_page_in_words() -> None:
    asked = replace(page([[0, 0, 0]]), allowed=np.array([[True, False, True]]))
    told = shares(asked, 0, ("a", "b", "c"), np.array([[0.25, 0.0, 0.75]]))
    assert told == Propensities(("a", "c"), (0.25, 0.75))


def test_a_decision_is_known_by_what_was_decided() -> None:
    assert DECISION.id == replace(DECISION, reason=Reason.PERSONALISED).id
    assert DECISION.id != replace(DECISION, option="b").id
    assert DECISION.id != replace(DECISION, epoch=5).id
    seen = replace(DECISION, shown="a")
    assert len({DECISION.id, seen.id, replace(DECISION, shown="b").id, replace(seen, device=Device.PHONE).id}) == 4


@pytest.mark.parametrize(
    "change",
    [{"propensity": 0.0}, {"propensity": 1.5}, {"option": None}, {"reason": Reason.FALLBACK}, {"option": "z"}],
)
def test_a_decision_that_could_not_be_is_an_error(change: dict) -> None:
    with pytest.raises(ValueError, match="t: "):
        replace(DECISION, **change)


def test_other_nouns_refuse_nonsense() -> None:
    for make in (
        lambda: Segment("", 0, "", 1, 0.5),
        lambda: Segment("s", 0, "", 1, 1.5),
        lambda: Context(None, "wide", position=-1),
        lambda: Option("a", ""),
        lambda: Option("a", "t", spoils_until=1.2),
        lambda: Option("a", "t", opens=datetime(2026, 3, 1)),  # noqa: DTZ001 - without a zone on purpose
        lambda: Outcome("e", "d", SHOWN, -1.0),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            make()


def test_a_page_whose_parts_do_not_fit_is_an_error() -> None:
    with pytest.raises(PageError, match="one shape"):
        Page.of(np.zeros((1, 2), np.uint64), np.zeros((1, 3)))
    with pytest.raises(PageError, match="pins"):
        replace(page([[0.0]]), pinned=np.zeros(2, np.int64))


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        DECISION.propensity = 0.5  # type: ignore[misc]  # that is what is tested


def test_a_refused_question_says_what_is_missing() -> None:
    error = TooLittleEvidence("take fraction of greedy", "effective sample size", 2.0, 100.0)
    assert isinstance(error, RankingError)
    assert str(error) == "take fraction of greedy: effective sample size 2, at least 100 needed"
