"""Small catalogues written out by hand: each title shows one thing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ranking.domain import Option, Profile, Segment, TasteMixture
from ranking.learn.beliefs import Scored, write_beliefs
from ranking.learn.folder import Active
from ranking.learn.members import write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import RenditionEntry, TitleEntry, TitleNotes
from ranking.learn.synthetic import synthetic_files
from ranking.serve.tabulate import with_answers

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = ((160, 240), (240, 360))


def title(name: str, options: dict[str, dict[str, Any]], canvases: tuple[str, ...] = ("boxart",)) -> TitleEntry:
    """A title of these options; `shown_on` of an option says where it has renditions, `languages` in which."""
    made, renditions = [], []
    for option, facts in options.items():
        places = facts.pop("shown_on", canvases)
        languages = facts.pop("languages", ("",))
        made.append(Option(option, name, **facts))
        renditions += [_rendition(option, place, language) for place in places for language in languages]
    return TitleEntry(TitleNotes(name, name.title()), tuple(made), tuple(renditions))


def write(
    store: Path, titles: list[TitleEntry], *, best: dict[str, list[str]] | None = None, tabulated: bool = True
) -> Active:
    """A release of these titles. `best`: for each segment the options that are believed to be good."""
    canvases = ("boxart", "banner")
    snapshot = write_snapshot(store, Edition(titles, canvases), MADE_AT)
    names = list(best or {})
    segments = [Segment(name, number, name, 100, 0.5) for number, name in enumerate(names)]
    ordered = sorted(titles, key=lambda entry: entry.notes.id)
    width = max((len(entry.options) for entry in ordered), default=0) or 1
    table = np.zeros((1, 1, len(names) + 1, len(ordered), 2, width), np.float32)
    table[:, :, :, :, 0], table[:, :, :, :, 1] = -3.0, 0.1
    for row, entry in enumerate(ordered):
        for column, option in enumerate(sorted(entry.options, key=lambda one: one.id)):
            for segment, name in enumerate(names):
                table[:, :, segment, row, 0, column] += 2.0 * (option.id in (best or {})[name])
    beliefs = write_beliefs(store, Scored(snapshot, "by-hand@1", "by-hand", segments, table), MADE_AT)
    profiles = [Profile(f"fan-of-{name}", TasteMixture("by-hand", 0.0, {n: 1.0})) for n, name in enumerate(names)]
    members = write_members(store, profiles, "by-hand", MADE_AT)
    active = Active(snapshot, beliefs, members)
    return with_answers(store, active, MADE_AT) if tabulated else active


def _rendition(option: str, canvas: str, language: str) -> RenditionEntry:
    name = f"{option}{canvas}{language}".replace("-", "")
    return RenditionEntry(name, option, canvas, synthetic_files(name, SIZES), locale=language)
