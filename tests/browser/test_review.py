"""A small title reviewed in a browser: keys, mouse, two people at once, and the panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_builders import stock
from review_server import Visit, serving, settled, verdicts

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Visits = Callable[..., Visit]
TITLE = "/titles/harbour"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    stock(tmp_path / "store", frames=16, candidates=(1, 3, 5, 6, 9, 11, 12))
    with serving(tmp_path / "store") as at:
        yield at


@pytest.fixture
def sheet(visit: Visits, address: str) -> Page:
    """Ana's sheet, ready."""
    return at_sheet(visit, address, "Ana")


def at_sheet(visit: Visits, address: str, name: str, **options: object) -> Page:
    one = visit(**options)
    one.come_in(address, name, TITLE)
    one.page.wait_for_selector("body[data-ready]")
    return one.page


def test_verdicts_by_keyboard_with_a_reason_and_undo(sheet: Page) -> None:
    sheet.keyboard.press("a")
    sheet.keyboard.press("r")
    sheet.keyboard.press("3")
    sheet.keyboard.press("r")
    sheet.keyboard.type("two left hands")
    sheet.keyboard.press("Enter")
    settled(sheet)
    assert verdicts(sheet)[:4] == ["approved", "rejected", "rejected", "proposed"]
    assert sheet.locator(".tile").nth(1).locator(".why").inner_text() == "Gives the story away"
    assert sheet.locator(".tile").nth(2).locator(".why").inner_text() == "two left hands"
    assert sheet.locator("#tally").inner_text() == "1 approved, 2 rejected, 4 open"
    sheet.keyboard.press("u")
    settled(sheet)
    assert verdicts(sheet)[:3] == ["approved", "rejected", "proposed"]
    assert sheet.locator(".tile.here").get_attribute("data-frame") == "f5"
    sheet.keyboard.press("Shift+U")
    settled(sheet)
    assert verdicts(sheet)[2] == "rejected"


def test_what_is_pressed_in_haste_is_all_kept_in_order(sheet: Page) -> None:
    """Twelve keys without a pause: the last word on each frame holds, and nothing conflicts with itself."""
    for _ in range(3):
        for key in ("a", "ArrowLeft", "x", "x"):
            sheet.keyboard.press(key)
        sheet.keyboard.press("a")
    settled(sheet)
    assert sheet.locator(".notice.conflict").count() == 0
    sheet.reload()
    sheet.wait_for_selector("body[data-ready]")
    assert verdicts(sheet)[:4] == ["approved", "approved", "approved", "proposed"]


def test_one_request_for_a_verdict_and_none_for_moving_or_filtering(sheet: Page) -> None:
    settled(sheet)
    sheet.wait_for_timeout(300)
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(f"{request.method} {request.url.split('/', 3)[3]}"))
    for key in ("ArrowRight", "ArrowDown", "x", "Escape", "g", "g", "g", "g"):
        sheet.keyboard.press(key)
    sheet.fill("#find", "medium")
    sheet.select_option("#sort", "Brightness")
    assert asked == []
    sheet.press("#find", "Escape")
    sheet.keyboard.press("a")
    settled(sheet)
    sheet.wait_for_timeout(300)
    assert asked == ["POST api/titles/harbour/changes"]


def test_filter_sort_and_group(sheet: Page) -> None:
    sheet.fill("#find", "one face")
    assert sheet.locator(".tile").count() == 5
    sheet.fill("#find", "")
    sheet.select_option("#people", "nobody")
    assert sheet.eval_on_selector_all(".tile", "all => all.map(one => one.dataset.frame)") == ["f6", "f12"]
    sheet.select_option("#people", "")
    sheet.select_option("#sort", "Aesthetic")
    assert sheet.locator(".tile").first.get_attribute("data-frame") == "f12"
    sheet.click("#turn")
    assert sheet.locator(".tile").first.get_attribute("data-frame") == "f1"
    sheet.select_option("#group", "shot")
    assert sheet.locator(".group h2").first.inner_text().startswith("Shot 0")
    sheet.fill("#find", "nothing like this")
    assert sheet.locator("#empty").is_visible()
    sheet.click("#clear")
    assert sheet.locator(".tile").count() == 7


