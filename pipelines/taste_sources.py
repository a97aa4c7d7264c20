"""Where tastes come from: histories in files or the event log, and what is known of the titles in them."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from artwork.store.database import FILE as CATALOG_FILE
from artwork.store.manifest import read_manifest
from artwork.store.names import title_id
from pipelines.settings import Settings
from pipelines.store import open_catalog
from ranking.domain import QualifyingPlay
from ranking.errors import HistoryError
from ranking.learn.database import FILE as EVENTS_FILE
from ranking.learn.events import EventLog
from ranking.learn.snapshot import Snapshot
from ranking.taste.history import Plays, read_histories
from ranking.taste.ledger import Ledger
from ranking.taste.movielens import movie_traits, movielens_folders
from ranking.taste.traits import TitleTraits

REPORT = "history-problems.jsonl"
"""In the store: the rows of the last history that could not be used."""
_SAY_EVERY_SECONDS = 5.0
_MOST_NAMES = 200_000
"""Titles of which it is kept what they are known as; then it is begun anew: histories may name any number of them."""


def plays_of(settings: Settings, paths: Sequence[Path], ledger: Ledger) -> Iterator[Plays]:
    """The plays in these histories; where none is named, those of the event log.

    Raises:
        HistoryError: a history cannot be read, or too much of it cannot be used.
        EventLogError: the event log cannot be read.
    """
    return read_histories(paths, settings.taste.history, ledger) if paths else _logged_plays(settings, ledger)


def new_ledger(settings: Settings) -> Ledger:
    """A ledger that writes its report into the store; that of an earlier reading is gone.

    Raises:
        HistoryError: it cannot be taken away.
    """
    params = settings.taste.history
    report = Path(settings.store) / REPORT
    try:
        report.unlink(missing_ok=True)
    except OSError as error:
        raise HistoryError(
            str(report), 0, f"the report of an earlier history is in the way: {error.strerror}"
        ) from error
    return Ledger(report, params.most_bad_share, params.bad_rows, params.most_reported)


def by_title_ids(plays: Iterable[Plays], known: Container[str]) -> Iterator[Plays]:
    """The same plays, of titles by their ids: a history calls a title as its manifest does, "TT_12" for `tt-12`.

    Args:
        plays: as they come.
        known: ids of titles; what is among them stays, and so does what nothing is known of by any name.
    """
    ids: dict[str, str] = {}
    for block in plays:
        places, names = pd.factorize(block.titles)
        if len(ids) > _MOST_NAMES:
            ids.clear()
        strange = [name for name in names if name not in known and name not in ids]
        ids |= {name: told if (told := title_id(name)) in known else name for name in strange}
        called = [ids.get(name, name) for name in names]
        yield block if called == list(names) else replace(block, titles=np.array(called, dtype=object)[places])


def told(plays: Iterable[Plays]) -> Iterator[Plays]:
    """The same plays; on stderr, now and then, how many there were."""
    rows, said = 0, time.monotonic()
    for block in plays:
        rows += len(block)
        if time.monotonic() - said > _SAY_EVERY_SECONDS:
            said = time.monotonic()
            sys.stderr.write(f"{rows:,} rows read\n")
        yield block


def _logged_plays(settings: Settings, ledger: Ledger) -> Iterator[Plays]:
    """Qualifying plays of the event log, each of full worth; a member who is not known has no taste."""
    url = settings.serve.events_url
    if not url and not (Path(settings.store) / EVENTS_FILE).exists():
        return
    with closing(EventLog.open(url or settings.store)) as log:
        for shown in log.showings(QualifyingPlay(), columns=("profile", "title")):
            played = shown.only((shown.earned.plays > 0) & shown.told["profile"].is_valid().to_numpy())
            ledger.count(len(played), [])
            yield Plays(
                np.array(played.told["profile"].to_pylist(), dtype=object),
                np.array(played.told["title"].to_pylist(), dtype=object),
                played.earned.plays.astype(np.float64),
                played.earned.shown_at / 1e6,
            )


def title_traits(
    settings: Settings, snapshot: Snapshot | None, manifest: Path | None, histories: Sequence[Path]
) -> Iterator[TitleTraits]:
    """What is known of titles, the best source first: what is published, a manifest, MovieLens, the catalogue.

    Raises:
        BadInput: the manifest or a movies.csv cannot be read.
        StoreError: the catalogue cannot be read.
    """
    if snapshot is not None:
        yield from published_traits(snapshot)
    if manifest is not None:
        listed = read_manifest(manifest, films=False)
        yield from (TitleTraits(title.id, title.genres, cast=_billed(title.cast)) for title in listed)
    for folder in movielens_folders(list(histories)):
        yield from movie_traits(folder)
    if settings.catalog_url or (Path(settings.store) / CATALOG_FILE).exists():
        with open_catalog(settings, create=False) as catalog:
            for record in catalog.titles():
                yield TitleTraits(record.title.id, record.title.genres, cast=_billed(record.title.cast))


def pictured_people(snapshot: Snapshot | None) -> frozenset[str]:
    """Those whom some published picture shows by name: of nobody else can a picture be chosen by who is liked."""
    options = snapshot.option_values() if snapshot is not None else ()
    return frozenset(name for option in options for name in option.cast)


def published_traits(snapshot: Snapshot) -> Iterator[TitleTraits]:
    """The titles of a snapshot: their genres and people, and the means of what else is known of their pictures.

    A title has a person when it is billed with them, or when a reviewer named them in one of its pictures. That
    counts as 1 whatever their prominence, which only a reviewer's names can tell: titles with and without such names
    are then alike.
    """
    options = snapshot.option_values()
    bounds = snapshot.first_option.tolist()
    for notes, begin, end in zip(snapshot.title_notes, bounds, bounds[1:], strict=False):
        mine = options[begin:end]
        vectors = np.array([one.vector for one in mine if any(one.vector)])
        yield TitleTraits(
            notes.id,
            notes.genres,
            _mean([one.themes for one in mine]),
            _billed([*notes.cast, *(name for one in mine for name in one.cast)]),
            tuple(vectors.mean(axis=0).tolist()) if len(vectors) else (),
        )


def _billed(names: Iterable[str]) -> dict[str, float]:
    """Everybody by name, as reviewers' names are written: accents composed, blanks single."""
    spelt = (" ".join(unicodedata.normalize("NFC", name).split()) for name in names)
    return dict.fromkeys((name for name in spelt if name), 1.0)


def _mean(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Name by name, over the pictures; a picture that lacks a name has 0 of it."""
    sums: dict[str, float] = {}
    for part in parts:
        for name, strength in part.items():
            sums[name] = sums.get(name, 0.0) + strength
    return {name: total / len(parts) for name, total in sums.items()}
