"""The review page on a port of this machine, and a person's browser at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from review_builders import ROLES

from artwork.review.app import Equipment, create_app
from artwork.review.people import ReviewParams
from artwork.review.serving import ReviewServer
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True)
class Visit:
    """A browser page, and what went wrong in it."""

    page: Page
    problems: list[str]

    def come_in(self, address: str, name: str, path: str) -> None:
        """The person is at that page."""
        self.page.goto(address + path)
        self.page.fill("#name", name)
        self.page.press("#name", "Enter")
        self.page.wait_for_url(address + path)


@contextmanager
def serving(store: Path, equipment: Equipment | None = None) -> Iterator[str]:
    """The page over a store, on a free port: its address."""
    with closing(Catalog.open(store)) as catalog:
        app = create_app(catalog, Blobs(store / "blobs"), ReviewParams(roles=ROLES), equipment)
        server = ReviewServer(app, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://localhost:{port}"
        finally:
            server.should_exit = True
            thread.join()


def verdicts(page: Page) -> list[str]:
    """The verdicts of the tiles, in their order."""
    found: list[str] = page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.dataset.verdict)")
    return found


def settled(page: Page) -> None:
    """Everything that was pressed has been answered."""
    page.wait_for_selector("body:not(.saving)")
