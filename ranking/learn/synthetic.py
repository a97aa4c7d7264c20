"""A made-up snapshot with everything a real one has: for tests, for benchmarks, and until something is published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from artwork.domain import ModelRef, ShotScale, content_id
from ranking.domain import Option, Profile, Segment, TasteMixture
from ranking.features import SITUATIONS
from ranking.learn.beliefs import ALL_ALIKE, Scored, write_beliefs
from ranking.learn.folder import Active
from ranking.learn.members import write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import FORMATS, FileEntry, RenditionEntry, TitleEntry, TitleNotes

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
_GENRES = ("comedy", "drama", "thriller", "romance", "science fiction", "documentary")
_SIZES = {
    "boxart": ((160, 240), (240, 360), (360, 540), (480, 720), (720, 1080)),
    "thumbnail": ((160, 90), (320, 180), (480, 270)),
}
"""As in `assets/canvases.toml`, of frames of 1080 lines."""


@dataclass(frozen=True, slots=True)
class World:
    """How large the made-up catalogue is, and how it differs. `apart`: whether circumstances are told apart."""

    titles: int = 20
    options: int = 6
    segments: int = 4
    members: int = 100
    canvases: tuple[str, ...] = ("boxart", "thumbnail")
    rank: int = 8
    seed: int = 0
    model: str = "synthetic@0"
    apart: bool = False


def write_world(store: Path, world: World = World()) -> Active:
    """What to activate: a snapshot, beliefs and memberships that belong together are in the store."""
    segments = tuple(
        Segment(f"s{number}", number, f"segment {number}", 100, 1 / world.segments) for number in range(world.segments)
    )
    model = ModelRef("synthetic", "0" * 64)
    snapshot = write_snapshot(store, Edition(tuple(synthetic_titles(world)), world.canvases, model), MADE_AT)
    generator = np.random.default_rng(world.seed)
    under = tuple(range(len(SITUATIONS))) if world.apart else ALL_ALIKE
    shape = max(under) + 1, 1, len(segments) + 1, world.titles, world.options
    tables = np.empty((*shape[:4], 2, shape[4]), dtype=np.float32)
    for table in tables:
        table[:, :, :, 0] = generator.normal(-3.0, 0.3, shape[1:])
        table[:, :, :, 1] = generator.uniform(0.1, 0.3, shape[1:])
    beliefs = write_beliefs(store, Scored(snapshot, world.model, "synthetic", segments, tables, under), MADE_AT)
    members = write_members(store, synthetic_profiles(world), "synthetic", MADE_AT)
    return Active(snapshot, beliefs, members)


def synthetic_titles(world: World) -> Iterator[TitleEntry]:
    """Titles t00000, t00001, ... of equally many pictures, each with a rendition on every canvas."""
    generator = np.random.default_rng(world.seed)
    for number in range(world.titles):
        title = f"t{number:05d}"
        options = tuple(_option(title, column, generator, world) for column in range(world.options))
        renditions = tuple(_rendition(option.id, canvas) for option in options for canvas in world.canvases)
        notes = TitleNotes(title, f"Title {number}", genres=(_GENRES[number % len(_GENRES)],))
        yield TitleEntry(notes, options, renditions)


def synthetic_profiles(world: World) -> Iterator[Profile]:
    """Members m00000, m00001, ...: mostly of one segment, partly of the next, the rest as everybody."""
    for number in range(world.members):
        weights = {number % world.segments: 0.6}
        if world.segments > 1:
            weights[(number + 1) % world.segments] = 0.2
        rest = 1 - sum(weights.values())
        yield Profile(f"m{number:05d}", TasteMixture("synthetic", rest, weights), plays=30)


def synthetic_files(rendition: str, sizes: Sequence[tuple[int, int]]) -> tuple[FileEntry, ...]:
    """A file in every size and format, named after the rendition; there are no pictures behind them."""
    return tuple(
        FileEntry(width, height, form, width * 50, hashlib.sha256(f"{rendition} {width} {form}".encode()).hexdigest())
        for width, height in sizes
        for form in FORMATS
    )


def _option(title: str, column: int, generator: np.random.Generator, world: World) -> Option:
    vector = generator.normal(size=world.rank)
    return Option(
        id=content_id(title, column, world.seed),
        title=title,
        aesthetic=float(generator.uniform(3, 7)),
        faces=column % 3,
        shot_scale=tuple(ShotScale)[column % len(ShotScale)],
        brightness=float(generator.uniform(0.2, 0.8)),
        themes={_GENRES[column % len(_GENRES)]: 0.8},
        vector=tuple((vector / np.linalg.norm(vector)).tolist()),
        fallback=column == 0,
    )


def _rendition(option: str, canvas: str) -> RenditionEntry:
    name = content_id(option, canvas)
    files = synthetic_files(name, _SIZES.get(canvas, ((320, 180), (640, 360))))
    return RenditionEntry(name, option, canvas, files, alt=f"A picture on {canvas}")
