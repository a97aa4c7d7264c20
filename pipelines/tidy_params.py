"""What an operator may turn about tidying."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TidyParams:
    """For how long a store remembers.

    Attributes:
        keep_days: what nothing uses any more is kept for so long behind its last use, and in any case until the last
            token of a decision with it has run out.
        explain_days: what a release that is no longer in use believed is kept for so long, and its decisions are
            explained; then its tables go, and its events still count. A refresh every few minutes writes them each
            time: 145 MB for 1,000 titles of 12 pictures in 100 segments, where the model tells all circumstances apart.
        learn_days: decisions of which something was told within so many days can still be learned from: what pictures
            and tastes were then is kept. Older ones are left out of training.
    """

    keep_days: float = 60.0
    explain_days: float = 7.0
    learn_days: float = 400.0

    def __post_init__(self) -> None:
        if not (self.keep_days >= 1 and self.explain_days >= 1 and self.learn_days >= 0):
            problem = "keep_days and explain_days are 1 or more (a run under way may take hours), learn_days 0 or more"
            raise ValueError(f"{problem}: {self}")
