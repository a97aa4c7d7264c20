"""The report: one page, one file: the short list of every title, its artwork, and who is shown which picture.

It holds its pictures and its style, asks nothing of anybody, and runs no script.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from artwork import wording
from artwork.domain import WHOLE_FRAME, ShotKind
from pipelines.artwork_page import ArtworkChapter
from pipelines.page import FrameTile, LeftOut, ModelUse, TitlePage, models_of, pictured
from pipelines.season_page import SeasonChapter
from pipelines.thumbnails import fitted, opened, picture_url
from pipelines.timeline import Timeline, timeline

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

ROLES = {"embedding": "Likeness", "aesthetic": "Beauty", "faces": "Faces"}

_MODEL_RAN = {
    "embedding": "CLIP weights are there: frames were compared by what they show, and themes were read.",
    "aesthetic": "A head trained on people's ratings judged beauty.",
    "faces": "YuNet looked for faces.",
}
_STAND_IN_RAN = {
    "embedding": "No CLIP weights here: the built-in descriptor (colour, edges, layout) compared frames. No themes.",
    "aesthetic": "No weights for it here: beauty was computed from light, colour, sharpness and composition.",
    "faces": "No YuNet model here: the Haar cascades that come with OpenCV looked for faces, and miss more of them.",
}


@dataclass(frozen=True, slots=True)
class ReportParams:
    """Sizes in pixels and how much is shown. Six films with their defaults make a page of about five megabytes."""

    first_width: int = 640
    card_width: int = 440
    cover_width: int = 240
    small_width: int = 176
    quality: int = 80
    small_quality: int = 70
    most_left_out: int = 48
    most_of_a_rule: int = 12


@dataclass(frozen=True, slots=True)
class LeftOutView:
    """A group of refused frames, of which `shown` are pictured."""

    group: LeftOut
    words: wording.RuleWords
    shown: tuple[FrameTile, ...]

    @property
    def more(self) -> int:
        """How many are not pictured."""
        return len(self.group.tiles) - len(self.shown)


@dataclass(frozen=True, slots=True)
class PageView:
    """A title page with what was worked out for the template."""

    page: TitlePage
    anchor: str
    line: Timeline
    left_out: tuple[LeftOutView, ...]
    kinds: tuple[ShotKind, ...]


@dataclass(frozen=True, slots=True)
class Chapters:
    """What comes behind the candidates. None: the page ends before it."""

    artwork: ArtworkChapter | None = None
    season: SeasonChapter | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A link of the chain, and how much there is of it."""

    name: str
    count: str
    words: str
    anchor: str


