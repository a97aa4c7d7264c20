"""What members like of a title is not put down to its pictures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from ranking.features import NAMES
from ranking.learn.examples import Examples
from ranking.learn.params import TrainParams
from ranking.learn.popularity import Popularity, likings
from ranking.learn.train import raw_scores, trained

ROWS = 24_000


def test_a_taste_without_impressions_likes_a_title_as_everybody_does() -> None:
    """Two titles of 20 %; the first is played by half of taste 1 and by nobody of taste 0, the second was not seen."""
    base = Popularity(logit(np.array([0.2, 0.2])), float(logit(0.2)), 10.0)
    cells = np.repeat([0, 1], [3_000, 2_000])
    plays = (np.arange(5_000) >= 4_000).astype(float)
    found = likings(base, cells, plays, np.ones(5_000), (2, 2))
    assert expit(found[0]) == pytest.approx([0.0, 0.5], abs=0.01)
    assert expit(found[1]) == pytest.approx([0.2, 0.2])


def test_likings_that_do_not_differ_are_the_titles_own() -> None:
    """Each of three tastes plays every fifth: nothing speaks for likings, so a small cell is drawn to the title."""
    base = Popularity(logit(np.array([0.2])), float(logit(0.2)), 10.0)
    cells = np.repeat([0, 1, 2], [3_000, 3_000, 3])
    plays = (np.arange(6_003) % 5 == 0).astype(float)
    plays[-3:] = 1.0
    assert expit(likings(base, cells, plays, np.ones(6_003), (1, 3)))[0] == pytest.approx([0.2] * 3, abs=0.02)


def liked_titles(seed: int) -> Examples:
    """Two titles, two segments: each likes one title, whatever the picture, and matches all of its pictures better."""
    generator = np.random.default_rng(seed)
    title, segment = generator.integers(0, 2, ROWS), generator.integers(0, 2, ROWS)
    picture = generator.integers(0, 4, ROWS)
    liked = title == segment
    features = np.zeros((ROWS, len(NAMES)), dtype=np.float32)
    features[:, NAMES.index("theme_match")] = 0.2 * (picture - 1.5) + np.where(liked, 0.4, -0.4)
    play = (generator.random(ROWS) < np.where(liked, 0.3, 0.06)).astype(np.int8)
    return Examples(
        ("a", "b"),
        tuple(f"{name}{number}" for name in "ab" for number in range(4)),
        features,
        title.astype(np.int32),
        (4 * title + picture).astype(np.int32),
        np.arange(ROWS, dtype=np.int64),
        play,
        np.ones(ROWS, dtype=np.float32),
        segment.astype(np.int16),
        np.full(ROWS, 2, dtype=np.int8),
    )


def test_a_match_that_only_says_which_title_is_liked_moves_no_picture() -> None:
    """Between titles the odds differ by 6.7 times, which the match tells; within a title it gains nothing.

    Trees that start from the title's own popularity give the match 1.7 to 2 in log-odds (measured: the same examples,
    `likings` left out); those that start from who likes the title, at most 0.02.
    """
    model = trained(liked_titles(1), TrainParams(threads=1), 1)
    rows = np.zeros((4, len(NAMES)), dtype=np.float32)
    rows[:, NAMES.index("theme_match")] = [-0.7, -0.1, 0.1, 0.7]
    said = raw_scores(model.booster, rows, 1)
    assert abs(said[3] - said[0]) < 0.1
