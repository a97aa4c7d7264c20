"""The commands of serving: the decision service, and the keys that open it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.console import Json, Store, Verbose, print_rows, say
from pipelines.premises import premises
from pipelines.settings import load_settings
from ranking.serve.keys import Scope

if TYPE_CHECKING:
    from ranking.serve.keyfile import KeyFile

app = typer.Typer()
KeyName = Annotated[str, typer.Argument(help="What the key is called.")]


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where it listens; 0: any that is free.")] = None,
    host: Annotated[str | None, typer.Option(help="Address; beyond this machine only with keys.")] = None,
    store: Store = None,
    verbose: Verbose = False,
) -> None:
    """The decision service: which picture for which member, over HTTP, and what came of it."""
    settings = load_settings(store=store)
    premises(settings)
    from pipelines.serve import Orders, serve_in_own_process

    params = settings.serve
    params = params if port is None else replace(params, port=port)
    params = params if host is None else replace(params, host=host)
    serve_in_own_process(Orders(settings.store, settings.blobs_url, params, verbose))


keys = typer.Typer(help="The API keys of the decision service; a running one follows.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command("add")
def keys_add(
    name: KeyName,
    scope: Annotated[list[Scope], typer.Option(help="decide, events or admin; may be given again.")],
    per_second: Annotated[float, typer.Option(min=0, help="Requests let through a second; 0: any number.")] = 0.0,
    at_once: Annotated[int, typer.Option(min=0, help="Requests let through in a burst; 0: those of a second.")] = 0,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Make a key and show it, this once: only its hash is kept."""
    key = _file(store).add(name, list(dict.fromkeys(scope)), per_second, at_once)
    say({"name": name, "scopes": [str(one) for one in dict.fromkeys(scope)], "key": key} if as_json else key)


@keys.command("list")
def keys_list(store: Store = None, as_json: Json = False) -> None:
    """The keys, by name: what each opens, and how often."""
    file = _file(store)
    records = file.records()
    rows = [
        {"name": one.name, "scopes": ", ".join(one.scopes), "per_second": one.per_second, "at_once": one.at_once}
        for one in records or []
    ]
    print_rows(rows, as_json)
    if not records:
        _say_who_may_ask(file, closed=records is not None)


@keys.command("remove")
def keys_remove(name: KeyName, store: Store = None) -> None:
    """A key opens nothing any more."""
    file = _file(store)
    file.remove(name)
    if not file.records():
        _say_who_may_ask(file, closed=True)


def _say_who_may_ask(file: KeyFile, *, closed: bool) -> None:
    """Without a key: nobody where there were keys, anybody on this machine where there never were."""
    nobody = f"no key is left: nobody may ask (delete {file.place} and start the service again to ask without keys)"
    sys.stderr.write((nobody if closed else "there are no keys: whoever is on this machine may ask") + "\n")


def _file(store: str | None) -> KeyFile:
    from ranking.serve.keyfile import KeyFile

    return KeyFile(premises(load_settings(store=store)))
