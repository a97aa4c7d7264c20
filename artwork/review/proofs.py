"""Proofs: how a frame will look on each canvas. The one place where the page meets the room that composes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from artwork.compose.canvases import read_canvases
from artwork.compose.composition import Approved, ComposeParams, Compositor
from artwork.compose.crop import CropParams, CropRefusal, find_crops
from artwork.compose.focus import Focus, find_focus
from artwork.compose.saliency import salience
from artwork.compose.treatment import Billing
from artwork.compose.values import EXPLANATIONS, Canvas, CanvasRefusal, Crop
from artwork.domain import AnnotatedFrame, FilmFacts, Rgb, Title, content_id
from artwork.errors import BadInput, StoreError
from artwork.review.pictures import Pictures, decoded, encoded, narrowed
from artwork.store.blobs import Blobs
from artwork.store.rows import canonical, plain_annotation

KEPT = 2_000
"""Frames (with a focal point each) whose crops are kept: a few kilobytes for each."""

WIDEST = 1920
"""Pixels: a proof is looked at on a screen."""
PROOF_QUALITY = 90
HEAT = (32, 80, 255)
"""Colour of what stands out, blue first, as OpenCV writes it."""
HEAT_MOST = 215
"""Alpha where most stands out; the picture stays visible."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Announced:
    """How a title is announced: what can be set, its own name first where it can; by locale, why a name cannot be."""

    billings: tuple[Billing, ...]
    problems: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        """[locale, name or what is wrong with it], the title's own first, whose locale is empty."""
        said = [[one.locale, one.name] for one in self.billings]
        return sorted([*said, *([locale, problem] for locale, problem in self.problems.items())])

    def billing(self, locale: str) -> Billing:
        """The billing of that locale.

        Raises:
            NotShown: there is none, or it cannot be set; with the reason.
        """
        if locale in self.problems:
            raise NotShown(self.problems[locale])
        found = next((one for one in self.billings if one.locale == locale), None)
        if found is None:
            raise NotShown(f"the title has no name in {locale!r}")
        return found


def by_name(title: Title) -> Announced:
    """By its own name alone."""
    return Announced((Billing(title.name),))


@dataclass(frozen=True, slots=True)
class Proof:
    """A frame on a canvas: the part that is seen, or why it is not shown there."""

    canvas: Canvas
    crop: Crop | None
    refusal: str = ""

    def as_row(self) -> dict[str, object]:
        """For the page: fractions of the frame, and the losses."""
        row: dict[str, object] = {
            "canvas": self.canvas.name,
            "aspect": float(self.canvas.aspect),
            "ratio": f"{self.canvas.aspect.numerator}:{self.canvas.aspect.denominator}",
            "treatment": self.canvas.treatment,
            "refusal": self.refusal,
        }
        if self.crop is not None:
            box, loss = self.crop.box, self.crop.loss
            row |= {
                "box": [box.left, box.top, box.width, box.height],
                "widest": self.crop.widths[-1],
                "faces_kept": loss.faces_kept,
                "saliency_kept": loss.saliency_kept,
                "text_cut": loss.text_cut,
                "upscaling": loss.upscaling,
            }
        return row


class NotShown(BadInput):
    """The frame is not shown on that canvas."""


