"""In a real browser nothing that a film or a person is called runs, and nothing breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile import HOSTILE
from review_builders import TITLE, stock
from review_server import Visit, serving, settled

from artwork.compose.treatment import Billing
from artwork.domain import Title
from artwork.review.app import Equipment
from artwork.review.press import Run
from artwork.review.proofs import Announced
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A hundred titles of hostile names; the first of them with a hundred frames of hostile notes and reasons."""
    store = tmp_path / "store"
    name = HOSTILE[0]
    title = replace(TITLE, name=name, genres=HOSTILE[:3], location=f"/films/{HOSTILE[1]}")
    stock(store, frames=len(HOSTILE), candidates=range(len(HOSTILE)), title=title)
    with closing(Catalog.open(store)) as catalog:
        for number, words in enumerate(HOSTILE):
            other = replace(TITLE, id=f"t{number}", name=words, location=f"/films/{words}", genres=(words,))
            with catalog.acquire(other.id) as lease:
                catalog.record_refused_title(lease, other, words)
        journal = Journal(catalog.database)
        changes = [
            Change(f"f{number}", Action.VERDICT, {"verdict": "rejected", "reason": words})
            for number, words in enumerate(HOSTILE)
        ]
        journal.append(TITLE.id, changes, "Ben <script>window.hit=1</script>")
        notes = [Change(f"f{number}", Action.NOTE, {"note": words}, number + 1) for number, words in enumerate(HOSTILE)]
        journal.append(TITLE.id, notes, "Ben <script>window.hit=1</script>")
    with serving(store, Equipment(press=Talkative(), announce=announce)) as at:
        yield at


class Talkative:
    """A press that says hostile things."""

    def difference(self) -> list[str]:
        return list(HOSTILE)

    def start(self, by: str) -> bool:
        raise NotImplementedError

    def state(self) -> Run:
        return Run(HOSTILE[0], lines=HOSTILE)


def announce(title: Title) -> Announced:
    """A hundred languages, the names and the problems in them hostile; tags that no standard knows."""
    billings = [Billing(name, f"x{number}") for number, name in enumerate(HOSTILE[:90])]
    return Announced((Billing(title.name), *billings), {f"y<b>{n}": words for n, words in enumerate(HOSTILE[90:])})


def test_nothing_runs_and_nothing_breaks(visit: Callable[..., Visit], address: str) -> None:
    one = visit()
    one.come_in(address, "Ada", "/")
    page = one.page
    assert page.locator(".card").count() == len(HOSTILE) + 1
    for path in ("/journal", "/titles/harbour"):
        page.goto(address + path)
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".tile").count() == len(HOSTILE)
    page.keyboard.press(" ")
    page.wait_for_selector("dialog.look .history")
    page.wait_for_selector("#look-language")
    assert page.locator("#look-language option").count() == len(HOSTILE) + 1
    page.fill("#note-words", HOSTILE[1])
    page.locator("#note-words").blur()
    settled(page)
    page.locator("dialog.look").focus()
    page.keyboard.press("r")
    page.fill("#reason-words", HOSTILE[2])
    page.keyboard.press("Enter")
    settled(page)
    page.locator("dialog.look").focus()
    page.keyboard.press("Escape")
    assert page.locator(".tile").first.locator(".why").inner_text() == HOSTILE[2]
    assert page.evaluate("() => window.hit === undefined")
    _harmless(page)
    page.goto(address + "/publish")
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#difference li").count() == page.locator("#lines li").count() == len(HOSTILE)
    _harmless(page)


def _harmless(page: Page) -> None:
    """Nothing that was said became an element, ran, or widened the page."""
    assert page.evaluate("() => window.hit === undefined")
    assert (
        page.evaluate("() => document.querySelectorAll('script:not([src]), iframe, base, form[action*=evil]').length")
        == 0
    )
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
