"""Names of segments, from what sets them apart: "comedy and romance, warm"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np

from ranking.taste.traits import Matrix

SECOND = 0.6
"""A second genre is named when it is liked this much as well as the first."""
LEAST = 0.02
"""Standard deviations of a play; what is liked less sets nobody apart."""
BROAD = "broad"
"""A segment that likes nothing more than everybody does."""


def named(words: Sequence[str], genres: frozenset[str], likings: Matrix, taken: Sequence[str] = ()) -> list[str]:
    """(segments,) names, all different, none of them taken.

    One or two genres that are liked most, and behind a comma the theme or look that is. Where two segments would
    have one name, the later one tells its next word too.

    Args:
        words: the vocabulary.
        genres: which of the words are.
        likings: (segments, words).
        taken: names of other segments.
    """
    names: list[str] = []
    for row in likings:
        order = [place for place in np.lexsort((np.arange(len(row)), -row)).tolist() if row[place] >= LEAST]
        liked = [place for place in order if words[place] in genres]
        looks = [place for place in order if words[place] not in genres]
        head = liked[:2] if len(liked) > 1 and row[liked[1]] >= SECOND * row[liked[0]] else liked[:1]
        told = [*head, *looks[:1]]
        name = _phrase([words[place] for place in head], [words[place] for place in looks[:1]])
        rest = iter([words[place] for place in order if place not in told])
        more = count(2)
        wanted = name
        while name in names or name in taken:
            extra = next(rest, None)
            wanted = f"{wanted}, {extra}" if extra is not None else wanted
            name = wanted if extra is not None else f"{wanted} {next(more)}"
        names.append(name)
    return names


def _phrase(genres: list[str], looks: list[str]) -> str:
    head = " and ".join(genres)
    return ", ".join(part for part in (head, *looks) if part) or BROAD
