"""How near the camera stands to the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artwork.domain import Box, Face, ShotScale


@dataclass(frozen=True, slots=True)
class ScaleParams:
    """Smallest height of the tallest face, as a share of the picture's height, for each scale.

    A face box reaches from the brows to the chin, about two thirds of a head; a person is 7.5 heads tall. Framed from
    the collarbones up (close-up) the head fills more than half of the height, from the chest (medium close-up) about
    a third to a half, from the waist (medium) a fifth to a third, whole (full) about a tenth to a fifth: two thirds of
    these are the limits. Below `full` people are small in their surroundings (wide).

    Source:
        Thompson and Bowen, "Grammar of the Shot", 2009, for where each framing cuts the body.
    """

    close_up: float = 0.35
    medium_close_up: float = 0.22
    medium: float = 0.13
    full: float = 0.07


def shot_scale(faces: Sequence[Face], picture: Box, params: ScaleParams | None = None) -> ShotScale:
    """The scale by the tallest face in the picture; `NO_PEOPLE` where no face is seen.

    Args:
        faces: with boxes in fractions of the whole frame.
        picture: the part inside the letterbox bars.
        params: `ScaleParams()` when None.
    """
    params = params or ScaleParams()
    if not faces:
        return ShotScale.NO_PEOPLE
    tallest = max(face.box.height for face in faces) / max(picture.height, 1e-9)
    for scale, limit in (
        (ShotScale.CLOSE_UP, params.close_up),
        (ShotScale.MEDIUM_CLOSE_UP, params.medium_close_up),
        (ShotScale.MEDIUM, params.medium),
        (ShotScale.FULL, params.full),
    ):
        if tallest >= limit:
            return scale
    return ShotScale.WIDE
