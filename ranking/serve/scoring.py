"""A snapshot as a model sees it: beliefs about every picture, in every segment, ready to be written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from ranking.domain import Segment
from ranking.features import SITUATIONS, Tastes, told_apart
from ranking.learn.beliefs import Scored
from ranking.learn.snapshot import Snapshot
from ranking.policy.page import scored_options
from ranking.ports import Scorer


def score_snapshot(snapshot: Snapshot, scorer: Scorer, tastes: Tastes, fit: tuple[str, Sequence[Segment]]) -> Scored:
    """What the scorer believes; `write_beliefs` writes it, `with_answers` adds the policy's answers.

    It is asked under all circumstances that it tells apart, and about all canvases at once. Circumstances that it
    looks at and yet believes the same under have one table.

    Args:
        snapshot: whose options are asked about.
        scorer: asked once for each segment and the population.
        tastes: one for each segment, in the order of their numbers, and the population's last.
        fit: name of the segmentation, and its segments.
    """
    segmentation, segments = fit
    if len(tastes) != len(segments) + 1:
        raise ValueError(f"{len(tastes)} tastes for {len(segments)} segments and the population")
    first = told_apart(scorer.looks_at)
    asked = sorted(set(first))
    titles, found = scored_options(snapshot.option_values(), scorer, tastes, [SITUATIONS[number] for number in asked])
    told: dict[bytes, int] = {}
    table_of = {number: told.setdefault(_digest(one), len(told)) for number, one in zip(asked, found, strict=True)}
    distinct = [list(table_of.values()).index(table) for table in range(len(told))]
    tables = np.zeros((len(told), 1, len(tastes), snapshot.titles, 2, snapshot.width), dtype=np.float32)
    place = {title: row for row, title in enumerate(snapshot.names.titles)}
    rows = np.array([place[of_title[0].title] for of_title in titles], dtype=np.int64)
    if len(rows):
        tables[:, 0, :, rows, :, : found.shape[4]] = found[distinct].transpose(2, 0, 1, 3, 4)
    under = tuple(table_of[number] for number in first)
    return Scored(snapshot.digest, scorer.version, segmentation, tuple(segments), tables, under)


def _digest(beliefs: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(beliefs).data).digest()
