"""What the policy answers for a member: its answers for the member's segments, each by the segment's weight.

A member is of one segment, it is only not known which. Thompson sampling over that doubt asks the policy for each
segment and mixes the answers; so they can be tabulated, and a decision adds up rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Page, TasteMixture
from ranking.learn.answers import Answers
from ranking.policy.eligibility import Asked, Limits
from ranking.policy.page import STRONGEST, OptionTable
from ranking.ports import Policy

ROWS_AT_ONCE = 256
"""Titles that the policy is asked about in one page: its grids stay in the processor's cache."""
_LEAST_WEIGHT = 1e-9


def weights_of(taste: TasteMixture, segments: int) -> tuple[list[int], list[float]]:
    """Rows of the tables, and what each weighs; what is not known counts as the population."""
    known = {number: weight for number, weight in taste.kept(STRONGEST).weights.items() if number < segments}
    rest = 1.0 - sum(known.values())
    if rest > _LEAST_WEIGHT or not known:
        known[segments] = max(rest, _LEAST_WEIGHT)
    return list(known), list(known.values())


@dataclass(frozen=True, slots=True)
class Ready:
    """A policy's answers on one canvas, see `Answers`, and where they hold for a request without limits.

    Attributes:
        table: (segments + 1, titles, 2, width): believed mean, probability.
        among: (titles, width) what the policy chose among.
        plain: (titles + 1,) those whose options are limited by nothing, so that nothing needs to be looked at; the last
            stands for titles that are not there, and is False.
    """

    table: NDArray[np.float32]
    among: NDArray[np.bool_]
    plain: NDArray[np.bool_]

    @classmethod
    def of(cls, table: NDArray[np.float32], among: NDArray[np.bool_], limits: Limits) -> Ready:
        """The answers with these limits in force."""
        free = (limits.opens == -np.inf) & (limits.closes == np.inf) & (limits.spoils_until <= 0)
        free &= (limits.locales == 0) & (limits.maturity <= 0) & (limits.approved == among)
        plain = (free | ~(limits.approved | among)).all(axis=1)
        return cls(table, among, np.append(plain, np.False_))


def answers_without(
    answers: Answers, policy: Policy, tables: Sequence[Sequence[OptionTable]], taken: NDArray[np.bool_]
) -> Answers:
    """The answers as they would be tabulated had these options, (titles, width), not been there.

    `tables` are of each canvas one for each table of the answers.

    Only titles that lose an option are asked about again, and only their pages of memory are not shared with the file.

    Raises:
        SnapshotError: the file of the answers is gone.
    """
    private, allowed = answers.private_tables(), answers.allowed & ~taken
    for canvas, of_canvas in enumerate(tables):
        rows = np.flatnonzero((answers.allowed[canvas] & taken).any(axis=1))
        for place, options in enumerate(of_canvas if len(rows) else ()):
            for number in range(options.segments + 1):
                answered = segment_answer(policy, options, rows, number, allowed[canvas, rows])
                private[place, canvas, number, rows, 1] = answered
    return replace(answers, tables=private, allowed=allowed)


def asked_and_answered(  # noqa: PLR0913, PLR0917  # what a request brings, and what it meets
    policy: Policy, table: OptionTable, ready: Ready | None, rows: NDArray[np.int64], taste: TasteMixture, asked: Asked
) -> tuple[Page, NDArray[np.float64], bool]:
    """What is believed and allowed for a member, and (titles, width) the probabilities to draw with.

    Each row of these sums to 1, or is 0 where nothing is allowed. Last, whether all titles are known and limited by
    nothing.

    Args:
        policy: asked where there is no answer ready, or where limits leave other options than the ready ones.
        table: of the canvas.
        ready: answers of the canvas.
        rows: (titles,) places in the table, -1 for a title that is not there.
        taste: of the member.
        asked: for the guardrails.
    """
    if ready is None:
        page = table.page(rows, taste, asked)
        return page, _asked(policy, table, page, rows, weights_of(taste, table.segments)), False
    parts = weights_of(taste, table.segments)
    mixed = _mixed(ready.table, rows, parts)
    plain = bool(ready.plain.take(rows, mode="wrap").all())
    allowed = ready.among.take(rows, axis=0) if plain else table.limits.allowed(rows, asked)
    none = np.full(len(rows), -1, dtype=np.int64)
    page = Page(
        table.keys.take(rows, axis=0, mode="wrap"),
        mixed[:, 0],
        mixed[:, 0],  # stands for the spread, which nobody asks for: the policy has answered
        allowed,
        table.pinned.take(rows, mode="wrap"),
        none,
    )
    probabilities = mixed[:, 1].astype(np.float64)
    if not plain:
        differs = (allowed != ready.among.take(rows, axis=0, mode="wrap")).any(axis=1)
        probabilities[differs] = 0.0
        again = np.flatnonzero(differs & allowed.any(axis=1))
        if len(again):
            probabilities[again] = _asked(policy, table, _some_of(page, again), rows[again], parts)
    total = probabilities @ np.ones((probabilities.shape[1], 1))
    total[total == 0.0] = 1.0
    probabilities /= total  # tables are rounded to float32; a draw's probabilities sum to 1
    return page, probabilities, plain


def _some_of(page: Page, rows: NDArray[np.int64]) -> Page:
    """Some titles of a page."""
    return Page(*(getattr(page, one.name)[rows] for one in fields(Page)))


def _mixed(
    table: NDArray[np.float32], rows: NDArray[np.int64], parts: tuple[list[int], list[float]]
) -> NDArray[np.float32]:
    """(titles, 2, width). Added up segment by segment: for one product BLAS would wake threads, and wait for them."""
    mixed: NDArray[np.float32] | None = None
    for number, weight in zip(*parts, strict=True):
        part = table[number].take(rows, axis=0, mode="wrap")
        part *= np.float32(weight)
        mixed = part if mixed is None else np.add(mixed, part, out=mixed)
    assert mixed is not None  # noqa: S101  # a taste has a part
    return mixed


def _asked(
    policy: Policy,
    table: OptionTable,
    page: Page,
    rows: NDArray[np.int64],
    parts: tuple[list[int], list[float]],
) -> NDArray[np.float64]:
    """(titles, width): the policy's own answers, mixed."""
    mixed = np.zeros(page.keys.shape)
    asked = np.flatnonzero((rows >= 0) & page.allowed.any(axis=1))
    for number, weight in zip(*parts, strict=True):
        mixed[asked] += weight * segment_answer(policy, table, rows[asked], number, page.allowed[asked])
    return mixed


def segment_answer(
    policy: Policy, table: OptionTable, rows: NDArray[np.int64], number: int, allowed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(rows, width): what the policy answers for members of one segment."""
    answer = np.zeros(allowed.shape)
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(begin, begin + ROWS_AT_ONCE)
        believed = table.beliefs[number].take(rows[part], axis=0)
        page = Page.of(table.keys[rows[part]], believed[:, 0], believed[:, 1], allowed[part])
        answer[part] = policy.probabilities(replace(page, pinned=table.pinned[rows[part]]))
    return answer
