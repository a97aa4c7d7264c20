"""A snapshot as a model sees it: beliefs about every picture, in every segment, ready to be written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ranking.domain import Segment
from ranking.features import Circumstances, Tastes
from ranking.learn.beliefs import Scored
from ranking.learn.snapshot import Snapshot
from ranking.policy.page import scored_table
from ranking.ports import Scorer


def score_snapshot(
    snapshot: Snapshot,
    scorer: Scorer,
    tastes: Tastes,
    fit: tuple[str, Sequence[Segment]],
    circumstances: Circumstances | None = None,
) -> Scored:
    """What the scorer believes; `write_beliefs` writes it, `with_answers` adds the policy's answers.

    Args:
        snapshot: whose options are asked about.
        scorer: asked once for each segment and the population.
        tastes: one for each segment, in the order of their numbers, and the population's last.
        fit: name of the segmentation, and its segments.
        circumstances: of showing; the same for all canvases.
    """
    segmentation, segments = fit
    if len(tastes) != len(segments) + 1:
        raise ValueError(f"{len(tastes)} tastes for {len(segments)} segments and the population")
    canvases = len(snapshot.names.canvases)
    table = np.zeros((canvases, len(tastes), snapshot.titles, 2, snapshot.width), dtype=np.float32)
    found = scored_table("", snapshot.option_values(), scorer, tastes, circumstances)
    place = {title: row for row, title in enumerate(snapshot.names.titles)}
    rows = np.array([place[title] for title in found.titles], dtype=np.int64)
    if len(rows):
        table[:, :, rows, :, : found.beliefs.shape[3]] = found.beliefs
    return Scored(snapshot.digest, scorer.version, segmentation, tuple(segments), table)
