"""Ray runs the very same stages: its catalogue is that of the local engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import command, dump, make_batch, rows

ray = pytest.importorskip("ray", reason="the extra [ray] is not installed")


@pytest.mark.ray
@pytest.mark.slow
def test_both_engines_give_the_same_catalogue(tmp_path: Path) -> None:
    """Two good films and a broken one, once on this machine's processes and once on Ray's."""
    films = make_batch(tmp_path / "films", films=2)
    (films / "broken.mp4").write_bytes(b"no film" * 50)
    answers = {
        engine: command("ingest", films, "--store", tmp_path / engine, "--engine", engine, "--json")
        for engine in ("local", "ray")
    }
    assert {engine: answer.returncode for engine, answer in answers.items()} == {"local": 3, "ray": 3}
    found = {
        engine: sorted((row["title"], row["status"], row["reason"], row["candidates"]) for row in rows(answer))
        for engine, answer in answers.items()
    }
    assert found["ray"] == found["local"]
    assert dump(tmp_path / "ray") == dump(tmp_path / "local")
