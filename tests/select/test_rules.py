"""Each rule, at its limit and beyond it, on frames whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from select_builders import face, frame, shot

from artwork.domain import AnnotatedFrame, Box, Face, Refusal, Shot, ShotKind
from artwork.select.rules import Bounds, Rule, RuleParams, cut_margin, refusals

PARAMS = RuleParams()


ONE_SHOT = (shot(),)


def broken(*frames: AnnotatedFrame, shots: Sequence[Shot] = ONE_SHOT) -> list[tuple[str, str]]:
    """(frame, rule) of every refusal, in order."""
    return [(refusal.frame_id, refusal.rule) for refusal in refusals(frames, shots, PARAMS)]


def test_no_frames_give_no_refusals() -> None:
    assert refusals([], [], PARAMS) == ()


def test_a_good_frame_is_not_refused() -> None:
    assert broken(frame()) == []


@pytest.mark.parametrize(
    ("measured", "rule"),
    [
        ({"brightness": 0.01}, Rule.BLACK),
        ({"brightness": 0.97}, Rule.WHITE),
        ({"contrast": 0.01}, Rule.FLAT),
        ({"sharpness": 0.2}, Rule.BLURRED),
        ({"motion_blur": 0.9}, Rule.MOTION_BLURRED),
        ({"highlights": 0.5}, Rule.CLIPPED_HIGHLIGHTS),
        ({"shadows": 0.9}, Rule.CLIPPED_SHADOWS),
        ({"picture": Box(0.0, 0.45, 1.0, 0.1)}, Rule.LETTERBOX),
        ({"text_share": 0.2}, Rule.TEXT_HEAVY),
        ({"ruled": 0.98}, Rule.TEST_PATTERN),
        ({"to_cut": 0.01}, Rule.NEAR_CUT),
        ({"faces": [face(0.09, frontal=True, eyes_open=False)]}, Rule.EYES_SHUT),
    ],
)
def test_each_rule_refuses_what_it_is_named_after(measured: dict, rule: Rule) -> None:
    assert broken(frame("bad", **measured)) == [("bad", rule)]


@pytest.mark.parametrize(
    "measured",
    [
        {"brightness": PARAMS.white},
        {"contrast": PARAMS.flat.highest},
        {"motion_blur": PARAMS.motion_blurred},
        {"highlights": PARAMS.clipped_highlights},
        {"text_share": PARAMS.text_heavy.lowest},
        {"ruled": PARAMS.test_pattern},
        {"to_cut": PARAMS.cut_margin_seconds},
        {"picture": Box(0.0, 0.0, 1.0, PARAMS.letterbox)},
    ],
)
def test_a_frame_at_a_limit_passes(measured: dict) -> None:
    assert broken(frame(**measured)) == []


def test_a_refusal_carries_what_was_measured_and_what_is_allowed() -> None:
    params = RuleParams(text_heavy=Bounds(share=1.25, lowest=0.05, highest=0.05))
    assert refusals([frame("busy", text_share=0.125)], [shot()], params) == (
        Refusal("busy", "text_heavy", 0.125, 0.05),
    )


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (ShotKind.CREDITS, Rule.CREDITS),
        (ShotKind.LOGO, Rule.LOGO),
        (ShotKind.TITLE_CARD, Rule.TITLE_CARD),
        (ShotKind.BLANK, Rule.BLANK),
    ],
)
def test_no_frame_of_a_shot_that_is_not_content_passes(kind: ShotKind, rule: Rule) -> None:
    assert broken(frame("a"), shots=[shot(kind=kind)]) == [("a", rule)]


def test_all_broken_rules_are_named_in_their_order() -> None:
    """A black frame is also flat and beside a cut: black is the reason to name first."""
    dark = frame("dark", brightness=0.0, contrast=0.0, to_cut=0.0)
    assert broken(dark) == [("dark", Rule.BLACK), ("dark", Rule.FLAT), ("dark", Rule.NEAR_CUT)]


def test_a_title_card_is_a_title_card_before_it_is_black() -> None:
    card = shot(kind=ShotKind.TITLE_CARD)
    assert broken(frame("card", brightness=0.0), shots=[card]) == [("card", Rule.TITLE_CARD), ("card", Rule.BLACK)]


def test_frames_inside_a_transition_are_refused_by_their_distance_from_the_clear_part() -> None:
    """Clear from 1 to 9 s: 0.75 s lies a quarter of a second before it, and 9 s is the first instant behind it."""
    dissolving = shot(clear=(1.0, 9.0))
    frames = [frame("in", seconds=0.75), frame("first", seconds=1.0), frame("out", seconds=9.0)]
    assert refusals(frames, [dissolving], PARAMS) == (
        Refusal("in", "dissolve", 0.25, 0.0),
        Refusal("out", "dissolve", 0.0, 0.0),
    )


def test_the_last_frame_of_a_film_is_no_dissolve() -> None:
    assert broken(frame(seconds=10.0)) == []


def test_the_margin_beside_a_cut_shrinks_with_the_shot() -> None:
    """0.15 s, but no more than 15 % of the shot: 0.06 s for a shot of 0.4 s."""
    assert cut_margin(shot(end=10.0), PARAMS) == 0.15
    assert cut_margin(shot(end=0.4), PARAMS) == pytest.approx(0.06)
    assert broken(frame(seconds=0.1, to_cut=0.1), shots=[shot(end=0.4)]) == []


@pytest.mark.parametrize(
    "seen",
    [
        face(0.09, frontal=True, eyes_open=None),
        face(0.09, frontal=False, eyes_open=False),
        face(0.09, frontal=None, eyes_open=False),
        face(0.01, frontal=True, eyes_open=False),
        face(0.09, frontal=True, eyes_open=True),
    ],
    ids=["cannot tell", "profile", "frontal unknown", "small", "open"],
)
def test_shut_eyes_count_only_where_they_are_surely_seen(seen: Face) -> None:
    assert broken(frame(faces=[seen])) == []


def test_bounds_follow_the_film_between_two_ends() -> None:
    """Half the median: 0.2 of 0.4; 0.1 at least, 0.3 at most."""
    bounds = Bounds(share=0.5, lowest=0.1, highest=0.3)
    assert [bounds.around(median) for median in (0.4, 0.0, 1.0)] == [0.2, 0.1, 0.3]


def test_a_soft_film_is_not_blurred_throughout() -> None:
    """The frame that is refused in a crisp film passes in a film that is all as soft."""
    low, high = PARAMS.blurred.lowest, PARAMS.blurred.highest
    soft = (low + high) / 2
    crisp_film = [frame(str(place), sharpness=0.9) for place in range(9)]
    soft_film = [frame(str(place), sharpness=soft) for place in range(9)]
    assert broken(*crisp_film, frame("soft", sharpness=soft)) == [("soft", Rule.BLURRED)]
    assert broken(*soft_film, frame("soft", sharpness=soft)) == []


def test_a_night_film_keeps_its_night() -> None:
    """Half the median of 0.08 is 0.04: a frame of 0.05 passes there, and not in a bright film."""
    night = [frame(str(place), brightness=0.08) for place in range(9)]
    day = [frame(str(place), brightness=0.5) for place in range(9)]
    assert broken(*night, frame("dusk", brightness=0.05)) == []
    assert broken(*day, frame("dusk", brightness=0.05)) == [("dusk", Rule.BLACK)]


def test_a_pale_film_keeps_its_pictures() -> None:
    """The median contrast is 0.05, so 0.025 is the limit, not the 0.04 of a film of full contrast."""
    pale = [frame(str(number), contrast=0.05) for number in range(5)]
    assert broken(*pale, frame("pale", contrast=0.03), frame("mist", contrast=0.022)) == [("mist", Rule.FLAT)]


def test_of_a_film_with_subtitles_throughout_those_with_much_lettering_are_left_out() -> None:
    """The median share is 0.02, so 0.025 is the limit, not the 0.008 of a film without."""
    written = [frame(str(number), text_share=0.02) for number in range(5)]
    assert broken(*written, frame("line", text_share=0.024), frame("lines", text_share=0.03)) == [
        ("lines", Rule.TEXT_HEAVY)
    ]
    assert broken(*written, frame("board", text_share=0.2))[-1] == ("board", Rule.TEXT_HEAVY)


def test_a_film_of_boards_is_refused_all_the_same() -> None:
    assert len(broken(*(frame(str(number), text_share=0.2) for number in range(5)))) == 5


def test_credits_do_not_move_the_limits_of_the_film() -> None:
    """Only content frames make the median: black credits do not turn a bright film into a night film."""
    shots = [shot(1), shot(2, 10.0, 20.0, kind=ShotKind.CREDITS)]
    credits_frames = [frame(str(place), in_shot=2, seconds=15.0, brightness=0.04) for place in range(9)]
    day = [frame("day", brightness=0.5), frame("dusk", brightness=0.05)]
    assert ("dusk", Rule.BLACK) in broken(*credits_frames, *day, shots=shots)


def test_refusals_do_not_depend_on_the_order_of_frames() -> None:
    frames = [frame(str(place), seconds=place, brightness=place / 9, to_cut=place / 50) for place in range(10)]
    assert refusals(frames, [shot()], PARAMS) == refusals(frames[::-1], [shot()], PARAMS)


def test_a_frame_of_an_unknown_shot_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"frames name shots \[7\]"):
        refusals([frame(in_shot=7)], [shot(1)], PARAMS)
