"""A model is made from the event log: table, trees, metrics, a folder of the registry; it is not in use yet."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.refresh import RULE
from pipelines.sources import code_version
from ranking.learn.dataset import LEARNED_FROM, Tallied, write_table
from ranking.learn.events import EventLog
from ranking.learn.examples import Examples
from ranking.learn.params import LearningParams
from ranking.learn.recall import Recall
from ranking.learn.registry import FOLDER, NAME, Model, probe_rows, read_model, write_model
from ranking.learn.table import table_digest
from ranking.learn.train import Origin, Trained, raw_scores, trained
from ranking.policy.scorers import Similarity
from ranking.ports import Meetings

SIMILARITY = "similarity"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A model that was made: its place in the registry, and what was learned."""

    model: Model
    trained: Trained
    card: Path


def make_model(store: Path, log: EventLog, params: LearningParams, now: datetime, tell: Tell = lambda _: None) -> Made:
    """A model of all events that had their time: it is in the registry, with its card, and not in use.

    The youngest impressions are left out: their plays may still come.

    Args:
        store: the folder of the artefacts.
        log: of events.
        params: of learning.
        now: aware; equal logs, params and moments give an equal model.
        tell: is told how far it has come.

    Raises:
        TooLittleEvidence: there is nothing to learn yet; what is in use stays.
        EventLogError: the log cannot be read.
    """
    folder = store / FOLDER / NAME
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".table-", dir=folder) as place:
        file = Path(place) / "table.parquet"
        tallied = make_table(file, store, log, params, now, tell)
        return model_of_table(file, tallied, store, params, now, tell)


def make_table(  # noqa: PLR0913, PLR0917  # where from, where to, and who is told
    file: Path, store: Path, log: EventLog, params: LearningParams, now: datetime, tell: Tell
) -> Tallied:
    """The training table of the log is in the file."""
    tell("reading the event log")
    until = now - timedelta(seconds=params.settle_seconds)
    seen = log.showings(RULE, until=until, columns=LEARNED_FROM)
    tallied = write_table(
        file, seen, Recall(store), params.most_weight, lambda rows: tell(f"{rows:,} impressions read")
    )
    tell(f"{tallied.rows:,} impressions with {tallied.plays:,} plays; left out: {dict(tallied.skipped) or 'none'}")
    return tallied


def model_of_table(  # noqa: PLR0913, PLR0917  # where from, where to, and who is told
    file: Path, tallied: Tallied, store: Path, params: LearningParams, now: datetime, tell: Tell
) -> Made:
    """A model of this table is in the registry.

    Raises:
        TooLittleEvidence: the table holds too little.
        LearnedModelError: the table is none, or holds what LightGBM would not survive.
    """
    examples = Examples.read(file)
    digest = table_digest(file)
    tell(f"growing trees on {len(examples):,} impressions")
    model = trained(examples, params.fit, int(digest[:7], 16), {SIMILARITY: similarity_log_odds})
    probes = probe_rows(examples.features)
    answers = raw_scores(model.booster, probes, 1)
    skipped = dict(sorted(tallied.skipped.items()))
    origin = Origin(digest, RULE.version, code_version(), tallied.rows, tallied.plays, skipped)
    name = write_model(store, model, origin, now, np.column_stack([probes, answers]))
    tell(f"model {name}: {model.trees} trees")
    return Made(read_model(store, name), model, store / FOLDER / NAME / name / "card.md")


def similarity_log_odds(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """(rows,): what likeness believes a picture adds."""
    rows = len(features)
    asked = Meetings(features.astype(np.float64), np.full(rows, "", dtype=np.str_), np.full(rows, -1, dtype=np.int64))
    scorer = Similarity()
    usual = scorer.params.take_fraction
    return scorer.beliefs(asked).mean - float(np.log(usual / (1 - usual)))
