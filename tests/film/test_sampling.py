"""Sampling: the stillest, sharpest frame of every slot, and a few well-spread ones of every shot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import FrameSignals, Rgb, Shot, Timecode
from artwork.film.sampling import Instant, Sampler, SamplingParams, choose, measure

TENTH = Fraction(1, 10)


@dataclass(frozen=True)
class PaintedFrame:
    """A frame of the port, from pixels at hand."""

    at: Timecode
    analysis: Rgb
    is_key: bool = False

    def still(self, long_side: int) -> Rgb:
        assert long_side > 0
        return self.analysis


def at(tenths: int) -> Timecode:
    return Timecode(tenths, TENTH)


def pattern(seed: int, *, contrast: int = 200) -> Rgb:
    blocks = np.random.default_rng(seed).integers(20, 20 + contrast, (9, 16, 3), dtype=np.uint8)
    return blocks.repeat(8, axis=0).repeat(8, axis=1)


def sample(pictures: list[Rgb], params: SamplingParams | None = None) -> tuple[tuple[Instant, ...], dict[int, Rgb]]:
    kept: dict[int, Rgb] = {}
    sampler = Sampler(params or SamplingParams(), kept.__setitem__)
    for number, pixels in enumerate(pictures):
        sampler.observe(PaintedFrame(at(number), pixels))
    return sampler.finish(), kept


def shot(number: int, start: int, end: int, clear: tuple[int, int] | None = None) -> Shot:
    low, high = clear or (start, end)
    return Shot(number, at(start), at(end), at(low), at(high))


def instant(tenths: int, ordinal: int, sharpness: float = 0.1, motion: float = 0.0) -> Instant:
    return Instant(at(tenths), FrameSignals(0.5, 0.2, sharpness, motion), motion, ordinal)


def test_signals_of_two_flat_frames_are_their_means_and_their_difference() -> None:
    """51/255 is 0.2, and from 51 to 102 the change is 0.2."""
    dark = np.full((90, 160), 51, np.uint8)
    assert measure(dark, None) == FrameSignals(0.2, 0.0, 0.0, 0.0)
    assert measure(dark * 2, dark) == FrameSignals(0.4, 0.0, 0.0, pytest.approx(0.2))


def test_the_foot_of_the_frame_is_measured_by_itself() -> None:
    """Letters in the lowest quarter are no sharpness of the picture."""
    written = np.full((80, 160), 51, np.uint8)
    written[70:76, 40:120:3] = 255
    signals = measure(written, None)
    assert signals.sharpness == 0
    assert signals.foot > 0.1


def test_no_frame_gives_no_instant() -> None:
    """Nothing there."""
    assert sample([]) == ((), {})


def test_a_film_of_one_frame_gives_that_frame() -> None:
    """One frame is odd but fine."""
    instants, kept = sample([pattern(1)])
    assert [each.at for each in instants] == [at(0)]
    assert np.array_equal(kept[0], pattern(1))


def test_a_slot_never_straddles_a_jump() -> None:
    """Five frames of one picture, five of another: each gives an instant of its own side."""
    instants, kept = sample([pattern(1)] * 5 + [pattern(2)] * 5)
    assert [each.at.pts < 5 for each in instants] == [True, False]
    assert np.array_equal(kept[0], pattern(1))
    assert np.array_equal(kept[1], pattern(2))


def test_the_still_frame_wins_over_the_moving_ones() -> None:
    """A picture slides by a block a frame but rests on frames 3 to 5: the middle of the rest has no motion at all."""
    picture = pattern(3, contrast=30)
    slides = [0, 8, 16, 24, 24, 24, 32, 40]
    instants, _ = sample([np.roll(picture, slide, axis=1) for slide in slides], SamplingParams(slot_seconds=2.0))
    assert [each.at for each in instants] == [at(4)]


def test_the_frame_without_a_subtitle_wins_although_letters_are_sharp() -> None:
    """A picture stands still for 24 frames; in the first and last third something is written at its foot."""
    written = pattern(3, contrast=60)
    written[58:66, 30:98:4] = 255
    instants, _ = sample([written] * 8 + [pattern(3, contrast=60)] * 8 + [written] * 8, SamplingParams(slot_seconds=5))
    assert [8 <= each.at.pts < 16 for each in instants] == [True]


def test_a_film_that_jumps_at_every_frame_still_gives_one() -> None:
    """Every slot is too short to count, yet no film ends with nothing."""
    instants, kept = sample([pattern(number) for number in range(6)])
    assert len(instants) >= 1
    assert set(kept) == {each.ordinal for each in instants}


def test_no_change_is_measured_across_runs() -> None:
    """Where the decoder jumped the picture differs, but that is no motion."""
    kept: dict[int, Rgb] = {}
    sampler = Sampler(SamplingParams(), kept.__setitem__)
    sampler.observe(PaintedFrame(at(0), pattern(1)), run=0)
    signals = sampler.observe(PaintedFrame(at(90), pattern(2)), run=1)
    assert signals.change == 0.0
    assert [each.at for each in sampler.finish()] == [at(0), at(90)]


def test_a_long_shot_gives_an_instant_for_each_part() -> None:
    """Nine seconds at three seconds an instant: three parts, each with its sharpest."""
    instants = [instant(tenths, order) for order, tenths in enumerate(range(5, 90, 10))]
    instants[4] = instant(45, 4, sharpness=0.9)
    chosen = choose(instants, [shot(0, 0, 90)], SamplingParams(margin_seconds=0.0))
    assert [each.at.pts for each, _ in chosen] == [5, 45, 65]


def test_instants_near_a_cut_or_inside_a_transition_are_not_chosen() -> None:
    """The shot is clear from 2.0 s to 8.0 s; with the margin, instants at 0.5 s, 2.1 s and 7.9 s are out."""
    instants = [instant(tenths, order) for order, tenths in enumerate((5, 21, 50, 79))]
    chosen = choose(instants, [shot(0, 0, 100, clear=(20, 80))], SamplingParams(seconds_per_instant=100))
    assert [each.at.pts for each, _ in chosen] == [50]


def test_when_no_instant_lies_inside_margins_each_shot_gives_its_best() -> None:
    """A film made of transitions alone still gives something to choose a fallback from."""
    instants = [instant(5, 0), instant(15, 1, sharpness=0.5)]
    chosen = choose(instants, [shot(0, 0, 20, clear=(10, 10))], SamplingParams())
    assert [each.at.pts for each, _ in chosen] == [15]


@given(
    cuts=st.lists(st.integers(1, 199), unique=True, max_size=8),
    moments=st.lists(st.integers(0, 199), unique=True, min_size=1, max_size=40),
)
def test_chosen_instants_lie_in_their_shots_in_order(cuts: list[int], moments: list[int]) -> None:
    """Whatever the cuts: in order, no instant twice, each within its shot."""
    edges = [0, *sorted(cuts), 200]
    shots = [shot(n, a, b) for n, (a, b) in enumerate(pairwise(edges))]
    instants = [instant(tenths, order) for order, tenths in enumerate(sorted(moments))]
    chosen = choose(instants, shots, SamplingParams())
    assert chosen
    assert [each.ordinal for each, _ in chosen] == sorted({each.ordinal for each, _ in chosen})
    assert all(its.start <= each.at < its.end for each, its in chosen)
