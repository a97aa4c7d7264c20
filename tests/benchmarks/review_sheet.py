"""How soon a sheet of 400 candidates can be used, against a bare HTML page with the same pictures.

    python -m tests.benchmarks.review_sheet

Both are served by the same program to the same browser, each turn in a fresh profile (nothing is cached), turn by turn;
the best turn of each counts. The bare page is 400 `<img>` of the same files, of the same size, in a grid; it is ready
when they have loaded. The sheet is ready when its keys work and every picture in sight stands: it asks for the others
as they come near, which a bare page does not, and that is most of its lead. So the bare page is timed with
`loading="lazy"` too: nothing but pictures, no data, no scripts, its HTML written by the test and not by the server.
That is a floor, not a page that anybody could review with. Then the milliseconds from a key to the tile's verdict.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from review_builders import stock
from review_server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CANDIDATES = 400
TURNS = 5
TARGET = 1.5
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BARE = """<!doctype html><meta charset=utf-8><link rel=stylesheet href=/static/bare.css><div id=grid>{}</div>"""
TILE = '<img src="/pictures/320/{}" width=240 height=135 {} alt="">'
IN_SIGHT = (
    "() => [...document.images].every(one => one.complete || one.getBoundingClientRect().top > innerHeight)"
    " ? performance.now() : 0"
)


def main() -> float:
    """Our milliseconds over theirs: printed with what they are made of."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder) / "store"
        stock(store, frames=CANDIDATES, candidates=range(CANDIDATES), shots=80)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with serving(store) as address:
            ours, bare, lazy, paints = [], [], [], []
            for _ in range(TURNS):
                milliseconds, paint = _sheet(browser, address)
                ours.append(milliseconds)
                paints.append(paint)
                bare.append(_bare(browser, address, ""))
                lazy.append(_bare(browser, address, "loading=lazy decoding=async"))
            key = _key(browser, address)
        browser.close()
    ratio = min(ours) / min(bare)
    print(f"  {CANDIDATES} candidates ready in {min(ours):.0f} ms (first paint {min(paints):.0f} ms)")
    print(f"  the same pictures on a bare page: {min(bare):.0f} ms; ratio {ratio:.2f} (target {TARGET})")
    print(f"  the same page, lazy, until those in sight stand: {min(lazy):.0f} ms; ratio {min(ours) / min(lazy):.2f}")
    print(f"  from a key to its verdict on the tile: {key:.1f} ms")
    return ratio


def _entered(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{address}/enter")
    page.fill("#name", "Ana")
    page.press("#name", "Enter")
    page.wait_for_url(f"{address}/")
    return page


def _sheet(browser: Browser, address: str) -> tuple[float, float]:
    page = _entered(browser, address)
    page.add_init_script(
        "new MutationObserver(() => { if (document.body?.dataset.ready && !window.readyAt) "
        "window.readyAt = performance.now(); }).observe(document, {attributes: true, subtree: true})"
    )
    page.goto(f"{address}/titles/harbour")
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".tile").count() == CANDIDATES
    ready = max(page.evaluate("() => window.readyAt"), _when_in_sight(page))
    paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    page.context.close()
    return ready, paint


def _bare(browser: Browser, address: str, how: str) -> float:
    page = _entered(browser, address)
    asked = f"{address}/api/titles/harbour/tiles?kind=candidate"
    stills = [tile["still"] for tile in page.request.get(asked).json()["tiles"]]
    html = BARE.format("".join(TILE.format(still, how) for still in stills))
    page.route("**/bare", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route(
        "**/bare.css",
        lambda route: route.fulfill(body="#grid{display:flex;flex-wrap:wrap;gap:11px}", content_type="text/css"),
    )
    page.goto(f"{address}/bare", wait_until="load")
    loaded = max(
        page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventStart"), _when_in_sight(page)
    )
    page.context.close()
    return loaded


def _when_in_sight(page: Page) -> float:
    """Milliseconds since the navigation when every picture in sight stood; asked every few of them."""
    while not (seen := page.evaluate(IN_SIGHT)):
        page.wait_for_timeout(2)
    return float(seen)


def _key(browser: Browser, address: str) -> float:
    page = _entered(browser, address)
    page.goto(f"{address}/titles/harbour")
    page.wait_for_selector("body[data-ready]")
    page.evaluate(
        "() => { addEventListener('keydown', () => { window.pressed = performance.now(); }, true);"
        "new MutationObserver(() => { window.judged ??= performance.now() - window.pressed; })"
        ".observe(document.querySelector('.tile'), {attributes: true, attributeFilter: ['data-verdict']}); }"
    )
    page.keyboard.press("a")
    page.wait_for_selector('.tile[data-verdict="approved"]')
    judged: float = page.evaluate("() => window.judged")
    page.context.close()
    return judged


if __name__ == "__main__":
    main()
