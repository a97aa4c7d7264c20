"""Clusters of frames by what they show, weighted by screen time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from artwork.select.clusters import clustered


def turned(*degrees: float) -> np.ndarray:
    angles = np.radians(np.array(degrees))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_nothing_gives_no_clusters() -> None:
    clusters = clustered(np.zeros((0, 2), dtype=np.float32), np.zeros(0), 3)
    assert clusters.member_of.shape == clusters.share.shape == clusters.typicality.shape == (0,)


def test_two_heaps_are_two_clusters_with_their_shares_of_the_screen_time() -> None:
    """Six of the eight seconds are near 0 degrees, two near 90."""
    clusters = clustered(turned(0, 90, 2, 88, 4), np.array([2.0, 1.0, 2.0, 1.0, 2.0]), 2)
    assert clusters.member_of.tolist() == [0, 1, 0, 1, 0]
    assert clusters.share.tolist() == [0.75, 0.25]


def test_the_frame_in_the_middle_of_its_cluster_is_the_most_typical() -> None:
    clusters = clustered(turned(-10, 0, 10), np.ones(3), 1)
    assert np.argmax(clusters.typicality) == 1
    assert clusters.typicality[1] == np.float32(1)


def test_equal_frames_are_one_cluster_however_many_are_wanted() -> None:
    clusters = clustered(turned(30, 30, 30), np.ones(3), 3)
    assert clusters.member_of.tolist() == [0, 0, 0]
    assert clusters.share.tolist() == [1.0]


@given(st.lists(st.tuples(st.floats(0, 360), st.floats(0.01, 100)), min_size=1, max_size=30), st.integers(1, 8))
def test_every_frame_is_in_a_cluster_and_shares_sum_to_one(frames: list, count: int) -> None:
    vectors = turned(*[angle for angle, _ in frames])
    clusters = clustered(vectors, np.array([mass for _, mass in frames]), count)
    assert len(clusters.share) <= min(count, len(frames))
    assert set(clusters.member_of.tolist()) <= set(range(len(clusters.share)))
    assert np.isclose(clusters.share.sum(), 1.0)
    assert (np.abs(clusters.typicality) <= 1 + 1e-5).all()
