"""A store whose members visited for a month, and its event log: ten million impressions in minutes.

Three releases follow each other: a snapshot, another one of other pictures, other segments. Members come back to what
they saw, visitors share decisions, editors pin, fallbacks are shown, one snapshot is gone; plays are too short, too
late, or told of without an impression before them, and some are received days after they happened.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from artwork.domain import ModelRef, content_id
from pipelines.release import put_in_use
from ranking.domain import DayPart, Device, Reason, TasteMixture
from ranking.learn.database import FILE, Database
from ranking.learn.members import write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.schema import candidate_sets, decisions, events
from ranking.learn.segmentation import Fit, Segmentation, point_to_fit, write_segmentation
from ranking.learn.synthetic import World, synthetic_titles
from ranking.serve.release import Release
from tests.learn.visits import BEGIN, GENRES, Town

DAYS = 30
SEED = 11
_DAY, _MINUTE = 86_400_000_000, 60_000_000
_DEVICES = (*(one.value for one in Device if one is not Device.UNKNOWN), None)
_PARTS = (*(one.value for one in DayPart), None)
Columns = Mapping[str, Sequence[object]]


def town(impressions: int) -> Town:
    """Whose members see about a hundred pictures each in the month."""
    titles = int(np.clip(impressions // 500, 20, 2_000))
    return Town(World(titles=titles, options=12, segments=6, members=max(200, impressions // 100)))


def write_store(store: Path, impressions: int) -> None:
    """The store is there, and so many impressions are in its event log."""
    visited = town(impressions)
    eras = tuple(_eras(store, visited))
    Database.open(store).close()
    with closing(sqlite3.connect(store / FILE, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = [index for table in (decisions, events) for index in table.indexes]
        for index in indexes:
            connection.execute(f"DROP INDEX {index.name}")
        connection.execute("BEGIN")
        sets = {pair for era in eras for pair in [("", "[]"), *zip(era.sets, era.options, strict=True)]}
        _insert(connection, candidate_sets, {"id": [one[0] for one in sets], "options": [one[1] for one in sets]})
        for day in range(DAYS):
            era, begin = eras[day * len(eras) // DAYS], impressions * day // DAYS
            decided, happened = _day(visited, era, day, impressions * (day + 1) // DAYS - begin)
            _insert(connection, decisions, decided)
            _insert(connection, events, happened)
        connection.execute("COMMIT")
        for index in indexes:
            connection.execute(str(sa.schema.CreateIndex(index).compile()))


@dataclass(frozen=True, slots=True)
class _Era:
    """What was in use for some days: names, chances of the draw (titles, width), truths as `Town.truth` has them."""

    release: Release
    policy: str
    chances: np.ndarray
    truth: np.ndarray
    sets: tuple[str, ...]
    options: tuple[str, ...]
    renditions: np.ndarray


def _eras(store: Path, visited: Town) -> Iterator[_Era]:
    """One release after the other is put in use."""
    visited.open(store)
    yield _era(store, visited, 0)
    later = BEGIN + timedelta(days=DAYS / 3)
    world = replace(visited.world, seed=1)
    edition = Edition(tuple(synthetic_titles(world)), world.canvases, ModelRef("made", "0" * 64))
    put_in_use(store, write_snapshot(store, edition, later), later)
    yield _era(store, visited, 1)
    latest = BEGIN + timedelta(days=2 * DAYS / 3)
    tastes = replace(visited.tastes, themes=visited.tastes.themes + 0.2 * np.roll(visited.tastes.themes, 1, axis=1))
    shares = np.full((len(visited.segments) + 1, len(GENRES)), 0.2)
    fit = Segmentation("later", latest, visited.segments, tastes, shares, frozenset(GENRES))
    profiles = [replace(one, taste=TasteMixture("later", one.taste.population, one.taste.weights))
                for one in visited.profiles()]  # fmt: skip
    point_to_fit(store, Fit(write_segmentation(store, fit), write_members(store, profiles, "later", latest)))
    put_in_use(store, None, latest)
    yield _era(store, visited, 2)


def _era(store: Path, visited: Town, number: int) -> _Era:
    release = Release.load(store)
    names = release.snapshot.names
    drawn = np.random.default_rng([SEED, number]).dirichlet(np.full(release.snapshot.width, 2.0), len(names.titles))
    chances = np.maximum(drawn, 0.01)
    chances /= chances.sum(axis=1, keepdims=True)
    canvases = visited.world.canvases
    options = [tuple(row) for row in names.options]
    renditions = np.array([[[content_id(one, canvas) for canvas in canvases] for one in row] for row in options])
    return _Era(
        release,
        f"{release.policy.version}{'' if number != 1 else ' at least 0.02'}",
        chances,
        visited.truth(release),
        tuple(content_id(*row) for row in options),
        tuple(json.dumps(row) for row in options),
        renditions,
    )


def _day(visited: Town, era: _Era, day: int, impressions: int) -> tuple[Columns, Columns]:
    """The decisions of a day, and what happened of them."""
    chance = np.random.default_rng([SEED, 100, day])
    world = visited.world
    titles, canvases = world.titles, len(world.canvases)
    fresh = chance.integers(0, world.members * titles * canvases, round(0.75 * impressions))
    met = np.unique(fresh)  # (member, title, canvas) in one number; visitors follow the members
    visitors, theirs = np.unique(chance.integers(0, titles * canvases, round(0.1 * impressions)), return_inverse=True)
    again = chance.integers(0, len(met), max(0, impressions - len(met) - len(theirs)))
    shown = np.concatenate([np.arange(len(met)), again, len(met) + theirs])
    member = np.concatenate([met // (titles * canvases), np.full(len(visitors), -1)])
    rest = np.concatenate([met % (titles * canvases), visitors])
    title, canvas = rest // canvases, rest % canvases
    column = (era.chances.cumsum(axis=1)[title] < chance.random((len(title), 1))).sum(axis=1).clip(0, world.options - 1)
    segment = np.where((member >= 0) & (member % 3 > 0), member % world.segments, -1)
    decided = _decided(world, era, day, (member, title, canvas, column, segment), chance)
    plays = chance.random(len(shown)) < era.truth[segment[shown], title[shown], column[shown]]
    return decided, _happened(decided["id"], shown, plays, day, chance)


def _decided(world: World, era: _Era, day: int, drawn: Sequence[np.ndarray], chance: np.random.Generator) -> Columns:
    member, title, canvas, column, segment = drawn
    rows = len(title)
    names = era.release.snapshot.names
    special = chance.random(rows)
    fallback, pinned, gone = special < 0.01, (special >= 0.01) & (special < 0.02), special > 0.995
    profiles = [None if one < 0 else f"m{one:05d}" for one in member.tolist()]
    named = [names.titles[one] for one in title.tolist()]
    options = [None if left else names.options[row][one]
               for row, one, left in zip(title.tolist(), column.tolist(), fallback.tolist(), strict=True)]  # fmt: skip
    places = [world.canvases[one] for one in canvas.tolist()]
    model, snapshot = era.release.model, era.release.snapshot.digest
    snapshots = ["0" * 16 if one else snapshot for one in gone.tolist()]
    ids = [
        content_id(who, what, where, which, era.policy, model, of, day)
        for who, what, where, which, of in zip(profiles, named, places, options, snapshots, strict=True)
    ]
    others = np.where(chance.random(rows) < 0.8, Reason.PERSONALISED.value, Reason.EXPLORE.value)
    devices, parts = (chance.integers(0, len(some), rows).tolist() for some in (_DEVICES, _PARTS))
    reasons = np.where(fallback, Reason.FALLBACK.value, np.where(pinned, Reason.PINNED.value, others))
    return {
        "id": ids,
        "profile": profiles,
        "title": named,
        "canvas": places,
        "option": options,
        "rendition": era.renditions[title, column, canvas].tolist(),
        "propensity": np.where(fallback | pinned, 1.0, era.chances[title, column]).tolist(),
        "reason": reasons.tolist(),
        "policy": [era.policy] * rows,
        "model": [model] * rows,
        "snapshot": snapshots,
        "epoch": [day] * rows,
        "segment": [None if one < 0 else one for one in segment.tolist()],
        "candidates": [
            "" if left else era.sets[row] for row, left in zip(title.tolist(), fallback.tolist(), strict=True)
        ],
        "device": [_DEVICES[one] for one in devices],
        "day_part": [_PARTS[one] for one in parts],
    }


def _happened(
    ids: Sequence[object], shown: np.ndarray, plays: np.ndarray, day: int, chance: np.random.Generator
) -> Columns:
    """Impressions and outcomes in the order in which they were received."""
    midnight = int(BEGIN.timestamp()) * 1_000_000 + day * _DAY
    seen = midnight + chance.integers(0, _DAY, len(shown))
    played = np.flatnonzero(plays)
    kind = np.concatenate([np.zeros(len(shown), np.int64), np.ones(len(played), np.int64)])
    how = chance.random(len(played))
    delay = chance.integers(0, 10 * _MINUTE, len(played))
    delay = np.where(how < 0.04, -delay - 1, np.where(how > 0.96, delay + _DAY, delay))
    at = np.concatenate([seen, seen[played] + delay])
    about = np.concatenate([shown, shown[played]])
    long_enough = chance.choice([900.0, 80.0, 60.0], len(played), p=[0.85, 0.05, 0.1])
    runtime = chance.choice([np.nan, 5_400.0, 110.0], len(played), p=[0.5, 0.4, 0.1])
    none = np.zeros(len(shown))
    late = np.where(chance.random(len(at)) < 0.01, 3 * _DAY, 0)
    received = at.clip(min=midnight) + late + chance.integers(1, _MINUTE, len(at))
    order = np.argsort(received, kind="stable")
    seconds = np.concatenate([none, long_enough])[order]
    runtimes = np.concatenate([none + np.nan, runtime])[order]
    ended = np.concatenate([none, chance.random(len(played)) < 0.05])[order]
    return {
        "event": [f"e{day:02d}{number:09d}" for number in range(len(at))],
        "decision": [ids[one] for one in about[order].tolist()],
        "kind": kind[order].tolist(),
        "at": at[order].tolist(),
        "position": np.where(kind == 0, chance.integers(0, 40, len(at)), 0)[order].tolist(),
        "played_seconds": seconds.tolist(),
        "runtime_seconds": [None if one != one else one for one in runtimes.tolist()],  # noqa: PLR0124  # NaN alone
        "completed": ended.astype(int).tolist(),
        "received": received[order].tolist(),
    }


def _insert(connection: sqlite3.Connection, table: sa.Table, columns: Columns) -> None:
    names = [column.name for column in table.columns]
    places = ", ".join("?" * len(names))
    quoted = ", ".join(f'"{name}"' for name in names)
    rows = zip(*(columns[name] for name in names), strict=True)
    connection.executemany(f"INSERT INTO {table.name} ({quoted}) VALUES ({places})", rows)  # noqa: S608  # our own names
