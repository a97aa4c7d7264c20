"""The process behind `artwork segments`: histories to segments and memberships, and what is served scored for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.release import put_in_use
from pipelines.segment_cards import MOST_WORDS, liked_words, loved_people
from pipelines.settings import Settings
from pipelines.taste_sources import by_title_ids, new_ledger, pictured_people, plays_of, title_traits, told
from ranking.errors import SnapshotError, TooLittleEvidence
from ranking.learn.folder import POINTER, read_active
from ranking.learn.members import FOLDER as MEMBERS
from ranking.learn.members import Members, write_members
from ranking.learn.segmentation import FOLDER, Fit, Segmentation, point_to_fit, read_fits, write_segmentation
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.learn.snapshot import Snapshot
from ranking.taste.drift import Drift, drift
from ranking.taste.evidence import gathered
from ranking.taste.ledger import Ledger
from ranking.taste.params import TasteParams
from ranking.taste.portrait import Former
from ranking.taste.segments import Fitted, fitted
from ranking.taste.traits import trait_table

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Segmented:
    """What a run made.

    Attributes:
        segmentation: now the newest.
        ledger: of the history that was read.
        unknown: rows of titles of which nothing is known.
        profiles: in the history.
        release: id of what is served now; None where nothing is published.
    """

    segmentation: Segmentation
    ledger: Ledger
    unknown: int
    profiles: int
    release: str | None

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        facts = self.segmentation.facts
        count = len(self.segmentation.segments)
        bad = f", {self.ledger.bad:,} of them not used ({self.ledger.report} says why)" if self.ledger.bad else ""
        strange = f", {self.unknown:,} of titles that nothing is known of" if self.unknown else ""
        found = (
            f"{count} segments of {facts['members']:,} members" if count else "no segments: tastes are not told apart"
        )
        served = f"release {self.release} is scored with them" if self.release else "nothing is published yet"
        return f"{self.ledger.rows:,} rows read{bad}{strange}; {self.profiles:,} profiles; {found}; {served}"


def make_segments(
    settings: Settings, histories: Sequence[Path] = (), titles: Path | None = None, made_at: datetime | None = None
) -> Segmented:
    """The members of a store are segmented anew, and what is published is scored for the new segments.

    Args:
        settings: the store and the params.
        histories: files and folders; where none is given, the event log is read.
        titles: a manifest with the genres of titles that are not published.
        made_at: aware; now unless said otherwise.

    Raises:
        HistoryError: a history cannot be read, or too many of its rows cannot be used.
        TooLittleEvidence: no title of the history is known, or fewer members have a history than a group may have.
        SnapshotError: the store cannot be read or written.
    """
    store, now = Path(settings.store), made_at or datetime.now(UTC).replace(microsecond=0)
    active = read_active(store) if (store / POINTER).exists() else None
    snapshot = Snapshot.open(store / SNAPSHOTS / active.snapshot) if active else None
    traits = trait_table(title_traits(settings, snapshot, titles, histories), pictured_people(snapshot))
    ledger = new_ledger(settings)
    plays = by_title_ids(told(plays_of(settings, histories, ledger)), traits.places)
    evidence = gathered(plays, traits, settings.taste.half_life_days)
    if not evidence.rows and ledger.complaint:
        raise ledger.complaint
    if not evidence.rows:
        raise TooLittleEvidence("tastes of members (name a history, or serve until there are plays)", "plays", 0, 1)
    if evidence.rows == evidence.unknown:
        raise TooLittleEvidence(
            "tastes of members (publish, or name genres with --titles)", "plays of known titles", 0, 1
        )
    result, placed = fitted(evidence, traits, settings.taste, _former(store))
    made = _segmentation(result, now, settings, rows=evidence.rows, unknown=evidence.unknown)
    fit = Fit(write_segmentation(store, made), write_members(store, result.profiles(placed), result.name, now))
    point_to_fit(store, fit)
    published = (store / POINTER).exists()  # perhaps another snapshot than when the history began to be read
    release = put_in_use(store, None, now, settings.serve.policy).id if published else None
    return Segmented(made, ledger, evidence.unknown, len(evidence.profiles), release)


def segment_rows(segmentation: Segmentation) -> list[Row]:
    """A row for each segment: who, how many, and what they like more than everybody."""
    return [
        {
            "segment": segment.number,
            "name": segment.name,
            "members": segment.size,
            "share": round(segment.share, 4),
            "likes": [f"{one.word} x{one.times:.1f}" for one in liked_words(segmentation, segment.number)[:MOST_WORDS]],
            "loves": [f"{one.name} x{one.times:.1f}" for one in loved_people(segmentation, segment.number)],
            "id": segment.id,
            "segmentation": segmentation.name,
        }
        for segment in segmentation.segments
    ]


def drift_since(store: Path) -> tuple[Drift, Segmentation, Segmentation]:
    """What has changed between the newest fit and the one before it, and both of them: former, newest.

    Raises:
        SnapshotError: there are no two fits, or one cannot be read.
    """
    fits = read_fits(store)
    if fits is None or fits.former is None:
        raise SnapshotError(f"{store} has no two fits of its segments to compare: run `artwork segments` again later")
    pair = [Segmentation.open(store / FOLDER / fit.segmentation) for fit in (fits.former, fits.newest)]
    strongest = _strongest(store, fits.former, fits.newest)
    former, newest = pair
    floor = max(_floor_of(former), _floor_of(newest))
    found = drift((former.segments, former.tastes), (newest.segments, newest.tastes), strongest, floor)
    return found, former, newest


def drift_rows(found: Drift) -> list[Row]:
    """A row for each segment of either fit."""
    rows: list[Row] = [
        {
            "segment": kept.now.number,
            "name": kept.now.name,
            "change": "kept",
            "members_before": kept.former.size,
            "members_now": kept.now.size,
            "likeness": round(kept.likeness, 3),
        }
        for kept in found.kept
    ]
    for change, segments in (("new", found.new), ("gone", found.gone)):
        for one in segments:
            sizes = (None, one.size) if change == "new" else (one.size, None)
            row = {"segment": one.number, "name": one.name, "change": change, "likeness": None}
            rows.append({**row, "members_before": sizes[0], "members_now": sizes[1]})
    return rows


def drift_facts(found: Drift, former: Segmentation, newest: Segmentation) -> Mapping[str, object]:
    """What holds for both fits as wholes."""
    return {
        "former": former.name,
        "newest": newest.name,
        "members_of_both": found.members,
        "moved_share": None if found.moved is None else round(found.moved, 4),
        "agreement": None if found.agreement is None else round(found.agreement, 4),
    }


def _strongest(store: Path, former: Fit, newest: Fit) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the strongest segments of the members that both fits know: then, and now."""
    if former.members is None or newest.members is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    before, after = (Members.open(store / MEMBERS / digest) for digest in (former.members, newest.members))
    _, old, new = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    return before.numbers[old, 0].astype(np.int64), after.numbers[new, 0].astype(np.int64)


def _floor_of(segmentation: Segmentation) -> int:
    """The members that a segment of this fit has at least."""
    params = segmentation.facts.get("params")
    return int(params["floor"]) if isinstance(params, dict) else TasteParams().floor


def _former(store: Path) -> Former | None:
    fits = read_fits(store)
    if fits is None:
        return None
    before = Segmentation.open(store / FOLDER / fits.newest.segmentation)
    return before.segments, before.tastes


def _segmentation(result: Fitted, now: datetime, settings: Settings, **counts: int) -> Segmentation:
    facts: dict[str, object] = {
        "members": result.members,
        "tried": [asdict(one) for one in result.tried],
        "params": asdict(settings.taste),
        **counts,
    }
    return Segmentation(result.name, now, result.segments, result.tastes, result.shares, result.genres, facts)
