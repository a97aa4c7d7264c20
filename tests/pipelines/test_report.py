"""The report is one whole, self-contained, harmless page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from page_builders import CLIP, frame, page

from artwork.domain import PaletteColour, Refusal, Title, TitleStatus
from pipelines.page import TitlePage
from pipelines.report import ReportParams, render_report

VOID = {"meta", "img", "br", "link", "input"}


class Seen(HTMLParser):
    """Every tag with its attributes, every text, and whether tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def every(self, attribute: str) -> list[str]:
        """The values of an attribute, wherever it stands."""
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def seen(folder: Path, *pages: TitlePage, params: ReportParams | None = None) -> Seen:
    out = folder / "report.html"
    render_report(pages, out, params)
    parser = Seen()
    parser.feed(out.read_text(encoding="utf-8"))
    parser.close()
    assert parser.open == []
    return parser


BROKEN = TitlePage(
    Title("broken", "x.mp4", "broken"), lambda _: b"", TitleStatus.REFUSED, "x.mp4: damaged: fetch the file again"
)


def test_a_report_on_nothing_is_a_page(tmp_path: Path) -> None:
    assert "0 films, 0 candidates" in seen(tmp_path).text


def test_the_page_asks_nothing_of_anybody(tmp_path: Path) -> None:
    """No script, no address but the page's own anchors and its own pictures; and a policy that forbids any other."""
    report = seen(tmp_path, page(), page("Other"), BROKEN)
    assert not {"script", "link", "iframe", "object", "embed", "form"} & {tag for tag, _ in report.tags}
    assert all(source.startswith("data:image/webp;base64,") for source in report.every("src"))
    assert all(target.startswith("#") for target in report.every("href"))
    assert not [name for _, attrs in report.tags for name in attrs if name.startswith("on")]
    assert any("default-src 'none'" in policy for policy in report.every("content"))
    written = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not any(address in written for address in ("http:", "https:", "url(", "@import"))


def test_every_link_leads_somewhere_and_every_name_is_there_once(tmp_path: Path) -> None:
    report = seen(tmp_path, page(), page(), BROKEN)
    names = report.every("id")
    assert len(names) == len(set(names))
    assert {target.removeprefix("#") for target in report.every("href")} <= set(names)


def test_every_picture_is_described(tmp_path: Path) -> None:
    alts = seen(tmp_path, page()).every("alt")
    assert "Harbour at 0:08.0. Medium shot, one face. Crisp, still and vivid." in alts
    assert "0:16.0, left out: black" in alts
    assert len(alts) == 5
    assert all(alts)


def test_the_words_of_a_film_stay_words(tmp_path: Path) -> None:
    hostile = '</style><script>alert("1")</script><img src=x onerror=y>'
    title = Title("t", "t.mp4", hostile, genres=(hostile,), synopsis=hostile)
    bad = page(
        title=title,
        reason=hostile,
        frames=(frame("red", 8.0, 1, palette=[PaletteColour("red}</style><script>", 1.0)]),),
        candidates=page().candidates[1:],
        refusals=(Refusal("red", "<b>", 0.0, 1.0),),
    )
    report = seen(tmp_path, bad, bad)
    assert "script" not in {tag for tag, _ in report.tags}
    assert report.text.count(hostile) == 2 * 4 + 2
    assert "red}" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_short_list_shows_instants_shots_words_and_themes(tmp_path: Path) -> None:
    text = seen(tmp_path, page()).text
    for words in ("0:08.0", "Shot 1", "fallback", "tense", "Medium shot, one face.", "Stands for 0.80", "Beauty 5.5"):
        assert words in text


def test_refused_frames_stand_with_value_and_limit(tmp_path: Path) -> None:
    text = seen(tmp_path, page()).text
    assert "Black 1 frame" in text
    assert "brightness 1.0 %, at least 6.0 %" in text
    assert "also flat" in text
    assert "Too near a cut" in text
    assert "6 frames looked at in 3 shots : 2 short-listed, 3 left out by a rule, 1 passed" in text


def test_what_is_not_pictured_is_counted(tmp_path: Path) -> None:
    frames = tuple(frame(f"f{place}", place, 1) for place in range(9))
    refused = tuple(Refusal(each.id, "blurred", 0.1, 0.3) for each in frames)
    many = page(frames=frames, refusals=refused, candidates=())
    report = seen(tmp_path, many, params=ReportParams(most_of_a_rule=4))
    assert "Blurred 9 frames" in report.text
    assert "and 5 more" in report.text
    assert len(report.every("src")) == 4


def test_the_page_says_plainly_whether_the_weights_were_there(tmp_path: Path) -> None:
    without = seen(tmp_path, page()).text
    assert "No CLIP weights here" in without
    assert "built-in stand-in" in without
    with_weights = seen(tmp_path, page(models=(CLIP,))).text
    assert "CLIP weights are there" in with_weights
    assert "stand-in" not in with_weights
    assert "ViT-B-32@fedcba987654" in with_weights


def test_a_film_that_could_not_be_read_stands_there_with_its_reason(tmp_path: Path) -> None:
    report = seen(tmp_path, BROKEN)
    assert "x.mp4: damaged: fetch the file again" in report.text
    assert "refused" in report.text
    assert "figure" not in {tag for tag, _ in report.tags}


def test_the_same_titles_give_the_same_bytes(tmp_path: Path) -> None:
    render_report([page(), BROKEN], tmp_path / "one.html")
    render_report([page(), BROKEN], tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_report_that_fails_leaves_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report.html"
    render_report([page()], out)
    before = out.read_bytes()

    def gone(key: str) -> bytes:
        raise KeyError(key)

    with pytest.raises(KeyError):
        render_report([page(picture=gone)], out)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]
