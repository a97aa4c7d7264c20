"""The commands on titles: films to candidates, what the catalogue holds, and what people say of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipelines.console import SOME_REFUSED, Json, Store, TitleId, Verbose, print_rows, say
from pipelines.logs import set_up_logs
from pipelines.premises import premises
from pipelines.settings import Settings, load_settings

app = typer.Typer()

FILMS = "Films, or folders of films. Write -- before names that begin with a dash."


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help=FILMS)] = None,
    titles: Annotated[Path | None, typer.Option(help="A manifest of titles, .csv or .jsonl.")] = None,
    engine: Annotated[Literal["local", "ray"] | None, typer.Option(help="Where the batch runs.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Titles worked on at once.")] = None,
    scan: Annotated[
        Literal["full", "quick"] | None, typer.Option(help="Every frame, or key frames and what changed.")
    ] = None,
    store: Store = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Find the frames worth showing: films to shots, annotated frames and a short list; resumable."""
    set_up_logs(verbose=verbose)
    settings = load_settings(store=store, engine=engine, workers=workers, scan=scan)
    from pipelines.ingest import ingest_paths, sentence

    if not paths and titles is None:
        raise typer.BadParameter("give films, folders, or --titles MANIFEST", param_hint="PATH...")
    refused = False
    with closing(ingest_paths(paths or [], titles, settings, quiet=as_json and not verbose)) as reports:
        for report in reports:
            refused |= report.status in {"refused", "partial"}
            say(report.as_row() if as_json else sentence(report))
    if refused:
        raise typer.Exit(SOME_REFUSED)


@app.command()
def titles(store: Store = None, as_json: Json = False) -> None:
    """The titles in the catalogue."""
    _list(store, as_json, lambda shelf: shelf.titles())


@app.command()
def shots(title: TitleId, store: Store = None, as_json: Json = False) -> None:
    """The shots of a title."""
    _list(store, as_json, lambda shelf: shelf.shots(title))


@app.command()
def candidates(
    title: TitleId,
    refused: Annotated[bool, typer.Option("--refused", help="The frames left out, with reasons.")] = False,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """The frames proposed as artwork for a title, or those refused."""
    _list(store, as_json, lambda shelf: shelf.refusals(title) if refused else shelf.candidates(title))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="candidates, frames, shots, refusals or catalog.")],
    to: Annotated[
        Literal["jsonl", "csv", "parquet", "otio", "edl", "coco"],
        typer.Option(help="Format; otio, edl and coco hold the shots or candidates of one --title."),
    ] = "jsonl",
    out: Annotated[Path | None, typer.Option(help="File; without it jsonl and csv go to stdout.")] = None,
    title: Annotated[list[str] | None, typer.Option(help="Only this title; may be given again.")] = None,
    store: Store = None,
) -> None:
    """Write what the catalogue holds to a file: embeddings and annotations included."""
    settings = load_settings(store=store)
    if to in {"otio", "edl", "coco"}:
        _interchange(settings, what, to, out, title or [])
        return
    from pipelines.export import export_catalog

    export_catalog(settings, what, to, out, title or [])


def _interchange(settings: Settings, what: str, to: str, out: Path | None, titles: list[str]) -> None:
    if out is None or len(titles) != 1:
        raise typer.BadParameter(f"{to} holds one title in one file: add --title TITLE --out FILE", param_hint="--to")
    from pipelines.interchange import interchange
    from pipelines.store import open_catalog

    with open_catalog(settings, create=False) as catalog:
        interchange(catalog, what, to, out, titles[0])


verdicts = typer.Typer(help="What people decided, as a CSV file: out, and in again.", no_args_is_help=True)
app.add_typer(verdicts, name="verdicts")


@verdicts.command("export")
def verdicts_export(
    title: Annotated[list[str] | None, typer.Option(help="Only this title; may be given again.")] = None,
    store: Store = None,
) -> None:
    """Every candidate and its verdict, as CSV on stdout."""
    settings = load_settings(store=store)
    from pipelines.verdicts import export_verdicts

    export_verdicts(settings, sys.stdout, title or [])


