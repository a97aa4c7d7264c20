"""The ledger of a reading: how many rows there were, which could not be used and why, and when it is too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ranking.errors import HistoryError
from ranking.taste.rows import Problem

ENOUGH_TO_JUDGE = 1_000_000
"""Rows after which a share is judged before the end: a history of garbage is not read to its last row."""


@dataclass(slots=True)
class Ledger:
    """Counts as a history is read. Memory is bounded: bad rows go to the report as they come.

    Attributes:
        report: JSON lines of the bad rows; made when there is one, and emptied of what an earlier reading wrote.
        most_bad_share, bad_rows, most_reported: as in `HistoryParams`.
        rows: seen so far. bad: of those, not used.
    """

    report: Path
    most_bad_share: float
    bad_rows: int
    most_reported: int
    rows: int = 0
    bad: int = 0
    first: Problem | None = field(default=None, repr=False)
    _reported: int = field(default=0, repr=False)

    def count(self, rows: int, problems: Sequence[Problem]) -> None:
        """Rows were read, some of them with problems.

        Raises:
            HistoryError: there are too many bad ones, or the report cannot be written.
        """
        self.rows += rows
        self.bad += sum({problem.row: problem.lines for problem in problems}.values())
        if problems:
            self.first = self.first or min(problems, key=lambda one: one.row)
            self._report(problems)
        if self.rows >= ENOUGH_TO_JUDGE:
            self._judge()

    def close(self) -> None:
        """The reading has ended.

        Raises:
            HistoryError: there were too many bad rows, or none at all.
        """
        self._judge()

    @property
    def complaint(self) -> HistoryError | None:
        """What is wrong with the history, by its first bad row; None where every row could be used."""
        if self.first is None:
            return None
        first = self.first
        cell = f"{first.column} {first.value!r}: " if first.column else ""
        share = f"{self.bad:,} of {self.rows:,} rows cannot be used, more than the {self.most_bad_share:.1%} let go"
        return HistoryError(first.file, first.row, f"{cell}{first.problem}; {share}: {self.report} lists them")

    def _judge(self) -> None:
        if self.complaint and self.bad > max(self.bad_rows, self.most_bad_share * self.rows):
            raise self.complaint

    def _report(self, problems: Sequence[Problem]) -> None:
        told = problems[: self.most_reported - self._reported]
        try:
            self.report.parent.mkdir(parents=True, exist_ok=True)
            with self.report.open("ab" if self._reported else "wb") as opened:
                opened.writelines(msgspec.json.encode(problem) + b"\n" for problem in told)
        except OSError as error:
            problem = f"its bad rows cannot be written to {self.report}: {error.strerror}"
            raise HistoryError(problems[0].file, problems[0].row, problem) from error
        self._reported += len(told)
