"""What a title page makes of a title: its short list, its groups of refused frames, its time line, its words."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_builders import CLIP, STAND_IN, at, frame, page, shot

from artwork import wording
from artwork.domain import Box, Candidate, Face, FilmFacts, PaletteColour, Refusal, Timecode, Title
from artwork.select.rules import Rule
from pipelines.page import TitlePage, models_of, pictured
from pipelines.timeline import timeline

EMPTY = TitlePage(Title("x", "x.mp4", "Nothing"), lambda _: b"")


def test_the_short_list_is_in_order_of_rank() -> None:
    assert [tile.frame.id for tile in page().short_list] == ["red", "quay"]


def test_refused_frames_are_grouped_by_the_first_rule_they_break() -> None:
    """`dark` is black before it is flat; groups of one are in order of name."""
    groups = {group.rule: [tile.frame.id for tile in group.tiles] for group in page().left_out}
    assert groups == {"black": ["dark"], "near_cut": ["late"], "title_card": ["card"]}


def test_the_first_rule_is_named_first_whatever_order_refusals_come_in() -> None:
    shuffled = page(refusals=page().refusals[::-1])
    assert [refusal.rule for refusal in shuffled.tiles["dark"].refusals] == ["black", "flat"]


def test_every_frame_is_short_listed_left_out_or_passed() -> None:
    assert (len(page().short_list), page().refused_count, page().passed_count) == (2, 3, 1)


def test_a_refused_frame_that_is_the_only_candidate_is_not_left_out() -> None:
    only = page(candidates=(Candidate("c", "dark", 1, 0.0, fallback=True),))
    assert "black" not in {group.rule for group in only.left_out}
    assert only.passed_count == 3


def test_small_groups_are_pictured_whole_and_large_ones_evenly() -> None:
    """Room for four: the one black frame, and three of the nine, at the start, a third and two thirds."""
    frames = [frame(f"f{place}", place) for place in range(10)]
    refused = [Refusal(f"f{place}", "credits" if place else "black", 1.0, 0.0) for place in range(10)]
    many = page(frames=tuple(frames), refusals=tuple(refused), candidates=())
    shown = {group.rule: [tile.frame.id for tile in tiles] for group, tiles in pictured(many, 4, 8)}
    assert shown == {"credits": ["f1", "f4", "f7"], "black": ["f0"]}
    assert [len(tiles) for _, tiles in pictured(many, 0, 8)] == [0, 0]


def test_models_are_named_once() -> None:
    assert models_of([page(), page(models=(CLIP, STAND_IN)), EMPTY]) == (STAND_IN, CLIP)


def test_a_title_without_a_film_has_nothing_on_its_page() -> None:
    line = timeline(EMPTY)
    assert (EMPTY.short_list, EMPTY.left_out, EMPTY.passed_count, EMPTY.seconds) == ((), (), 0, 0.0)
    assert (line.blocks, line.stripes, line.pins, line.refused, line.ticks, line.lanes) == ((), (), (), (), (), 0)


def test_shots_lie_on_the_line_as_shares_of_the_film() -> None:
    """Of 20 seconds: 4, 8 and 8."""
    blocks = timeline(page()).blocks
    assert [(block.left, block.width) for block in blocks] == [(0.0, 0.2), (0.2, 0.4), (0.6, 0.4)]
    assert [block.is_content for block in blocks] == [False, True, True]
    assert [block.opens_softly for block in blocks] == [False, True, False]


def test_a_shot_is_cut_into_stripes_half_way_between_its_frames() -> None:
    """Shot 1 has frames at 8 and 11 s: half way is 9.5 s, 0.475 of the film."""
    edges = [(stripe.left, stripe.left + stripe.width) for stripe in timeline(page()).stripes]
    assert edges[1:3] == [(0.2, pytest.approx(0.475)), (pytest.approx(0.475), pytest.approx(0.6))]


def test_a_stripe_has_three_colours_the_largest_first_and_grey_where_none_is_known() -> None:
    colours = [stripe.colours for stripe in timeline(page(frames=(frame("a", 8.0, 1),))).stripes]
    grey = ("#8a8f98",) * 3
    assert colours == [grey, ("#336699", "#cc8844", "#cc8844"), grey]


@given(st.lists(st.floats(0, 100), max_size=30))
def test_pins_of_a_lane_do_not_touch(instants: list[float]) -> None:
    frames = tuple(frame(f"f{place:02d}", seconds) for place, seconds in enumerate(instants))
    kept = tuple(Candidate(each.id, each.id, place, 0.5) for place, each in enumerate(frames, 1))
    film = page(shots=(shot(0, 0, 100),), frames=frames, candidates=kept, refusals=())
    line = timeline(film, pin_width=0.05)
    assert len(line.pins) == len(frames)
    for lane in range(line.lanes):
        places = [pin.left for pin in line.pins if pin.lane == lane]
        assert places
        assert all(after - before >= 0.05 - 1e-9 for before, after in pairwise(places))


@given(st.floats(0.5, 1e6))
def test_the_axis_has_at_most_nine_labels(seconds: float) -> None:
    ticks = timeline(page(shots=(shot(0, 0, seconds),), frames=(), candidates=(), refusals=())).ticks
    assert 1 <= len(ticks) <= 9
    assert all(0 <= tick.left <= 1 for tick in ticks)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00.0"), (42.04, "0:42.0"), (191.96, "3:11.9"), (3791.9, "1:03:11.9")]
)
def test_instants_are_said_as_on_a_clock_and_never_rounded_up(seconds: float, said: str) -> None:
    assert wording.clock(at(seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(9.6, "9.6 s"), (52.2, "52 s"), (596.5, "9 min 56 s"), (5580, "1 h 33 min")]
)
def test_lengths_are_said_as_a_person_says_them(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


def test_every_rule_has_words() -> None:
    assert set(wording.RULES) == {str(rule) for rule in Rule}


def test_a_refusal_says_what_was_measured_and_what_is_allowed() -> None:
    black = Refusal("x", "black", 0.013, 0.06)
    assert (wording.measured(black), wording.allowed(black)) == ("brightness 1.3\xa0%", "at least 6.0\xa0%")
    card = Refusal("x", "title_card", 1.0, 0.0)
    assert (wording.measured(card), wording.allowed(card)) == ("", "")
    unknown = Refusal("x", "too_green", 0.5, 0.25)
    assert wording.rule_words("too_green").heading == "Too green"
    assert (wording.measured(unknown), wording.allowed(unknown)) == ("measured 0.50", "limit 0.25")


def test_a_frame_is_described_by_what_is_notable() -> None:
    """Crisp, still and vivid; evenly lit goes without saying."""
    assert wording.described(frame("a", 0)) == "No face seen. Crisp, still and vivid."
    somebody = frame("a", 0, faces=[Face(Box(0.1, 0.1, 0.2, 0.2), 0.9)] * 2, sharpness=0.5)
    assert wording.described(somebody) == "Medium shot, two faces. Soft, still and vivid."


def test_a_title_fits_where_the_frame_is_emptiest() -> None:
    """The right third is empty: mean 1, against one third at the top and at the bottom."""
    grid = ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0))
    assert wording.title_room(frame("a", 0, negative_space=grid)) == "on the right"
    assert wording.title_room(frame("a", 0, negative_space=((0.5,) * 3,) * 3)) == ""
    assert wording.title_room(frame("a", 0)) == ""


def test_the_facts_of_a_film_in_words() -> None:
    """1920 x 804 inside bars is 2.39 : 1."""
    bars = Box(0, 0.125, 1, 804 / 1080)
    facts = FilmFacts(
        1920, 1080, "hevc", Fraction(24000, 1001), 5580.0, rotation_degrees=90, transfer="pq", picture=bars
    )
    assert wording.facts_words(facts) == [
        "1 h 33 min",
        "1920 × 1080",  # noqa: RUF001 - the multiplication sign is meant
        "hevc",
        "23.976 fps",
        "pq",
        "turned by 90°",
        "picture 2.39 : 1 inside bars",
    ]
    assert wording.facts_words(FilmFacts(64, 64, "", None, None)) == ["64 × 64"]  # noqa: RUF001


def test_counts_and_lists_read_well() -> None:
    assert wording.counted(1, "shot") == "1 shot"
    assert wording.counted(1200, "shot") == "1,200 shots"
    assert [wording.listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_palette_may_be_short() -> None:
    one = page(frames=(frame("a", 8.0, 1, palette=[PaletteColour("#112233", 1.0)]),))
    assert timeline(one).stripes[1].colours == ("#112233",) * 3


def test_timecodes_keep_their_exact_instant() -> None:
    assert wording.clock(Timecode(1001, Fraction(1, 24000))) == "0:00.0"
