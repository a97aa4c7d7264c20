"""The nouns of composing: a canvas, a crop and what it loses, a treatment, a rendition, a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from artwork.domain import Box

FORMATS = ("avif", "webp", "jpeg")
"""What a rendition can be encoded as, smallest files first: the order in which a page should offer them."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A place where artwork is shown.

    Attributes:
        name: as in `assets/canvases.toml`.
        aspect: width over height, exact; every width gives a whole height.
        widths: pixels, rising: the sizes of the `srcset`.
        formats: a part of `FORMATS`.
        safe_area: share of each side, in the middle, inside which the title stands.
        treatment: whether it carries the title.
    """

    name: str
    aspect: Fraction
    widths: tuple[int, ...]
    formats: tuple[str, ...] = FORMATS
    safe_area: float = 0.9
    treatment: bool = False

    def __post_init__(self) -> None:
        if not self.name or self.aspect <= 0 or not 0 < self.safe_area <= 1:
            raise ValueError(f"canvas {self.name!r} needs a name, a positive aspect and a safe area in (0, 1]")
        if not self.widths or list(self.widths) != sorted(set(self.widths)) or self.widths[0] < 1:
            raise ValueError(f"canvas {self.name!r}: widths {self.widths} do not rise from 1 or more")
        for width in self.widths:
            if (width / self.aspect).denominator != 1:
                raise ValueError(f"canvas {self.name!r}: {width} pixels at {self.aspect} give no whole height")
        if not self.formats or not set(self.formats) <= set(FORMATS):
            raise ValueError(f"canvas {self.name!r}: formats {self.formats} are not of {', '.join(FORMATS)}")

    def height(self, width: int) -> int:
        """Pixels of height at one of the widths."""
        return int(width / self.aspect)


@dataclass(frozen=True, slots=True)
class CropLoss:
    """What a crop leaves out of the frame, 0 to 1 where not said otherwise.

    Attributes:
        faces_kept: share of the faces of which the whole head is in the crop; 1 where there is no face.
        saliency_kept: share of what stands out in the picture that is in the crop.
        text_cut: share of the in-frame text, by area, that belongs to lines which an edge of the crop cuts.
        upscaling: pixels of the widest rendition over pixels of the crop, across; above 1 it is enlarged.
    """

    faces_kept: float
    saliency_kept: float
    text_cut: float
    upscaling: float


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A rectangle of whole pixels; `right` and `bottom` lie just outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right and 0 <= self.top < self.bottom):
            raise ValueError(f"{self} holds no pixel")

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a frame that a canvas shows.

    Attributes:
        canvas: name of the canvas.
        pixels: in the frame at full size.
        frame: (width, height) of the frame at full size.
        widths: those of the canvas that do not enlarge the crop beyond the limit, rising.
        loss: what the crop leaves out.
        merit: what it was chosen by; comparable between crops of one frame for one canvas only.
    """

    canvas: str
    pixels: PixelBox
    frame: tuple[int, int]
    widths: tuple[int, ...]
    loss: CropLoss
    merit: float = 0.0

    @property
    def box(self) -> Box:
        """The crop in fractions of the frame."""
        width, height = self.frame
        cut = self.pixels
        return Box(cut.left / width, cut.top / height, cut.width / width, cut.height / height)

    def __str__(self) -> str:
        cut = self.pixels
        return f"{cut.width}x{cut.height}+{cut.left}+{cut.top} of {self.frame[0]}x{self.frame[1]}"


@dataclass(frozen=True, slots=True)
class Treatment:
    """The title as it stands on a rendition.

    Attributes:
        name: the words, also where a logo stands for them.
        locale: language tag of the name; empty for the title's own.
        lines: the words as they were broken; empty for a logo.
        box: around the ink, in fractions of the canvas.
        typeface: name and digest of the font; of the logo, "logo" and its digest.
        colour: of the letters, "#rrggbb"; empty for a logo.
        contrast: smallest WCAG ratio of the letters to any pixel beside or beneath them.
        scrim: how much the picture was darkened (or lightened) beneath, 0 for not at all.
    """

    name: str
    locale: str
    lines: tuple[str, ...]
    box: Box
    typeface: str
    colour: str
    contrast: float
    scrim: float


@dataclass(frozen=True, slots=True)
class RenditionFile:
    """One encoded file of a rendition. `digest` is the SHA-256 of its content, in hex."""

    width: int
    height: int
    format: str
    digest: str
    content: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """For the `Content-Type`."""
        return f"image/{self.format}"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A candidate on a canvas: cropped, treated, encoded in every width and format.

    Attributes:
        id: hash of the files' contents: the same picture has the same id wherever it is made.
        candidate_id: groups the canvases and languages of one picture: they are one arm.
        canvas: name of the canvas.
        locale: language tag of the title on it; empty where there is none or it is the title's own.
        crop: what of the frame is seen.
        treatment: the title on it; None on a canvas without.
        files: widest last, in the order of the canvas's formats within a width.
        placeholder: data URI of a picture of a few pixels, to show while the file comes.
        alt: what the picture shows, in words.
    """

    id: str
    candidate_id: str
    canvas: str
    locale: str
    crop: Crop
    treatment: Treatment | None
    files: tuple[RenditionFile, ...]
    placeholder: str
    alt: str


class CanvasRule(StrEnum):
    """Why a candidate is not shown on a canvas."""

    HEAD_CUT = "head_cut"
    UPSCALED = "upscaled"
    NO_ROOM = "no_room"
    LOW_CONTRAST = "low_contrast"


EXPLANATIONS: dict[CanvasRule, str] = {
    CanvasRule.HEAD_CUT: "every crop cuts a head, or leaves out the main one",
    CanvasRule.UPSCALED: "the frame would have to be enlarged too much",
    CanvasRule.NO_ROOM: "no room for the title beside faces and text",
    CanvasRule.LOW_CONTRAST: "the title cannot be told from the picture",
}
NUMBERS: dict[CanvasRule, str] = {
    CanvasRule.UPSCALED: " ({value:.2g} times, at most {limit:.3g})",
    CanvasRule.LOW_CONTRAST: " (contrast {value:.2g} : 1, at least {limit:.2g} : 1)",
}
"""How much a rule was missed by. A head is cut or it is not; a title finds room or it does not."""


@dataclass(frozen=True, slots=True)
class CanvasRefusal:
    """A candidate left out of a canvas: which rule, what was measured, what the rule allows; with which title on it."""

    candidate_id: str
    canvas: str
    rule: CanvasRule
    value: float
    limit: float
    locale: str = ""

    @property
    def in_words(self) -> str:
        """The rule; and what was measured and what is allowed, where these numbers mean something to a reader."""
        numbers = NUMBERS.get(self.rule, "").format(value=self.value, limit=self.limit)
        return EXPLANATIONS[self.rule] + numbers

    def __str__(self) -> str:
        return f"{self.canvas}: {self.in_words}"
