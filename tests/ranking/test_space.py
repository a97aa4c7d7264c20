"""The low-rank space: fitted once for a model, the same for every publish after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from artwork.domain import ModelRef
from ranking.errors import SnapshotError
from ranking.learn.space import FOLDER, fit_space, keep_space, space_of

MODEL = ModelRef("ViT-B-32", "abc", "224 bicubic")


def vectors(count: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


def test_the_axes_of_three_points_on_a_line() -> None:
    """(0, 0), (3, 4), (6, 8): mean (3, 4), one axis along (0.6, 0.8), the other without spread; so -5, 0, 5."""
    points = np.array([[0, 0], [3, 4], [6, 8]], np.float32)
    space = fit_space(MODEL, points, 2)
    assert space.mean == pytest.approx([3, 4])
    assert space.axes[0] == pytest.approx([0.6, 0.8])
    assert space.axes[1] == pytest.approx([0, 0])
    assert space.project(points) == pytest.approx(np.array([[-5, 0], [0, 0], [5, 0]]), abs=1e-6)


def test_of_no_vectors_there_is_a_space_without_axes() -> None:
    space = fit_space(MODEL, [])
    assert (space.rank, space.frames) == (0, 0)


@given(st.integers(2, 12), st.integers(1, 10), st.integers(0, 1000))
def test_axes_are_orthonormal_and_distances_in_the_space_never_grow(count: int, dimension: int, seed: int) -> None:
    found = vectors(count, dimension, seed)
    space = fit_space(MODEL, found, 4)
    used = space.axes[np.abs(space.axes).sum(axis=1) > 0]
    assert used @ used.T == pytest.approx(np.eye(len(used)), abs=1e-6)
    projected = space.project(found)
    before = np.linalg.norm(found[:, None].astype(float) - found[None], axis=2)
    after = np.linalg.norm(projected[:, None].astype(float) - projected[None], axis=2)
    assert (after <= before + 1e-4).all()


def test_the_space_that_is_kept_is_the_one_that_is_found(tmp_path: Path) -> None:
    assert space_of(tmp_path, MODEL) is None
    kept = keep_space(tmp_path, fit_space(MODEL, vectors(20, 6), 3))
    found = space_of(tmp_path, MODEL)
    assert found is not None
    assert (found.digest, found.frames, found.rank, found.model) == (kept.digest, 20, 3, MODEL)
    assert found.project(vectors(2, 6, 1)).tolist() == kept.project(vectors(2, 6, 1)).tolist()
    assert kept.digest in found.embedding.preprocessing
    assert space_of(tmp_path, ModelRef("ViT-B-32", "other")) is None


def test_equal_vectors_give_an_equal_space_and_others_another(tmp_path: Path) -> None:
    first = keep_space(tmp_path, fit_space(MODEL, vectors(20, 6)))
    assert keep_space(tmp_path / "elsewhere", fit_space(MODEL, vectors(20, 6))).digest == first.digest
    assert keep_space(tmp_path / "elsewhere", fit_space(MODEL, vectors(21, 6))).digest != first.digest


def test_a_damaged_space_is_told(tmp_path: Path) -> None:
    kept = keep_space(tmp_path, fit_space(MODEL, vectors(20, 6)))
    axes = tmp_path / FOLDER / kept.digest / "axes.npy"
    content = bytearray(axes.read_bytes())
    content[-1] ^= 1
    axes.write_bytes(content)
    with pytest.raises(SnapshotError, match="damaged"):
        space_of(tmp_path, MODEL)
