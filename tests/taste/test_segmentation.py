"""A segmentation is written, pointed to, and read as it was; what is damaged or does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ranking.domain import Profile, Segment, TasteMixture
from ranking.errors import SnapshotError
from ranking.features import Tastes
from ranking.learn.members import FOLDER as MEMBERS
from ranking.learn.members import Members, write_members
from ranking.learn.segmentation import (
    FOLDER,
    POINTER,
    Fit,
    Segmentation,
    newest_segmentation,
    point_to_fit,
    read_fits,
    write_segmentation,
)

MADE_AT = datetime(2026, 3, 1, tzinfo=UTC)


def two_segments(name: str = "fit-1") -> Segmentation:
    """Friends of comedy, 60 of 100 members, and of horror, 40; nobody's face, vectors of rank 2."""
    segments = Segment("s0", 0, "comedy", 60, 0.6), Segment("s1", 1, "horror", 40, 0.4)
    themes = np.array([[1.0, -0.5], [-0.75, 1.5], [0.0, 0.0]])
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    tastes = Tastes(("comedy", "horror"), (), themes, np.empty((3, 0)), vectors)
    shares = np.array([[0.8, 0.1], [0.2, 0.6], [0.56, 0.3]])
    return Segmentation(name, MADE_AT, segments, tastes, shares, frozenset({"comedy", "horror"}), {"criterion": "x"})


def test_a_segmentation_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every field comes back; twice the same is one folder."""
    written = two_segments()
    digest = write_segmentation(tmp_path, written)
    read = Segmentation.open(tmp_path / FOLDER / digest, verify=True)
    assert write_segmentation(tmp_path, written) == digest
    assert (read.name, read.made_at, read.segments, read.genres, read.facts) == (
        written.name,
        written.made_at,
        written.segments,
        written.genres,
        written.facts,
    )
    assert read.tastes.vocabulary == written.tastes.vocabulary
    for name in ("themes", "cast", "vectors"):
        assert np.array_equal(getattr(read.tastes, name), getattr(written.tastes, name))
    assert np.array_equal(read.shares, written.shares)


def test_nothing_is_newest_before_it_is_pointed_to(tmp_path: Path) -> None:
    """A store without a fit has none, also when one lies there unpointed."""
    assert newest_segmentation(tmp_path) is None
    digest = write_segmentation(tmp_path, two_segments())
    assert newest_segmentation(tmp_path) is None
    point_to_fit(tmp_path, Fit(digest))
    newest = newest_segmentation(tmp_path)
    assert newest is not None
    assert newest.name == "fit-1"


def test_the_fit_before_stays_known(tmp_path: Path) -> None:
    """Pointing to the same fit again does not make it its own former one."""
    first = Fit(write_segmentation(tmp_path, two_segments("fit-1")), "members-1")
    second = Fit(write_segmentation(tmp_path, two_segments("fit-2")), "members-2")
    assert point_to_fit(tmp_path, first).former is None
    assert point_to_fit(tmp_path, second).former == first
    assert point_to_fit(tmp_path, second).former == first
    fits = read_fits(tmp_path)
    assert fits is not None
    assert (fits.newest, fits.former) == (second, first)


def test_a_segmentation_without_segments_is_the_population(tmp_path: Path) -> None:
    """Members too few to be told apart: one row, the population's."""
    tastes = Tastes(("comedy",), (), np.zeros((1, 1)), np.empty((1, 0)), np.empty((1, 0)))
    alone = Segmentation("fit-0", MADE_AT, (), tastes, np.array([[0.5]]))
    read = Segmentation.open(tmp_path / FOLDER / write_segmentation(tmp_path, alone))
    assert read.segments == ()
    assert read.tastes.vectors.shape == (1, 0)


def test_tables_that_do_not_fit_are_refused() -> None:
    """A missing row, a number that is none, segments out of order, a genre that is no word."""
    sound = two_segments()
    with pytest.raises(ValueError, match="2 segments and the population"):
        replace(sound, shares=sound.shares[:2])
    with pytest.raises(ValueError, match="finite"):
        replace(sound, shares=np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="segments numbered"):
        replace(sound, segments=sound.segments[::-1])
    with pytest.raises(ValueError, match="no words"):
        replace(sound, genres=frozenset({"western"}))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"newest": 3}', b"\xff\xfe"])
def test_a_damaged_pointer_says_so(tmp_path: Path, content: bytes) -> None:
    """It is not taken for a store without segments."""
    (tmp_path / POINTER).write_bytes(content)
    with pytest.raises(SnapshotError, match=POINTER):
        newest_segmentation(tmp_path)


def test_a_damaged_folder_says_so(tmp_path: Path) -> None:
    """A table that was cut short is found when it is opened."""
    folder = tmp_path / FOLDER / write_segmentation(tmp_path, two_segments())
    (folder / "themes.npy").write_bytes((folder / "themes.npy").read_bytes()[:-8])
    with pytest.raises(SnapshotError, match=r"themes\.npy"):
        Segmentation.open(folder)


def test_of_a_member_who_comes_twice_the_last_taste_is_kept(tmp_path: Path) -> None:
    """Members of any number and order; nobody is a store of nobody."""
    tastes = [("ann", {0: 0.5}), ("bob", {1: 0.25, 0: 0.5}), ("ann", {1: 1.0}), ("cat", {})]
    profiles = [Profile(name, TasteMixture("fit-1", 1.0 - sum(weights.values()), weights)) for name, weights in tastes]
    members = Members.open(tmp_path / MEMBERS / write_members(tmp_path, profiles, "fit-1", MADE_AT), verify=True)
    found = {name: members.of(name) for name in ("ann", "bob", "cat")}
    assert found["ann"] == TasteMixture("fit-1", 0.0, {1: 1.0})
    assert found["bob"] == TasteMixture("fit-1", 0.25, {0: 0.5, 1: 0.25})
    assert found["cat"] is None
    nobody = Members.open(tmp_path / MEMBERS / write_members(tmp_path, [], "fit-1", MADE_AT))
    assert nobody.of("ann") is None
