"""Proofs: how a frame will look on each canvas. The one place where the page meets the room that composes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from artwork.compose.canvases import read_canvases
from artwork.compose.crop import CropRefusal, find_crops
from artwork.compose.focus import find_focus
from artwork.compose.values import EXPLANATIONS, Canvas, Crop
from artwork.domain import AnnotatedFrame, Box, FilmFacts, Rgb
from artwork.review.pictures import decoded, encoded
from artwork.store.blobs import Blobs

KEPT = 2_000
"""Frames (with a focal point each) whose crops are kept: a few kilobytes for each."""

Point = tuple[float, float]


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


class Proofs:
    """Makes proofs, and keeps what was costly. Safe to share between threads."""

    def __init__(self, blobs: Blobs, canvases: tuple[Canvas, ...] | None = None) -> None:
        self._blobs = blobs
        self.canvases = canvases or read_canvases()
        self._kept: OrderedDict[tuple[str, Point | None], tuple[Proof, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, frame: AnnotatedFrame, facts: FilmFacts | None, point: Point | None) -> tuple[Proof, ...]:
        """One proof per canvas, in the canvases' order.

        Crops are found on the still, brought to the film's own size: what stands out is measured coarsely anyway.

        Raises:
            StoreError: the still is not there.
        """
        key = (frame.id, point)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        pixels = decoded(self._blobs.get(frame.still))
        if facts is not None:
            size = (facts.width, facts.height)
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        focus = find_focus(pixels, frame.annotation, point)
        found = tuple(_proof(canvas, find_crops(focus, canvas)) for canvas in self.canvases)
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def picture(self, pixels: Rgb, proof: Proof, width: int) -> bytes | None:
        """The proof as a JPEG so many pixels wide, cut from the frame at any size; None where there is no crop."""
        if proof.crop is None:
            return None
        height = max(1, round(width / proof.canvas.aspect))
        cut = cv2.resize(_cut(pixels, proof.crop.box), (width, height), interpolation=cv2.INTER_AREA)
        return encoded(np.asarray(cut, np.uint8))


def _proof(canvas: Canvas, found: tuple[Crop, ...] | CropRefusal) -> Proof:
    if isinstance(found, CropRefusal):
        return Proof(canvas, None, EXPLANATIONS[found.rule])
    return Proof(canvas, found[0])


def _cut(pixels: Rgb, box: Box) -> Rgb:
    height, width = pixels.shape[:2]
    left, top = round(box.left * width), round(box.top * height)
    right, bottom = round((box.left + box.width) * width), round((box.top + box.height) * height)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
