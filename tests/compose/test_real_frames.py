"""Two hundred frames with faces from real films, on every canvas: measured on the pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from compose_builders import packaged_fonts
from PIL import Image

from artwork.annotate.faces import YuNetFaces
from artwork.annotate.frame import annotate_frame
from artwork.compose.canvases import read_canvases
from artwork.compose.composition import Approved, Composed, Compositor
from artwork.compose.contrast import ENOUGH, luminance, ratio
from artwork.compose.encoding import encoded
from artwork.compose.treatment import Billing
from artwork.compose.values import EXPLANATIONS, Canvas, CanvasRefusal
from artwork.domain import Box, Rgb, Timecode

pytestmark = [pytest.mark.slow, pytest.mark.material]
EVERY_SECONDS = {"sintel_trailer": 0.25, "one_by_one_person": 0.5, "bikes": 0.25, "big_buck_bunny": 1.0}
WANTED = 200
TITLES = ("The Keeper of Gull Rock", "Sintel", "Everything Everywhere All at Once")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one canvas of a frame; `ratios` of the title: as it says, beside it, and after encoding."""

    frame: str
    canvas: str
    refused: str = ""
    faces_cut: int = 0
    faces_touched: int = 0
    beyond_safe_area: bool = False
    over_text: bool = False
    ratios: tuple[float, ...] = ()


def stills(film: Path, every_seconds: float) -> Iterator[tuple[float, Rgb]]:
    """A frame of a film every so often."""
    due = 0.0
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= due:
                due = frame.time + every_seconds
                yield frame.time, frame.to_ndarray(format="rgb24")


@pytest.fixture(scope="module")
def measured(material: Path) -> list[Measured]:
    """Every canvas of every frame in which YuNet sees a face."""
    detector = YuNetFaces(material / "models" / "yunet_n_640_640.onnx")
    compositor = Compositor(packaged_fonts())
    canvases = read_canvases()
    rows: list[Measured] = []
    for film, step in EVERY_SECONDS.items():
        for at, pixels in stills(material / "films" / f"{film}.mp4", step):
            if not detector.detect(pixels):
                continue
            seen = annotate_frame(pixels, motion=0.0, faces=detector)
            frame = Approved("c", f"{film}@{at:.2f}", Timecode(round(at * 1000), Fraction(1, 1000)), pixels, seen)
            focus = compositor.focus(frame)
            for canvas in canvases:
                billing = Billing(TITLES[len(rows) % len(TITLES)])
                found = compositor.preview(frame, focus, canvas, billing)
                rows.append(measure(frame, canvas, found, encode=len(rows) % 40 == 0))
    assert len({each.frame for each in rows}) >= WANTED
    return rows


def measure(frame: Approved, canvas: Canvas, found: Composed | CanvasRefusal, *, encode: bool) -> Measured:
    """What the tests below ask for."""
    if isinstance(found, CanvasRefusal):
        assert found.value != found.limit
        return Measured(frame.frame_id, canvas.name, str(found))
    height, width = found.pixels.shape[:2]
    changed = (found.pixels != found.bare).any(axis=2)
    cut = touched = 0
    for face in frame.annotation.contextual.faces:
        left, top, right, bottom = on_canvas(face.box, found)
        whole = left >= -1 and top >= -1 and right <= width + 1 and bottom <= height + 1
        absent = right <= 1 or bottom <= 1 or left >= width - 1 or top >= height - 1
        cut += not (whole or absent)
        inner = changed[
            max(0, round(top) + 1) : max(0, round(bottom) - 1), max(0, round(left) + 1) : max(0, round(right) - 1)
        ]
        touched += bool(inner.any())
    if found.treatment is None:
        return Measured(frame.frame_id, canvas.name, "", cut, touched)
    box = found.treatment.box
    beyond = (
        min(box.left * width - 0.05 * width, 0.95 * width - (box.left + box.width) * width) < -1
        or min(box.top * height - 0.05 * height, 0.95 * height - (box.top + box.height) * height) < -1
    )
    ratios = [found.treatment.contrast, beside_letters(found, found.pixels)]
    if encode:
        for file in encoded(found.pixels, canvas, found.crop.widths[-1:], b""):
            with Image.open(io.BytesIO(file.content)) as picture:
                ratios.append(beside_letters(found, np.asarray(picture.convert("RGB"), np.uint8)))
    spots = [on_canvas(text, found) for text in frame.annotation.contextual.text]
    own = (box.left * width, box.top * height, (box.left + box.width) * width, (box.top + box.height) * height)
    over = any(a[0] < own[2] and own[0] < a[2] and a[1] < own[3] and own[1] < a[3] for a in spots)
    return Measured(frame.frame_id, canvas.name, "", cut, touched, beyond, over, tuple(ratios))


