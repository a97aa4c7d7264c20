"""Members made up with a known taste: each plays mostly titles of its own genre."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ranking.taste.history import Plays
from ranking.taste.traits import TitleTraits, TraitTable, trait_table

GENRES = ("comedy", "drama", "horror", "romance", "western", "crime")
NEW_YEAR = 1_767_225_600.0
"""2026-01-01 in POSIX seconds."""
DAY = 86_400.0


def made_titles(genres: Sequence[str] = GENRES, each: int = 10, rank: int = 0) -> list[TitleTraits]:
    """Titles comedy-0, comedy-1, ...; with a rank each genre has a direction of its own, and a theme."""
    titles = []
    for place, genre in enumerate(genres):
        vector = tuple(float(place % rank == dimension) for dimension in range(rank))
        titles.extend(TitleTraits(f"{genre}-{number}", (genre,), vector=vector) for number in range(each))
    return titles


def made_traits(genres: Sequence[str] = GENRES) -> TraitTable:
    """Their traits."""
    return trait_table(made_titles(genres))


def made_plays(
    members: Sequence[int],
    *,
    plays: int = 30,
    faithful: float = 0.8,
    genres: Sequence[str] = GENRES,
    seed: int = 0,
) -> Plays:
    """Members of known taste: `members[i]` of them like genre i, and play it `faithful` of the time, else any."""
    generator = np.random.default_rng(seed)
    profiles, titles = [], []
    for taste, count in enumerate(members):
        for member in range(count):
            for _ in range(plays):
                kind = taste if generator.random() < faithful else int(generator.integers(len(genres)))
                profiles.append(f"m-{genres[taste]}-{member:04d}")
                titles.append(f"{genres[kind]}-{generator.integers(10)}")
    at = NEW_YEAR + DAY * generator.uniform(0, 30, len(profiles))
    return Plays(np.array(profiles, object), np.array(titles, object), np.ones(len(profiles)), at)


def some_of(plays: Plays, rows: np.ndarray) -> Plays:
    """These rows, in this order."""
    return Plays(plays.profiles[rows], plays.titles[rows], plays.worth[rows], plays.at_seconds[rows])
