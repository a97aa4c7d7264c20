"""Near-duplicates by hash and by vector, and who stands for whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.select.duplicates import DuplicateParams, alike, hash_bits, keepers, spread

PARAMS = DuplicateParams(sure_bits=2, likely_bits=8, narrow=0.1, wide=0.3, certain=0.001)


def turned(*degrees: float) -> np.ndarray:
    """Unit vectors in the plane: their cosine is that of the angle between them."""
    angles = np.radians(np.array(degrees))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def pairs(same: np.ndarray) -> set[tuple[int, int]]:
    return {(int(one), int(other)) for one, other in zip(*np.nonzero(np.triu(same, k=1)), strict=True)}


def test_hashes_become_their_bits() -> None:
    assert hash_bits(["0000000000000000", "00000000000000ff", "ffffffffffffffff"]).tolist() == [0, 255, 2**64 - 1]


def test_nothing_is_like_nothing() -> None:
    same = alike(hash_bits([]), np.zeros((0, 2), dtype=np.float32), 0.5, PARAMS)
    assert same.shape == (0, 0)
    assert keepers(same, []).tolist() == []
    assert spread(np.zeros((0, 2), dtype=np.float32), np.zeros(0, dtype=np.int64)) == 0.0


def test_hashes_that_nearly_agree_are_one_picture_whatever_the_vectors_say() -> None:
    """0x3 is two bits from 0, 0x7 three; the vectors stand at right angles."""
    same = alike(hash_bits(["0" * 16, "3".zfill(16), "7".zfill(16)]), turned(0, 90, 180), 1.0, PARAMS)
    assert pairs(same) == {(0, 1), (1, 2)}


def test_vectors_that_nearly_agree_are_one_picture_whatever_the_hashes_say() -> None:
    """1 - cos 20 degrees is 0.060, within a tenth of the spread; 1 - cos 30 degrees is 0.134, beyond it."""
    same = alike(hash_bits(["0" * 16, "f" * 16, "0f" * 8]), turned(0, 20, -30), 1.0, PARAMS)
    assert pairs(same) == {(0, 1)}


def test_where_both_are_merely_close_they_must_agree() -> None:
    """1 - cos 40 degrees is 0.234, within 0.3 of the spread: a duplicate at 8 bits, none at 9."""
    near = alike(hash_bits(["0" * 16, "ff".zfill(16)]), turned(0, 40), 1.0, PARAMS)
    far = alike(hash_bits(["0" * 16, "1ff".zfill(16)]), turned(0, 40), 1.0, PARAMS)
    assert pairs(near) == {(0, 1)}
    assert pairs(far) == set()


def test_limits_follow_the_film() -> None:
    """The pair that is a duplicate among frames far apart is none in a film whose frames all lie that close."""
    hashes = hash_bits(["0" * 16, "f" * 16])
    assert pairs(alike(hashes, turned(0, 20), 1.0, PARAMS)) == {(0, 1)}
    assert pairs(alike(hashes, turned(0, 20), 0.1, PARAMS)) == set()
    assert pairs(alike(hashes, turned(0, 0), 0.0, PARAMS)) == {(0, 1)}


def test_the_spread_is_the_median_between_shots() -> None:
    """Across shots: 0 to 90 and 1 to 90 degrees; within the first shot the pair is left out."""
    expected = np.median([1 - np.cos(np.radians(90)), 1 - np.cos(np.radians(89))])
    assert spread(turned(0, 1, 90), np.array([1, 1, 2])) == pytest.approx(expected, abs=1e-6)


def test_the_spread_of_a_single_shot_is_over_all_pairs() -> None:
    assert spread(turned(0, 60), np.array([4, 4])) == pytest.approx(0.5)


def test_the_best_of_a_pan_stands_for_its_neighbours_and_not_for_the_whole_pan() -> None:
    """Each like the next only: the second takes the first and the third; the fourth, like the third only, stays."""
    same = np.eye(4, dtype=bool)
    for one in range(3):
        same[one, one + 1] = same[one + 1, one] = True
    assert keepers(same, [1, 0, 2, 3]).tolist() == [1, 1, 1, 3]


@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.floats(0, 360)), max_size=24), st.randoms(use_true_random=False)
)
def test_no_two_keepers_look_alike_and_each_frame_looks_like_its_keeper(frames: list, chance: object) -> None:
    hashes = np.array([bits for bits, _ in frames], dtype=np.uint64)
    same = alike(hashes, turned(*[angle for _, angle in frames]), 0.8, PARAMS)
    order = list(range(len(frames)))
    chance.shuffle(order)
    stands_for = keepers(same, order)
    kept = np.unique(stands_for)
    assert not np.triu(same[np.ix_(kept, kept)], k=1).any()
    assert all(same[place, keeper] for place, keeper in enumerate(stands_for))
    assert all(stands_for[keeper] == keeper for keeper in kept)
    assert (same == same.T).all()