def test_bulk_over_a_selection(sheet: Page) -> None:
    sheet.keyboard.press("Control+a")
    assert sheet.locator("#chosen b").inner_text() == "7 chosen"
    sheet.keyboard.press("a")
    settled(sheet)
    assert set(verdicts(sheet)) == {"approved"}
    sheet.keyboard.press("u")
    settled(sheet)
    assert set(verdicts(sheet)) == {"proposed"}


def test_a_refused_frame_is_one_click_away_with_its_reason_and_can_be_brought_back(sheet: Page) -> None:
    sheet.click('[data-kind="refused"]')
    sheet.wait_for_selector('.tile[data-kind="refused"]')
    first = sheet.locator(".tile").first
    frame = first.get_attribute("data-frame")
    assert "Black: brightness" in first.locator(".why").inner_text()
    sheet.keyboard.press("b")
    settled(sheet)
    sheet.click('[data-kind="candidate"]')
    assert sheet.locator(".tile").last.get_attribute("data-frame") == frame
    assert sheet.locator(".tile").last.locator(".hand").is_visible()


def test_a_second_reviewer_sees_what_the_first_does(visit: Visits, address: str, sheet: Page) -> None:
    ben = at_sheet(visit, address, "Ben")
    sheet.wait_for_selector("#presence:has-text('Ben')")
    sheet.keyboard.press("a")
    ben.wait_for_selector('.tile[data-verdict="approved"]')
    assert "Ana approved the frame at" in ben.locator(".notice p").first.inner_text()
    assert ben.locator("#tally").inner_text() == "1 approved, 0 rejected, 6 open"
    assert ben.locator(".facet").first.locator(".chip.has").count() == 6


def test_the_loser_of_a_race_is_asked_and_may_insist(visit: Visits, address: str, sheet: Page) -> None:
    ben = at_sheet(visit, address, "Ben")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ben.route("**/changes", hold)
    ben.keyboard.press("a")
    ben.wait_for_selector("body.saving")
    sheet.keyboard.press("r")
    sheet.keyboard.press("2")
    settled(sheet)
    ben.wait_for_timeout(200)
    held[0].continue_()
    ben.unroute("**/changes")
    ben.wait_for_selector(".notice.conflict")
    assert verdicts(ben)[0] == "rejected"
    assert "Ana rejected the frame at" in ben.locator(".notice.conflict").inner_text()
    ben.click("text=Make mine anyway")
    settled(ben)
    assert verdicts(ben)[0] == "approved"
    sheet.wait_for_selector('.tile[data-frame="f1"][data-verdict="approved"]')


def test_the_focal_point_is_dragged_and_moved_by_keys_and_the_crops_follow(sheet: Page) -> None:
    sheet.keyboard.press("ArrowRight")
    sheet.keyboard.press("f")
    sheet.wait_for_selector(".focal:not([hidden])")
    sheet.wait_for_selector(".view .cut")
    box = sheet.locator(".easel").bounding_box()
    before = sheet.locator('[data-canvas="boxart"] .cut').evaluate("image => image.style.left")
    sheet.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    sheet.mouse.down()
    sheet.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.4, steps=5)
    during = sheet.locator('[data-canvas="boxart"] .cut').evaluate("image => image.style.left")
    sheet.mouse.up()
    settled(sheet)
    assert before != during
    assert sheet.locator(".focal").evaluate("mark => [mark.style.left, mark.style.top]") == ["20%", "40%"]
    sheet.keyboard.press("f")
    sheet.keyboard.press("Shift+ArrowRight")
    sheet.keyboard.press("Enter")
    settled(sheet)
    sheet.reload()
    sheet.wait_for_selector("body[data-ready]")
    sheet.keyboard.press("ArrowRight")
    sheet.keyboard.press(" ")
    assert sheet.locator(".focal").evaluate("mark => mark.style.left") == "25%"


