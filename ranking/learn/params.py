"""What of learning an operator may turn; light, so that a command which learns nothing need not load LightGBM."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TrainParams:
    """How the trees are grown, and what of the log they are judged on.

    Attributes:
        least_rows: impressions below which nothing is learned.
        least_plays: plays below which nothing is learned; likeness goes on scoring.
        validation_share: of the impressions, the last but those held out; they stop the growth and calibrate.
        held_out_share: of the impressions, the very last; the metrics speak of them.
        trees: at most; most fits stop sooner.
        leaves: of a tree.
        learning_rate: what each tree counts for.
        plays_in_leaf: a leaf stands on about so many plays.
        shrinkage: plays' worth of doubt that pulls each leaf towards saying nothing.
        bins: values told apart in a feature.
        patience: trees without a gain on the validation days, after which growth stops.
        threads: 0 for one per processor; the model is the same whatever their number.
    """

    least_rows: int = 2_000
    least_plays: int = 100
    validation_share: float = 0.1
    held_out_share: float = 0.1
    trees: int = 400
    leaves: int = 8
    learning_rate: float = 0.1
    plays_in_leaf: float = 20.0
    shrinkage: float = 20.0
    bins: int = 63
    patience: int = 20
    threads: int = 0

    def __post_init__(self) -> None:
        shares = self.validation_share, self.held_out_share
        if min(shares) <= 0 or sum(shares) >= 1:
            raise ValueError(f"shares {shares} of the impressions leave nothing to learn from, or to judge by")
        if min(self.trees, self.leaves - 1, self.bins - 1, self.patience, self.least_rows, self.least_plays) < 1:
            raise ValueError("there is at least one tree of two leaves, and something to learn from")
        if not 0 < self.learning_rate <= 1 or self.plays_in_leaf < 0 or self.shrinkage < 0 or self.threads < 0:
            raise ValueError("a learning rate lies in (0, 1]; plays, shrinkage and threads are not negative")


@dataclass(frozen=True, slots=True)
class LearningParams:
    """How the service learns from its event log.

    Attributes:
        most_weight: no impression weighs more than this, in units of an ordinary one. With 2 % of exploration weights
            reach 50, and 100 under a cap of a half on change. At 4 the log loss of later days is known twice as exactly
            as at 10, and pictures are ordered no worse (measured: 120,000 impressions of tests/learn/visits.py).
        half_life_days: after this long a count is worth half: pictures wear out, titles age.
        lag_seconds: events received within the last so many seconds wait for the next refresh: one of another worker
            may still be on its way to the disk. Training counts all of them again.
        settle_seconds: impressions younger than this are not trained on: their play may still come.
        fit: how the trees are grown.
    """

    most_weight: float = 4.0
    half_life_days: float = 30.0
    lag_seconds: float = 1.0
    settle_seconds: float = 0.0
    fit: TrainParams = field(default_factory=TrainParams)

    def __post_init__(self) -> None:
        if not self.most_weight >= 1:
            raise ValueError(f"most weight {self.most_weight} is below that of an ordinary impression, 1")
        if not (self.half_life_days > 0 and min(self.lag_seconds, self.settle_seconds) >= 0):
            raise ValueError("counts fade over some time, and an event is not received in the future")
