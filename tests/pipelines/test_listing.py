"""Tables for people, of which programs and people copy ids."""

from __future__ import annotations

import pytest

from pipelines.console import say
from pipelines.listing import table


def test_off_a_terminal_a_row_is_a_line_and_nothing_is_cut() -> None:
    """`artwork candidates film | grep ...`."""
    still = "ab/" + "ab" * 32 + ".jpg"
    lines = table([{"id": "7c051f21441e7" * 4, "at_seconds": 1.5, "themes": ["a", "b"], "still": still, "more": {}}])
    assert lines.splitlines()[0].split() == ["id", "at_seconds", "themes", "still"]
    assert lines.splitlines()[1].split() == ["7c051f21441e7" * 4, "1.500", "a,", "b", still]
    assert lines.count("\n") == 2


def test_nothing_is_said_to_be_nothing() -> None:
    """An empty catalogue."""
    assert table([]) == "nothing there\n"


def test_no_name_speaks_to_the_terminal() -> None:
    """Colours, the window's title, a cleared screen, text turned round; a joiner is spelling."""
    row = {"name": "a\x1b[31mb\x1b]0;c\x07\u202ed\u200ce", "genres": ["x\x9b2J\ny"], "url": "f\udc80"}
    assert table([row]).splitlines()[1].split() == ["a", "[31mb", "]0;c", "d\u200ce", "x", "2J", "y", "f"]


def test_nor_does_a_line_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    say("film\x1b[2J.mp4: refused")
    assert capsys.readouterr().out == "film [2J.mp4: refused\n"
