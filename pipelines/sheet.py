"""The contact sheet: a title on one picture, to pin on a wall or send by mail."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageColor, ImageDraw

from artwork import wording
from artwork.domain import WHOLE_FRAME, ShotKind
from pipelines.lettering import house_font, lettered, wrapped
from pipelines.page import FrameTile, TitlePage, pictured
from pipelines.thumbnails import covering, opened
from pipelines.timeline import Stripe, Timeline, timeline

PAPER, INK, SOFT, LINE, ACCENT, ON_ACCENT = "#141316", "#efebe4", "#a09a90", "#2c2a2e", "#ff9a6b", "#241007"
Style = tuple[int, str]
"""Size of the letters in pixels, and their colour."""
NAME, HEADING, PLACE, REASON = (42, INK), (24, INK), (18, INK), (15, INK)
LOUD, QUIET, NOTE, SMALL, TINY = (18, ACCENT), (18, SOFT), (16, SOFT), (15, SOFT), (14, SOFT)
KIND_COLOURS = {
    ShotKind.CREDITS: "#a88bf0",
    ShotKind.TITLE_CARD: "#e9b04a",
    ShotKind.LOGO: "#4cc3b7",
    ShotKind.BLANK: "#6f6b70",
}


@dataclass(frozen=True, slots=True)
class SheetParams:
    """Sizes in pixels, and how many refused frames are pictured."""

    width: int = 1440
    margin: int = 40
    gap: int = 16
    columns: int = 4
    small_columns: int = 8
    band: int = 54
    lane: int = 30
    most_left_out: int = 24
    most_of_a_rule: int = 8


def contact_sheet(page: TitlePage, params: SheetParams | None = None) -> bytes:
    """A PNG with the film's time line, its short list with measurements, and refused frames with their reasons.

    Always dark, `width` pixels wide, and as high as it must be.
    """
    params = params or SheetParams()
    height = _draw(Image.new("RGB", (params.width, 1)), page, params)
    sheet = Image.new("RGB", (params.width, height), PAPER)
    _draw(sheet, page, params)
    packed = io.BytesIO()
    sheet.save(packed, "PNG")
    return packed.getvalue()


def _draw(sheet: Image.Image, page: TitlePage, params: SheetParams) -> int:
    """Draws all parts from the top down, and gives the height that they take; a sheet too low shows but a part."""
    pen = _Pen(sheet, params)
    top = pen.words((params.margin, params.margin), page.title.name, NAME)
    year = [str(page.title.year)] if page.title.year else []
    facts = [*year, *page.title.genres, *(wording.facts_words(page.facts) if page.facts else [])]
    # The house font has no multiplication sign.
    said = "  \N{MIDDLE DOT}  ".join(facts).replace("\N{MULTIPLICATION SIGN}", "x")
    top = pen.words((params.margin, top + 8), said, QUIET)
    if page.reason:
        top = pen.words((params.margin, top + 8), page.reason, LOUD, most=2)
    line = timeline(page)
    if line.blocks:
        top = _draw_timeline(pen, line, top + 26)
    if page.frames:
        top = pen.words((params.margin, top + 14), _tally(page), QUIET)
    top = _draw_grid(pen, page.short_list, params.columns, top + 26, _Kept(page, pen))
    shown = [tile for _, tiles in pictured(page, params.most_left_out, params.most_of_a_rule) for tile in tiles]
    if page.refused_count:
        top = pen.words((params.margin, top + 20), "Left out, and why", HEADING)
        top = _draw_grid(pen, shown, params.small_columns, top + 14, _Refused(page, pen))
    if page.refused_count > len(shown):
        top = pen.words((params.margin, top + 4), f"and {page.refused_count - len(shown):,} more", QUIET)
    stand_ins = [use.role for use in page.models if use.built_in]
    if stand_ins:
        said = f"Built-in stand-ins ran for: {wording.listed(stand_ins)}. Their model files were not there."
        top = pen.words((params.margin, top + 20), said, NOTE)
    return top + params.margin


class _Pen:
    """Draws on a sheet, which may be too low for what is drawn: what lies below is lost."""

    def __init__(self, sheet: Image.Image, params: SheetParams) -> None:
        self.sheet = sheet
        self.params = params
        self.canvas = ImageDraw.Draw(sheet)

    @property
    def room(self) -> int:
        """Width between the margins."""
        return self.params.width - 2 * self.params.margin

    def words(self, at: tuple[int, int], words: str, style: Style, width: int | None = None, most: int = 1) -> int:
        """The words on at most so many lines; gives the bottom of the last of them."""
        size, colour = style
        line, font = lettered(words, size)
        step = round(size * 1.32)
        for row, part in enumerate(wrapped(line, width or self.room, font.getlength, most)):
            self.canvas.text((at[0], at[1] + row * step), part, fill=colour, font=font)
        return at[1] + most * step

    def disc(self, centre: tuple[int, int], radius: int, words: str) -> None:
        """A filled disc with a word in its middle."""
        across, down = centre
        # Pillow draws no smooth edges, so the disc is drawn four times as large.
        large = Image.new("L", (8 * radius, 8 * radius))
        ImageDraw.Draw(large).ellipse((0, 0, 8 * radius - 1, 8 * radius - 1), fill=255)
        mask = large.resize((2 * radius, 2 * radius), Image.Resampling.LANCZOS)
        self.sheet.paste(ACCENT, (across - radius, down - radius), mask)
        self.canvas.text(centre, words, fill=ON_ACCENT, font=house_font(round(radius * 1.15)), anchor="mm")

    def paste(self, picture: Image.Image, at: tuple[int, int]) -> None:
        """The picture, its top left corner there."""
        self.sheet.paste(picture, at)


def _tally(page: TitlePage) -> str:
    return (
        f"{wording.counted(len(page.frames), 'frame')} looked at in {wording.counted(len(page.shots), 'shot')}: "
        f"{len(page.candidates)} short-listed, {page.refused_count} left out by a rule"
        + (f", {page.passed_count} passed over" if page.passed_count else "")
    )


def _draw_timeline(pen: _Pen, line: Timeline, top: int) -> int:
    params = pen.params

    def across(share: float) -> int:
        return params.margin + round(share * pen.room)

    band = top + line.lanes * params.lane + 8
    bottom = band + params.band
    for stripe in line.stripes:
        left, right = across(stripe.left), across(stripe.left + stripe.width)
        pen.paste(_stripe(stripe, max(1, right - left), params.band), (left, band))
    pen.canvas.rectangle((params.margin, bottom + 4, params.margin + pen.room, bottom + 9), fill=LINE)
    for block in line.blocks:
        left, right = across(block.left), across(block.left + block.width)
        if left > params.margin:
            pen.canvas.line((left, band, left, bottom - 1), fill=PAPER)
        if not block.is_content:
            pen.canvas.rectangle(
                (left, bottom + 4, max(left, right - 1), bottom + 9), fill=KIND_COLOURS[block.shot.kind]
            )
    for pin in line.refused:
        pen.canvas.line((across(pin.left), bottom + 13, across(pin.left), bottom + 21), fill=SOFT, width=2)
    for pin in line.pins:
        height = band - 8 - pin.lane * params.lane - params.lane // 2
        pen.canvas.line((across(pin.left), height, across(pin.left), band), fill=ACCENT)
    for pin in line.pins:
        height = band - 8 - pin.lane * params.lane - params.lane // 2
        pen.disc((across(pin.left), height), 13, str(pin.tile.candidate.rank) if pin.tile.candidate else "")
    for tick in line.ticks:
        anchor = "la" if tick.left < 0.02 else "ra" if tick.left > 0.98 else "ma"
        pen.canvas.text((across(tick.left), bottom + 26), tick.label, fill=SOFT, font=house_font(15), anchor=anchor)
    return _draw_legend(pen, line, bottom + 52)


def _draw_legend(pen: _Pen, line: Timeline, top: int) -> int:
    """The kinds of shots that are not content, each beside its colour."""
    seen = [kind for kind in KIND_COLOURS if any(block.shot.kind is kind for block in line.blocks)]
    left = pen.params.margin
    for kind in seen:
        pen.canvas.rectangle((left, top + 6, left + 14, top + 13), fill=KIND_COLOURS[kind])
        pen.words((left + 22, top), wording.KINDS[kind].lower(), SMALL)
        left += 46 + round(house_font(15).getlength(wording.KINDS[kind]))
    return top + 22 if seen else top - 10


def _stripe(stripe: Stripe, width: int, height: int) -> Image.Image:
    """Three colours that run into one another from the top down; paler where no candidate may come from."""
    column = Image.new("RGB", (1, 3))
    for row, colour in enumerate(stripe.colours):
        column.putpixel((0, row), ImageColor.getrgb(colour)[:3])
    band = column.resize((width, height), Image.Resampling.BICUBIC)
    return band if stripe.is_content else Image.blend(band, Image.new("RGB", band.size, PAPER), 0.6)


class _Kept:
    """How a candidate is drawn."""

    lines = 5

    def __init__(self, page: TitlePage, pen: _Pen) -> None:
        self.page, self.pen = page, pen

    def draw(self, tile: FrameTile, at: tuple[int, int], width: int, height: int) -> None:
        """The picture without its bars, the rank on it, timecode and measurements below."""
        pen, (left, top) = self.pen, at
        still = opened(self.page.picture(tile.frame.still), tile.frame.annotation.compositional.picture)
        pen.paste(covering(still, width, height), at)
        rank = tile.candidate.rank if tile.candidate else 0
        fallback = "  \N{MIDDLE DOT}  fallback" if tile.candidate and tile.candidate.fallback else ""
        pen.disc((left + 24, top + 24), 16, str(rank))
        place = f"{wording.clock(tile.frame.at)}  \N{MIDDLE DOT}  shot {tile.frame.shot}{fallback}"
        top = pen.words((left, top + height + 8), place, PLACE, width)
        top = pen.words((left, top), wording.described(tile.frame), SMALL, width, most=2)
        visual = tile.frame.annotation.visual
        measured = [f"sharp {wording.number(visual.sharpness)}"]
        if tile.appraisal:
            measured.append(f"beauty {tile.appraisal.aesthetic:.1f}")
        if tile.candidate:
            measured.append(f"stands for {wording.number(tile.candidate.utility)}")
        pen.words((left, top), "  \N{MIDDLE DOT}  ".join(measured), SMALL, width)


class _Refused:
    """How a refused frame is drawn."""

    lines = 3

    def __init__(self, page: TitlePage, pen: _Pen) -> None:
        self.page, self.pen = page, pen

    def draw(self, tile: FrameTile, at: tuple[int, int], width: int, height: int) -> None:
        """The whole picture, and below it the first reason with value and limit."""
        pen, (left, top) = self.pen, at
        pen.paste(covering(opened(self.page.picture(tile.frame.still), WHOLE_FRAME), width, height), at)
        why = tile.refusals[0]
        top = pen.words((left, top + height + 5), wording.rule_words(why.rule).heading, REASON, width)
        top = pen.words((left, top), wording.measured(why) or wording.clock(tile.frame.at), TINY, width)
        pen.words((left, top), wording.allowed(why), TINY, width)


def _draw_grid(pen: _Pen, tiles: Sequence[FrameTile], columns: int, top: int, kind: _Kept | _Refused) -> int:
    """The tiles in rows; gives the bottom of the last."""
    if not tiles:
        return top
    params = pen.params
    width = (pen.room - (columns - 1) * params.gap) // columns
    height = round(width / _shape(kind.page, tiles[0]))
    step = height + kind.lines * 20 + params.gap
    if pen.sheet.height > 1:
        for place, tile in enumerate(tiles):
            row, column = divmod(place, columns)
            kind.draw(tile, (params.margin + column * (width + params.gap), top + row * step), width, height)
    return top + -(-len(tiles) // columns) * step


def _shape(page: TitlePage, tile: FrameTile) -> float:
    """Width over height of all pictures of a grid: that of the first inside its bars, within reason."""
    picture = tile.frame.annotation.compositional.picture
    if page.facts is None or picture.height <= 0:
        return 16 / 9
    return min(2.4, max(1.0, page.facts.width * picture.width / (page.facts.height * picture.height)))
