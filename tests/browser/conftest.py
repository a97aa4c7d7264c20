"""A real browser at a real page: the system's Chromium through Playwright, and the page on a port of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_server import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; the test skips where there is none.

    Of a module, not of the session: while it is open an event loop runs in this thread, and other tests want their own.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: `make browser` installs the system's, or says how")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens pages, each of somebody else; every error and every breach of the policy in them fails the test."""
    contexts, visits = [], []

    def open_page(**options: object) -> Visit:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        one = Visit(context.new_page(), [])
        one.page.set_default_timeout(20_000)
        one.page.on("pageerror", lambda error: one.problems.append(f"error: {error}"))
        one.page.on("dialog", lambda dialog: (one.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        one.page.on("console", lambda line: one.problems.append(line.text) if _is_problem(line) else None)
        visits.append(one)
        return one

    yield open_page
    found = [problem for one in visits for problem in one.problems]
    for context in contexts:
        context.close()
    assert found == []


def _is_problem(line: ConsoleMessage) -> bool:
    # A proof that is refused answers 404 by design; the browser writes that down as an error of its own.
    return line.type == "error" and "status of 404" not in line.text and "status of 409" not in line.text


@pytest.fixture(scope="session")
def screens() -> Path | None:
    """Where screenshots go, when somebody wants to look at them: ARTWORK_SCREENS."""
    folder = os.environ.get("ARTWORK_SCREENS")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