@verdicts.command("import")
def verdicts_import(
    file: Annotated[Path, typer.Argument(help="CSV with at least title, frame and verdict.")],
    reviewer: Annotated[str, typer.Option(help="In whose name; by default who is at this machine.")] = "",
    store: Store = None,
    as_json: Json = False,
) -> None:
    """The verdicts of a CSV file stand, as if they had been given on the page."""
    settings = load_settings(store=store)
    from pipelines.verdicts import import_verdicts

    report = asdict(import_verdicts(settings, file, reviewer))
    say(report if as_json else ", ".join(f"{name} {value}" for name, value in report.items()))


people = typer.Typer(help="Who is who, as a CSV file of faces: out, and in again.", no_args_is_help=True)
app.add_typer(people, name="people")


@people.command("export")
def people_export(
    title: Annotated[list[str] | None, typer.Option(help="Only this title; may be given again.")] = None,
    store: Store = None,
) -> None:
    """Every face, who the page takes it for, and the name that somebody gave it, as CSV on stdout."""
    settings = load_settings(store=store)
    from pipelines.people import export_people

    export_people(settings, sys.stdout, title or [])


@people.command("import")
def people_import(
    file: Annotated[Path, typer.Argument(help="CSV with at least title, frame, face and name.")],
    reviewer: Annotated[str, typer.Option(help="In whose name; by default who is at this machine.")] = "",
    store: Store = None,
    as_json: Json = False,
) -> None:
    """The faces of a CSV file have these names, as if they had been given on the page."""
    settings = load_settings(store=store)
    from pipelines.people import import_people

    report = asdict(import_people(settings, file, reviewer))
    say(report if as_json else ", ".join(f"{name} {value}" for name, value in report.items()))


@app.command()
def review(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page listens.")] = 8010,
    host: Annotated[str, typer.Option(help="Address; beyond this machine only with a login.")] = "127.0.0.1",
    store: Store = None,
    verbose: Verbose = False,
) -> None:
    """The page for creative teams: look at candidates, approve, reject, move the focal point."""
    set_up_logs(verbose=verbose)
    settings = load_settings(store=store)
    premises(settings)
    from pipelines.review import run_review

    run_review(settings, settings.review, port, host)


@app.command()
def publish(
    title: Annotated[list[str] | None, typer.Option(help="Only this title; may be given again.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Say what would change; compose and write nothing.")] = False,
    static: Annotated[Path | None, typer.Option(help="A folder that is to hold the same files, with an index.")] = None,
    store: Store = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Approved candidates become renditions for every canvas, and a snapshot that is served from now on."""
    set_up_logs(verbose=verbose)
    settings = load_settings(store=store)
    premises(settings)
    if diff:
        if static is not None:
            raise typer.BadParameter("--diff writes nothing: leave --static out", param_hint="--static")
        from pipelines.difference import difference

        changes = list(difference(settings, title or []))
        if as_json or changes:
            print_rows((change.as_row() for change in changes), as_json)
        else:
            say("nothing would change")
        return
    from pipelines.publish import publish as publish_titles

    ended = publish_titles(
        settings, title or [], lambda report: say(report.as_row() if as_json else str(report)), quiet=as_json
    )
    say(ended.as_row() if as_json else str(ended))
    if static is not None:
        from pipelines.static_folder import write_static

        count = write_static(settings, static)
        say({"static": str(static), "files": count} if as_json else f"{static} holds its {count} files")
    if ended.refused:
        raise typer.Exit(SOME_REFUSED)


def _list(store: str | None, as_json: bool, rows: Callable[[Any], Iterable[Mapping[str, object]]]) -> None:
    from pipelines.listing import open_shelf

    with open_shelf(load_settings(store=store)) as shelf:
        print_rows(rows(shelf), as_json)
