"""The commands of learning: what members like; from the event log to a model, into use, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.console import Json, Store, print_rows, say
from pipelines.premises import premises
from pipelines.settings import load_settings

app = typer.Typer()


@app.command()
def segments(
    history: Annotated[
        list[Path] | None,
        typer.Argument(help="Plays and ratings: CSV, Parquet, MovieLens folders. Without any: the event log."),
    ] = None,
    titles: Annotated[Path | None, typer.Option(help="A manifest with the genres of titles, .csv or .jsonl.")] = None,
    drift: Annotated[bool, typer.Option("--drift", help="Fit nothing: tell the newest fit from the former.")] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Members of like taste: fitted, named, and used from now on."""
    settings = load_settings(store=store)
    place = premises(settings)
    from pipelines.segments import drift_facts, drift_rows, drift_since, make_segments, segment_rows

    if drift:
        if history or titles:
            raise typer.BadParameter("--drift compares fits that were made: give no history", param_hint="--drift")
        found = drift_since(place)
        print_rows(drift_rows(found[0]), as_json)
        facts = drift_facts(*found)
        say(facts if as_json else ", ".join(f"{name} {value}" for name, value in facts.items()))
        return
    made = make_segments(settings, history or [], titles)
    print_rows(segment_rows(made.segmentation), as_json)
    sys.stderr.write(made.sentence + "\n")


@app.command()
def train(
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Only count new events for the pictures in use: minutes, no trees.")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="With --refresh: count all events again.")] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Learn from the event log: what every picture earned, at once; and a model, to be promoted."""
    settings = load_settings(store=store)
    premises(settings)
    from pipelines.learning import refreshed_words, run_refresh, run_train, trained_words

    if refresh:
        row = run_refresh(settings, anew=anew)
        say(row if as_json else refreshed_words(row))
    else:
        row = run_train(settings)
        for line in [row] if as_json else trained_words(row).splitlines():
            say(line)


@app.command()
def promote(
    digest: Annotated[str | None, typer.Argument(help="Of a model in the registry; by default the newest.")] = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Put a model in use, tried first in a process of its own; a running service follows."""
    settings = load_settings(store=store)
    premises(settings)
    from pipelines.learning import moved_words, run_promote

    row = run_promote(settings, digest)
    say(row if as_json else moved_words(row))


@app.command()
def rollback(store: Store = None, as_json: Json = False) -> None:
    """Put back in use what was in use before: snapshot, model, counts and memberships together."""
    settings = load_settings(store=store)
    premises(settings)
    from pipelines.learning import moved_words, run_rollback

    row = run_rollback(settings)
    say(row if as_json else moved_words(row))
