"""What is at hand, and what is made again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ranking.learn.shelf import Shelf


def shelf(most: int) -> tuple[Shelf[str, str], list[str]]:
    """A shelf of doubled words, of a byte a letter; and what was made."""
    made: list[str] = []

    def make(word: str) -> str:
        made.append(word)
        return word + word

    return Shelf(make, len, most), made


def test_what_there_is_room_for_is_made_once() -> None:
    found, made = shelf(8)
    assert [found.of(word) for word in ("a", "bc", "a", "bc", "a")] == ["aa", "bcbc", "aa", "bcbc", "aa"]
    assert made == ["a", "bc"]


def test_what_was_asked_for_longest_ago_goes_first_and_makes_room_for_all_of_its_bytes() -> None:
    """Of 8 bytes: 2 and 4 are kept, 4 more push out the 4 that nobody asked for since, and not the 2."""
    found, made = shelf(8)
    for word in ("bc", "a", "bc", "a", "de", "a", "bc"):
        found.of(word)
    assert made == ["bc", "a", "de", "bc"]
    assert len(found) == 2


def test_what_is_larger_than_all_of_it_stays_until_the_next() -> None:
    found, made = shelf(3)
    assert [found.of("long"), found.of("long"), found.of("a"), found.of("long")] == [
        "longlong",
        "longlong",
        "aa",
        "longlong",
    ]
    assert made == ["long", "a", "long"]


@given(words=st.lists(st.sampled_from(["", "a", "bc", "def", "ghij"]), max_size=40), most=st.integers(0, 20))
def test_it_never_holds_more_than_it_may_and_always_what_was_asked_for_last(words: list[str], most: int) -> None:
    found, made = shelf(most)
    for word in words:
        assert found.of(word) == word + word
        before = len(made)
        found.of(word)
        assert len(made) == before
        held = list(found._kept.values())
        assert sum(map(len, held)) <= most or held == [word + word]
        assert found._bytes == sum(map(len, held))
