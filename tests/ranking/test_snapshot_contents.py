"""What went into a snapshot comes out of it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

from artwork.domain import ModelRef
from ranking.domain import Option
from ranking.learn.contents import title_entries
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import FOLDER, RenditionEntry, Snapshot, TitleEntry, TitleNotes
from ranking.learn.synthetic import MADE_AT, World, synthetic_files, synthetic_titles

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def pressed(store: Path, titles: list[TitleEntry], canvases: tuple[str, ...]) -> Snapshot:
    digest = write_snapshot(store, Edition(titles, canvases, ModelRef("m", "0")), MADE_AT)
    return Snapshot.open(store / FOLDER / digest)


def test_a_made_up_catalogue_pressed_from_its_own_snapshot_is_the_same_snapshot(tmp_path: Path) -> None:
    world = World(titles=5)
    first = pressed(tmp_path, list(synthetic_titles(world)), world.canvases)
    assert pressed(tmp_path, title_entries(first), world.canvases).digest == first.digest


def test_every_word_of_a_title_comes_back(tmp_path: Path) -> None:
    option = Option(
        "o", "t", 5.5, 2, brightness=0.25, themes={"dark": 0.5}, vector=(0.5, -0.25), cast={"Ann": 0.5},
        approved=False, opens=NOON, maturity=13, locales=frozenset({"de", "fr-CA"}), spoils_until=0.25, fallback=True,
    )  # fmt: skip
    renditions = tuple(
        RenditionEntry(name, "o", "square", synthetic_files(name, ((180, 180),)), locale, f"<b> {locale}", "data:,x")
        for name, locale in (("a1", ""), ("b2", "de"))
    )
    entry = TitleEntry(TitleNotes("t", "</script> \u202e", "film", ("drama",), ("Ann",), 1999), (option,), renditions)
    [found] = title_entries(pressed(tmp_path, [entry], ("square",)))
    assert dataclasses.replace(found, renditions=()) == dataclasses.replace(entry, renditions=())
    assert {dataclasses.replace(one, files=()) for one in found.renditions} == {
        dataclasses.replace(one, files=()) for one in renditions
    }
    assert {one.id: set(one.files) for one in found.renditions} == {one.id: set(one.files) for one in renditions}


def test_an_empty_snapshot_holds_no_titles(tmp_path: Path) -> None:
    assert title_entries(pressed(tmp_path, [], ("square",))) == []