def test_looking_close_shows_overlays_canvases_and_what_is_beside(sheet: Page) -> None:
    sheet.keyboard.press(" ")
    sheet.wait_for_selector(".canvases-strip .finished")
    assert sheet.locator(".canvases-strip li").count() == 6
    assert sheet.locator(".overlay .face").count() == 1
    for name in ("Thirds", "Room for a title"):
        sheet.click(f"button.chip:has-text('{name}')")
    assert sheet.locator(".overlay .third").count() == 4
    assert sheet.locator(".overlay .space").count() == 4
    sheet.click("button.chip:has-text('What stands out')")
    heat = sheet.locator(".layer .heat")
    assert heat.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    sheet.fill("#note-words", "The best of them <b>so far</b>")
    sheet.locator("#note-words").blur()
    settled(sheet)
    sheet.locator("dialog.look").focus()
    sheet.keyboard.press("ArrowRight")
    sheet.wait_for_selector("dialog.look h2:text('0:00.3')")
    sheet.keyboard.press("a")
    settled(sheet)
    sheet.keyboard.press("Escape")
    assert verdicts(sheet)[:2] == ["proposed", "approved"]
    assert sheet.locator(".tile .note").first.inner_text() == "The best of them <b>so far</b>"


def test_compare_two_on_a_canvas_at_real_size(sheet: Page) -> None:
    sheet.keyboard.press("Shift+ArrowRight")
    sheet.keyboard.press("c")
    sheet.select_option("#compare-canvas", "boxart")
    sheet.select_option("#compare-size", "240")
    assert sheet.locator("dialog.compare figure img").count() == 2
    assert sheet.locator("dialog.compare img").first.bounding_box()["width"] == 240
    sheet.keyboard.press("2")
    settled(sheet)
    assert sheet.locator("dialog.compare figure").nth(1).get_attribute("data-verdict") == "approved"


def test_frames_like_one_of_them(sheet: Page) -> None:
    sheet.keyboard.press("s")
    sheet.wait_for_selector("text=Most like the frame")
    assert sheet.locator(".tile").first.get_attribute("data-frame") == "f1"
    assert sheet.locator(".tile").count() == 16
    sheet.click("text=Back to the sheet")
    assert sheet.locator(".tile").count() == 7


def test_everything_works_with_the_mouse(sheet: Page) -> None:
    tile = sheet.locator(".tile").nth(2)
    tile.hover()
    tile.locator(".act.yes").click()
    sheet.locator(".tile").nth(3).hover()
    sheet.locator(".tile").nth(3).locator(".act.no").click()
    sheet.click("text=Unflattering")
    settled(sheet)
    assert verdicts(sheet)[2:4] == ["approved", "rejected"]
    sheet.locator(".picture").nth(4).dblclick()
    sheet.wait_for_selector("dialog.look")
    assert sheet.locator("dialog.look").count() == 1
    sheet.click("text=More like it")
    sheet.wait_for_selector('.notice[data-key="found"]')
    assert sheet.locator("dialog.look").count() == 0
    assert sheet.locator(".tile").count() == 16
    sheet.click("text=Back to the sheet")
    sheet.click("#undo-button")
    settled(sheet)
    assert verdicts(sheet)[2:4] == ["approved", "proposed"]
    sheet.click("#help-button")
    assert "approve" in sheet.locator("dialog.help").inner_text()


def test_a_viewer_is_told_that_they_only_look(visit: Visits, address: str) -> None:
    page = at_sheet(visit, address, "Vera")
    page.keyboard.press("a")
    assert "may look" in page.locator(".notice").inner_text()
    assert verdicts(page)[0] == "proposed"


def test_titles_are_searched_and_filtered(visit: Visits, address: str) -> None:
    one = visit()
    one.come_in(address, "Ana", "/")
    page = one.page
    page.keyboard.press("/")
    page.keyboard.type("harb 1999")
    assert page.locator(".card:visible").count() == 1
    page.select_option("#show", "refused")
    assert page.locator("#count").inner_text() == "0 titles"


