"""Attribution: which impressions a play goes to, for many decisions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ranking.domain import QualifyingPlay

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Happened:
    """Events in the order of happening, those of a decision side by side; every array is (events,).

    Attributes:
        decision: number of its decision, ascending.
        impression: whether it is one; else it is an outcome.
        at, received: microseconds since 1970.
        position: of an impression.
        played_seconds, runtime_seconds, completed: of an outcome; a runtime that is not known is NaN.
    """

    decision: Integers
    impression: Flags
    at: Integers
    position: Integers
    played_seconds: Floats
    runtime_seconds: Floats
    completed: Flags
    received: Integers

    def only(self, chosen: Flags | Integers) -> Happened:
        """Those that are chosen, of the same decisions."""
        return Happened(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Earned:
    """What decisions came to; every array is (decisions,), all 0 where one was never seen.

    Attributes:
        shown_at, position: of its first impression; microseconds since 1970.
        impressions: how often it was seen.
        plays: how many of those were the last one before a qualifying play.
    """

    shown_at: Integers
    position: Integers
    impressions: Integers
    plays: Integers

    def __len__(self) -> int:
        return len(self.plays)

    @classmethod
    def together(cls, parts: Sequence[Earned]) -> Earned:
        """What the decisions of one or more parts came to, one after the other."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    def at(self, rows: Integers | slice) -> Earned:
        """What these of the decisions came to."""
        return Earned(*(getattr(self, one.name)[rows] for one in fields(self)))

    def differs(self, other: Earned) -> Flags:
        """(decisions,): whether they came to something else there."""
        pairs = [getattr(self, one.name) != getattr(other, one.name) for one in fields(self)]
        return np.asarray(np.any(pairs, axis=0), dtype=np.bool_)


def earned(happened: Happened, decisions: int, rule: QualifyingPlay) -> Earned:
    """What so many decisions came to after these events.

    An outcome goes to the last impression of its decision that was not after it, within the rule's window. A play with
    no impression before it counts for nothing, and of two that go to one impression one counts.
    """
    seen = np.flatnonzero(happened.impression)
    whose = happened.decision[seen]
    impressions = np.bincount(whose, minlength=decisions)
    first = seen[np.flatnonzero(np.diff(whose, prepend=-1))]
    shown_at, position = np.zeros(decisions, np.int64), np.zeros(decisions, np.int64)
    shown_at[happened.decision[first]], position[happened.decision[first]] = (
        happened.at[first],
        happened.position[first],
    )
    before = np.cumsum(happened.impression) - 1  # which of `seen` was the last, of whatever decision
    outcomes = np.flatnonzero(~happened.impression & (before >= 0))
    last = seen[before[outcomes]]
    theirs = happened.decision[last] == happened.decision[outcomes]
    outcomes, last = outcomes[theirs], last[theirs]
    rewards = rule.rewards(
        happened.at[outcomes] - happened.at[last],
        happened.played_seconds[outcomes],
        happened.runtime_seconds[outcomes],
        happened.completed[outcomes],
    )
    plays = np.bincount(happened.decision[np.unique(last[rewards])], minlength=decisions)
    return Earned(shown_at, position, impressions, plays)