def on_canvas(box: Box, found: Composed) -> tuple[float, float, float, float]:
    """A box of the frame in pixels of the canvas; it may lie beyond."""
    crop, (height, width) = found.crop.box, found.pixels.shape[:2]
    left, top = (box.left - crop.left) / crop.width * width, (box.top - crop.top) / crop.height * height
    return left, top, left + box.width / crop.width * width, top + box.height / crop.height * height


def beside_letters(found: Composed, pixels: Rgb) -> float:
    """The ratio of the letters to what lies right beside them: all but one pixel in fifty of it have more.

    Found without what made them: a shade only darkens beneath light letters, so what is lighter than before is a
    letter; the other way round for dark ones. It lightens by 8 of 255 at most, where the picture is blacker than it.
    The pixel next to a letter is its soft edge and does not count.
    """
    assert found.treatment is not None
    height, width = pixels.shape[:2]
    box = found.treatment.box
    place = np.zeros((height, width), bool)
    top, left = round(box.top * height), round(box.left * width)
    place[top : top + round(box.height * height), left : left + round(box.width * width)] = True
    change = found.pixels.astype(int).sum(axis=2) - found.bare.astype(int).sum(axis=2)
    sign = 1 if found.treatment.colour == "#ffffff" else -1
    ink = [int(found.treatment.colour[number : number + 2], 16) for number in (1, 3, 5)]
    core = (found.pixels == ink).all(axis=2) & place
    # Where the picture was of the letters' own colour before its shade, only the colour tells them.
    letters = core | place & (sign * change > 30)
    square = np.ones((3, 3), np.uint8)
    edge, around = (cv2.dilate(letters.astype(np.uint8), square, iterations=times) > 0 for times in (2, 4))
    colour = float(np.median(luminance(pixels[core])))
    return float(np.quantile(ratio(luminance(pixels[around & ~edge]), colour), 0.02))


def test_no_face_is_cut(measured: list[Measured]) -> None:
    """Each face that the detector sees is whole in a rendition or not in it at all."""
    assert [each for each in measured if each.faces_cut] == []


def test_most_canvases_are_filled(measured: list[Measured]) -> None:
    """A refusal says why; the small films are too small for some canvases, and close-ups for posters."""
    refused = [each for each in measured if each.refused]
    assert [each for each in refused if not any(words in each.refused for words in EXPLANATIONS.values())] == []
    assert len(refused) < 0.45 * len(measured)


def test_no_title_touches_a_face(measured: list[Measured]) -> None:
    """Not one pixel of a face differs between the canvas with its title and without; the rim stays free, and text."""
    assert [each for each in measured if each.faces_touched or each.beyond_safe_area or each.over_text] == []


def test_every_title_has_its_contrast(measured: list[Measured]) -> None:
    """What is said, what is measured beside the letters, and what is left of it in the decoded files: 4.5 or more."""
    treated = [each for each in measured if each.ratios]
    assert len(treated) > WANTED
    assert any(len(each.ratios) > 2 for each in treated)
    assert [each for each in treated if min(each.ratios) < ENOUGH] == []
