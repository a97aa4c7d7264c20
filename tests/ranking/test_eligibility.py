"""Guardrails: each rule by itself, at its edges, and all of them together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.domain import Option
from ranking.policy.eligibility import GUARDRAILS, Asked, Limits

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANY = Option("a", "t")
HERE = np.array([0])


def passes(option: Option, asked: Asked) -> bool:
    return bool(Limits.of([[option]], 1).allowed(HERE, asked)[0, 0])


def test_a_picture_without_limits_may_be_shown_to_all() -> None:
    assert passes(ANY, Asked(NOON))


def test_a_picture_nobody_approved_is_never_shown() -> None:
    assert not passes(replace(ANY, approved=False), Asked(NOON))


@pytest.mark.parametrize(("seconds", "open_"), [(-1, False), (0, True), (59, True), (60, False)])
def test_a_window_holds_its_opening_and_not_its_closing(seconds: int, open_: bool) -> None:  # noqa: FBT001 - a table
    window = replace(ANY, opens=NOON, closes=NOON + timedelta(seconds=60))
    assert passes(window, Asked(NOON + timedelta(seconds=seconds))) is open_


def test_maturity_is_the_pictures_own_and_no_limit_is_no_limit() -> None:
    grown = replace(ANY, maturity=3)
    assert not passes(grown, Asked(NOON, maturity_limit=2))
    assert passes(grown, Asked(NOON, maturity_limit=3))
    assert passes(grown, Asked(NOON))


def test_a_picture_of_the_end_waits_until_the_member_has_seen_so_much() -> None:
    """It gives away what happens at 80 %; without a word about progress nothing was watched."""
    spoiling = replace(ANY, spoils_until=0.8)
    assert not passes(spoiling, Asked(NOON))
    assert not passes(spoiling, Asked(NOON, watched=np.array([0.79])))
    assert passes(spoiling, Asked(NOON, watched=np.array([0.8])))


@pytest.mark.parametrize(
    ("locale", "fits"), [("de", True), ("de-AT", True), ("fr-CA", True), ("fr", False), ("en", False), ("", False)]
)
def test_a_picture_for_some_locales_is_shown_there_only(locale: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert passes(replace(ANY, locales=frozenset({"de", "fr-CA"})), Asked(NOON, locale=locale)) is fits


def test_a_title_that_is_not_there_and_padding_pass_nothing() -> None:
    limits = Limits.of([[ANY, ANY], [ANY]], 2)
    allowed = limits.allowed(np.array([1, -1, 0]), Asked(NOON))
    assert allowed.tolist() == [[True, False], [False, False], [True, True]]


def test_an_explanation_names_every_rule_that_refuses() -> None:
    hopeless = Option("a", "t", approved=False, opens=NOON, maturity=9, locales=frozenset({"de"}), spoils_until=1.0)
    asked = Asked(NOON - timedelta(days=1), maturity_limit=1, locale="en")
    told = Limits.of([[ANY, hopeless]], 2).refusals(0, asked)
    assert list(told) == list(GUARDRAILS)
    assert {rule: mask.tolist() for rule, mask in told.items()} == {rule: [False, True] for rule in GUARDRAILS}


def test_what_is_allowed_is_what_no_rule_refuses() -> None:
    generator = np.random.default_rng(2)
    options = [
        Option(
            f"o{number}",
            "t",
            approved=bool(generator.random() < 0.8),
            closes=NOON if generator.random() < 0.2 else None,
            maturity=int(generator.integers(3)),
            locales=frozenset({"de"}) if generator.random() < 0.3 else frozenset(),
            spoils_until=float(generator.choice([0.0, 0.5])),
        )
        for number in range(200)
    ]
    limits = Limits.of([options], 200)
    asked = Asked(NOON, 1, "en", np.array([0.2]))
    refused = np.any(list(limits.refusals(0, asked).values()), axis=0)
    allowed = limits.allowed(HERE, asked)[0]
    assert (allowed == ~refused).all()
    assert 0 < allowed.sum() < 200


limited = st.builds(
    lambda opens, closes, maturity, locales, spoils: Option(
        "a", "t", opens=opens, closes=closes, maturity=maturity, locales=locales, spoils_until=spoils
    ),
    st.sampled_from([None, NOON - timedelta(hours=1), NOON + timedelta(hours=1)]),
    st.sampled_from([None, NOON, NOON + timedelta(hours=2)]),
    st.integers(0, 2),
    st.sampled_from([frozenset(), frozenset({"de"}), frozenset({"de", "de-AT"}), frozenset({"fr"})]),
    st.sampled_from([0.0, 0.5]),
)


@given(limited, limited, st.integers(-2, 2), st.integers(0, 2), st.sampled_from(["", "de", "de-AT", "fr", "en"]))
def test_what_is_no_stricter_may_be_shown_wherever_the_other_may(
    one: Option, other: Option, hours: int, limit: int, locale: str
) -> None:
    """Whoever asks, wherever and whenever; and nothing is stricter than itself, or than what has more limits."""
    limits = Limits.of([[one, replace(other, id="b"), replace(ANY, id="c")]], 3)
    asked = Asked(NOON + timedelta(hours=hours), limit, locale, np.array([0.2]))
    harmless = limits.harmless(HERE, asked)[0]
    if limits.no_stricter(0, 0, 1):
        assert harmless[0] >= harmless[1]
    assert limits.no_stricter(0, 0, 0)
    assert limits.no_stricter(0, 2, 0)


def test_what_is_harmless_is_what_would_be_allowed_had_somebody_approved_it() -> None:
    """A title that is not there has nothing."""
    limits = Limits.of([[replace(ANY, approved=False), replace(ANY, id="b", maturity=9)]], 2)
    asked = Asked(NOON, maturity_limit=1)
    assert limits.harmless(np.array([0, -1]), asked).tolist() == [[True, False], [False, False]]
    assert limits.allowed(HERE, asked).tolist() == [[False, False]]


def test_no_titles_at_all() -> None:
    assert Limits.of([], 0).allowed(np.array([], dtype=np.int64), Asked(NOON)).shape == (0, 0)


def test_more_locales_than_bits_are_an_error() -> None:
    with pytest.raises(ValueError, match="65 locales"):
        Limits.of([[replace(ANY, locales=frozenset({f"l{number}"})) for number in range(65)]], 65)
