"""A policy's answers made beforehand: what `choose` would ask it, for every segment and title."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from ranking.errors import SnapshotError
from ranking.learn.answers import write_answers
from ranking.learn.folder import Active
from ranking.policy.eligibility import Asked
from ranking.serve.mixture import segment_answer
from ranking.serve.release import Release


def with_answers(store: Path, active: Active, made_at: datetime) -> Active:
    """What to activate: the same with the answers of its policy, which are now in the store.

    Raises:
        SnapshotError: it has no beliefs that can be used, or the store cannot be written.
    """
    release = Release.load(store, msgspec.structs.replace(active, answers=None))
    if release.beliefs is None:
        raise SnapshotError(f"no beliefs to ask the policy about: {'; '.join(release.problems)}")
    views = [release.view(canvas, "") for canvas in release.canvases]
    rows = np.arange(release.snapshot.titles)
    allowed = np.stack([view.table.limits.allowed(rows, Asked(made_at)) for view in views])
    table = np.empty((len(views), *release.beliefs.table.shape[1:]), dtype=np.float32)
    for canvas, (view, may) in enumerate(zip(views, allowed, strict=True)):
        for number in range(view.table.segments + 1):
            table[canvas, number, :, 0] = view.table.beliefs[number, :, 0]
            table[canvas, number, :, 1] = segment_answer(release.policy, view.table, rows, number, may)
    asked = release.beliefs.digest, release.policy.version
    return msgspec.structs.replace(active, answers=write_answers(store, asked, table, allowed, made_at))
