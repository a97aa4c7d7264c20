"""A title's id is safe and stable, whatever its film is called."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import Title
from artwork.store.names import LONGEST_ID, tell_apart, title_id

SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Big_Buck_Bunny", "big-buck-bunny"),
        ("-video", "video"),
        ("  spaces  and\ttabs ", "spaces-and-tabs"),
        ("Амели", "ameli"),
        ("Léon", "leon"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\films\\x", "c-films-x"),
        ("7", "7"),
    ],
)
def test_an_id_is_the_slug_of_the_name(name: str, expected: str) -> None:
    assert title_id(name) == expected


def test_a_name_that_leaves_nothing_gets_its_hash() -> None:
    """The digits are the first eight of sha256("\U0001f3ac") and sha256("---")."""
    assert title_id("\U0001f3ac") == "film-0de8a531"
    assert title_id("---") == "film-cb3f91d5"


def test_long_names_that_begin_alike_stay_apart() -> None:
    first, second = title_id("x" * 300 + "1"), title_id("x" * 300 + "2")
    assert first[:55] == second[:55] == "x" * 55
    assert first != second
    assert len(first) == LONGEST_ID


@given(name=st.text(max_size=400), ending=st.sampled_from(["", "0123abcd"]))
def test_every_name_gives_a_safe_id(name: str, ending: str) -> None:
    given_id = title_id(name, ending)
    assert SAFE.fullmatch(given_id)
    assert len(given_id) <= LONGEST_ID
    assert given_id == title_id(name, ending)
    assert given_id.endswith(ending)


def _title(location: str) -> Title:
    return Title(title_id(location.rpartition("/")[2].rpartition(".")[0]), location, "a film")


def test_films_in_folders_of_their_own_are_told_apart_by_the_folder() -> None:
    titles = [_title("/s/Season 1/e01.mkv"), _title("/s/Season 2/e01.mkv"), _title("/s/Season 2/e02.mkv")]
    assert [title.id for title in tell_apart(titles)] == ["season-1-e01", "season-2-e01", "e02"]


def test_films_in_one_folder_are_told_apart_by_their_location() -> None:
    apart = [title.id for title in tell_apart([_title("/s/x.mkv"), _title("/s/x.mp4")])]
    assert apart[0] != apart[1]
    assert all(re.fullmatch("x-[0-9a-f]{8}", one) for one in apart)


def test_an_id_that_another_film_has_by_nature_is_not_given_away() -> None:
    titles = [_title("/a/x.mp4"), _title("/b/x.mp4"), _title("/c/a-x.mp4")]
    apart = [title.id for title in tell_apart(titles)]
    assert apart[1:] == ["b-x", "a-x"]
    assert re.fullmatch("x-[0-9a-f]{8}", apart[0])


def test_an_id_that_is_taken_is_not_given_again() -> None:
    assert [title.id for title in tell_apart([_title("/a/x.mp4")], taken={"x"})] == ["a-x"]


def test_no_titles_are_told_apart_as_none() -> None:
    assert tell_apart([]) == []


PLACES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "a b", "-"]), st.sampled_from(["x", "a-x", "b x", "\U0001f600", "x!"])),
    unique=True,
    max_size=12,
)


@given(places=PLACES, order=st.randoms(use_true_random=False))
def test_told_apart_ids_are_distinct_and_do_not_depend_on_the_order(
    places: list[tuple[str, str]], order: random.Random
) -> None:
    titles = [_title(f"/{folder}/{name}.mp4") for folder, name in places]
    apart = {title.location: title.id for title in tell_apart(titles)}
    assert len(set(apart.values())) == len(titles)
    order.shuffle(titles)
    assert {title.location: title.id for title in tell_apart(titles)} == apart
