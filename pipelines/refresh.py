"""New events are counted, and the pictures in use are believed of accordingly: in minutes, without growing a tree."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.priors import Prior, prior_of, tally_of
from pipelines.release import alone, current_segments, in_use, members_of, scored_release
from ranking.domain import QualifyingPlay
from ranking.errors import EventLogError, SnapshotError
from ranking.features import PER_MEETING, Circumstances, Pictures, Tastes, feature_grid
from ranking.learn.answers import FOLDER as ANSWERS_FOLDER
from ranking.learn.dataset import LEARNED_FROM, Rows, Tallied, batches, rows_of
from ranking.learn.events import EventLog
from ranking.learn.folder import Active, activate, release_before
from ranking.learn.learned import FOLDER, Learned, Promise, write_learned
from ranking.learn.members import FOLDER as MEMBERS_FOLDER
from ranking.learn.members import Members
from ranking.learn.params import LearningParams
from ranking.learn.recall import Recall, mixtures
from ranking.learn.shelf import Shelf
from ranking.learn.showings import coded
from ranking.learn.snapshot import FOLDER as SNAPSHOT_FOLDER
from ranking.learn.snapshot import Snapshot
from ranking.policy.residual import ResidualParams
from ranking.policy.tally import Tally

RULE = QualifyingPlay()
_TRIES = 3
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        release: in use now. before: that was.
        impressions: counted in all. new: counted this time. pictures: with counts.
        anew: whether everything was counted again: another model, other segments, or the first time.
    """

    release: str
    before: str
    impressions: int
    new: int
    pictures: int
    anew: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts; how many decisions changed them, and whether all events had to be read."""

    learned: Learned
    changed: int
    anew: bool


def refresh(  # noqa: PLR0913  # what, where, how, until when, and how surely
    store: Path,
    log: EventLog,
    params: LearningParams,
    until: datetime,
    *,
    anew: bool = False,
    sure: bool = True,
) -> Refreshed:
    """What was received until then is counted, and the release in use holds what that says of its pictures.

    Args:
        store: the folder of the artefacts.
        log: of events.
        params: how counts fade.
        until: aware; events received later wait.
        anew: count all events again, also those that were counted; what was erased is then gone from the counts too.
        sure: also where nothing is left of what was counted.

    Raises:
        SnapshotError: nothing is published yet, or the store cannot be read or written.
        LearnedModelError: the model in use is not what it was.
        EventLogError: the log cannot be read, or nobody is sure that an empty one is the right one.
    """
    for _ in range(_TRIES):
        before = _published(store)
        former = None if before.learned is None else Learned.open(store / FOLDER / before.learned, verify=True)
        model = former.promise.model if former else None
        found = counted(store, log, (None if anew else former, model), params, until)
        learned, fresh = found.learned, found.anew
        if former is not None and former.impressions and not learned.impressions and not sure:
            raise EventLogError(
                f"the event log holds none of the {former.impressions:,} impressions that were counted: is it the "
                "right one? `artwork train --refresh --anew` counts all the same"
            )
        if former is not None and not fresh and not found.changed:
            return Refreshed(before.id, before.id, former.impressions, 0, len(former.pictures), anew=False)
        digest = write_learned(store, learned)
        with alone(store):
            if in_use(store) != before:
                continue  # somebody promoted or published meanwhile: that is counted for instead
            release = scored_release(store, before.snapshot, until, before.policy, digest)
            if release != before:
                activate(store, release, step=False)
                let_go(store, before)
        new = learned.impressions - (0 if fresh or former is None else former.impressions)
        return Refreshed(release.id, before.id, learned.impressions, new, len(learned.pictures), fresh)
    raise SnapshotError(f"what is in use in {store} changed {_TRIES} times while events were counted: try again")


def let_go(store: Path, superseded: Active) -> None:
    """The answers and counts of a release that a refresh took the place of are gone, unless they are still needed.

    What is in use, and what was before it, stays whole. Beliefs stay: tokens of that release are explained with them.
    A service that has the answers open keeps them; one that opens the release for an old token asks the policy.
    """
    needed = [in_use(store)]
    with suppress(SnapshotError):
        needed.append(release_before(store))
    for folder, name in ((ANSWERS_FOLDER, superseded.answers), (FOLDER, superseded.learned)):
        if name and not any(one and name in {one.answers, one.learned} for one in needed):
            shutil.rmtree(store / folder / name, ignore_errors=True)


def counted(
    store: Path,
    log: EventLog,
    former: tuple[Learned | None, str | None],
    params: LearningParams,
    until: datetime,
) -> Counted:
    """The counts of all events received until then.

    Args:
        store: the folder of the artefacts.
        log: of events.
        former: counts that may be added to, and the model (None for likeness) that promises.
        params: how counts fade.
        until: aware.
    """
    known, model = former
    prior = prior_of(store, model)
    segmentation, segments, tastes = current_segments(store)
    promise = prior.promise(segmentation, RULE.version, ResidualParams(half_life_days=params.half_life_days))
    if known is not None and (known.promise != promise or known.at > until):
        known = None
    tally = (
        Tally.empty(len(segments), until)
        if known is None
        else tally_of(known, np.array(known.plays), np.array(known.expected)).faded(until, params.half_life_days)
    )
    counter = _Counter(store, prior, tastes, params, until)
    impressions = known.impressions if known else 0
    changed = 0
    for before, after in log.changes(RULE, known.at if known else None, until, LEARNED_FROM):
        changed += max(len(before), len(after))
        for sign, side in ((-1, before), (1, after)):
            for part in batches([side]):
                rows = rows_of(part, counter.recall, params.most_weight, Tallied())
                tally = counter.added(tally, rows, sign)
                impressions += sign * len(rows)
    return Counted(_kept(tally, promise, impressions), changed, known is None)


class _Counter:
    """Adds rows to counts, in the columns of today's segments."""

    def __init__(self, store: Path, prior: Prior, tastes: Tastes, params: LearningParams, until: datetime) -> None:
        members = members_of(store)
        self.recall = Recall(store)
        self._store = store
        self._members = Members.open(store / MEMBERS_FOLDER / members) if members else None
        self._prior, self._tastes, self._params, self._until = prior, tastes, params, until
        self._segments = len(tastes) - 1
        self._met: Shelf[str, NDArray[np.float32]] = Shelf(self._meetings, lambda met: met.nbytes)

    def added(self, tally: Tally, rows: Rows, sign: int) -> Tally:
        if not len(rows):
            return tally
        width = self._segments + 1
        heaviest = mixtures(self._members, rows.told["profile"].to_pylist(), self._segments).heaviest
        pictures, of_picture = coded(rows.told["option"])
        names, places = np.unique(np.array(pictures, dtype=np.str_), return_inverse=True)
        codes = places[of_picture]
        cells = codes * width + np.where(heaviest < 0, self._segments, heaviest)
        worth = sign * self._worth(rows.shown_at)

        def summed(amounts: Table) -> Table:
            laid = np.bincount(cells, weights=worth * amounts, minlength=len(names) * width)
            return laid.reshape(-1, width).astype(np.float64)

        first = np.unique(codes, return_index=True)[1]
        titles = np.array(rows.told["title"].take(pa.array(first)).to_pylist(), dtype=np.str_)
        return tally.added(names, titles, summed(rows.plays.astype(np.float64)), summed(self._promised(rows, heaviest)))

    def _promised(self, rows: Rows, heaviest: NDArray[np.int64]) -> Table:
        """(rows,): how probable the prior says a play is to the segment in whose column each row is counted.

        Of a picture in a segment is believed what the prior promises that segment, times what the counts say beyond.
        So they are held against that very promise, and not against the one made when less was known of the member:
        what the segment likes would then be in both, and count twice.
        """
        features = rows.features.copy()
        snapshots, of_snapshot = coded(rows.told["snapshot"])
        for code, name in enumerate(snapshots):
            mine = np.flatnonzero(of_snapshot == code)
            features[mine, : len(PER_MEETING)] = self._met.of(str(name))[heaviest[mine], rows.places[mine]]
        return self._prior.chances(replace(rows, features=features))

    def _meetings(self, name: str) -> NDArray[np.float32]:
        """How today's tastes, the population's last, meet the pictures of a snapshot."""
        options = Snapshot.open(self._store / SNAPSHOT_FOLDER / name).option_values()
        grid = feature_grid(self._tastes, Pictures.of(options, self._tastes), Circumstances())
        return grid[:, :, : len(PER_MEETING)].astype(np.float32)

    def _worth(self, shown_at: NDArray[np.int64]) -> Table:
        """(rows,): what an impression counts for by its age, as `Tally.faded` would have it."""
        days = np.maximum(0.0, (self._until.timestamp() - shown_at / 1e6) / 86_400)
        return np.asarray(0.5 ** (days / self._params.half_life_days), dtype=np.float64)


def _kept(tally: Tally, promise: Promise, impressions: int) -> Learned:
    """What was taken back leaves no trace of rounding."""
    plays, expected = (np.where(one > 1e-9, one, 0.0) for one in (tally.plays, tally.expected))
    return Learned(promise, tally.at, tally.pictures, tally.titles, plays, expected, impressions)


def _published(store: Path) -> Active:
    found = in_use(store)
    if found is None:
        raise SnapshotError(f"nothing is published in {store}: run `artwork publish` first")
    return found
