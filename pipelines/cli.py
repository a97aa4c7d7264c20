"""The command `artwork`: thin; each command loads the settings, calls one process and prints what it gave.

Exit 0 done; 1 failed; 2 wrong usage; 3 done, but some titles were refused or partial; 130 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from artwork.errors import ArtworkError
from pipelines import cli_learning, cli_serving, cli_titles
from pipelines.console import FAILED, SOME_REFUSED, STOPPED, Json, Store, Verbose, harmless, print_rows
from pipelines.logs import set_up_logs
from pipelines.settings import load_settings

app = typer.Typer(
    help="From a film to the picture that makes each member press play.",
    epilog="Exit 0: done; 1: failed, one line says why; 2: wrong usage; 3: done, but some titles were refused or "
    "partial; 130: stopped, the same command goes on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(cli_titles.app)
app.add_typer(cli_serving.app)
app.add_typer(cli_learning.app)
house = typer.Typer()
"""What is asked of the machine and the store rather than of titles or members: last in the list of commands."""
app.add_typer(house)


@house.command()
def models(
    fetch: Annotated[bool, typer.Option("--fetch", help="Download the missing files from their sources.")] = False,
    as_json: Json = False,
) -> None:
    """The model files that this software can use, and which of them are here."""
    from pipelines.models import model_rows

    print_rows(model_rows(load_settings(), fetch=fetch), as_json)


@house.command()
def settings(store: Store = None, as_json: Json = False) -> None:
    """Every setting, its value in this run, and its default."""
    from pipelines.settings import setting_rows

    print_rows(setting_rows(load_settings(store=store)), as_json)


@house.command()
def doctor(store: Store = None, as_json: Json = False) -> None:
    """Whether this machine is fit: packages, model files, processors, disk."""
    from pipelines.doctor import examine

    rows = examine(load_settings(store=store))
    print_rows(rows, as_json)
    if any(row["state"] == "bad" for row in rows):
        raise typer.Exit(FAILED)


@house.command()
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be free; remove nothing.")] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Remove from the store what nothing needs any more: old beliefs, snapshots, models, pictures."""
    settings = load_settings(store=store)
    from pipelines.tidy import tidied_words
    from pipelines.tidy import tidy as tidy_store

    told = tidy_store(settings, dry_run=dry_run)
    print_rows((one.as_row() for one in told), as_json)
    sys.stderr.write(tidied_words(told, dry_run=dry_run) + "\n")


@house.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for films, catalogue and report.")] = Path("demo"),
    films: Annotated[Path | None, typer.Option(help="A folder of your own films instead of the samples.")] = None,
    verbose: Verbose = False,
) -> None:
    """Sample films, or your own, to a picture for every simulated member, with a report to look at."""
    set_up_logs(verbose=verbose)
    from pipelines.demo import run_demo

    # Its reviewer and its members stay among themselves, whatever catalogue the environment names.
    if run_demo(out, films, load_settings(store=str(out / "store"), catalog_url="", blobs_url="")):
        raise typer.Exit(SOME_REFUSED)


def main() -> None:
    """The command's entry: every error raised on purpose becomes one line and exit 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service that stops us is Ctrl-C to the batch
    _write_any_script()
    try:
        app()
    except ArtworkError as error:
        _leave(FAILED, str(error))
    except OSError as error:
        # What the rooms read and write they speak of themselves: left over is what we print.
        _leave(FAILED, f"cannot write the output: {error.strerror or error}")
    except SystemExit as left:
        said = "stopped; run the same command again to go on" if left.code == STOPPED else ""
        _leave(left.code if isinstance(left.code, int) else FAILED, said)


def _write_any_script() -> None:
    """A title may be called anything: a file or a program gets UTF-8, a terminal what its encoding can show of it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _leave(code: int, line: str = "") -> NoReturn:
    """The process ends now, whatever a thread still waits for: what was recorded is whole, and children end with us."""
    with suppress(OSError, ValueError):
        if line:
            sys.stderr.write("artwork: " + harmless(" ".join(line.split())) + "\n")
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        code = code or FAILED
    if code in {FAILED, STOPPED}:
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
