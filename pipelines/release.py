"""A snapshot is scored with all that was learned, and put in use: what publishing and learning end with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from ranking.domain import POPULATION, Segment
from ranking.features import Tastes
from ranking.learn.beliefs import write_beliefs
from ranking.learn.folder import POINTER, Active, activate, read_active
from ranking.learn.members import newest_members
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.policy.scorers import Similarity
from ranking.serve.scoring import score_snapshot
from ranking.serve.tabulate import with_answers


def put_in_use(store: Path, snapshot: str, made_at: datetime) -> Active:
    """The snapshot is what is served from now on, scored with what was learned; what that was before stays.

    The newest segments are used, or the population alone where there are none; the policy in use goes on. Equal
    inputs give an equal release, and putting in use what is in use changes nothing.

    Args:
        store: the folder of the artefacts.
        snapshot: digest of one that was written there.
        made_at: aware; windows of options are looked at as of then.

    Raises:
        SnapshotError: the snapshot, the segments or the memberships cannot be read, or the store cannot be written.
    """
    before = read_active(store) if (store / POINTER).exists() else None
    release = scored_release(store, snapshot, made_at, before)
    if release != before:
        activate(store, release)
    return release


def scored_release(store: Path, snapshot: str, made_at: datetime, before: Active | None) -> Active:
    """What to activate: the snapshot's beliefs, memberships and answers are in the store, and belong together."""
    opened = Snapshot.open(store / FOLDER / snapshot, verify=True)
    tastes, (segmentation, segments) = _population()
    scored = score_snapshot(opened, Similarity(), tastes, (segmentation, segments))
    # What a row of the log was decided with is found again by the model's name alone: it names the segments as well.
    named = type(scored)(snapshot, f"{scored.model} in {segmentation}", segmentation, segments, scored.table)
    active = Active(
        snapshot,
        write_beliefs(store, named, made_at),
        newest_members(store, segmentation),
        before.policy if before else "",
    )
    return with_answers(store, active, made_at)


def _population() -> tuple[Tastes, tuple[str, Sequence[Segment]]]:
    """No segments: one taste, which likes nothing more than anything else."""
    nothing = np.zeros((1, 0))
    return Tastes((), (), nothing, nothing, nothing), (POPULATION, ())
