"""The README says what the software does: its five lines run, its commands and settings are those there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from batches import make_batch

from pipelines.cli import app
from pipelines.manual import BEGIN, END, documented_settings, settings_table
from pipelines.settings import Settings, leaves

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_first_lines_run_and_write_the_pictures(tmp_path: Path) -> None:
    """The README's Python, as it stands, on a film named film.mp4."""
    lines = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert lines is not None
    films = make_batch(tmp_path / "films", films=1)
    (films / "film 0.mp4").rename(tmp_path / "film.mp4")
    done = subprocess.run(
        [sys.executable, "-c", lines.group(1)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    ranks = [line.split()[0] for line in done.stdout.splitlines()]
    assert ranks == [str(rank) for rank in range(1, len(ranks) + 1)]
    assert all((tmp_path / f"{rank}.jpg").read_bytes().startswith(b"\xff\xd8") for rank in ranks)
    assert ranks


def test_every_setting_is_in_the_table_with_its_meaning() -> None:
    """`python -m pipelines.manual README.md` writes the table; a setting without a meaning fails here."""
    assert README[README.index(BEGIN) : README.index(END) + len(END)] == settings_table()
    assert [name for name, _, meaning in documented_settings() if not meaning] == []
    assert [name for name, _ in leaves(Settings.model_construct())] == [name for name, _, _ in documented_settings()]


def test_every_command_is_in_the_readme() -> None:
    """A command that nobody is told of is missing."""
    groups = [app, *(group.typer_instance for group in app.registered_groups if not isinstance(group.name, str))]
    commands = [command for group in groups if group for command in group.registered_commands]
    names = [command.name or command.callback.__name__ for command in commands if command.callback]
    assert {"ingest", "demo"} <= set(names)
    assert [name for name in names if f"`artwork {name}" not in README] == []


@pytest.mark.parametrize("pattern", [r"/work/", r"/root/", r"https?://(?!github\.com)\S*simple"])
def test_the_readme_names_no_path_of_anybody(pattern: str) -> None:
    """What a stranger reads is about the software."""
    assert not re.search(pattern, README)
