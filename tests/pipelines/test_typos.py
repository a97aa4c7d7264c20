"""A mistyped store is told and not made: every command but those that begin a store, each tried."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from artwork.errors import ArtworkError, StoreError
from pipelines.cli import app
from pipelines.premises import premises
from pipelines.settings import load_settings

HISTORY = "profile,title,at,completed\n" + "ada,hill,2026-01-01,true\n" * 3
WORDS = {
    "titles": [],
    "shots": ["hill"],
    "candidates": ["hill"],
    "export": ["candidates"],
    "verdicts export": [],
    "verdicts import": ["FILE"],
    "people export": [],
    "people import": ["FILE"],
    "review": [],
    "publish": [],
    "serve": [],
    "keys add": ["ada", "--scope", "decide"],
    "keys list": [],
    "keys remove": ["ada"],
    "segments": ["FILE"],
    "train": [],
    "promote": [],
    "rollback": [],
    "tidy": [],
}
"""Every command on a store that is there, with what else it wants."""
BEGINNERS = {"ingest", "demo"}
"""They begin a store: that is what they are for."""
WITHOUT = {"models", "settings", "doctor"}
"""They look at this machine, and make nothing."""
MORE = {
    "export otio": ["export", "shots", "--to", "otio", "--title", "hill", "--out", "OUT"],
    "publish --diff": ["publish", "--diff"],
    "publish --static": ["publish", "--static", "OUT"],
    "segments of the log": ["segments"],
    "segments --drift": ["segments", "--drift"],
    "train --refresh": ["train", "--refresh"],
    "tidy --dry-run": ["tidy", "--dry-run"],
}


@pytest.mark.parametrize(
    "words", [*([*name.split(), *more] for name, more in WORDS.items()), *MORE.values()], ids=" ".join
)
def test_a_mistyped_store_is_told_and_nothing_is_made(words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text(HISTORY)
    given = [{"FILE": str(file), "OUT": str(tmp_path / "out")}.get(word, word) for word in words]
    ended = CliRunner().invoke(app, [*given, "--store", str(tmp_path / "typo")])
    assert isinstance(ended.exception, ArtworkError), ended.output
    assert str(tmp_path / "typo") in str(ended.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_what_looks_at_the_machine_makes_no_store(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTWORK_STORE", str(tmp_path / "typo"))
    CliRunner().invoke(app, [name])
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_tried_or_begins_a_store() -> None:
    """A new command is put into one of the lists above."""
    assert _commands(app) == {*WORDS, *BEGINNERS, *WITHOUT}


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is no folder"):
        premises(load_settings(store=str(tmp_path / "file")))


def _commands(group: typer.Typer, before: str = "") -> set[str]:
    found = {before + (one.name or one.callback.__name__) for one in group.registered_commands if one.callback}
    for each in group.registered_groups:
        name = f"{each.name} " if isinstance(each.name, str) else ""
        found |= _commands(each.typer_instance, before + name) if each.typer_instance else set()
    return found
