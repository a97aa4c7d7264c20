"""A candidate on every canvas: crops, titles and files, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from artwork.compose.alt import alt_text
from artwork.compose.crop import CropParams, CropRefusal, find_crops
from artwork.compose.encoding import EncodingParams, cropped, encoded, placeholder
from artwork.compose.focus import Focus, FocusParams, Point, find_focus
from artwork.compose.room import Ground
from artwork.compose.treatment import Billing, TreatmentParams, TreatmentRefusal, treat
from artwork.compose.typefaces import TypefaceParams, Typefaces
from artwork.compose.values import Canvas, CanvasRefusal, Crop, PixelBox, Rendition, Treatment
from artwork.compose.xmp import Provenance, packet
from artwork.domain import FrameAnnotation, Rgb, Timecode, content_id

COMPOSE_VERSION = 1
"""Raised when the code makes other files of equal inputs: what was composed before is then made anew."""


@dataclass(frozen=True, slots=True)
class ComposeParams:
    """The settings of every part; each is documented where it is used."""

    typefaces: TypefaceParams = field(default_factory=TypefaceParams)
    focus: FocusParams = field(default_factory=FocusParams)
    crop: CropParams = field(default_factory=CropParams)
    treatment: TreatmentParams = field(default_factory=TreatmentParams)
    encoding: EncodingParams = field(default_factory=EncodingParams)


@dataclass(frozen=True, slots=True)
class Approved:
    """A candidate to be composed.

    Attributes:
        candidate_id: groups what comes of it.
        frame_id: of the sampled frame.
        at: the exact instant.
        pixels: the frame at full size, letterbox included.
        annotation: of the same frame, at any size.
        point: a reviewer's focal point, in fractions of the frame.
    """

    candidate_id: str
    frame_id: str
    at: Timecode
    pixels: Rgb = field(repr=False, compare=False)
    annotation: FrameAnnotation = field(repr=False)
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A canvas as it will be seen, at its widest, before it is encoded: what the review page shows.

    Attributes:
        pixels: (height, width, 3) uint8, with the title on it.
        bare: the same without the title.
        crop: what of the frame is seen.
        faces: whole heads in it.
        treatment: None on a canvas without.
    """

    pixels: Rgb = field(repr=False, compare=False)
    bare: Rgb = field(repr=False, compare=False)
    crop: Crop
    faces: int
    treatment: Treatment | None = None


@dataclass(frozen=True, slots=True)
class Compositor:
    """Puts candidates on canvases, with these fonts and settings."""

    typefaces: Typefaces
    params: ComposeParams = field(default_factory=ComposeParams)

    @classmethod
    def open(cls, params: ComposeParams | None = None) -> Compositor:
        """A compositor with the fonts that the settings find.

        Raises:
            SettingsError: the fonts folder holds no font, or one that is none.
        """
        params = params or ComposeParams()
        return cls(Typefaces.open(params.typefaces), params)

    def compose(
        self, approved: Approved, canvases: Sequence[Canvas], billings: Sequence[Billing], title: str | None = None
    ) -> Iterator[Rendition | CanvasRefusal]:
        """Every canvas in every language, in order; a refusal where the candidate does not fit one.

        A canvas without a title is made once. All renditions belong to one candidate.

        Args:
            approved: the candidate.
            canvases: in order.
            billings: the title's own name first, then its names in other languages.
            title: what the files say they come from; the first billing's name when None.

        Raises:
            ValueError: there is neither a billing nor a title.
            UnfitName: a name cannot be lettered.
            GlyphMissing: no font has one of a name's letters.
            ShapingMissing: a name needs shaping, and there is no raqm.
            SettingsError: this Pillow cannot write one of the canvases' formats.
        """
        if title is None and not billings:
            raise ValueError("a title needs at least one billing: its name")
        called = billings[0].name if title is None else title
        focus = self.focus(approved)
        for canvas in canvases:
            for billing in billings if canvas.treatment else (Billing(called),):
                seen = self.preview(approved, focus, canvas, billing)
                if isinstance(seen, CanvasRefusal):
                    yield seen
                else:
                    yield self._rendition(approved, canvas, seen, called)

    def focus(self, approved: Approved) -> Focus:
        """What matters in the candidate's frame; the same for all canvases."""
        return find_focus(approved.pixels, approved.annotation, approved.point, self.params.focus)

    def preview(
        self, approved: Approved, focus: Focus, canvas: Canvas, billing: Billing, *, widest: int | None = None
    ) -> Composed | CanvasRefusal:
        """One canvas as it would be published, not encoded; or why it would not.

        Where the title finds no room on the best crop, the next best are tried.

        Args:
            approved: the candidate.
            focus: of its frame.
            canvas: where it is to be seen.
            billing: the title on it.
            widest: pixels across at most, for a quick look; None for the size that is published.
        """
        crops = find_crops(focus, canvas, self.params.crop)
        locale = billing.locale if canvas.treatment else ""
        if isinstance(crops, CropRefusal):
            return CanvasRefusal(approved.candidate_id, canvas.name, crops.rule, crops.value, crops.limit, locale)
        refusals: list[TreatmentRefusal] = []
        for crop in crops:
            width = max(each for each in crop.widths if widest is None or each <= max(widest, crop.widths[0]))
            bare = cropped(approved.pixels, crop.pixels, (width, canvas.height(width)))
            kept = round(crop.loss.faces_kept * len(focus.heads))
            if not canvas.treatment:
                return Composed(bare, bare, crop, kept)
            treated = treat(_ground(bare, canvas, crop, focus), billing, self.typefaces, self.params.treatment)
            if not isinstance(treated, TreatmentRefusal):
                return Composed(treated[0], bare, crop, kept, treated[1])
            refusals.append(treated)
        first = refusals[0]
        return CanvasRefusal(approved.candidate_id, canvas.name, first.rule, first.value, first.limit, locale)

    def _rendition(self, approved: Approved, canvas: Canvas, seen: Composed, title: str) -> Rendition:
        locale = seen.treatment.locale if seen.treatment else ""
        name = seen.treatment.name if seen.treatment else title
        source = Provenance(title, approved.frame_id, approved.at, seen.crop, locale)
        files = tuple(encoded(seen.pixels, canvas, seen.crop.widths, packet(source), self.params.encoding))
        return Rendition(
            id=content_id(*(each.digest for each in files)),
            candidate_id=approved.candidate_id,
            canvas=canvas.name,
            locale=locale,
            crop=seen.crop,
            treatment=seen.treatment,
            files=files,
            placeholder=placeholder(seen.bare, self.params.encoding),
            alt=alt_text(name, approved.annotation, seen.faces, locale),
        )


def _ground(bare: Rgb, canvas: Canvas, crop: Crop, focus: Focus) -> Ground:
    """The canvas with what a title must keep off: heads and text, in its pixels, outwards to whole ones."""
    height, width = bare.shape[:2]
    cut = crop.pixels
    taken = []
    for boxes in ([head.box for head in focus.heads], [head.face for head in focus.heads], focus.text):
        edges = focus.in_pixels(boxes) - (cut.left, cut.top, cut.left, cut.top)
        edges *= (width / cut.width, height / cut.height, width / cut.width, height / cut.height)
        outwards = np.concatenate([np.floor(edges[:, :2]), np.ceil(edges[:, 2:])], axis=1)
        rows = np.clip(outwards, 0, (width, height, width, height)).astype(int).tolist()
        taken.append(tuple(PixelBox(*row) for row in rows if row[0] < row[2] and row[1] < row[3]))
    return Ground(bare, canvas, *taken)
