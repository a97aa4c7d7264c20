"""Tables of beliefs, scored when a snapshot is published; a request only picks rows and mixes segments.

Nothing here scores, opens a file or waits: choosing for 500 titles of 12 options takes less than half a
millisecond (measured: tests/benchmarks/ranking_choosing.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Option, Page, TasteMixture
from ranking.features import NAMES, Circumstances, Pictures, Tastes, feature_grid
from ranking.policy.eligibility import Asked, Limits
from ranking.policy.lots import Keys, key_of, option_keys
from ranking.ports import Meetings, Scorer

STRONGEST = 4
"""Segments of a member that are mixed; what the others weigh counts as the population's."""


@dataclass(frozen=True, slots=True)
class OptionTable:
    """The options of all titles on one canvas, and what is believed of them in every segment.

    Attributes:
        canvas: where they are shown.
        titles: (titles,) ids, ascending. options: their options' ids, in the order of the columns.
        keys: (titles, width) uint64, see `Page`. title_keys: (titles,) uint64.
        beliefs: (segments + 1, titles, 2, width) float32, may be memory-mapped: mean and spread; the last segment is
            the population.
        limits: what the guardrails look at.
        pinned, fallback: (titles,) int64, columns, -1 for none.
        places: where each title is; made from them unless it is there already.
    """

    canvas: str
    titles: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    keys: Keys
    title_keys: Keys
    beliefs: NDArray[np.float32]
    limits: Limits
    pinned: NDArray[np.int64]
    fallback: NDArray[np.int64]
    places: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        titles, width = self.keys.shape
        if self.beliefs.ndim != 4 or self.beliefs.shape[1:] != (titles, 2, width) or not len(self.beliefs):
            raise ValueError(f"beliefs {self.beliefs.shape} for {titles} titles of {width} options")
        if not len(self.titles) == len(self.options) == len(self.pinned) == len(self.fallback) == titles:
            raise ValueError(f"{len(self.titles)} titles, {len(self.options)} lists of options, {titles} rows of keys")
        if not self.places:  # a table of the same titles that believes otherwise takes them over
            object.__setattr__(self, "places", {title: row for row, title in enumerate(self.titles)})

    @property
    def segments(self) -> int:
        """How many, without the population."""
        return len(self.beliefs) - 1

    def rows(self, titles: Sequence[str]) -> NDArray[np.int64]:
        """(titles,) int64: where each title is; -1 for a title that is not in the table."""
        get = self.places.get
        return np.array([get(title, -1) for title in titles], dtype=np.int64)

    def page(
        self,
        rows: NDArray[np.int64],
        taste: TasteMixture,
        asked: Asked,
        shown: NDArray[np.int64] | None = None,
    ) -> Page:
        """What is asked of the policy for these titles and this taste.

        A mixture's mean is the mean of its segments' means, its spread of their spreads: segments share their doubts
        about a picture, so the doubts do not cancel.

        Args:
            rows: (titles,) as `rows` gives them; a title that is not in the table has no option allowed.
            taste: of the member. A segment that this table does not have counts as the population.
            asked: for the guardrails; `watched` in the order of `rows`.
            shown: (titles,) columns that the member saw last, None where nothing is known.
        """
        if not self.titles:
            return Page.of(np.zeros((len(rows), 0), dtype=np.uint64), np.zeros((len(rows), 0)))
        population = self.segments
        kept = taste.kept(STRONGEST)
        known = {number: weight for number, weight in kept.weights.items() if number < population}
        rest = 1.0 - sum(known.values())
        weights = [*known.items(), (population, rest)] if rest > 1e-9 or not known else list(known.items())
        number, weight = weights[0]
        mixed = self.beliefs[number].take(rows, axis=0, mode="clip")
        if len(weights) > 1:
            mixed *= np.float32(weight)
        for number, weight in weights[1:]:
            part = self.beliefs[number].take(rows, axis=0, mode="clip")
            part *= np.float32(weight)
            mixed += part
        none = np.full(len(rows), -1, dtype=np.int64)
        return Page(
            self.keys[rows],
            mixed[:, 0],
            mixed[:, 1],
            self.limits.allowed(rows, asked),
            self.pinned[rows],
            none if shown is None else shown,
        )


def scored_table(
    canvas: str,
    options: Sequence[Option],
    scorer: Scorer,
    tastes: Tastes,
    circumstances: Circumstances | None = None,
) -> OptionTable:
    """The table of these options as the scorer sees them: what publishing computes, and serving only reads.

    Args:
        canvas: where they are shown.
        options: of any titles, in any order; within a title the columns are in the order of ids.
        scorer: asked once for each segment and the population.
        tastes: one for each segment, in the order of their numbers, and the population's last.
        circumstances: of showing. What is equal for all options of a title may still change their order: trees believe
            that a dark picture loses on a phone. Not known, unless they are given.
    """
    titles, beliefs = scored_options(options, scorer, tastes, (circumstances or Circumstances(),))
    width = beliefs.shape[4]
    names = tuple(row[0].title for row in titles)
    keys = np.zeros((len(titles), width), dtype=np.uint64)
    for row, of_title in enumerate(titles):
        keys[row, : len(of_title)] = option_keys(names[row], canvas, [option.id for option in of_title])
    return OptionTable(
        canvas,
        names,
        tuple(tuple(option.id for option in row) for row in titles),
        keys,
        np.array([key_of("title", name, canvas) for name in names], dtype=np.uint64),
        beliefs[0],
        Limits.of(titles, width),
        np.array([_first(row, "pinned") for row in titles], dtype=np.int64),
        np.array([_first(row, "fallback") for row in titles], dtype=np.int64),
    )


def scored_options(
    options: Sequence[Option], scorer: Scorer, tastes: Tastes, circumstances: Sequence[Circumstances]
) -> tuple[list[list[Option]], NDArray[np.float32]]:
    """The options by title, and (circumstances, tastes, titles, 2, width) what is believed of them.

    Titles are ascending, and so are the ids of a title's options, which are its columns. One taste is asked about at a
    time, to stay small.
    """
    ordered = sorted(options, key=lambda option: (option.title, option.id))
    titles = [list(of_title) for _, of_title in groupby(ordered, key=lambda option: option.title)]
    width = max((len(row) for row in titles), default=0)
    taken = np.arange(width) < np.array([len(row) for row in titles], dtype=np.int64).reshape(-1, 1)
    pictures = Pictures.of(ordered, tastes)
    beliefs = np.zeros((len(circumstances), len(tastes), len(titles), 2, width), dtype=np.float32)
    for number in range(len(tastes)):
        features = feature_grid(tastes.at(np.array([number])), pictures, circumstances[0])[0]
        segment = number if number < len(tastes) - 1 else -1
        segments = np.full(len(pictures), segment, dtype=np.int64)
        for place, each in enumerate(circumstances):
            features[:, len(NAMES) - len(each.row) :] = each.row
            believed = scorer.beliefs(Meetings(features, pictures.ids, segments))
            beliefs[place, number, :, 0][taken] = believed.mean
            beliefs[place, number, :, 1][taken] = believed.spread
    return titles, beliefs


def _first(options: Sequence[Option], mark: str) -> int:
    """The column of the first option that carries the mark, -1 where none does."""
    return next((column for column, option in enumerate(options) if getattr(option, mark)), -1)
