"""A card for each segment: how many members, what they like against everybody, and the pictures they prefer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np

from ranking.errors import SnapshotError
from ranking.learn.beliefs import Beliefs
from ranking.learn.segmentation import Segmentation
from ranking.learn.snapshot import Snapshot
from ranking.taste.names import LEAST

MOST_WORDS = 5
MOST_PICTURES = 6
MOST_PEOPLE = 3
LEAST_TIMES = 1.05
"""Of a word on a card: less is rounded to what everybody does."""
LEAST_LIKING = 0.1
"""Of a person on a card: a tenth of the plays with them would not be there, were the segment like everybody."""


@dataclass(frozen=True, slots=True)
class LikedWord:
    """A genre, theme or look: its share of what the segment plays, and of what everybody does."""

    word: str
    share: float
    population_share: float

    @property
    def times(self) -> float:
        """The one over the other."""
        return self.share / self.population_share


@dataclass(frozen=True, slots=True)
class LikedPerson:
    """Somebody of the cast.

    liking: the part of the segment's plays with them that is beyond everybody's, 0 (as everybody) to 1.
    """

    name: str
    liking: float

    @property
    def times(self) -> float:
        """How many times as much the segment plays titles with them as everybody does."""
        return 1.0 / max(1.0 - self.liking, 1e-6)


@dataclass(frozen=True, slots=True)
class PreferredPicture:
    """A picture that the segment is believed to prefer to its title's others, more than everybody does.

    Attributes:
        title, title_name: whose picture it is.
        option: the picture.
        population_option: the picture that everybody is believed to prefer; it may be the same.
        odds: of a play, by how many times they gain over the title's other pictures beyond what everybody's gain.
    """

    title: str
    title_name: str
    option: str
    population_option: str
    odds: float


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """What is told of a segment."""

    number: int
    id: str
    name: str
    size: int
    share: float
    genres: tuple[LikedWord, ...]
    themes: tuple[LikedWord, ...]
    people: tuple[LikedPerson, ...]
    pictures: tuple[PreferredPicture, ...]

    @property
    def row(self) -> Mapping[str, object]:
        """The card in plain values, as JSON or a page's template takes them."""
        plain = asdict(self)
        for kind, words in (("genres", self.genres), ("themes", self.themes)):
            plain[kind] = [{**asdict(one), "times": one.times} for one in words]
        plain["people"] = [{**asdict(one), "times": one.times} for one in self.people]
        return cast("Mapping[str, object]", plain)


def cards(
    segmentation: Segmentation, beliefs: Beliefs | None = None, snapshot: Snapshot | None = None
) -> list[SegmentCard]:
    """A card for each segment, by number.

    Args:
        segmentation: the fit.
        beliefs: of its segments on the snapshot; without them the cards name no pictures.
        snapshot: that the beliefs are of.

    Raises:
        SnapshotError: the beliefs are of another fit or of another snapshot.
    """
    pictures: list[tuple[PreferredPicture, ...]] = [()] * len(segmentation.segments)
    if beliefs is not None and snapshot is not None:
        if beliefs.segmentation != segmentation.name or beliefs.snapshot != snapshot.digest:
            raise SnapshotError(
                f"beliefs {beliefs.digest} are of {beliefs.segmentation} and snapshot {beliefs.snapshot}, not of "
                f"{segmentation.name} and {snapshot.digest}: put the snapshot in use again"
            )
        pictures = _preferred(beliefs, snapshot)
    return [
        SegmentCard(
            segment.number,
            segment.id,
            segment.name,
            segment.size,
            segment.share,
            _liked(segmentation, segment.number, genres=True),
            _liked(segmentation, segment.number, genres=False),
            loved_people(segmentation, segment.number),
            pictures[segment.number],
        )
        for segment in segmentation.segments
    ]


def liked_words(segmentation: Segmentation, number: int) -> list[LikedWord]:
    """All words that set a segment apart, most liked first: those that might be in its name."""
    liking, shares = segmentation.tastes.themes[number], segmentation.shares
    order = np.lexsort((np.arange(len(liking)), -liking)).tolist()
    return [
        LikedWord(segmentation.tastes.vocabulary[place], float(shares[number, place]), float(shares[-1, place]))
        for place in order
        if liking[place] >= LEAST and shares[-1, place] > 0
    ]


def loved_people(segmentation: Segmentation, number: int) -> tuple[LikedPerson, ...]:
    """Of the people in pictures those that a segment likes most, the most liked first; ties by name."""
    liking, people = segmentation.tastes.cast[number].tolist(), segmentation.tastes.people
    order = sorted(range(len(people)), key=lambda place: (-liking[place], people[place]))[:MOST_PEOPLE]
    return tuple(LikedPerson(people[place], liking[place]) for place in order if liking[place] >= LEAST_LIKING)


def _liked(segmentation: Segmentation, number: int, *, genres: bool) -> tuple[LikedWord, ...]:
    words = [one for one in liked_words(segmentation, number) if one.times >= LEAST_TIMES]
    return tuple([one for one in words if (one.word in segmentation.genres) == genres][:MOST_WORDS])


def _preferred(beliefs: Beliefs, snapshot: Snapshot) -> list[tuple[PreferredPicture, ...]]:
    """For each segment, the titles whose best picture gains most with it, and that picture."""
    there = snapshot.grid("approved", empty=False).astype(np.bool_)
    # (segments + 1, titles, width), over all canvases, and all circumstances that the model tells apart.
    means = beliefs.tables[:, :, :, :, 0].mean(axis=(0, 1), dtype=np.float64)
    counts = np.maximum(there.sum(axis=1), 1)[:, None]
    beyond = means - (means * there).sum(axis=2, keepdims=True) / counts
    populations_best = np.where(there, means[-1], -np.inf).argmax(axis=1)
    names = [notes.name for notes in snapshot.title_notes]
    found = []
    for own in range(len(means) - 1):
        gain = np.where(there, beyond[own] - beyond[-1], -np.inf)
        best = np.where(there, means[own], -np.inf).argmax(axis=1)
        gains = gain[np.arange(len(best)), best]
        order = np.lexsort((np.arange(len(gains)), -gains)).tolist()
        found.append(
            tuple(
                PreferredPicture(
                    snapshot.names.titles[title],
                    names[title],
                    snapshot.names.options[title][best[title]],
                    snapshot.names.options[title][populations_best[title]],
                    float(np.exp(gains[title])),
                )
                for title in order[:MOST_PICTURES]
                if gains[title] > 0
            )
        )
    return found
