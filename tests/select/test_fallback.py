"""The least bad of refused frames."""

from __future__ import annotations

import pytest
from select_builders import frame

from artwork.domain import Refusal
from artwork.select.fallback import least_bad
from artwork.select.rules import Rule


def against(name: str, rule: Rule, value: float = 1.0, limit: float = 0.0) -> Refusal:
    return Refusal(name, rule, value, limit)


def test_no_frames_have_no_least_bad() -> None:
    assert least_bad([], []) is None


@pytest.mark.parametrize("grave", [Rule.BLACK, Rule.BLANK, Rule.WHITE, Rule.CREDITS, Rule.LOGO, Rule.TITLE_CARD])
@pytest.mark.parametrize("mild", [Rule.BLURRED, Rule.NEAR_CUT, Rule.EYES_SHUT, Rule.DISSOLVE, Rule.TEXT_HEAVY])
def test_black_and_lettering_are_the_last_resort(grave: Rule, mild: Rule) -> None:
    """Even with three mild rules against the other frame, and even by a first id."""
    frames = [frame("a"), frame("b")]
    refused = [against("a", grave), against("b", mild), against("b", Rule.NEAR_CUT), against("b", Rule.TEXT_HEAVY)]
    assert least_bad(frames, refused) is frames[1]


def test_lettering_is_better_than_nothing_to_see() -> None:
    frames = [frame("a"), frame("b")]
    assert least_bad(frames, [against("a", Rule.BLACK), against("b", Rule.TITLE_CARD)]) is frames[1]


def test_a_frame_that_no_rule_refuses_is_the_least_bad() -> None:
    frames = [frame("a"), frame("b")]
    assert least_bad(frames, [against("a", Rule.NEAR_CUT)]) is frames[1]


def test_among_equals_the_one_nearest_to_its_limit() -> None:
    frames = [frame("a"), frame("b")]
    refused = [against("a", Rule.BLURRED, 0.01, 0.2), against("b", Rule.BLURRED, 0.19, 0.2)]
    assert least_bad(frames, refused) is frames[1]


def test_then_the_sharpest_then_the_id() -> None:
    sharp, soft, twin = frame("c", sharpness=0.5), frame("a", sharpness=0.2), frame("b", sharpness=0.5)
    refused = [against(name, Rule.TITLE_CARD) for name in "abc"]
    assert least_bad([sharp, soft, twin], refused) is twin
