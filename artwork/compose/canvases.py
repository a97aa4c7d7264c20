"""The canvases that `assets/canvases.toml` describes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from artwork.compose.values import Canvas
from artwork.errors import SettingsError

VERSION = 1
KEYS = frozenset({"aspect", "widths", "formats", "safe_area", "treatment"})


def read_canvases(path: Traversable | None = None) -> tuple[Canvas, ...]:
    """The canvases of a file, in its order.

    Args:
        path: `assets/canvases.toml` when None.

    Raises:
        SettingsError: the file cannot be read, or a canvas in it makes no sense.
    """
    place = path or files("assets") / "canvases.toml"
    try:
        content = tomllib.loads(place.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the canvases in {place}: {error}") from error
    if content.get("version") != VERSION or not content.get("canvas"):
        raise SettingsError(f"{place} holds no canvases of version {VERSION}")
    return tuple(_canvas(name, entry, content) for name, entry in content["canvas"].items())


def _canvas(name: str, entry: Mapping[str, Any], content: Mapping[str, Any]) -> Canvas:
    if unknown := set(entry) - KEYS:
        raise SettingsError(f"canvas {name}: {min(unknown)} is not one of {', '.join(sorted(KEYS))}")
    try:
        across, down = entry["aspect"].split(":")
        return Canvas(
            name=name,
            aspect=Fraction(int(across), int(down)),
            widths=tuple(entry["widths"]),
            formats=tuple(entry.get("formats", content.get("formats", ()))),
            safe_area=float(entry.get("safe_area", content.get("safe_area", 0.9))),
            treatment=bool(entry.get("treatment", False)),
        )
    except KeyError as error:
        raise SettingsError(f"canvas {name} has no {error.args[0]}") from error
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"canvas {name}: {error}") from error
