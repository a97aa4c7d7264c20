"""What is known of titles, in the columns that tastes are made of: genres, themes and looks, people, a vector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

MOST_PEOPLE = 64
"""People a taste may know: those seen in most titles."""
LEAST_TITLES = 2
"""Titles that a person must be seen in: the friends of one title are no friends of its cast."""
BLOCKS = ("genres", "themes", "people", "vector")
"""What a title may lack as a whole: a title without pictures has genres, but no themes."""


@dataclass(frozen=True, slots=True)
class TitleTraits:
    """What is known of one title. An empty part is not known, rather than known to be nothing.

    Attributes:
        id: of the title.
        genres: as they are written; case and surrounding space are no difference.
        themes: theme or look to strength, 0 to 1: the mean of the title's pictures.
        cast: person to prominence, 0 to 1; 1 for all where only the names are known.
        vector: low-rank embedding, the mean of the title's pictures.
    """

    id: str
    genres: tuple[str, ...] = ()
    themes: Mapping[str, float] = field(default_factory=dict)
    cast: Mapping[str, float] = field(default_factory=dict)
    vector: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TraitTable:
    """Titles as rows of numbers.

    Attributes:
        places: title to row.
        words: genres and themes, by name. genres: which of them are genres.
        people: of the cast, by name.
        rank: length of the vectors.
        table: (titles, words + people + rank + len(BLOCKS)); the last columns are 1 where a block is known.
    """

    places: Mapping[str, int]
    words: tuple[str, ...]
    genres: frozenset[str]
    people: tuple[str, ...]
    rank: int
    table: Matrix

    def __len__(self) -> int:
        return len(self.table)

    def columns(self, block: str) -> NDArray[np.int64]:
        """Which columns of `table` a block is."""
        words = len(self.words)
        if block in {"genres", "themes"}:
            wanted = block == "genres"
            return np.array([place for place, word in enumerate(self.words) if (word in self.genres) == wanted], int)
        begin = words if block == "people" else words + len(self.people)
        return np.arange(begin, begin + (len(self.people) if block == "people" else self.rank))

    def known(self, block: str) -> int:
        """The column of `table` that says whether a block is known."""
        return int(self.table.shape[1]) - len(BLOCKS) + BLOCKS.index(block)


def plain_genre(genre: str) -> str:
    """A genre as it is counted: "Sci-Fi " and "sci-fi" are one."""
    return " ".join(genre.split()).casefold()


def trait_table(titles: Iterable[TitleTraits], pictured: Collection[str] | None = None) -> TraitTable:
    """The titles, by id; of one that comes twice, each part is taken from the first that has it, its cast from all.

    Of people those are kept that are in at least `LEAST_TITLES` titles, and of these the `MOST_PEOPLE` in most.
    A word that is a genre of one title and a theme of another is a genre. Vectors of another length than most have
    count as unknown.

    Args:
        titles: what is known of them, the best source first.
        pictured: the people who count, since some picture shows them by name; everybody when None.
    """
    merged: dict[str, TitleTraits] = {}
    for title in titles:
        merged[title.id] = _merged(merged[title.id], title) if title.id in merged else title
    listed = [merged[name] for name in sorted(merged)]
    genres = {plain_genre(genre) for title in listed for genre in title.genres} - {""}
    words = tuple(sorted(genres | {theme for title in listed for theme in title.themes}))
    people = _people(listed, pictured)
    lengths = Counter(len(title.vector) for title in listed if title.vector)
    rank = min(lengths, key=lambda length: (-lengths[length], length), default=0)
    table = np.zeros((len(listed), len(words) + len(people) + rank + len(BLOCKS)))
    place_of = {word: place for place, word in enumerate(words)}
    for row, title in zip(table, listed, strict=True):
        for theme, strength in title.themes.items():
            row[place_of[theme]] = strength
        for genre in title.genres:
            if plain_genre(genre):
                row[place_of[plain_genre(genre)]] = 1.0
        row[len(words) : len(words) + len(people)] = [title.cast.get(person, 0.0) for person in people]
        vector = title.vector if rank and len(title.vector) == rank else ()
        row[len(words) + len(people) : -len(BLOCKS)] = vector or 0.0
        row[-len(BLOCKS) :] = [bool(part) for part in (title.genres, title.themes, title.cast, vector)]
    places = {title.id: place for place, title in enumerate(listed)}
    return TraitTable(places, words, frozenset(genres), people, rank, table)


def _merged(first: TitleTraits, second: TitleTraits) -> TitleTraits:
    return TitleTraits(
        first.id,
        first.genres or second.genres,
        first.themes or second.themes,
        {**second.cast, **first.cast},
        first.vector or second.vector,
    )


def _people(titles: Sequence[TitleTraits], pictured: Collection[str] | None) -> tuple[str, ...]:
    seen = Counter(person for title in titles for person, prominence in title.cast.items() if prominence > 0)
    if pictured is not None:
        seen = Counter({person: count for person, count in seen.items() if person in pictured})
    many = sorted((person for person in seen if seen[person] >= LEAST_TITLES), key=lambda one: (-seen[one], one))
    return tuple(sorted(many[:MOST_PEOPLE]))
