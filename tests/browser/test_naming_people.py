"""In a browser: people are named by keyboard, put together, undone; others see it; names are only ever text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile import HOSTILE
from review_builders import stock
from review_server import Visit, serving, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIELDS = ".people-list input"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Sixteen frames, eight of them with a face; the built-in embedder takes each painted head for somebody else."""
    stock(tmp_path / "store", frames=16, candidates=(1, 3, 5, 6, 9, 11, 12))
    with serving(tmp_path / "store") as at:
        yield at


def arrived(visit: Callable[..., Visit], address: str, name: str, **options: object) -> Page:
    one = visit(**options)
    one.come_in(address, name, "/titles/harbour")
    one.page.wait_for_selector("body[data-ready]")
    one.page.wait_for_selector("#people-button:not([hidden])")
    return one.page


def eventually(page: Page, expression: str) -> None:
    """The expression is true, within five seconds; the page's policy lets no test wait for it inside."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {expression}")


def labels(page: Page) -> list[str]:
    return page.locator(".people-list .label > bdi").all_inner_texts()


def call(page: Page, place: int, name: str) -> None:
    """The person on that line gets the name, by keyboard; the list has been answered and drawn anew."""
    page.locator(FIELDS).nth(place).fill(name)
    with page.expect_response("**/cast"):
        page.keyboard.press("Enter")
    settled(page)


def test_people_are_named_put_together_and_undone_by_keyboard(visit: Callable[..., Visit], address: str) -> None:
    page = arrived(visit, address, "Ana")
    page.keyboard.press("n")
    page.wait_for_selector("dialog.people")
    before = labels(page)
    assert before[0] == "person 1"
    under_cursor = page.evaluate("document.activeElement.getAttribute('aria-label')").removeprefix("Name of ")
    assert under_cursor in before
    call(page, before.index(under_cursor), "Ada Lovelace")
    eventually(page, "document.activeElement.getAttribute('aria-label') === 'Name of Ada Lovelace'")
    assert "Named Ada Lovelace" in page.locator("#said").inner_text()
    place = next(number for number, one in enumerate(labels(page)) if one != "Ada Lovelace")
    call(page, place, "ada lovelace")
    eventually(page, f"document.querySelectorAll('.people-list li').length === {len(before) - 1}")
    assert page.locator("#people-names option").evaluate_all("all => all.map(one => one.value)") == ["Ada Lovelace"]
    page.locator("dialog.people .close").click()
    page.select_option("#group", "who")
    assert "Ada Lovelace" in page.locator(".group h2 bdi").all_inner_texts()
    page.select_option("#who", "Ada Lovelace")
    eventually(page, "document.querySelectorAll('.tile').length > 0")
    page.keyboard.press("Escape")
    for _ in range(2):
        with page.expect_response("**/cast"):
            page.locator("#undo-button").click()
    eventually(page, "!document.querySelector('#who').textContent.includes('Ada')")
    page.locator("#people-button").click()
    page.wait_for_selector(FIELDS)
    assert page.locator(".tile").count() == 7  # nobody is called what the sheet was filtered by
    assert labels(page) == before


def test_a_name_is_cleared_and_one_being_typed_is_not_lost_to_another_reviewer(
    visit: Callable[..., Visit], address: str
) -> None:
    ana, ben = arrived(visit, address, "Ana"), arrived(visit, address, "Ben")
    for page in (ana, ben):
        page.locator("#people-button").click()
        page.wait_for_selector(FIELDS)
    ben.locator(FIELDS).nth(1).fill("half a na")
    call(ana, 0, "Ada")
    ben.wait_for_selector(".people-list li[data-label='Ada']")
    assert "Ana named Ada." in ben.locator("#notices").inner_text()
    assert ben.evaluate("document.activeElement.value") == "half a na"
    with ana.expect_response("**/cast"):
        ana.get_by_role("button", name="Clear the name Ada").click()
    ben.wait_for_selector(".people-list li[data-label='person 1']")
    assert "Ada" not in ben.locator("#who").inner_text()


def test_the_close_look_names_one_face_alone(visit: Callable[..., Visit], address: str) -> None:
    page = arrived(visit, address, "Ana")
    page.keyboard.press(" ")
    field = page.locator(".who input")
    field.fill("The Keeper")
    with page.expect_response("**/cast"):
        field.press("Enter")
    eventually(page, "document.querySelector('.who input').value === 'The Keeper'")
    eventually(page, "document.activeElement === document.querySelector('.who input')")
    page.locator("dialog.look .close").click()
    eventually(page, "document.querySelector('#who').textContent.includes('The Keeper')")


def test_a_name_half_typed_in_the_close_look_is_not_lost_to_another_reviewer(
    visit: Callable[..., Visit], address: str
) -> None:
    ana, ben = arrived(visit, address, "Ana"), arrived(visit, address, "Ben")
    ana.keyboard.press(" ")
    ana.locator(".who input").fill("half a na")
    ben.keyboard.press(" ")
    ben.locator(".who input").fill("The Keeper")
    with ben.expect_response("**/cast"):
        ben.locator(".who input").press("Enter")
    ana.wait_for_selector(".who button[aria-label='Rename The Keeper']")
    assert ana.evaluate("[document.activeElement.value, document.activeElement.defaultValue]") == [
        "half a na",
        "The Keeper",
    ]


def test_a_viewer_sees_who_is_who_and_changes_nothing(visit: Callable[..., Visit], address: str) -> None:
    page = arrived(visit, address, "Vera")
    page.locator("#people-button").click()
    page.wait_for_selector(".people-list li")
    assert page.locator(".people-list input, .people-list form").count() == 0
    assert "may look here" in page.locator("dialog.people").inner_text()
    page.locator("dialog.people .close").click()
    page.select_option("#group", "who")
    assert page.get_by_role("button", name="Name", exact=False).count() == 0


def test_no_name_runs_or_breaks_the_page(visit: Callable[..., Visit], address: str) -> None:
    """Those that can be given are shown as they are; those that cannot are refused with the reason."""
    page = arrived(visit, address, "Ana")
    page.locator("#people-button").click()
    page.wait_for_selector(FIELDS)
    for name in [one for one in HOSTILE if "<" in one or "{" in one][:14]:
        call(page, 0, name)
    assert page.locator("dialog.people script, dialog.people svg, dialog.people iframe").count() == 0
    page.locator("dialog.people .close").click()
    page.select_option("#group", "who")
    assert page.evaluate("window.hit") is None
