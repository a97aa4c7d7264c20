"""A snapshot is scored with all that was learned, and put in use: what publishing and learning end with."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from artwork.domain import content_id
from pipelines.priors import corrected, prior_of
from pipelines.sources import code_version
from ranking.domain import POPULATION, Segment
from ranking.errors import SnapshotError
from ranking.features import Tastes
from ranking.learn.beliefs import write_beliefs
from ranking.learn.folder import POINTER, Active, activate, read_active
from ranking.learn.learned import FOLDER as LEARNED_FOLDER
from ranking.learn.learned import Learned
from ranking.learn.promised import Promised
from ranking.learn.segmentation import newest_segmentation, read_fits
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.policy.scorers import Similarity
from ranking.ports import Scorer
from ranking.serve.policies import policy_named
from ranking.serve.scoring import score_snapshot
from ranking.serve.tabulate import with_answers

LOCK = "release.lock"


def put_in_use(store: Path, snapshot: str | None, made_at: datetime, policy: str = "") -> Active:
    """The snapshot is what is served from now on, scored with what was learned; what that was before stays.

    The newest segments are used, or the population alone where there are none. Equal inputs give an equal release, and
    putting in use what is in use changes nothing.

    Args:
        store: the folder of the artefacts.
        snapshot: digest of one that was written there; None for that in use, which somebody else may just have changed.
        made_at: aware; windows of options are looked at as of then.
        policy: what decides, as the setting names it; empty: the policy in use goes on.

    Raises:
        SnapshotError: there is no such policy; something cannot be read, or the store cannot be written.
        LearnedModelError: the model in use is not what it was.
    """
    with alone(store):
        before = read_active(store) if snapshot is None else in_use(store)
        wanted = snapshot or (before.snapshot if before else "")
        decides = deciding(before, policy)
        release = scored_release(store, wanted, made_at, decides, before.learned if before else None)
        if release != before:
            activate(store, release)
    return release


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Nobody else moves the pointer of this store inside the block: what was read before it was moved still holds."""
    try:
        file = (store / LOCK).open("a")
    except OSError as error:
        raise SnapshotError(f"cannot lock {store / LOCK} ({error.strerror or error})") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # let go of when the file is closed
        yield


def in_use(store: Path) -> Active | None:
    """The release in use; None where there was never one.

    Raises:
        SnapshotError: the pointer cannot be read.
    """
    return read_active(store) if (store / POINTER).exists() else None


def deciding(before: Active | None, policy: str = "") -> str:
    """The version of the policy that is named; without a name that of the release in use, empty for the usual one.

    Raises:
        SnapshotError: there is none of this name.
    """
    if policy:
        return policy_named(policy).version
    return before.policy if before else ""


def scored_release(store: Path, snapshot: str, made_at: datetime, policy: str, learned: str | None) -> Active:
    """What to activate: the snapshot's beliefs and answers are in the store, and fit the newest memberships.

    Args:
        store: the folder of the artefacts.
        snapshot: its digest.
        made_at: aware.
        policy: the version of what decides.
        learned: digest of the counts that correct the model; None where nothing was learned.
    """
    opened = Snapshot.open(store / FOLDER / snapshot, verify=True)
    name, segments, tastes = current_segments(store)
    scorer, model = _scorer(store, learned, (name, len(segments)), made_at)
    key = _promise_key(model, snapshot, (name, tastes)) if model else ""
    known = Promised.find(store, key) if key else None
    scored = score_snapshot(opened, scorer, tastes, (name, segments), known or key)
    if key and scored.promised and not known:
        scored.promised.keep(store)
    # What a decision was made with is found again by its model's name alone, so that names the segments as well.
    named = replace(scored, model=f"{scored.model} in {name}")
    beliefs = write_beliefs(store, named, made_at)
    return with_answers(store, Active(snapshot, beliefs, members_of(store), policy, learned=learned), made_at)


def current_segments(store: Path) -> tuple[str, tuple[Segment, ...], Tastes]:
    """Name, segments and tastes of the newest fit; of nobody in particular where there is none."""
    fit = newest_segmentation(store)
    if fit is None:
        nothing = np.zeros((1, 0))
        return POPULATION, (), Tastes((), (), nothing, nothing, nothing)
    return fit.name, fit.segments, fit.tastes


def members_of(store: Path) -> str | None:
    """Digest of the memberships of the newest fit."""
    fits = read_fits(store)
    return fits.newest.members if fits else None


def _scorer(store: Path, learned: str | None, fit: tuple[str, int], at: datetime) -> tuple[Scorer, str | None]:
    """Who is asked, and the model behind that; None where likeness promises, which costs nothing to ask."""
    if learned is None:
        return Similarity(), None
    counts = Learned.open(store / LEARNED_FOLDER / learned, verify=True)
    model = counts.promise.model
    return corrected(prior_of(store, model), (learned, counts), fit, at), model


def _promise_key(model: str, snapshot: str, fit: tuple[str, Tastes]) -> str:
    """Names all that a model's promise is made from, the code included: what is remembered is what would be said."""
    name, tastes = fit
    liked = hashlib.sha256(repr((tastes.vocabulary, tastes.people)).encode())
    for table in (tastes.themes, tastes.cast, tastes.vectors):
        liked.update(np.ascontiguousarray(table).data)
    return content_id(model, snapshot, name, liked.hexdigest(), code_version())