class Proofs:
    """Makes proofs, and keeps what was costly. Safe to share between threads."""

    def __init__(
        self,
        blobs: Blobs,
        pictures: Pictures,
        compositor: Compositor | None = None,
        canvases: tuple[Canvas, ...] | None = None,
        announce: Callable[[Title], Announced] = by_name,
    ) -> None:
        """Proofs.

        Args:
            blobs: where the stills are.
            pictures: keeps what was made.
            compositor: one with the default fonts when None.
            canvases: those of the package when None.
            announce: how a title is announced; by its name alone where nothing else is given.
        """
        self.announce = announce
        self._blobs = blobs
        self._pictures = pictures
        self._given = compositor
        self.canvases = canvases or read_canvases()
        self._params = compositor.params if compositor else ComposeParams()
        self._kept: OrderedDict[tuple[str, Point | None], tuple[AnnotatedFrame, tuple[Proof, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def compositor(self) -> Compositor:
        """Opened when a canvas is first looked at: reading fonts takes a moment."""
        return self._given or Compositor.open(self._params)

    def of(self, frame: AnnotatedFrame, facts: FilmFacts | None, point: Point | None) -> tuple[Proof, ...]:
        """One proof per canvas, in the canvases' order: crops alone, without asking whether the title finds room.

        They are found on the still, brought to the film's own size: what stands out is measured coarsely anyway.

        Raises:
            StoreError: the still is not there.
        """
        key = (frame.id, point)
        with self._lock:
            made_from, found = self._kept.get(key, (None, ()))
            if made_from == frame:  # the same frame may be annotated anew
                self._kept.move_to_end(key)
                return found
        pixels = whole_still(self._blobs.get(frame.still), facts)
        focus = find_focus(pixels, frame.annotation, point, self._params.focus)
        found = tuple(_proof(canvas, focus, self._params.crop) for canvas in self.canvases)
        with self._lock:
            self._kept[key] = frame, found
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def composed(
        self, frame: AnnotatedFrame, billing: Billing, point: Point | None, canvas: str, whole: Callable[[], Rgb]
    ) -> bytes:
        """The frame on a canvas as it would be published, the title on it, as JPEG; at most `WIDEST` pixels wide.

        Args:
            frame: with its annotation.
            billing: the title as it is announced.
            point: the focal point.
            canvas: its name.
            whole: gives the frame at full size; asked only when the proof was not made before.

        Raises:
            NotShown: no crop will do, or the title finds no room, or it cannot be lettered; with the reason.
        """
        wanted = self._canvas(canvas)
        announced = (billing.name, billing.locale, billing.logo.digest if billing.logo else "")
        annotated = content_id(canonical(plain_annotation(frame.annotation)))
        key = f"proof/{frame.id}/{annotated}/{canvas}/{point}/{announced if wanted.treatment else ''}"
        return self._pictures.kept(key, lambda: self._compose(frame, billing, point, wanted, whole()))

    def billing(self, title: Title, canvas: str, locale: str) -> Billing:
        """What stands on the canvas in that locale; the title's name where nothing stands on it.

        Raises:
            NotShown: there is no such canvas, or nothing to set there in that locale; with the reason.
        """
        return self.announce(title).billing(locale) if self._canvas(canvas).treatment else Billing(title.name)

    def _canvas(self, name: str) -> Canvas:
        found = next((one for one in self.canvases if one.name == name), None)
        if found is None:
            raise NotShown(f"there is no canvas {name!r}")
        return found

    def _compose(
        self, frame: AnnotatedFrame, billing: Billing, point: Point | None, canvas: Canvas, pixels: Rgb
    ) -> bytes:
        approved = Approved(frame.id, frame.id, frame.at, pixels, frame.annotation, point)
        focus = self.compositor.focus(approved)
        small = tuple(width for width in canvas.widths if width <= WIDEST) or canvas.widths[:1]
        try:
            seen = self.compositor.preview(approved, focus, replace(canvas, widths=small), billing)
        except BadInput as error:
            raise NotShown(str(error)) from error
        if isinstance(seen, CanvasRefusal):
            raise NotShown(seen.in_words)
        return encoded(seen.pixels, PROOF_QUALITY)


def standing_out(jpeg: bytes) -> bytes:
    """PNG of what stands out in a picture, to be laid over it: warm where it does, clear where it does not.

    Raises:
        StoreError: the bytes are no picture.
    """
    found = salience(decoded(jpeg))
    strength = np.sqrt(found / max(float(found.max()), 1e-9))
    layer = np.zeros((*found.shape, 4), np.uint8)
    layer[..., :3] = HEAT
    layer[..., 3] = np.round(HEAT_MOST * strength**2)
    done, png = cv2.imencode(".png", layer)
    if not done:
        raise StoreError(f"a map of {found.shape} cannot be encoded as PNG")
    return png.tobytes()


def at_width(jpeg: bytes, width: int) -> bytes:
    """The proof as it is shown so many pixels wide."""
    return narrowed(jpeg, max(16, width))


def whole_still(jpeg: bytes, facts: FilmFacts | None) -> Rgb:
    """A still, brought to the size of its film."""
    pixels = decoded(jpeg)
    if facts is None:
        return pixels
    return np.asarray(cv2.resize(pixels, (facts.width, facts.height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _proof(canvas: Canvas, focus: Focus, params: CropParams) -> Proof:
    found = find_crops(focus, canvas, params)
    if isinstance(found, CropRefusal):
        return Proof(canvas, None, EXPLANATIONS[found.rule])
    return Proof(canvas, found[0])
