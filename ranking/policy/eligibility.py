"""Guardrails: what may be shown at all. They come before the policy, so no probability reaches what they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Option

Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

GUARDRAILS = ("approved", "window", "maturity", "spoiler", "locale")
"""The rules, the gravest first."""
_MOST_LOCALES = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says that guardrails look at.

    Attributes:
        at: now.
        maturity_limit: the highest rank that may be shown, None for any.
        locale: such as "de-AT"; a picture made for "de" fits it too. Empty: only pictures for everywhere fit.
        watched: (titles,) share of each title that the member has watched; None for none of any.
    """

    at: datetime
    maturity_limit: int | None = None
    locale: str = ""
    watched: NDArray[np.float64] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What each option of a table is limited to; all (titles, width), False and nought where a row is padded.

    Attributes:
        approved: bool. opens, closes: float64, seconds since 1970; infinite for no bound. maturity: int16.
        spoils_until: float32, share of the title. locales: uint64, bits of `languages`, 0 for everywhere.
        languages: what the bits of `locales` stand for.
    """

    approved: Mask
    opens: NDArray[np.float64]
    closes: NDArray[np.float64]
    maturity: NDArray[np.int16]
    spoils_until: NDArray[np.float32]
    locales: NDArray[np.uint64]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, titles: Sequence[Sequence[Option]], width: int) -> Limits:
        """The limits of a table whose rows are these titles' options, in this order."""
        languages = tuple(sorted({name for row in titles for option in row for name in option.locales}))
        if len(languages) > _MOST_LOCALES:
            raise ValueError(f"{len(languages)} locales, but {_MOST_LOCALES} fit into the bits of a picture")
        shape = len(titles), width
        limits = cls(
            np.zeros(shape, np.bool_),
            np.full(shape, -np.inf),
            np.full(shape, np.inf),
            np.zeros(shape, np.int16),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint64),
            languages,
        )
        for row, options in enumerate(titles):
            for column, option in enumerate(options):
                limits._fill(row, column, option)
        return limits

    def _fill(self, row: int, column: int, option: Option) -> None:
        place = row, column
        self.approved[place] = option.approved
        self.opens[place] = option.opens.timestamp() if option.opens else -np.inf
        self.closes[place] = option.closes.timestamp() if option.closes else np.inf
        self.maturity[place] = option.maturity
        self.spoils_until[place] = option.spoils_until
        self.locales[place] = sum(1 << self.languages.index(name) for name in option.locales)

    def allowed(self, rows: NDArray[np.int64], asked: Asked) -> Mask:
        """(titles, width): what passes every rule. A row of -1 is a title that is not in the table: nothing passes."""
        return self._passing(_taken(self.approved, rows) & (rows >= 0)[:, None], rows, asked)

    def harmless(self, rows: NDArray[np.int64], asked: Asked) -> Mask:
        """(titles, width): what passes every rule but that somebody approved it: what a fallback may be."""
        return self._passing(np.broadcast_to((rows >= 0)[:, None], (len(rows), self.approved.shape[1])), rows, asked)

    def no_stricter(self, row: int, column: int, than: int) -> bool:
        """Whether a title's picture may be shown wherever, whenever and to whomever another of it may."""
        place, other = (row, column), (row, than)
        window = self.opens[place] <= self.opens[other] and self.closes[place] >= self.closes[other]
        people = self.maturity[place] <= self.maturity[other] and self.spoils_until[place] <= self.spoils_until[other]
        here, there = int(self.locales[place]), int(self.locales[other])
        return bool(window and people and (not here or (there and not there & ~here)))

    def _passing(self, among: Mask, rows: NDArray[np.int64], asked: Asked) -> Mask:
        """What of these passes every rule behind approval."""
        passing = among.copy()
        for refused in self._refused(rows, asked)[1:]:
            if refused is not None:
                passing &= ~refused
        return passing

    def refusals(self, row: int, asked: Asked) -> dict[str, Mask]:
        """For each rule, (width,) bool: which options of a title it refuses. What an explanation is made of."""
        none = np.zeros(self.approved.shape[1], np.bool_)
        refused = self._refused(np.array([row]), asked)
        return {rule: none if mask is None else mask[0] for rule, mask in zip(GUARDRAILS, refused, strict=True)}

    def _refused(self, rows: NDArray[np.int64], asked: Asked) -> list[Mask | None]:
        """What each of `GUARDRAILS` refuses, None for nothing."""
        now = asked.at.timestamp()
        limit = asked.maturity_limit
        watched = np.zeros(len(rows)) if asked.watched is None else asked.watched
        here = self._bits(asked.locale)
        locales = _taken(self.locales, rows) if self.languages else None
        return [
            ~_taken(self.approved, rows),
            (_taken(self.opens, rows) > now) | (_taken(self.closes, rows) <= now),
            None if limit is None else _taken(self.maturity, rows) > limit,
            _taken(self.spoils_until, rows) > watched.astype(np.float32)[:, None],
            None if locales is None else (locales != 0) & ((locales & here) == 0),
        ]

    def _bits(self, locale: str) -> np.uint64:
        """The locale itself and the language that it belongs to."""
        fits = {locale, locale.split("-", maxsplit=1)[0]}
        return np.uint64(sum(1 << bit for bit, name in enumerate(self.languages) if name in fits))


def _taken(grid: NDArray[Number], rows: NDArray[np.int64]) -> NDArray[Number]:
    """The rows of a grid; -1 takes any, which is refused elsewhere."""
    return grid.take(rows, axis=0, mode="clip")
