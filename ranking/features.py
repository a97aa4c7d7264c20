"""The one list of what ranking looks at, and how a picture and a taste become a row of it.

Few features that mean something: from few impressions, models with many parameters lose to plain aesthetics.
A feature's direction is a monotone constraint of the model, given only where it is known beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from artwork.domain import ShotScale
from ranking.domain import DayPart, Device, Option

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the model: +1 when more of it never lowers the chance of a play, -1 never raises it, 0 unknown."""

    name: str
    unit: str
    meaning: str
    direction: int = 0
    categorical: bool = False

    def __post_init__(self) -> None:
        if self.direction not in {-1, 0, 1}:
            raise ValueError(f"feature {self.name}: direction {self.direction} is not -1, 0 or 1")
        if self.categorical and self.direction:
            raise ValueError(f"feature {self.name}: a category has no order, so no direction: LightGBM dies of it")


FEATURES: tuple[Feature, ...] = (
    Feature("theme_match", "cosine, -1 to 1", "the taste's themes against the picture's", direction=1),
    Feature("embedding_match", "cosine, -1 to 1", "the taste's vector against the picture's, low rank", direction=1),
    Feature(
        "cast_affinity", "0 to 1", "prominence of the people seen, weighted by how the taste likes them", direction=1
    ),
    Feature("aesthetic", "LAION scale, about 1 to 10", "how pleasing the picture is", direction=1),
    Feature("faces", "count, 0 to 5", "faces in the picture; five stands for more"),
    Feature("nearness", "0 nobody, 1 wide to 5 close-up", "how near the people are"),
    Feature("brightness", "mean luma, 0 to 1", "how light the picture is"),
    Feature("handheld", "0 or 1", "a phone or a tablet: the canvas is small, and held near"),
    Feature("position", "log(1 + places from the first)", "where on the page; further down is seen less", direction=-1),
    Feature("day_part", "code: morning, afternoon, evening, night", "the member's time of day", categorical=True),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
"""The columns of a model, in order."""
OFFSET = "title_log_odds"
"""Log-odds of a play of the title whatever its picture: the model's starting point, so that it learns pictures."""
PER_MEETING: tuple[str, ...] = NAMES[:3]
"""What depends on both the taste and the picture."""
DAY_PARTS: tuple[DayPart, ...] = tuple(DayPart)
HANDHELD: Mapping[Device, float] = {
    Device.TELEVISION: 0.0, Device.DESKTOP: 0.0, Device.TABLET: 1.0, Device.PHONE: 1.0, Device.UNKNOWN: np.nan
}  # fmt: skip
PART_CODES: Mapping[DayPart | None, float] = {None: np.nan} | {part: float(n) for n, part in enumerate(DAY_PARTS)}
_MOST_FACES = 5
_NEARNESS: Mapping[ShotScale, int] = {
    ShotScale.NO_PEOPLE: 0,
    ShotScale.WIDE: 1,
    ShotScale.FULL: 2,
    ShotScale.MEDIUM: 3,
    ShotScale.MEDIUM_CLOSE_UP: 4,
    ShotScale.CLOSE_UP: 5,
}


def monotone_constraints() -> list[int]:
    """One of -1, 0, 1 for every feature, in the order of `NAMES`."""
    return [feature.direction for feature in FEATURES]


def categorical_features() -> list[str]:
    """The names of the features that are codes."""
    return [feature.name for feature in FEATURES if feature.categorical]


@dataclass(frozen=True, slots=True)
class Tastes:
    """What each of some tastes (segments, members, the population) likes; 0 stands for neither liked nor disliked.

    Attributes:
        vocabulary: the themes. people: of the cast.
        themes: (tastes, vocabulary). cast: (tastes, people), each 0 to 1. vectors: (tastes, rank), rank may be 0.
    """

    vocabulary: tuple[str, ...]
    people: tuple[str, ...]
    themes: Matrix
    cast: Matrix
    vectors: Matrix

    def __post_init__(self) -> None:
        count = len(self.themes)
        if self.themes.shape != (count, len(self.vocabulary)) or self.cast.shape != (count, len(self.people)):
            words = f"{len(self.vocabulary)} themes and {len(self.people)} people"
            raise ValueError(f"{words}, but tables of {self.themes.shape} and {self.cast.shape}")
        if self.vectors.ndim != 2 or len(self.vectors) != count:
            raise ValueError(f"{count} tastes, but vectors {self.vectors.shape}")

    def __len__(self) -> int:
        return len(self.themes)

    def at(self, rows: NDArray[np.int64]) -> Tastes:
        """These tastes, in this order; a row may be named twice."""
        return Tastes(self.vocabulary, self.people, self.themes[rows], self.cast[rows], self.vectors[rows])


@dataclass(frozen=True, slots=True)
class Pictures:
    """The options as columns, in the vocabulary of some tastes.

    Attributes:
        ids: (options,) unicode. titles: (options,) unicode.
        themes: (options, vocabulary). vectors: (options, rank). cast: (options, people).
        looks: (options, 4) aesthetic, faces, nearness, brightness.
    """

    ids: NDArray[np.str_]
    titles: NDArray[np.str_]
    themes: Matrix
    vectors: Matrix
    cast: Matrix
    looks: Matrix

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, options: Sequence[Option], tastes: Tastes) -> Pictures:
        """The options in the words of these tastes; a vector of another length than theirs counts as none."""
        rank = tastes.vectors.shape[1]
        looks = [
            (one.aesthetic, min(one.faces, _MOST_FACES), _NEARNESS[one.shot_scale], one.brightness) for one in options
        ]
        vectors = [one.vector if len(one.vector) == rank else (0.0,) * rank for one in options]
        return cls(
            np.array([one.id for one in options], dtype=np.str_),
            np.array([one.title for one in options], dtype=np.str_),
            _table([one.themes for one in options], tastes.vocabulary),
            np.array(vectors, dtype=np.float64).reshape(len(options), rank),
            _table([one.cast for one in options], tastes.people),
            np.array(looks, dtype=np.float64).reshape(len(options), 4),
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and when a picture is shown: the same for all options of a title, but not for all of them worth the same.

    What is not known stays unknown, NaN in a row; nothing usual is put in its place.
    """

    device: Device = Device.UNKNOWN
    day_part: DayPart | None = None
    position: int = 0

    @property
    def row(self) -> tuple[float, float, float]:
        """Handheld, position, day part: the last columns of a row."""
        return HANDHELD[self.device], float(np.log1p(self.position)), PART_CODES[self.day_part]


SITUATIONS: tuple[Circumstances, ...] = tuple(
    Circumstances(device, part)
    for device in (Device.TELEVISION, Device.PHONE, Device.UNKNOWN)
    for part in (*DAY_PARTS, None)
)
"""One of each circumstances that a model can tell apart, but for the position: not in the hand, in the hand, unknown;
and of these each part of the day, and unknown."""
_PARTS = len(DAY_PARTS) + 1
_SITUATION: Mapping[tuple[Device, DayPart | None], int] = {
    (device, part): int(np.nan_to_num(held, nan=2)) * _PARTS + int(np.nan_to_num(code, nan=len(DAY_PARTS)))
    for device, held in HANDHELD.items()
    for part, code in PART_CODES.items()
}


def situation(device: Device, day_part: DayPart | None) -> int:
    """Which of `SITUATIONS` these circumstances are."""
    return _SITUATION[device, day_part]


def told_apart(looked_at: Collection[str]) -> tuple[int, ...]:
    """(situations,): for each the first of them that is the same to who looks at these features alone."""
    held, part = "handheld" in looked_at, "day_part" in looked_at
    return tuple(number // _PARTS * _PARTS * held + number % _PARTS * part for number in range(len(SITUATIONS)))


def feature_grid(tastes: Tastes, pictures: Pictures, circumstances: Circumstances) -> Matrix:
    """(tastes, options, len(FEATURES)) float64: every taste meets every option. NaN where a match is not known."""
    grid = np.empty((len(tastes), len(pictures), len(FEATURES)))
    grid[:, :, 0] = _cosines(tastes.themes, pictures.themes)
    grid[:, :, 1] = _cosines(tastes.vectors, pictures.vectors)
    seen = pictures.cast.sum(axis=1)
    grid[:, :, 2] = np.where(seen > 0, np.clip(tastes.cast @ pictures.cast.T, 0, 1), np.nan)
    grid[:, :, 3:7] = pictures.looks
    grid[:, :, 7:] = circumstances.row
    return grid


def feature_rows(tastes: Tastes, pictures: Pictures, circumstances: Sequence[Circumstances]) -> Matrix:
    """(rows, len(FEATURES)): taste i meets option i under circumstances i. What a log of impressions is made into."""
    if not len(tastes) == len(pictures) == len(circumstances):
        raise ValueError(f"{len(tastes)} tastes, {len(pictures)} options, {len(circumstances)} circumstances")
    rows = np.empty((len(pictures), len(FEATURES)))
    rows[:, 0] = _paired_cosines(tastes.themes, pictures.themes)
    rows[:, 1] = _paired_cosines(tastes.vectors, pictures.vectors)
    seen = pictures.cast.sum(axis=1)
    rows[:, 2] = np.where(seen > 0, np.clip((tastes.cast * pictures.cast).sum(axis=1), 0, 1), np.nan)
    rows[:, 3:7] = pictures.looks
    rows[:, 7:] = np.array([one.row for one in circumstances]).reshape(len(circumstances), 3)
    return rows


def _table(weights: Sequence[Mapping[str, float]], words: Sequence[str]) -> Matrix:
    return np.array([[one.get(word, 0.0) for word in words] for one in weights]).reshape(len(weights), len(words))


def _unit(rows: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros becomes NaN: nothing is known of it."""
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return cast("Matrix", np.divide(rows, length, out=np.full_like(rows, np.nan), where=length > 0))


def _cosines(tastes: Matrix, pictures: Matrix) -> Matrix:
    if not tastes.shape[1]:
        return np.full((len(tastes), len(pictures)), np.nan)
    return cast("Matrix", np.clip(_unit(tastes) @ _unit(pictures).T, -1, 1))


def _paired_cosines(tastes: Matrix, pictures: Matrix) -> Matrix:
    if not tastes.shape[1]:
        return np.full(len(pictures), np.nan)
    return cast("Matrix", np.clip((_unit(tastes) * _unit(pictures)).sum(axis=1), -1, 1))
