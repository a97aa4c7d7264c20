"""A snapshot as a model sees it: beliefs about every picture, in every segment, ready to be written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Segment
from ranking.features import SITUATIONS, Tastes, told_apart
from ranking.learn.beliefs import Scored
from ranking.learn.promised import Promised
from ranking.learn.snapshot import Snapshot
from ranking.policy.page import scored_options
from ranking.policy.residual import Residual
from ranking.policy.scorers import Corrected
from ranking.ports import Scorer


def score_snapshot(
    snapshot: Snapshot,
    scorer: Scorer,
    tastes: Tastes,
    fit: tuple[str, Sequence[Segment]],
    promised: Promised | str = "",
) -> Scored:
    """What the scorer believes; `write_beliefs` writes it, `with_answers` adds the policy's answers.

    It is asked under all circumstances that it tells apart, and about all canvases at once. Circumstances that it
    looks at and yet believes the same under have one table. What counts correct is asked before they do.

    Args:
        snapshot: whose options are asked about.
        scorer: asked once for each segment and the population.
        tastes: one for each segment, in the order of their numbers, and the population's last.
        fit: name of the segmentation, and its segments.
        promised: what the scorer's prior said of this snapshot to these tastes, so that it need not be asked again; or
            the key that names what it will say.
    """
    segmentation, segments = fit
    if len(tastes) != len(segments) + 1:
        raise ValueError(f"{len(tastes)} tastes for {len(segments)} segments and the population")
    facts = snapshot.digest, scorer.version, segmentation, tuple(segments)
    if not isinstance(scorer, Corrected):
        under, tables = _asked(snapshot, scorer, tastes)
        return Scored(*facts, tables[:, None], under)
    if isinstance(promised, str):
        under, tables = _asked(snapshot, scorer.prior, tastes)
        promised = Promised(promised, under, tables[:, :, :, 0])
    tables = _corrected(snapshot, promised.means, scorer.residual)
    return Scored(*facts, tables[:, None], promised.under, promised)


def _asked(snapshot: Snapshot, scorer: Scorer, tastes: Tastes) -> tuple[tuple[int, ...], NDArray[np.float32]]:
    """(situations,) the table under each, and (tables, tastes, titles, 2, width) what the scorer says."""
    first = told_apart(scorer.looks_at)
    asked = sorted(set(first))
    titles, found = scored_options(snapshot.option_values(), scorer, tastes, [SITUATIONS[number] for number in asked])
    told: dict[bytes, int] = {}
    table_of = {number: told.setdefault(_digest(one), len(told)) for number, one in zip(asked, found, strict=True)}
    distinct = [list(table_of.values()).index(table) for table in range(len(told))]
    tables = np.zeros((len(told), len(tastes), snapshot.titles, 2, snapshot.width), dtype=np.float32)
    place = {title: row for row, title in enumerate(snapshot.names.titles)}
    rows = np.array([place[of_title[0].title] for of_title in titles], dtype=np.int64)
    if len(rows):
        tables[:, :, rows, :, : found.shape[4]] = found[distinct]
    return tuple(table_of[number] for number in first), tables


def _corrected(snapshot: Snapshot, means: NDArray[np.float32], residual: Residual) -> NDArray[np.float32]:
    """(tables, tastes, titles, 2, width): as `Corrected` has it, but asked once for all circumstances."""
    counts = np.array([len(ids) for ids in snapshot.names.options], dtype=np.int64)
    taken = np.arange(snapshot.width) < counts.reshape(-1, 1)
    pictures = np.array([name for ids in snapshot.names.options for name in ids], dtype=np.str_)
    tables = np.zeros((*means.shape[:3], 2, means.shape[3]), dtype=np.float32)
    for number in range(means.shape[1]):
        segment = number if number < means.shape[1] - 1 else -1
        mean, spread = residual.of(pictures, np.full(len(pictures), segment, dtype=np.int64))
        part = tables[:, number]
        part[:, :, 0][:, taken] = means[:, number][:, taken] + mean
        part[:, :, 1][:, taken] = spread
    return tables


def _digest(beliefs: NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(beliefs).data).digest()
