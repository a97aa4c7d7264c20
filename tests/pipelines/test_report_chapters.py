"""The chapters on artwork and members: whole, self-contained, harmless, whatever films and segments are called."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from page_builders import page

from artwork.domain import Title
from artwork.store.standing import Standing
from pipelines.artwork_page import ArtworkChapter, Hung, PictureRow, TitleArtwork
from pipelines.chronicle import Chronicle, Day
from pipelines.report import Chapters, render_report
from pipelines.season_page import REASONS, UNKNOWN, Answer, Group, Lesson, SeasonChapter, Sight
from pipelines.visitors import World, WorldParams

HOSTILE = '</style><script>alert("1")</script><img src=x onerror=y>'
PIXEL = "data:image/webp;base64,UklGRg=="
WORLD = World(
    ("one", "two"),
    ("a", "b", "c"),
    np.array([0, 0, 1]),
    np.array([[0.1, 0.3, 0.2], [0.5, 0.1, 0.4]]),
    np.arange(40) % 2,
    WorldParams(members=40),
)


def day(number: int, first: int, second: int, reason: str) -> Day:
    """All members see title one: those of kind 0 with option `first`, the others with `second`."""
    member = np.arange(40)
    option = np.where(member % 2 == 0, first, second)
    columns = member, option, np.full(40, reason), member % 5 == 0
    return Day(number, f"{HOSTILE} of day {number}", *columns, 80, 60, 3, "token")


def season(**changes: object) -> SeasonChapter:
    days = (day(1, 1, 1, "explore"), day(2, 0, 1, "cold_start"), day(3, 1, 0, "personalised"))
    even, odd = np.arange(0, 40, 2), np.arange(1, 39, 2)
    parts: dict[str, object] = {
        "chronicle": Chronicle(WORLD, days, np.array([0.00042])),
        "groups": (
            Group(f"drama {HOSTILE}", even, ("drama x1.9",), (("b", 1.5), ("gone", 2.0))),
            Group("comedy", odd, ("comedy x1.4",)),
            Group(UNKNOWN, np.array([39])),
        ),
        "sights": tuple(Sight(name, f"p{number}", "0:01.0", PIXEL) for number, name in enumerate("abc")),
        "names": {"one": f"One {HOSTILE}", "two": "Two"},
        "blind": 1,
        "lessons": (Lesson(1, "artwork train", HOSTILE, 0.5),),
        "answer": Answer("One", HOSTILE, ((Sight("a", "p0", "0:01.0", PIXEL), True, 0.9),)),
        "canvas": "boxart",
        "epoch_seconds": 1,
        "prior_plays": 2.0,
    }
    return SeasonChapter(**{**parts, **changes})


def hung(canvas: str) -> Hung:
    return Hung(canvas, "", 240, 360, PIXEL, f"{HOSTILE} on a {canvas}", 9)


def artwork(*titles: TitleArtwork) -> ArtworkChapter:
    return ArtworkChapter((f"By this rule: {HOSTILE}",), titles, 2, 3, 27, 1_234_567, ("boxart", "story"))


WALL = TitleArtwork(
    Title("one", "one.mp4", f"One {HOSTILE}"),
    (
        PictureRow("a", "0:01.0", pointed=True, fallback=False, hung=(hung("boxart"),), declined=(("story", HOSTILE),)),
        PictureRow("b", "", pointed=False, fallback=True, hung=(), declined=(("boxart", "no room"), ("story", "cut"))),
    ),
    more=1,
)


def written(folder: Path, chapters: Chapters, **changes: object) -> str:
    out = folder / "report.html"
    render_report([page(**changes)], out, chapters=chapters)
    return out.read_text(encoding="utf-8")


def test_the_words_of_films_segments_and_models_stay_words(tmp_path: Path) -> None:
    html = written(tmp_path, Chapters(artwork(WALL), season()))
    assert "<script" not in html
    assert "onerror=y>" not in html.replace("onerror=y&gt;", "")
    assert html.count("&lt;script&gt;") > 8
    assert not re.search(r"https?:|@import", html)
    assert set(re.findall(r'url\("(.{11})', html)) == {"data:image/"}


def test_an_explained_decision_says_which_picture_was_seen_last(tmp_path: Path) -> None:
    """A picture that is less probable than that one may be the one that is believed to be best."""
    best, last = Sight("a", "p0", "0:01.0", PIXEL), Sight("b", "p1", "0:07.5", PIXEL)
    held = Answer("One", "Best.", ((last, False, 0.5), (best, True, 0.4)), last)
    html = written(tmp_path, Chapters(artwork(WALL), season(answer=held)))
    assert "who had seen the one at 0:07.5 last: that one stays with a chance of 50\N{NO-BREAK SPACE}% at least" in html
    assert "who had seen the one" not in written(tmp_path, Chapters(artwork(WALL), season()))


def test_every_reason_has_a_colour_of_its_own(tmp_path: Path) -> None:
    html = written(tmp_path, Chapters(artwork(WALL), season()))
    tones = dict(re.findall(r"\.(\w+) \{ --tone: (#\w+)", html))
    assert set(REASONS) <= set(tones)
    assert len({tones[reason] for reason in REASONS}) == len(REASONS)


def test_every_link_leads_somewhere(tmp_path: Path) -> None:
    html = written(tmp_path, Chapters(artwork(WALL), season()))
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(re.findall(r' id="([^"]*)"', html))
    assert re.findall(r'<li><a href="#(\w+)"><b>([\d,]+)</b>', html) == [
        ("candidates", "1"),
        ("candidates", "2"),
        ("artwork", "2"),
        ("members", "240"),
    ]


def test_a_canvas_without_a_picture_says_why(tmp_path: Path) -> None:
    html = written(tmp_path, Chapters(artwork(WALL)))
    assert "No picture shown here fits <b>story</b>" in html
    assert "fallback: nothing was approved" in html
    assert "focal point set" in html
    assert "and 1 picture more" in html
    assert "2 pictures on 2 canvases: 3 renditions in 27 files, 1.2\N{NO-BREAK SPACE}MB." in html
    assert 'id="members"' not in html


def test_titles_without_artwork_say_so(tmp_path: Path) -> None:
    html = written(tmp_path, Chapters(artwork(TitleArtwork(Title("t", "t.mp4", "Bare"), ()))))
    assert "Nothing of this title could be put on a canvas." in html


def test_who_saw_what_before_and_after(tmp_path: Path) -> None:
    """Before: both groups b. After: the first saw a, then b; the second b, then a."""
    shown = season().titles
    assert [strips.name for strips in shown] == [f"One {HOSTILE}"]
    first, second, _ = shown[0].strips
    assert [(part.sight.option, part.share) for part in first.before] == [("a", 0.0), ("b", 1.0)]
    assert [(part.sight.option, part.share, part.best) for part in first.after] == [("a", 0.5, False), ("b", 0.5, True)]
    assert [(part.sight.option, part.best) for part in second.after] == [("a", True), ("b", False)]
    assert "2 members played too little" not in written(tmp_path, Chapters(artwork(WALL), season()))
    assert "1 member played too little to belong anywhere" in written(tmp_path, Chapters(artwork(WALL), season()))


def test_who_saw_what_on_which_screen(tmp_path: Path) -> None:
    """Members 8 to 15 and 28 to 35 of 40 look at a phone or a tablet; half of each are of either kind, as all are."""
    shown = season().by_device
    assert shown is not None
    assert [strip.group.name for strip in shown.strips] == ["On a phone or a tablet", "On a television or a desk"]
    assert shown.strips[0].group.members.tolist() == [*range(8, 16), *range(28, 36)]
    assert len(shown.strips[1].group.members) == 24
    assert shown.apart == 0
    assert "Which picture each kind of screen gets" in written(tmp_path, Chapters(artwork(WALL), season()))


def test_the_last_days_are_compared_as_the_truth_has_it() -> None:
    """Days 2 and 3: kind 0 saw a (0.1) then b (0.3), kind 1 saw b (0.1) then a (0.5). At random: 0.2 and 0.3."""
    ending = season().ending
    assert ending.served == pytest.approx(0.25)
    assert ending.random == pytest.approx(0.25)
    assert ending.best == pytest.approx(0.4)
    assert ending.observed == pytest.approx(0.2)


def test_a_segments_favourites_are_those_of_pictures_that_are_shown() -> None:
    cards = season().cards
    assert [card.group.name for card in cards] == [f"drama {HOSTILE}", "comedy"]
    assert [(one.sight.option, one.odds, one.theirs) for one in cards[0].favourites] == [("b", 1.5, 0.5)]
    assert cards[1].favourites == ()


def test_without_segments_that_is_said(tmp_path: Path) -> None:
    everybody = season(groups=(Group("Everybody", np.arange(40)),), answer=None, lessons=())
    html = written(tmp_path, Chapters(artwork(WALL), everybody))
    assert "Members were not told apart" in html
    assert everybody.cards == ()
    assert everybody.titles[0].apart == 0.0


def test_what_a_reviewer_said_stands_on_the_short_list(tmp_path: Path) -> None:
    said = {
        "red": Standing("approved", reviewer="Ada"),
        "quay": Standing("rejected", f"too dark {HOSTILE}", reviewer=HOSTILE),
    }
    html = written(tmp_path, Chapters(), standings=said)
    assert 'class="verdict approved" title="Ada"' in html
    assert "Rejected: too dark &lt;/style&gt;" in html
    assert "<script" not in html


def test_how_often_pictures_changed_is_told_where_members_came_again(tmp_path: Path) -> None:
    """Of two blind days half saw another picture on the second; on the last day everybody did."""
    assert season().changes is None
    assert "had another picture" not in written(tmp_path, Chapters(artwork(WALL), season()))
    shown = season(blind=2)
    assert shown.changes == (0.5, 1.0)
    html = written(tmp_path, Chapters(artwork(WALL), shown))
    assert "saw again, 50\N{NO-BREAK SPACE}% had another picture" in html
    assert "and 100\N{NO-BREAK SPACE}% in the end" in html
