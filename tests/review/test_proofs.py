"""A proof is made as the canvas would be published now: with the settings in use, of the frame as it is annotated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from review_builders import annotation, at, drawn

from artwork.compose.composition import ComposeParams, Compositor
from artwork.compose.crop import CropParams
from artwork.compose.treatment import Billing
from artwork.domain import AnnotatedFrame, Box, ContextualAnnotation, Face, FilmFacts, FrameAnnotation
from artwork.review.pictures import Pictures, decoded
from artwork.review.proofs import Proofs
from artwork.store.blobs import Blobs

FACTS = FilmFacts(640, 360, "h264", None, 4.0)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


def frame(blobs: Blobs, annotated: FrameAnnotation) -> AnnotatedFrame:
    return AnnotatedFrame("f0", 0, at(6), 0.25, blobs.put(drawn(0), "jpg"), "0" * 16, annotated)


def seen(*left: float) -> FrameAnnotation:
    """Faces that begin there."""
    faces = tuple(Face(Box(each, 0.3, 0.1, 0.2), 0.9) for each in left)
    return replace(annotation(0), contextual=ContextualAnnotation(faces))


def test_a_frame_that_was_annotated_anew_has_other_proofs(blobs: Blobs) -> None:
    """Another face detector found the face at the other edge: the square moves with it, on the page that is open."""
    proofs = Proofs(blobs, Pictures(blobs))
    boxes, pictures = [], []
    for annotated in (seen(0.05), seen(0.8)):
        one = frame(blobs, annotated)
        found = {proof.canvas.name: proof.crop for proof in proofs.of(one, FACTS, None)}
        crop = found["square"]
        assert crop is not None
        boxes.append((crop.box.left, crop.box.left + crop.box.width))
        whole = np.ascontiguousarray(decoded(drawn(0)))
        pictures.append(proofs.composed(one, Billing("H"), None, "square", lambda whole=whole: whole))
    assert boxes[0][1] < 0.8
    assert boxes[1][0] > 0.2
    assert pictures[0] != pictures[1]


def test_the_limits_are_those_of_the_settings(blobs: Blobs) -> None:
    """A frame of 640 x 360 on a canvas that is 640, 960, 1280 ... wide: no limit, no enlargement."""
    one = frame(blobs, seen())
    for upscaling, widest in ((1.0, 640), (2.0, 1280)):
        compositor = Compositor.open(ComposeParams(crop=CropParams(upscaling=upscaling)))
        found = Proofs(blobs, Pictures(blobs), compositor).of(one, FACTS, None)
        assert [proof.crop.widths[-1] for proof in found if proof.crop and proof.canvas.name == "billboard"] == [widest]
