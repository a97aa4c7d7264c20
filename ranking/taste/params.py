"""What an operator turns: how histories are read, tastes made, members clustered. Light: it loads no library."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QualityParams:
    """What a row of a history is worth.

    Attributes:
        best_rating: the highest of the scale; MovieLens rates from 0.5 to 5.
        unknown_runtime: the worth of a play that was long enough to qualify, of a title of unknown length; no source:
            half, as it may have been anything from two minutes to all.
    """

    best_rating: float = 5.0
    unknown_runtime: float = 0.5

    def __post_init__(self) -> None:
        if not (self.best_rating > 0 and 0 <= self.unknown_runtime <= 1):
            raise ValueError(
                f"best rating {self.best_rating}, worth of a play of unknown length {self.unknown_runtime}"
            )


@dataclass(frozen=True, slots=True)
class HistoryParams:
    """How a history is read.

    Attributes:
        most_bad_share: of the rows that cannot be used; a history with a larger share is refused.
        bad_rows: so many bad rows are let go in any history, however short it is.
        most_reported: bad rows that are written to the report; all are counted.
        quality: what a row is worth.
    """

    most_bad_share: float = 0.01
    bad_rows: int = 10
    most_reported: int = 10_000
    quality: QualityParams = field(default_factory=QualityParams)

    def __post_init__(self) -> None:
        if not 0 <= self.most_bad_share <= 1 or self.bad_rows < 0 or self.most_reported < 1:
            raise ValueError(
                f"bad rows: share {self.most_bad_share}, {self.bad_rows} let go, {self.most_reported} told"
            )


@dataclass(frozen=True, slots=True)
class ClusterParams:
    """How members are clustered.

    Attributes:
        fewest, most: numbers of segments that are tried. More segments than a dozen leave each too few decisions to
            learn from.
        splits: into halves, for each number tried.
        least_agreement: adjusted mutual information below which tastes are not told apart. Members who play anything
            at random reach 0.4 (measured: `tests/taste/test_segments.py`), MovieLens 0.7.
        starts: of k-means; the best counts.
        most_fitted, most_judged: members that clusters are fitted on, and that their number is chosen on; all are
            assigned.
    """

    fewest: int = 2
    most: int = 12
    splits: int = 12
    least_agreement: float = 0.5
    starts: int = 5
    most_fitted: int = 20_000
    most_judged: int = 4_000

    def __post_init__(self) -> None:
        if not 2 <= self.fewest <= self.most or self.splits < 2 or self.starts < 1:
            raise ValueError(f"segments {self.fewest} to {self.most}, {self.splits} splits, {self.starts} starts")
        if min(self.most_fitted, self.most_judged) < 2 * self.most:
            raise ValueError(f"{self.most_fitted} and {self.most_judged} members for {self.most} segments")


@dataclass(frozen=True, slots=True)
class TasteParams:
    """How tastes are made of a history, and segments of tastes.

    Attributes:
        half_life_days: a play counts half when it is so much older than the same member's newest; no source: a year,
            a taste changes slowly.
        prior_plays: plays of full worth after which half of a taste is known.
        least_plays: plays of full worth that a member needs to have a part in making the segments; who has fewer is
            assigned all the same.
        floor: members that a segment has at least, and the population too: nothing is written of fewer. Fifty is
            the default of the design.
        vector_share: of the embedding in the likeness of two tastes, where there is one; the rest is words.
        seed: of the clusterings.
        history: how rows are read.
        clusters: how members are clustered, and how many clusters there are.
    """

    half_life_days: float = 365.0
    prior_plays: float = 10.0
    least_plays: float = 3.0
    floor: int = 50
    vector_share: float = 0.5
    seed: int = 0
    history: HistoryParams = field(default_factory=HistoryParams)
    clusters: ClusterParams = field(default_factory=ClusterParams)

    def __post_init__(self) -> None:
        if not (self.half_life_days > 0 and self.prior_plays > 0 and self.least_plays > 0 and self.floor >= 2):
            raise ValueError(
                f"half-life {self.half_life_days} days, {self.prior_plays} and {self.least_plays} plays must be above "
                f"0, and a floor of {self.floor} at least 2"
            )
        if not 0 <= self.vector_share <= 1:
            raise ValueError(f"vector share {self.vector_share} is not within 0 to 1")