def render_report(
    titles: Sequence[TitlePage], out: Path, params: ReportParams | None = None, chapters: Chapters | None = None
) -> None:
    """The report on these titles is at `out`, whole or not at all.

    Args:
        titles: in the order in which they are shown.
        out: the HTML file; its folder is made when it is not there.
        params: `ReportParams()` when None.
        chapters: what became of the candidates; none when None.
    """
    chapters = chapters or Chapters()
    params = params or ReportParams()
    views = [_view(page, place, params) for place, page in enumerate(titles, 1)]
    environment = Environment(
        loader=PackageLoader("assets", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        share=lambda value: f"{100 * value:.3f}%",
        colour=lambda colour: colour if _COLOUR.fullmatch(colour) else "#8a8f98",
    )
    environment.globals.update(photo=_photo, params=params, wording=wording, rows=measurements, ShotKind=ShotKind)
    environment.globals.update(signed=_signed, signed_number=_signed_number, hundredths=_hundredths)
    template = environment.get_template("report.html.j2")
    shown = {"artwork": chapters.artwork, "season": chapters.season, "chain": _chain(titles, chapters)}
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        models = [_model_words(use) for use in models_of(titles)]
        page = template.stream(views=views, models=models, summary=_summary(titles, chapters), **shown)
        page.dump(str(unfinished), encoding="utf-8")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def measurements(tile: FrameTile) -> list[tuple[str, str]]:
    """Everything measured on a frame, as (what, how much)."""
    visual = tile.frame.annotation.visual
    composition = tile.frame.annotation.compositional
    rows = [
        ("Brightness", wording.number(visual.brightness)),
        ("Contrast", wording.number(visual.contrast)),
        ("Colourfulness", wording.number(visual.colourfulness)),
        ("Sharpness", wording.number(visual.sharpness)),
        ("Grain", f"{visual.noise:.3f}"),
        ("Motion", f"{visual.motion:.3f}"),
        ("Motion blur", f"{visual.motion_blur:.3f}"),
        ("Clipped shadows", wording.percent(visual.clipped_shadows)),
        ("Clipped highlights", wording.percent(visual.clipped_highlights)),
        ("Under text", wording.percent(tile.frame.annotation.contextual.text_share)),
        ("Thirds", wording.number(composition.thirds)),
        ("Symmetry", wording.number(composition.symmetry)),
        ("Depth of field", wording.number(composition.depth_of_field)),
        ("From the cut", wording.seconds(tile.frame.seconds_to_cut)),
    ]
    faces = tile.frame.annotation.contextual.faces
    if faces:
        rows.append(("Largest face", wording.percent(max(face.box.area for face in faces))))
    return rows


def _view(page: TitlePage, place: int, params: ReportParams) -> PageView:
    groups = tuple(
        LeftOutView(group, wording.rule_words(group.rule), shown)
        for group, shown in pictured(page, params.most_left_out, params.most_of_a_rule)
    )
    seen = {shot.kind for shot in page.shots}
    kinds = tuple(kind for kind in ShotKind if kind in seen)
    return PageView(page, f"title-{place}", timeline(page), groups, kinds)


def _chain(titles: Sequence[TitlePage], chapters: Chapters) -> tuple[Step, ...]:
    """The steps from a film to a member; none where the page ends with the candidates."""
    if chapters.artwork is None:
        return ()
    kept = sum(len(page.candidates) for page in titles)
    art, season = chapters.artwork, chapters.season
    steps = [
        Step(_noun(len(titles), "film"), f"{len(titles):,}", "decoded once, shots told apart", "candidates"),
        Step(_noun(kept, "candidate"), f"{kept:,}", "the rest left out, with reasons", "candidates"),
        Step(
            _noun(art.pictures, "approved picture"), f"{art.pictures:,}", f"on {len(art.canvases)} canvases", "artwork"
        ),
    ]
    if season is not None:
        decided = f"{sum(day.decided for day in season.chronicle.days):,}"
        steps.append(Step("decisions", decided, "one picture per title and member, over HTTP", "members"))
    return tuple(steps)


def _noun(count: int, noun: str) -> str:
    return noun if count == 1 else noun + "s"


def _signed(share: float) -> str:
    """A relative change: "+12 %"."""
    return f"{100 * share:+.1f}\N{NO-BREAK SPACE}%".replace("-", "\N{MINUS SIGN}")


def _signed_number(value: float) -> str:
    return f"{value:+.2g}".replace("-", "\N{MINUS SIGN}")


def _hundredths(share: float) -> str:
    """A share in per cent, two decimals."""
    return f"{100 * share:.2f}\N{NO-BREAK SPACE}%"


def _summary(titles: Sequence[TitlePage], chapters: Chapters) -> dict[str, str]:
    """The page in one line, and in one sentence."""
    films = wording.counted(len(titles), "film")
    kept = sum(len(page.candidates) for page in titles)
    shots = sum(len(page.shots) for page in titles)
    frames = sum(len(page.frames) for page in titles)
    refused = sum(page.refused_count for page in titles)
    length = wording.duration(sum(page.seconds for page in titles))
    seen = f"{length} of film, {wording.counted(shots, 'shot')}, {wording.counted(frames, 'frame')} looked at."
    said = f"{seen} {refused:,} left out by a rule, each with what was measured and what is allowed."
    if chapters.season is not None:
        headline = f"{films}, and for every member the picture that fits"
    elif chapters.artwork is not None:
        headline = f"{films}, {wording.counted(chapters.artwork.pictures, 'picture')} to show for them"
    else:
        headline = f"{films}, {wording.counted(kept, 'candidate')}"
    way = (
        "from film to candidates"
        if chapters.artwork is None
        else "from a film to the picture that makes you press play"
    )
    return {"headline": headline, "sentence": said, "way": way}


def _photo(page: TitlePage, tile: FrameTile, width: int, quality: int, *, bars: bool = False) -> str:
    """The tile's still as a data: URL, without its letterbox bars unless `bars`."""
    picture = WHOLE_FRAME if bars else tile.frame.annotation.compositional.picture
    return picture_url(fitted(opened(page.picture(tile.frame.still), picture), width), quality)


def _model_words(use: ModelUse) -> dict[str, object]:
    words = _STAND_IN_RAN if use.built_in else _MODEL_RAN
    return {"role": ROLES[use.role], "words": words[use.role], "model": str(use.model), "built_in": use.built_in}
