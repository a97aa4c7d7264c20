"""A torchvision built for another torch can be imported, and nobody else notices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.operators import FILE, Pair, pair, settle, write_hook

TORCH = """
declared = []
class Library:
    def __init__(self, name, kind): self.name = name
    def define(self, schema):
        declared.append(schema.partition("(")[0])
        setattr(ops.torchvision, declared[-1], schema)
class ops:
    class torchvision: {operators}
    @staticmethod
    def load_library(path): raise OSError(path)
class library: Library = Library
"""
TORCHVISION = """
import torch
if not (hasattr(torch.ops.torchvision, "nms") and hasattr(torch.ops.torchvision, "qnms")):
    raise RuntimeError("operator torchvision::nms does not exist")
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages with a torch that lacks both operators and a torchvision that needs them."""
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(TORCHVISION)
    (tmp_path / "torch.py").write_text(TORCH.format(operators="pass"))
    return tmp_path


def run(code: str, packages: Path) -> subprocess.CompletedProcess[str]:
    """The code in a fresh interpreter that has these packages before all others, their `.pth` files read."""
    started = f"import site, sys; sys.path.insert(0, {str(packages)!r}); site.addsitedir({str(packages)!r})\n{code}"
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    return subprocess.run([sys.executable, "-c", started], env=environment, capture_output=True, text=True, check=False)


def test_torchvision_is_imported_with_its_operators_declared(packages: Path) -> None:
    write_hook(packages)
    done = run("import torchvision, torch; print(torch.declared)", packages)
    assert (done.stdout, done.stderr) == ("['nms', 'qnms']\n", "")


def test_a_start_without_torchvision_loads_nothing_for_it(packages: Path) -> None:
    write_hook(packages)
    done = run("import json; print('torch' in sys.modules, 'artwork' in sys.modules)", packages)
    assert (done.stdout, done.stderr) == ("False False\n", "")


def test_operators_that_are_there_are_left_alone(packages: Path) -> None:
    (packages / "torch.py").write_text(TORCH.format(operators="nms = qnms = 'its own'"))
    write_hook(packages)
    done = run("import torchvision, torch; print(torch.declared)", packages)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_hook_that_outlived_this_software_says_nothing(packages: Path) -> None:
    write_hook(packages)
    (packages / "artwork").mkdir()
    (packages / "artwork" / "__init__.py").touch()  # an artwork without the rest
    done = run("import torchvision", packages)
    assert "operator torchvision::nms does not exist" in done.stderr
    assert "artwork" not in done.stderr


@pytest.mark.parametrize(
    ("operators", "hooked", "found"),
    [("pass", True, Pair.DECLARED), ("nms = qnms = 'its own'", False, Pair.FITTING)],
)
def test_the_file_is_there_where_it_is_needed_and_only_there(
    packages: Path, monkeypatch: pytest.MonkeyPatch, operators: str, found: Pair, *, hooked: bool
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(packages))
    (packages / "torch.py").write_text(TORCH.format(operators=operators))
    for _ in range(2):
        assert settle(packages) is found
        assert (packages / FILE).exists() is hooked
    write_hook(packages)
    assert settle(packages) is found
    assert (packages / FILE).exists() is hooked


def test_without_the_file_the_pair_is_said_to_fail(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(packages))
    assert pair(packages) is Pair.FAILING


def test_where_neither_is_installed_there_is_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is set to None in `sys.modules` cannot be found."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['torch'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    write_hook(tmp_path)
    assert settle(tmp_path) is Pair.ABSENT
    assert not (tmp_path / FILE).exists()


def test_open_clip_is_imported_here() -> None:
    """In what `make install` leaves: a fresh interpreter, nothing of this software loaded first."""
    if pair() is Pair.FAILING:
        pytest.skip("this environment was not set up by `make install`: run `python -m pipelines.operators`")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import open_clip; print(open_clip.__name__)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "open_clip\n"), done.stderr
