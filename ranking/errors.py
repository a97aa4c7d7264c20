"""Every error that the ranking side raises on purpose.

    ArtworkError
    └── RankingError
        ├── HistoryError         one row of a history of plays or ratings (also a BadInput)
        ├── EventError           one event that was reported (also a BadInput)
        ├── TokenError           a decision token that this service did not sign (also a BadInput)
        ├── PageError            a page that no policy can answer: shapes or numbers are wrong (also a BadInput)
        ├── SnapshotError        a snapshot cannot be read or written (also a StoreError)
        ├── EventLogError        the event log cannot be read or written (also a StoreError)
        ├── LearnedModelError    a learned model is absent, damaged, or made for other features (also a ModelError)
        ├── TooLittleEvidence    the log cannot answer the question that was asked of it
        └── Overloaded           come back later

They are caught once, at the rim: a command prints `str(error)` and exits 1, HTTP maps them in one table.
"""

from __future__ import annotations

from artwork.errors import ArtworkError, BadInput, ModelError, StoreError


class RankingError(ArtworkError):
    """The base of every error that ranking raises on purpose."""


class HistoryError(RankingError, BadInput):
    """A row of a history cannot be used; row 0 stands for the file as a whole."""

    def __init__(self, source: str, row: int, problem: str) -> None:
        self.source = source
        self.row = row
        self.problem = problem
        super().__init__(f"{source}, row {row}: {problem}" if row else f"{source}: {problem}")


class EventError(RankingError, BadInput):
    """An event cannot be used."""

    def __init__(self, event: str, problem: str) -> None:
        self.event = event
        self.problem = problem
        super().__init__(f"event {event!r}: {problem}")


class TokenError(RankingError, BadInput):
    """A decision token was not signed here, or not with these fields. It never says which."""


class PageError(RankingError, BadInput):
    """A page has shapes or numbers that no policy can answer."""


class SnapshotError(RankingError, StoreError):
    """A snapshot cannot be read or written."""


class EventLogError(RankingError, StoreError):
    """The event log cannot be read or written."""


class LearnedModelError(RankingError, ModelError):
    """A learned model is absent, damaged, or made for other features than those of this version."""


class TooLittleEvidence(RankingError):
    """The log cannot answer: what was measured lies below its floor.

    Attributes:
        question: what was asked.
        measure: which number is too small, e.g. "effective sample size".
        found: its value.
        floor: the least that would do.
    """

    def __init__(self, question: str, measure: str, found: float, floor: float) -> None:
        self.question = question
        self.measure = measure
        self.found = found
        self.floor = floor
        super().__init__(f"{question}: {measure} {found:,g}, at least {floor:,g} needed")


class Overloaded(RankingError):
    """More is asked than can be done now."""

    def __init__(self, what: str, retry_after_seconds: float) -> None:
        self.what = what
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{what} is full: try again in {retry_after_seconds:g} s")
