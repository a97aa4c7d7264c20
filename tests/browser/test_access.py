"""For everybody: axe finds nothing serious, in light and dark, on a laptop and on a tablet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_builders import stock
from review_server import Visit, serving, settled

from artwork.compose.treatment import Billing
from artwork.domain import Title
from artwork.review.app import Equipment
from artwork.review.press import Run
from artwork.review.proofs import Announced

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = "axe-core@4.10.3"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The rules, from ARTWORK_AXE (a file axe.min.js), else from npm, outside the checkout; skips where neither is."""
    given = os.environ.get("ARTWORK_AXE")
    if given:
        return Path(given).read_text("utf-8")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no axe-core: set ARTWORK_AXE to its axe.min.js, or install npm")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run([npm, "install", "--silent", "--no-audit", AXE], cwd=folder, capture_output=True, check=False)
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if done.returncode or not script.exists():
        pytest.skip("npm cannot fetch axe-core here: set ARTWORK_AXE to its axe.min.js")
    return script.read_text("utf-8")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    stock(tmp_path / "store", frames=16, candidates=(1, 3, 5, 6, 9, 11, 12))
    with serving(tmp_path / "store", Equipment(press=Printed(), announce=announce)) as at:
        yield at


class Printed:
    """A press whose last run is over."""

    def difference(self) -> list[str]:
        return ["harbour: 2 pictures added, 12 canvases to compose"]

    def start(self, by: str) -> bool:
        raise NotImplementedError

    def state(self) -> Run:
        return Run("Ben", lines=("harbour: ok: 2 approved, 12 renditions",))


def announce(title: Title) -> Announced:
    return Announced((Billing(title.name), Billing("Der Hafen", "de")))


def serious(page: Page, axe: str) -> list[str]:
    """What axe finds that keeps somebody out."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "touch"), [((1280, 720), False), ((820, 1180), True)], ids=["laptop", "tablet"])
def test_axe_finds_nothing_serious(
    visit: Callable[..., Visit],
    address: str,
    axe: str,
    screens: Path | None,
    scheme: str,
    size: tuple[int, int],
    touch: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    width, height = size
    one = visit(color_scheme=scheme, viewport={"width": width, "height": height}, has_touch=touch)
    page, found = one.page, {}

    def look(name: str) -> None:
        if screens:
            page.screenshot(path=screens / f"{name}-{scheme}-{width}.png")
        found[name] = serious(page, axe)
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, name

    page.goto(address + "/enter")
    look("enter")
    one.come_in(address, "Ada", "/")
    look("titles")
    page.goto(address + "/titles/harbour")
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("a")
    page.keyboard.press("r")
    look("reason")
    page.keyboard.press("3")
    page.keyboard.press("x")
    settled(page)
    look("sheet")
    page.keyboard.press("Escape")
    page.keyboard.press(" ")
    page.wait_for_selector(".canvases-strip .finished")
    page.wait_for_timeout(500)
    look("look")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")
    page.wait_for_selector("dialog.compare img")
    look("compare")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.wait_for_selector('.tile[data-kind="refused"]')
    look("refused")
    page.keyboard.press("?")
    look("help")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.select_option("#group", "who")
    page.wait_for_selector("img.face")
    look("who")
    page.goto(address + "/journal")
    look("journal")
    page.goto(address + "/publish")
    page.wait_for_selector("body[data-ready]")
    look("publish")
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (820, 1180)], ids=["laptop", "tablet"])
def test_axe_finds_nothing_serious_where_people_are_named(
    visit: Callable[..., Visit], address: str, axe: str, scheme: str, size: tuple[int, int]
) -> None:
    one = visit(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    one.come_in(address, "Ada", "/titles/harbour")
    page = one.page
    page.wait_for_selector("#people-button:not([hidden])")
    page.keyboard.press("n")
    page.locator("dialog.people input").first.fill("The Keeper")
    with page.expect_response("**/cast"):
        page.keyboard.press("Enter")
    page.wait_for_selector(".people-list li[data-label='The Keeper']")
    assert serious(page, axe) == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator("dialog.people .close").click()
    page.locator(".picture").first.focus()
    page.keyboard.press(" ")
    page.wait_for_selector(".who input")
    assert serious(page, axe) == []
