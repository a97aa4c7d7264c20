"""A line chart without a library: places in per cent of the plot, so that a page can draw it at any size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 5
_SLACK = 1e-9
"""Of a step: a value that is a whole number of them but for rounding is one."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, the name of its look, and a value for every step across."""

    name: str
    look: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A value on an axis, and its place in per cent of it."""

    label: str
    place: float


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line as SVG's `points` has it, and where it ends. `label`: where its name stands, apart from the others'."""

    series: Series
    points: str
    end: float
    label: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines and axes. Across, the first value lies at 0 and the last at 100; up, 0 is the lowest."""

    lines: tuple[DrawnLine, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def chart(series: Sequence[Series], names: Sequence[str], apart: float = 8.0) -> Chart:
    """The lines over a common scale of shares, whose ends are whole steps.

    Args:
        series: each with a value for every name; at least one.
        names: of the steps across.
        apart: per cent of the height between the names of two lines.
    """
    values = [value for each in series for value in each.values]
    low, high, step = _scale(min(values), max(values))
    width = max(1, len(names) - 1)

    def height(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    ends = [height(each.values[-1]) for each in series]
    lines = tuple(
        DrawnLine(
            each,
            " ".join(
                f"{round(100 * place / width, 2)},{100 - height(value)}" for place, value in enumerate(each.values)
            ),
            end,
            label,
        )
        for each, end, label in zip(series, ends, _spread(ends, apart), strict=True)
    )
    across = tuple(Tick(name, round(100 * place / width, 2)) for place, name in enumerate(names))
    count = round((high - low) / step)
    up = tuple(Tick(_percent(low + place * step, step), height(low + place * step)) for place in range(count + 1))
    return Chart(lines, across, up)


def _scale(least: float, most: float) -> tuple[float, float, float]:
    """Round ends around the values, and the step between ticks."""
    span = (most - least) or 0.01
    size = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
    step = next(size * factor for factor in _STEPS if size * factor * _MOST_TICKS >= span)
    low = math.floor(least / step + _SLACK) * step
    high = math.ceil(most / step - _SLACK) * step
    return max(0.0, low), high if high > low else low + step, step


def _spread(places: Sequence[float], apart: float) -> list[float]:
    """The places, moved as little as brings each `apart` from the next; in the order given."""
    order = sorted(range(len(places)), key=lambda number: (places[number], number))
    moved = list(places)
    for before, number in pairwise(order):
        moved[number] = max(moved[number], moved[before] + apart)
    over = max(0.0, max(moved, default=0.0) - 100.0)
    if over:
        ceiling = 100.0
        for number in reversed(order):
            moved[number] = min(moved[number], ceiling)
            ceiling = moved[number] - apart
    return [round(place, 2) for place in moved]


def _percent(value: float, step: float) -> str:
    digits = 0 if 100 * step >= 1 and math.isclose(100 * step, round(100 * step)) else 1
    return f"{100 * value:.{digits}f}\N{NO-BREAK SPACE}%"
