"""A chart's places, worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.chart import Series, chart


def test_a_line_from_corner_to_corner() -> None:
    drawn = chart([Series("up", "a", (0.10, 0.12, 0.14))], ["1", "2", "3"])
    assert [(tick.label, tick.place) for tick in drawn.up] == [
        ("10\N{NO-BREAK SPACE}%", 0.0),
        ("11\N{NO-BREAK SPACE}%", 25.0),
        ("12\N{NO-BREAK SPACE}%", 50.0),
        ("13\N{NO-BREAK SPACE}%", 75.0),
        ("14\N{NO-BREAK SPACE}%", 100.0),
    ]
    assert drawn.lines[0].points == "0.0,100.0 50.0,50.0 100.0,0.0"
    assert [(tick.label, tick.place) for tick in drawn.across] == [("1", 0.0), ("2", 50.0), ("3", 100.0)]


def test_one_value_alone_is_a_chart() -> None:
    drawn = chart([Series("flat", "a", (0.1,))], ["1"])
    assert drawn.lines[0].points.startswith("0.0,")
    assert len(drawn.up) > 1


def test_names_keep_apart_and_in_order() -> None:
    drawn = chart(
        [Series("a", "a", (0.1, 0.200)), Series("b", "b", (0.1, 0.201)), Series("c", "c", (0.1, 0.1))], ["1", "2"]
    )
    named = {line.series.name: line.label for line in drawn.lines}
    assert named["c"] < named["a"] < named["b"]
    assert named["b"] - named["a"] == pytest.approx(8.0)


@given(st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=5), min_size=1, max_size=5))
def test_every_place_lies_on_the_plot(values: list[list[float]]) -> None:
    length = min(map(len, values))
    drawn = chart([Series("x", "x", tuple(each[:length])) for each in values], [str(day) for day in range(length)])
    for line in drawn.lines:
        for point in line.points.split():
            assert all(-0.01 <= float(part) <= 100.01 for part in point.split(","))
    labels = sorted(line.label for line in drawn.lines)
    assert all(after - before >= 8 - 0.02 for before, after in pairwise(labels))
    assert labels[-1] <= 100
    places = [tick.place for tick in drawn.up]
    assert places == sorted(places)
