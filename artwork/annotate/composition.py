"""How a frame is built: where its subject lies, its balance, its depth, and where a title would find room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import WHOLE_FRAME, Box, CompositionalAnnotation, Face, Luma, Rgb

from .detail import Energy, sharpness_map
from .picture import grey, inside, shrunk, to_picture

Map = NDArray[np.float32]
"""(height, width) float32, 0 to 1, over the picture."""
Grid = tuple[tuple[float, ...], ...]
_FAINTEST_EDGE, _SAME_LUMA = 2.0, 6
"""Luma steps of 255: gradients up to the first are noise of the encoder, differences up to the second too."""


@dataclass(frozen=True, slots=True)
class CompositionParams:
    """Settings of the compositional measures.

    working_side: pixels of the longer side at which all but saliency is measured. saliency_side: the same for
    saliency; the paper works at 64 px. rows, columns: of the negative-space grid: a cell is about the smallest place
    where a line of a title still reads. quiet, busy: mean luma gradient, of 255, up to which
    a cell is empty, and from which it is fully busy: in Big Buck Bunny clear sky has 0.5, the wall behind the credits
    0.6 to 1.7, grass and foliage 7 to 8; strong grain (sigma 9 of 255) alone 1.1. subject_share: share of the
    picture, most salient first, that is taken for the subject where no face is seen.
    """

    working_side: int = 320
    saliency_side: int = 64
    rows: int = 6
    columns: int = 9
    quiet: float = 1.2
    busy: float = 8.0
    subject_share: float = 0.1


def measure_composition(  # noqa: PLR0913  # one more than five: what others measured on the same luma
    still: Rgb,
    *,
    faces: Sequence[Face] = (),
    text: Sequence[Box] = (),
    picture: Box = WHOLE_FRAME,
    params: CompositionParams | None = None,
    energy: Energy | None = None,
) -> CompositionalAnnotation:
    """All compositional measures of a still, within the picture.

    thirds: `thirds` of the subject: the faces' middle, weighted by area, or else the middle of what is salient.
    symmetry: `symmetry`. depth_of_field: `depth_of_field`. negative_space: `negative_space`, over the picture. ruled:
    `ruled`.

    Args:
        still: (height, width, 3) uint8, RGB, letterbox included.
        faces: with boxes in fractions of the whole frame.
        text: boxes in fractions of the whole frame.
        picture: the part inside the letterbox bars.
        params: `CompositionParams()` when None.
        energy: of the picture's luma, where it is known.
    """
    params = params or CompositionParams()
    pixels = inside(still, picture)
    luma = grey(pixels)
    small = shrunk(luma, params.working_side)
    salient = saliency(small, params.saliency_side)
    people = [to_picture(face.box, picture) for face in faces]
    lines = [to_picture(box, picture) for box in text]
    gradient = _gradient(small)
    return CompositionalAnnotation(
        thirds=thirds(_subject(people, salient, params.subject_share)),
        symmetry=symmetry(small),
        depth_of_field=depth_of_field(sharpness_map(luma, energy=energy), people),
        negative_space=negative_space(gradient, [*people, *lines], params),
        picture=picture,
        ruled=ruled(small, lines),
    )


def thirds(subject: tuple[float, float]) -> float:
    """1 where the subject lies on one of the four power points, falling to 0 at one third of the picture from all.

    Args:
        subject: (x, y) in fractions of the picture. The middle of the picture gives 0.29.
    """
    x, y = subject
    nearest = min(float(np.hypot(x - across, y - down)) for across in (1 / 3, 2 / 3) for down in (1 / 3, 2 / 3))
    return max(0.0, 1 - 3 * nearest)


def symmetry(luma: Luma) -> float:
    """How like its mirror picture the frame is, left to right: 1 exactly, 0 where unrelated or flat.

    The correlation of the picture with its mirror picture after a blur of 2 % of the width; a negative one counts as 0.
    """
    soft = cv2.GaussianBlur(luma, (0, 0), max(0.5, 0.02 * luma.shape[1])).astype(np.float32)
    centred = soft - soft.mean()
    power = float((centred * centred).sum())
    if power < luma.size:
        return 0.0
    return max(0.0, float((centred * centred[:, ::-1]).sum()) / power)


def saliency(luma: Luma, side: int = 64) -> Map:
    """What stands out from the picture's own regularity, 0 to 1; all 0 for a flat picture.

    Returns:
        (rows, columns) float32, its longer side `side`.

    Source:
        Hou and Zhang, "Saliency detection: a spectral residual approach", 2007.
    """
    small = shrunk(luma, side).astype(np.float32)
    if float(np.ptp(small)) < 2:
        return np.zeros(small.shape, np.float32)
    spectrum = np.fft.fft2(small)
    logarithm = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    residual = logarithm - cv2.blur(logarithm, (3, 3), borderType=cv2.BORDER_WRAP)
    salient = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    smooth = cv2.GaussianBlur(salient.astype(np.float32), (0, 0), 2.5)
    smooth -= smooth.min()
    return (smooth / max(float(smooth.max()), 1e-9)).astype(np.float32)


def depth_of_field(sharpness: Map, people: Sequence[Box]) -> float:
    """How much of the subject's sharpness its surroundings lack: 0 where all is in focus, towards 1 for a soft rest.

    Blur is compared, not contrast, so that a smooth face before a busy wall is not taken for out of focus. Without
    faces, the sharpest sixth of the picture is the subject: what the lens was focused on.

    Args:
        sharpness: (rows, columns) from `artwork.annotate.detail.sharpness_map`; NaN where a tile cannot tell.
        people: faces in fractions of the picture; the shoulders below a face belong to it.
    """
    rows, columns = sharpness.shape
    told = ~np.isnan(sharpness)
    subject = np.zeros((rows, columns), bool)
    for box in people:
        left, right = (box.left - box.width / 4) * columns, (box.left + 1.25 * box.width) * columns
        bottom = (box.top + 1.5 * box.height) * rows
        subject[int(box.top * rows) : math.ceil(bottom), max(0, int(left)) : math.ceil(right)] = True
    if not (subject & told).any() and told.any():
        subject = told & (sharpness >= np.quantile(sharpness[told], 5 / 6))
    if not (subject & told).any() or not (told & ~subject).any():
        return 0.0
    near = float(np.quantile(sharpness[subject & told], 0.75))
    far = float(np.median(sharpness[told & ~subject]))
    return max(0.0, (near - far) / max(near, 1e-6))


def negative_space(gradient: Map, taken: Sequence[Box], params: CompositionParams | None = None) -> Grid:
    """Rows of cells, top to bottom, over the picture: 1 smooth and free, 0 busy or taken by a face or text.

    Args:
        gradient: (height, width) luma gradient.
        taken: boxes in fractions of the picture.
        params: `CompositionParams()` when None.
    """
    params = params or CompositionParams()
    size = (params.columns, params.rows)
    mean = cv2.resize(gradient, size, interpolation=cv2.INTER_AREA)
    busy = np.clip((mean - params.quiet) / (params.busy - params.quiet), 0, 1)
    down, across = np.arange(params.rows)[:, None] / params.rows, np.arange(params.columns) / params.columns
    for box in taken:
        tall = np.minimum(down + 1 / params.rows, box.top + box.height) - np.maximum(down, box.top)
        wide = np.minimum(across + 1 / params.columns, box.left + box.width) - np.maximum(across, box.left)
        covered = np.maximum(tall, 0) * np.maximum(wide, 0) * params.rows * params.columns
        busy[covered > 0.1] = 1
    return tuple(tuple(round(1 - float(cell), 3) for cell in row) for row in busy)


def ruled(luma: Luma, text: Sequence[Box] = ()) -> float:
    """How much of the picture is drawn with a ruler, as colour bars are: 1 all of it, 0 nothing, or nothing is drawn.

    The smaller of two shares: of the strength of edges, that of edges exactly across or down; of the rows, those that
    repeat the row above. Measured: the colour bars of SMPTE, of EBU, and in high definition 0.97 and more; 892 stills
    of films, cartoons and rooms with doors and shelves 0.55 at most.

    Args:
        luma: (height, width) uint8.
        text: boxes in fractions of the picture that are not looked at: bars often carry the name of a station.
    """
    height, width = luma.shape
    if min(height, width) < 2:
        return 0.0
    seen = np.ones((height, width), bool)
    for box in text:
        top, bottom = int(box.top * height) - 2, math.ceil((box.top + box.height) * height) + 2
        left, right = int(box.left * width) - 2, math.ceil((box.left + box.width) * width) + 2
        seen[max(0, top) : bottom, max(0, left) : right] = False
    across, down = (np.abs(cv2.Sobel(luma, cv2.CV_32F, *axis, scale=0.125)) for axis in ((1, 0), (0, 1)))
    strength = np.where(seen, cv2.magnitude(across, down), 0)
    strength[strength <= _FAINTEST_EDGE] = 0
    total = float(strength.sum())
    if total == 0:
        return 0.0
    straight = float(strength[np.minimum(across, down) <= 0.1 * np.maximum(across, down)].sum()) / total
    steps = cv2.absdiff(luma[1:], luma[:-1]) <= _SAME_LUMA
    alike = float(((steps | ~seen[1:]).mean(axis=1) >= 0.98).mean())
    return min(straight, alike)


def _subject(people: Sequence[Box], salient: Map, share: float) -> tuple[float, float]:
    """The middle of the faces, by area; of the most salient share of the picture where there are none."""
    if people and (total := sum(box.area for box in people)) > 0:
        return (
            sum(box.centre[0] * box.area for box in people) / total,
            sum(box.centre[1] * box.area for box in people) / total,
        )
    if salient.max() <= 0:
        return 0.5, 0.5
    rows, columns = salient.shape
    weight = np.where(salient >= np.quantile(salient, 1 - share), salient, 0)
    x = float((weight.sum(axis=0) * (np.arange(columns) + 0.5)).sum() / weight.sum() / columns)
    y = float((weight.sum(axis=1) * (np.arange(rows) + 0.5)).sum() / weight.sum() / rows)
    return x, y


def _gradient(luma: Luma) -> Map:
    """Length of the luma gradient per pixel, in steps of 255; a slight blur keeps film grain out of it."""
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.8), np.uint8)
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), np.float32)
