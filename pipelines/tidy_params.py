"""What an operator may turn about tidying."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TidyParams:
    """For how long a store remembers.

    Attributes:
        keep_days: what nothing uses any more is kept for so long behind its last use, and in any case until the last
            token of a decision with it has run out.
        learn_days: decisions of which something was told within so many days can still be learned from: what pictures
            and tastes were then is kept. Older ones are left out of training.
    """

    keep_days: float = 60.0
    learn_days: float = 400.0

    def __post_init__(self) -> None:
        if not (self.keep_days >= 1 and self.learn_days >= 0):
            raise ValueError(f"keep_days is 1 or more (a run under way may take hours), learn_days 0 or more: {self}")
