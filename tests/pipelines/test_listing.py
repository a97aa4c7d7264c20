"""Tables for people, of which programs and people copy ids."""

from __future__ import annotations

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