def test_the_overlay_lies_on_the_face_that_was_found(sheet: Page) -> None:
    """The face of every odd frame fills 0.4 to 0.54 across and 0.25 to 0.53 down."""
    sheet.keyboard.press(" ")
    sheet.wait_for_selector(".overlay .face")
    found = sheet.evaluate(
        """() => {
            const boxOf = one => document.querySelector(one).getBoundingClientRect();
            const [easel, face] = ['.easel', '.overlay .face'].map(boxOf);
            return [(face.x - easel.x) / easel.width, (face.y - easel.y) / easel.height,
                    face.width / easel.width, face.height / easel.height];
        }"""
    )
    assert found == pytest.approx([0.4, 0.25, 0.14, 0.28], abs=0.01)


def test_what_is_compared_fits_the_window_with_its_verdicts(sheet: Page) -> None:
    sheet.keyboard.press("Shift+ArrowRight")
    sheet.keyboard.press("c")
    for canvas in ("", "boxart", "billboard", "story"):
        sheet.select_option("#compare-canvas", canvas)
        sheet.wait_for_function("() => [...document.querySelectorAll('dialog.compare img')].every(one => one.complete)")
        box = sheet.locator("dialog.compare .verdicts").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, canvas


HIDE = """([hidden]) => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_tab_that_nobody_looks_at_lets_its_line_go_and_catches_up(visit: Visits, address: str, sheet: Page) -> None:
    """A browser keeps six lines to a server: seven open titles would block each other."""
    sheet.evaluate(HIDE, [True])
    ben = at_sheet(visit, address, "Ben")
    ben.keyboard.press("a")
    settled(ben)
    ben.wait_for_timeout(700)
    assert "Ana" not in ben.locator("#presence").inner_text()
    assert verdicts(sheet)[0] == "proposed"
    sheet.evaluate(HIDE, [False])
    sheet.wait_for_selector('.tile[data-frame="f1"][data-verdict="approved"]')


def test_a_link_to_any_frame_opens_it_and_one_to_none_says_so(sheet: Page, address: str) -> None:
    for frame, shown in (("f0", "dialog.look h2"), ("nothing", ".notice.problem")):
        sheet.goto("about:blank")
        sheet.goto(f"{address}{TITLE}#{frame}")
        sheet.wait_for_selector(shown)
    assert "no frame 'nothing' in this title" in sheet.locator(".notice.problem").inner_text()
    sheet.goto("about:blank")
    sheet.goto(f"{address}{TITLE}#%")
    sheet.wait_for_selector("body[data-ready]")
    assert sheet.locator(".tile").count() == 7


def test_busy_colleagues_do_not_cover_the_sheet_with_notices(visit: Visits, address: str, sheet: Page) -> None:
    ben = at_sheet(visit, address, "Ben")
    for _ in range(6):
        ben.keyboard.press("a")
        settled(ben)
        ben.wait_for_timeout(120)
    sheet.wait_for_selector('.tile[data-frame="f11"][data-verdict="approved"]')
    assert 1 <= sheet.locator(".notice").count() <= 3
    for _ in range(3):
        sheet.keyboard.press("s")
    sheet.wait_for_selector('.notice[data-key="found"]')
    assert sheet.locator('.notice[data-key="found"]').count() == 1
    sheet.click('.views [data-kind="candidate"]')
    assert sheet.locator('.notice[data-key="found"]').count() == 0


def test_a_refused_frame_that_is_approved_goes_to_the_candidates_of_everybody(
    visit: Visits, address: str, sheet: Page
) -> None:
    ben = at_sheet(visit, address, "Ben")
    sheet.keyboard.press("3")
    sheet.wait_for_selector('.tile[data-kind="refused"]')
    frame = sheet.locator(".tile").first.get_attribute("data-frame")
    sheet.keyboard.press("a")
    settled(sheet)
    ben.wait_for_selector(f'.tile[data-frame="{frame}"][data-verdict="approved"]')
    sheet.keyboard.press("1")
    assert sheet.locator(".tile").last.get_attribute("data-frame") == frame
    sheet.keyboard.press("u")
    settled(sheet)
    ben.wait_for_selector(f'.tile[data-frame="{frame}"]', state="detached")
    assert ben.locator(".tile").count() == 7
