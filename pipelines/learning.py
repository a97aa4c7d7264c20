"""The processes of learning as the command runs them: on the store and the event log of the settings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.promote import Moved, promote, roll_back
from pipelines.refresh import Refreshed, refresh
from pipelines.settings import Settings
from pipelines.train import make_model
from ranking.learn.events import EventLog
from ranking.learn.folder import read_active
from ranking.learn.metrics import Measured

Row = dict[str, object]


def run_refresh(settings: Settings, *, anew: bool = False) -> Row:
    """What was received since the last time is counted, and in use; what that came to.

    Raises:
        SnapshotError: nothing is published yet.
        EventLogError: the log cannot be read.
    """
    with _log(settings) as log:
        until = datetime.now(UTC) - timedelta(seconds=settings.train.lag_seconds)
        return asdict(refresh(Path(settings.store), log, settings.train, until, anew=anew, sure=anew))


def run_train(settings: Settings, *, quiet: bool = False) -> Row:
    """All events are counted anew and in use, and a model of them is in the registry; what it is worth.

    Raises:
        TooLittleEvidence: there is too little to make a model of; what was counted is in use all the same.
    """
    store, tell = Path(settings.store), _teller(quiet=quiet)
    with _log(settings) as log:
        now = datetime.now(UTC)
        tell("counting what every picture earned")
        until = now - timedelta(seconds=settings.train.lag_seconds)
        counted: Refreshed = refresh(store, log, settings.train, until, anew=True, sure=False)
        made = make_model(store, log, settings.train, now, tell)
    report = made.trained.report
    return {
        "model": made.model.digest,
        "trees": made.trained.trees,
        "rows": made.model.facts.origin.rows,
        "plays": made.model.facts.origin.plays,
        "skipped": made.model.facts.origin.skipped,
        "release": counted.release,
        "held_out": {name: asdict(one) for name, one in report.overall.items()},
        "importance": report.importance,
        "card": str(made.card),
    }


def run_promote(settings: Settings, digest: str | None) -> Row:
    """The model is in use; what that was, and what was before.

    Raises:
        LearnedModelError: it cannot be used; nothing has moved.
    """
    with _log(settings) as log:
        until = datetime.now(UTC) - timedelta(seconds=settings.train.lag_seconds)
        return asdict(promote(Path(settings.store), log, digest, settings.train, until, settings.serve.policy))


def run_rollback(settings: Settings) -> Row:
    """What was in use before is in use again.

    Raises:
        SnapshotError: there was nothing before.
    """
    return asdict(roll_back(Path(settings.store)))


def trained_words(row: Row) -> str:
    """What training came to, for people."""
    held_out = row["held_out"]
    assert isinstance(held_out, dict)  # noqa: S101  # as `run_train` made it
    trees = f"{row['trees']} {'tree' if row['trees'] == 1 else 'trees'}"
    lines = [f"model {row['model']}: {trees} from {row['rows']:,} impressions, {row['plays']:,} plays"]
    for name, told in held_out.items():
        one = Measured(**told)
        order = "-" if one.ndcg is None else f"{one.ndcg:.3f}"
        lines.append(
            f"  {name:18} log loss {one.log_loss:.5f}, calibration error {one.calibration_error:.4f}, NDCG {order}"
        )
    lines += [f"card: {row['card']}", f"put it in use: artwork promote {row['model']}"]
    return "\n".join(lines)


def moved_words(row: Row) -> str:
    """What a promotion or a rollback changed, for people."""
    moved = Moved(**{name: str(value) for name, value in row.items()})
    if moved.release == moved.release_before:
        return f"model {moved.model} is in use already: nothing moved"
    snapshot = (
        "" if moved.snapshot == moved.snapshot_before else f", snapshot {moved.snapshot_before} -> {moved.snapshot}"
    )
    return f"model {moved.model_before} -> {moved.model}, release {moved.release_before} -> {moved.release}{snapshot}"


def refreshed_words(row: Row) -> str:
    """What a refresh did, for people."""
    told = Refreshed(**row)  # type: ignore[arg-type]  # as `run_refresh` made it
    how = "all counted anew" if told.anew else f"{told.new:,} new"
    return f"release {told.release}: {told.impressions:,} impressions of {told.pictures:,} pictures counted, {how}"


@contextmanager
def _log(settings: Settings) -> Iterator[EventLog]:
    read_active(Path(settings.store))  # a folder that is no store is told of, and not made one
    log = EventLog.open(settings.serve.events_url or settings.store)
    try:
        yield log
    finally:
        log.close()


def _teller(*, quiet: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        if not quiet:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    return tell
