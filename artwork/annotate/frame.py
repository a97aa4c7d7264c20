"""Everything measured on one still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from artwork.domain import WHOLE_FRAME, Box, ContextualAnnotation, Face, FrameAnnotation, Rgb
from artwork.ports import FaceDetector

from .bars import BarParams
from .composition import CompositionParams, measure_composition
from .detail import SMALLEST, detail_energy
from .metrics import VisualParams, measure_visual
from .picture import grey, inside, to_frame, to_picture
from .scale import ScaleParams, shot_scale
from .text import TextParams, find_text, text_share


@dataclass(frozen=True, slots=True)
class AnnotationParams:
    """The settings of every part; each is documented where it is used."""

    bars: BarParams = field(default_factory=BarParams)
    visual: VisualParams = field(default_factory=VisualParams)
    text: TextParams = field(default_factory=TextParams)
    composition: CompositionParams = field(default_factory=CompositionParams)
    scale: ScaleParams = field(default_factory=ScaleParams)


def annotate_frame(
    still: Rgb,
    *,
    motion: float,
    picture: Box = WHOLE_FRAME,
    faces: FaceDetector,
    params: AnnotationParams | None = None,
) -> FrameAnnotation:
    """What is measured on a still: how it looks, what is in it, how it is built.

    Boxes of faces and text are fractions of the whole frame; everything else is measured inside the letterbox bars,
    but for text, which is sought on the bars as well: subtitles often stand there. Those cover nothing of the picture:
    `text_share` is the picture's.

    Args:
        still: (height, width, 3) uint8, RGB, letterbox included.
        motion: mean change to the neighbouring frames, 0 to 1, from the decode pass.
        picture: the part inside the letterbox bars.
        faces: the detector in use.
        params: `AnnotationParams()` when None.
    """
    params = params or AnnotationParams()
    pixels = np.ascontiguousarray(inside(still, picture))
    seen = tuple(_moved(face, picture) for face in faces.detect(pixels))
    text = find_text(still, params.text)
    energy = detail_energy(grey(pixels), params.visual.detail) if min(pixels.shape[:2]) >= SMALLEST else None
    return FrameAnnotation(
        visual=measure_visual(still, motion=motion, picture=picture, params=params.visual, energy=energy),
        contextual=ContextualAnnotation(
            faces=seen,
            shot_scale=shot_scale(seen, picture, params.scale),
            text=text,
            text_share=text_share([to_picture(box, picture) for box in text]),
        ),
        compositional=measure_composition(
            still, faces=seen, text=text, picture=picture, params=params.composition, energy=energy
        ),
    )


def _moved(face: Face, picture: Box) -> Face:
    """A face found inside the picture, in fractions of the whole frame."""
    if picture == WHOLE_FRAME:
        return face
    landmarks = tuple((picture.left + x * picture.width, picture.top + y * picture.height) for x, y in face.landmarks)
    return replace(face, box=to_frame(face.box, picture), landmarks=landmarks)
