"""A model is put in use, or what was in use before: one pointer is moved, and a running service follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.refresh import counted
from pipelines.release import alone, deciding, in_use, scored_release
from ranking.errors import LearnedModelError, SnapshotError
from ranking.learn.events import EventLog
from ranking.learn.folder import Active, activate, read_active, release_before
from ranking.learn.learned import FOLDER, Learned, write_learned
from ranking.learn.members import FOLDER as MEMBERS
from ranking.learn.members import Members
from ranking.learn.params import LearningParams
from ranking.learn.registry import models, tried
from ranking.learn.segmentation import Fit, fit_named, read_fits, return_to_fit
from ranking.serve.release import Release

SIMILARITY = "similarity"
"""What is in use where no model is."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in use, and what was: models by digest, releases by id, snapshots by digest."""

    model: str
    model_before: str
    release: str
    release_before: str
    snapshot: str
    snapshot_before: str


def promote(  # noqa: PLR0913, PLR0917  # what, where, from what, how and when
    store: Path, log: EventLog, digest: str | None, params: LearningParams, now: datetime, policy: str = ""
) -> Moved:
    """The model is in use: tried in a child process, all events counted against its promise, the snapshot rescored.

    Args:
        store: the folder of the artefacts.
        log: of events.
        digest: of the model; None for the newest.
        params: how counts fade.
        now: aware; events received until then are counted.
        policy: what decides, as the setting names it; empty: the policy in use goes on.

    Raises:
        LearnedModelError: there is no such model, or it cannot be used: nothing has moved.
        SnapshotError: nothing is published yet, or it changed meanwhile.
    """
    model = tried(store, digest or _newest(store)).digest
    before = in_use(store)
    if before is None:
        raise SnapshotError(f"nothing is published in {store}: run `artwork publish` first")
    if model_of(store, before) == model:
        return _moved(store, before, before)
    same = _but_for_counts(store, before)
    learned = write_learned(store, counted(store, log, (None, model), params, now).learned)
    with alone(store):
        used = read_active(store)
        if _but_for_counts(store, used) != same:
            raise SnapshotError(
                f"what is in use in {store} changed while events were counted: nothing moved, try again"
            )
        release = scored_release(store, used.snapshot, now, deciding(used, policy), learned)
        activate(store, release)
        return _moved(store, used, release)


def roll_back(store: Path) -> Moved:
    """What was in use before is in use again, all of it: snapshot, model, counts, segments and memberships, policy.

    It stays: the segments gone back to are those that refreshing, promoting and publishing go on with.

    Raises:
        SnapshotError: there was nothing before, or it is no longer whole: nothing has moved.
        LearnedModelError: its model can no longer be used: nothing has moved.
    """
    read_active(store)  # a folder that is no store is told of, and not made one
    with alone(store):
        before, release = read_active(store), release_before(store)
        loaded = Release.load(store, release, verify=True)
        if release.beliefs is not None and loaded.beliefs is None:
            raise SnapshotError(f"what was in use before is no longer whole: {'; '.join(loaded.problems)}")
        _tried_model(store, release)
        newest, fit = _newest_fit(store), _fit_of(store, release)
        activate(store, release)
        if fit != newest:  # else the next refresh would bring back what was gone back from
            return_to_fit(store, fit)
        return _moved(store, before, release)


def model_of(store: Path, active: Active) -> str:
    """Digest of the model behind a release; `SIMILARITY` where there is none."""
    if active.learned is None:
        return SIMILARITY
    return Learned.open(store / FOLDER / active.learned).promise.model or SIMILARITY


def _but_for_counts(store: Path, active: Active) -> tuple[str | None, ...]:
    """What of a release a refresh leaves as it is: one comes every few minutes, and must not keep a model away."""
    return active.snapshot, active.members, active.policy, model_of(store, active)


def _tried_model(store: Path, release: Active) -> None:
    """The model behind a release can be used: the next refresh will."""
    model = model_of(store, release)
    if model != SIMILARITY:
        tried(store, model)


def _fit_of(store: Path, release: Active) -> Fit | None:
    """The segments that a release was scored for; None where there were none."""
    if release.members is None:
        return None
    newest = _newest_fit(store)
    if newest and newest.members == release.members:
        return newest
    return fit_named(store, Members.open(store / MEMBERS / release.members).segmentation, release.members)


def _newest_fit(store: Path) -> Fit | None:
    fits = read_fits(store)
    return fits.newest if fits else None


def _newest(store: Path) -> str:
    found = models(store)
    if not found:
        raise LearnedModelError(f"there is no model in {store} yet: `artwork train` makes one")
    return found[-1][1]


def _moved(store: Path, before: Active, after: Active) -> Moved:
    return Moved(model_of(store, after), model_of(store, before), after.id, before.id, after.snapshot, before.snapshot)
