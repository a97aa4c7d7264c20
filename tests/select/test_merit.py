"""Merit compares a frame with the others of its film."""

from __future__ import annotations

import pytest
from select_builders import face, frame

from artwork.select.merit import MeritParams, merits, ranks

PARAMS = MeritParams()


def test_ranks_count_the_smaller_ones_and_half_the_ties() -> None:
    """Of the two others of each 3, one is smaller and one is equal: three quarters."""
    assert ranks([3.0, 1.0, 3.0]).tolist() == [0.75, 0.0, 0.75]


def test_nothing_has_no_rank_and_a_lone_value_the_middle() -> None:
    assert ranks([]).tolist() == []
    assert ranks([7.0]).tolist() == [0.5]


def test_weights_sum_to_one() -> None:
    weights = (PARAMS.sharpness, PARAMS.stillness, PARAMS.aesthetic, PARAMS.faces, PARAMS.light)
    assert sum(weights) == pytest.approx(1.0)


def test_no_frames_have_no_merits() -> None:
    assert merits([], [], PARAMS, fine=True).shape == (0,)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"sharpness": 0.5}, {"sharpness": 0.2}),
        ({"motion": 0.0}, {"motion": 0.1}),
        ({"motion_blur": 0.0}, {"motion_blur": 0.5}),
        ({"faces": [face(0.05, frontal=True)]}, {}),
        ({}, {"faces": [face(0.05, frontal=True, eyes_open=False)]}),
        ({"faces": [face(0.05)]}, {"faces": [face(0.05, frontal=False)]}),
        ({"faces": [face(0.04)]}, {"faces": [face(0.01)]}),
        ({"brightness": 0.3}, {"brightness": 0.1}),
    ],
)
@pytest.mark.parametrize("fine", [True, False])
def test_sharp_and_still_frames_with_open_eyes_have_more_merit(better: dict, worse: dict, *, fine: bool) -> None:
    good, bad = merits([frame(**better), frame(**worse)], [5.0, 5.0], PARAMS, fine=fine)
    assert good > bad


def test_beyond_enough_only_fine_merit_looks_at_sharpness() -> None:
    """Of five frames the three sharpest are sharp enough: coarse merit holds them equal."""
    frames = [frame(sharpness=sharpness) for sharpness in (0.1, 0.2, 0.3, 0.4, 0.5)]
    coarse = merits(frames, [5.0] * 5, PARAMS, fine=False)
    fine = merits(frames, [5.0] * 5, PARAMS, fine=True)
    assert coarse[0] < coarse[1] < coarse[2] == coarse[3] == coarse[4]
    assert list(fine) == sorted(set(fine.tolist()))


def test_merit_lies_between_nothing_and_one() -> None:
    """The best of everything is 1; the worst is 0."""
    best = frame(sharpness=0.5, faces=[face(0.04, frontal=True, eyes_open=True)])
    worst = frame(sharpness=0.1, motion=0.2, brightness=0.0, faces=[face(0.04, eyes_open=False)])
    assert merits([best, worst], [9.0, 1.0], PARAMS, fine=True).tolist() == pytest.approx([1.0, 0.0])
