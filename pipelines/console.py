"""What every command shares: its common options, and how answers are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

FAILED, SOME_REFUSED, STOPPED = 1, 3, 130
JOINERS = "\u200c\u200d"

Store = Annotated[str | None, typer.Option("--store", help="Folder of the catalogue and the pictures.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say on stderr what is being done.")]
TitleId = Annotated[str, typer.Argument(help="Id of a title, as `artwork titles` lists it.")]


def harmless(text: str) -> str:
    """The text on one line: what films and titles are called moves no cursor, colours nothing and turns nothing round.

    What cannot be seen becomes a blank, but for the joiners that Persian and Hindi spelling needs.
    """
    return "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text)


def print_rows(rows: Iterable[Mapping[str, object]], as_json: bool) -> None:
    """The rows as JSON lines, or as a table for people."""
    if as_json:
        for row in rows:
            say(row)
        return
    from pipelines.listing import table

    sys.stdout.write(table(list(rows)))


def say(line: Mapping[str, object] | str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write((harmless(line) if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n")
    sys.stdout.flush()
