"""The short list of whole titles: small ones worked out by hand, and its laws on made-up films."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from select_builders import appraisal, face, frame, shot

from artwork.domain import AnnotatedFrame, Appraisal, Candidate, Refusal, Shot, ShotKind, ShotScale
from artwork.select.duplicates import alike, hash_bits, spread
from artwork.select.rules import Rule, RuleParams, refusals
from artwork.select.shortlist import ShortlistParams, shortlist

PARAMS = ShortlistParams()

Film = tuple[list[AnnotatedFrame], list[Appraisal], list[Refusal], list[Shot]]


def film(count: int, *, in_each: int = 1, dimension: int = 16, aesthetic: float = 5.0) -> Film:
    """A film of shots of ten seconds; every frame shows something else, every fourth shot somebody."""
    chance = np.random.default_rng(7)
    shots = [shot(number, number * 10.0, number * 10.0 + 10) for number in range(count)]
    frames, appraisals = [], []
    for number in range(count):
        for place in range(in_each):
            name = f"{number:03d}-{place}"
            faces = [face(0.02)] if number % 4 == 0 else []
            phash = f"{chance.integers(2**63):016x}"
            seconds = number * 10 + 1 + place
            frames.append(frame(name, seconds=seconds, in_shot=number, phash=phash, faces=faces))
            appraisals.append(appraisal(name, chance.normal(size=dimension), aesthetic))
    return frames, appraisals, [], shots


def chosen(candidates: tuple[Candidate, ...]) -> list[str]:
    return [candidate.frame_id for candidate in candidates]


def test_a_title_without_frames_has_no_candidates() -> None:
    assert shortlist([], [], [], [], PARAMS) == ()


def test_a_single_frame_is_the_only_candidate_and_the_fallback() -> None:
    (only,) = shortlist([frame("a")], [appraisal("a", [1, 0])], [], [shot()], PARAMS)
    assert (only.frame_id, only.rank, only.fallback) == ("a", 1, True)
    assert 0 <= only.utility <= 1


def test_black_before_the_first_picture_is_no_screen_time_of_it() -> None:
    """A film that opens with an hour of black has the list of the same film without."""
    frames, appraisals, refused, shots = film(20)
    delayed = [shot(0, -3600.0, 10.0, clear=(0.0, 10.0)), *shots[1:]]
    assert shortlist(frames, appraisals, refused, delayed, PARAMS) == shortlist(*film(20), PARAMS)


def test_a_film_gives_twelve_candidates_of_which_the_first_is_the_fallback() -> None:
    candidates = shortlist(*film(40), PARAMS)
    assert [candidate.rank for candidate in candidates] == list(range(1, 13))
    assert [candidate.fallback for candidate in candidates] == [True] + [False] * 11


def test_the_id_of_a_candidate_depends_on_its_frame_only() -> None:
    frames, appraisals, none, shots = film(6)
    by_frame = {candidate.frame_id: candidate.id for candidate in shortlist(frames, appraisals, none, shots, PARAMS)}
    fewer = shortlist(frames[:3], appraisals, none, shots, PARAMS)
    assert all(by_frame[candidate.frame_id] == candidate.id for candidate in fewer)
    assert len(set(by_frame.values())) == 6


@pytest.mark.parametrize("still", [1, 30, 300])
def test_a_fixed_camera_gives_one_picture_however_long_it_runs(still: int) -> None:
    frames = [frame(f"{place:03d}", seconds=place, phash="00000000000000ff") for place in range(still)]
    appraisals = [appraisal(kept.id, [1, 0.0001 * place]) for place, kept in enumerate(frames)]
    assert len(shortlist(frames, appraisals, [], [shot(end=still)], PARAMS)) == 1


def test_a_single_shot_gives_at_most_three_candidates_however_much_happens_in_it() -> None:
    frames, appraisals, none, _ = film(1, in_each=9)
    assert len(shortlist(frames, appraisals, none, [shot(0, 0, 60)], PARAMS)) == 3


def test_a_clip_of_seconds_gives_fewer_candidates_than_a_film() -> None:
    """Five seconds of content in ten shots: one, and one for every two seconds begun and ended."""
    frames, appraisals, none, _ = film(10)
    brief = [shot(number, number * 0.5, number * 0.5 + 0.5) for number in range(10)]
    assert len(shortlist(frames, appraisals, none, brief, PARAMS)) == 3


def test_of_near_duplicates_the_stillest_and_sharpest_stays() -> None:
    """The same picture in two shots: `c` is as sharp as `b` but moves, `a` is soft."""
    frames = [
        frame("a", in_shot=1, seconds=1, sharpness=0.3),
        frame("b", in_shot=1, seconds=2, sharpness=0.6),
        frame("c", in_shot=2, seconds=3, sharpness=0.6, motion=0.05),
        frame("d", in_shot=3, seconds=4, phash="f0f0f0f0f0f0f0f0"),
    ]
    vectors = {"a": [1, 0], "b": [1, 0.01], "c": [1, 0.02], "d": [0, 1]}
    appraisals = [appraisal(name, vector) for name, vector in vectors.items()]
    shots = [shot(number, number * 10, number * 10 + 10) for number in (1, 2, 3)]
    assert set(chosen(shortlist(frames, appraisals, [], shots, PARAMS))) == {"b", "d"}


def test_what_the_film_shows_most_comes_first() -> None:
    """The forest has 60 seconds of screen time, the desert 10, and the prettier picture."""
    shots = [shot(1, 0, 60), shot(2, 60, 70), shot(3, 70, 75)]
    frames = [
        frame("forest", in_shot=1, seconds=30, phash="00000000ffffffff"),
        frame("desert", in_shot=2, seconds=65, phash="ffffffff00000000"),
        frame("night", in_shot=3, seconds=72, phash="f0f0f0f0f0f0f0f0"),
    ]
    appraisals = [
        appraisal("forest", [1, 0, 0], 4.0),
        appraisal("desert", [0, 1, 0], 6.0),
        appraisal("night", [0, 0, 1], 5.0),
    ]
    assert chosen(shortlist(frames, appraisals, [], shots, PARAMS))[0] == "forest"


def test_a_weak_frame_is_not_taken_to_fill_the_list() -> None:
    """One second of a dark, soft, moving frame against minutes of two good ones: 0.16 is no 0.4 of 0.9."""
    shots = [shot(1, 0, 60), shot(2, 60, 120), shot(3, 120, 121)]
    frames = [
        frame("one", in_shot=1, seconds=30, phash="00000000ffffffff"),
        frame("two", in_shot=2, seconds=90, phash="ffffffff00000000"),
        frame("weak", in_shot=3, seconds=120.5, phash="f0f0f0f0f0f0f0f0", sharpness=0.4, motion=0.1, brightness=0.06),
    ]
    rated = [appraisal("one", [1, 0, 0], 6.0), appraisal("two", [0, 1, 0], 6.0), appraisal("weak", [0, 0, 1], 4.0)]
    assert chosen(shortlist(frames, rated, [], shots, PARAMS)) == ["one", "two"]
    assert len(shortlist(frames, rated, [], shots, ShortlistParams(least_share=0.0))) == 3


def test_beauty_filters_and_drops_the_ugliest() -> None:
    """Of forty pictures the ugliest two fifths are left out: sixteen."""
    frames, appraisals, none, shots = film(40)
    rated = [Appraisal(said.frame_id, said.vector, 10.0 - place) for place, said in enumerate(appraisals)]
    ugliest = {frames[place].id for place in range(24, 40)}
    assert not ugliest & set(chosen(shortlist(frames, rated, none, shots, PARAMS)))


def test_beauty_drops_nothing_while_there_is_little_to_choose_from() -> None:
    frames, appraisals, none, shots = film(12)
    rated = [Appraisal(said.frame_id, said.vector, 10.0 - place) for place, said in enumerate(appraisals)]
    assert len(shortlist(frames, rated, none, shots, PARAMS)) == 12


def test_refused_frames_and_frames_without_an_appraisal_are_no_candidates() -> None:
    frames, appraisals, _, shots = film(6)
    refused = [Refusal(frames[0].id, Rule.NEAR_CUT, 0.0, 0.1)]
    kept = chosen(shortlist(frames, appraisals[:5], refused, shots, PARAMS))
    assert sorted(kept) == [frames[place].id for place in (1, 2, 3, 4)]


def test_when_all_are_refused_the_least_bad_is_the_only_candidate() -> None:
    frames = [frame("black", brightness=0.0, contrast=0.0), frame("soft", sharpness=0.0), frame("text", text_share=0.5)]
    found = refusals(frames, [shot()], RuleParams())
    (only,) = shortlist(frames, [appraisal(kept.id, [1, 0]) for kept in frames], found, [shot()], PARAMS)
    assert (only.frame_id, only.rank, only.utility, only.fallback) == ("text", 1, 0.0, True)


def test_a_film_of_credits_only_still_has_a_fallback() -> None:
    reel = [shot(kind=ShotKind.CREDITS)]
    found = refusals([frame("a")], reel, RuleParams())
    assert chosen(shortlist([frame("a")], [], found, reel, PARAMS)) == ["a"]


def test_people_and_places_both_appear() -> None:
    """Of 40 shots ten show somebody; a third and a quarter of twelve are four and three."""
    frames, appraisals, none, shots = film(40)
    people = {kept.id for kept in frames if kept.annotation.contextual.faces}
    kept = chosen(shortlist(frames, appraisals, none, shots, PARAMS))
    assert sum(name in people for name in kept) >= 4
    assert sum(name not in people for name in kept) >= 3


@st.composite
def films(draw: st.DrawFn) -> Film:
    """Small films with what makes trouble: equal frames, equal vectors, ties, refused frames."""
    shots = [shot(number, number * 4.0, number * 4.0 + 4) for number in range(draw(st.integers(1, 6)))]
    frames, appraisals, refused = [], [], []
    for place in range(draw(st.integers(0, 16))):
        number = draw(st.integers(0, len(shots) - 1))
        name = f"f{place}"
        kept = frame(
            name,
            in_shot=number,
            seconds=number * 4 + draw(st.sampled_from([1.0, 2.0, 3.0])),
            phash=f"{draw(st.sampled_from([0, 1, 2**64 - 1, 0xF0F0F0F0F0F0F0F0, 0xFFFFFFFF])):016x}",
            sharpness=draw(st.sampled_from([0.4, 0.6])),
            scale=draw(st.sampled_from(ShotScale)),
            faces=[face(0.03)] * draw(st.integers(0, 1)),
        )
        frames.append(kept)
        angle = math.radians(draw(st.sampled_from([0, 1, 15, 90, 100, 180, 270])))
        appraisals.append(appraisal(name, [math.cos(angle), math.sin(angle)], draw(st.sampled_from([4.0, 5.0]))))
        if draw(st.integers(0, 4)) == 0:
            refused.append(Refusal(name, draw(st.sampled_from(Rule)), 1.0, 0.5))
    return frames, appraisals, refused, shots


@settings(deadline=None)
@given(films(), st.integers(0, 1000))
def test_the_short_list_does_not_depend_on_the_order_of_its_input(made: Film, seed: int) -> None:
    shuffled = [list(part) for part in made]
    for part in shuffled:
        random.Random(seed).shuffle(part)
    assert shortlist(*shuffled, PARAMS) == shortlist(*made, PARAMS)


@settings(deadline=None)
@given(films(), st.integers(1, 12))
def test_the_laws_of_a_short_list(made: Film, count: int) -> None:
    """Never empty, ranks 1 to n, one fallback, quotas over shots kept, no near-duplicates, no refused frame."""
    frames, appraisals, refused, shots = made
    candidates = shortlist(*made, ShortlistParams(count=count))
    kept = chosen(candidates)
    assert bool(kept) == bool(frames)
    assert [candidate.rank for candidate in candidates] == list(range(1, len(kept) + 1))
    assert [candidate.fallback for candidate in candidates] == [rank == 0 for rank in range(len(kept))]
    assert len(set(kept)) == len(kept) <= count
    out = {refusal.frame_id for refusal in refused}
    allowed = sorted((one for one in frames if one.id not in out), key=lambda one: (one.at, one.id))
    if not allowed:
        assert len(kept) <= 1
        return
    assert not out & set(kept)
    in_shot = {one.id: one.shot for one in frames}
    most = PARAMS.per_lone_shot if len(shots) <= 2 else PARAMS.per_shot
    assert max(Counter(in_shot[name] for name in kept).values()) <= most
    vectors = {said.frame_id: said.vector for said in appraisals}
    every = np.stack([vectors[one.id] for one in allowed])
    usual = spread(every, np.array([one.shot for one in allowed]))
    same = alike(hash_bits([one.phash for one in allowed]), every, usual, PARAMS.duplicates)
    places = [place for place, one in enumerate(allowed) if one.id in kept]
    assert not np.triu(same[np.ix_(places, places)], k=1).any()
