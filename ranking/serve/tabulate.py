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
    believed, rows = release.beliefs.tables, np.arange(release.snapshot.titles)
    views = [release.views(canvas, "") for canvas in release.canvases]
    allowed = np.stack([of_canvas[0].table.limits.allowed(rows, Asked(made_at)) for of_canvas in views])
    tables = np.empty((len(believed), len(views), *believed.shape[2:]), dtype=np.float32)
    for canvas, (of_canvas, may) in enumerate(zip(views, allowed, strict=True)):
        for place, view in enumerate(of_canvas):
            for number in range(view.table.segments + 1):
                part = tables[place, canvas, number]
                part[:, 0] = view.table.beliefs[number, :, 0]
                part[:, 1] = segment_answer(release.policy, view.table, rows, number, may)
    asked = release.beliefs.digest, release.policy.version
    return msgspec.structs.replace(active, answers=write_answers(store, asked, tables, allowed, made_at))
