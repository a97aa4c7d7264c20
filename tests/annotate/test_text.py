"""Text is found where it is drawn, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from artwork.annotate.glyphs import find_glyphs, steepness
from artwork.annotate.lines import FEATURES, find_lines
from artwork.annotate.text import TextEvidence, find_text, text_share
from artwork.domain import Box, Rgb

WHITE, BLACK, YELLOW = (255, 255, 255), (10, 10, 10), (240, 225, 60)


def wall(seed: int = 1) -> Rgb:
    """A soft picture in middle tones, as behind a subtitle."""
    rough = np.random.default_rng(seed).integers(60, 170, (6, 10, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)


def leaves(seed: int = 1) -> Rgb:
    """Soft-edged ellipses of every size, place and shade, on top of each other."""
    generator = np.random.default_rng(seed)
    picture = np.full((360, 640, 3), 60, np.uint8)
    for _ in range(2500):
        x, y, length, width, angle = generator.integers((0, 0, 3, 2, 0), (640, 360, 16, 7, 180)).tolist()
        shade = generator.integers(30, 200)
        colour = (int(shade * 0.6), int(shade), int(shade * 0.4))
        cv2.ellipse(picture, (x, y), (length, width), angle, 0, 360, colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8)


def written(
    ground: Rgb, text: str, size: int, top: int, colour: tuple[int, int, int] = WHITE, left: int | None = None
) -> tuple[Rgb, Box]:
    """The picture with a line of text, in the middle unless `left` is given, and the box of its letters."""
    height, width = ground.shape[:2]
    sheet = Image.fromarray(ground)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(sheet)
    start = (width - draw.textlength(text, font=font)) / 2 if left is None else left
    draw.text((start, top), text, font=font, fill=colour)
    x0, y0, x1, y1 = draw.textbbox((start, top), text, font=font)
    packed = cv2.imencode(".jpg", np.array(sheet), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    still = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return still, Box(x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height)


def shared(boxes: tuple[Box, ...], target: Box) -> float:
    """Share of the target that the boxes cover."""
    grid = np.zeros((400, 400), bool)
    for box in boxes:
        rows = slice(int(box.top * 400), int((box.top + box.height) * 400) + 1)
        grid[rows, int(box.left * 400) : int((box.left + box.width) * 400) + 1] = True
    rows = slice(int(target.top * 400), int((target.top + target.height) * 400))
    return float(grid[rows, int(target.left * 400) : int((target.left + target.width) * 400)].mean())


@pytest.mark.parametrize("colour", [WHITE, BLACK, YELLOW])
@pytest.mark.parametrize("size", [12, 18, 36, 80])
def test_a_line_of_text_is_boxed(size: int, colour: tuple[int, int, int]) -> None:
    """From small credits to a large title, bright and dark."""
    text = "A film by nobody" if size < 80 else "The Hunters"
    still, target = written(wall(), text, size, 200, colour)
    boxes = find_text(still)
    assert shared(boxes, target) > 0.7
    assert text_share(boxes) < 2.5 * target.area + 0.01


@pytest.mark.parametrize("seed", range(4))
def test_a_subtitle_is_found_on_leaves(seed: int) -> None:
    still, target = written(leaves(seed), "Where have you been all night?", 22, 310)
    assert shared(find_text(still), target) > 0.5


@pytest.mark.parametrize("seed", range(6))
def test_leaves_are_no_text(seed: int) -> None:
    """A false line now and then must stay too small to count."""
    assert text_share(find_text(leaves(seed))) < 0.005


def test_bricks_and_fences_are_no_text() -> None:
    """Regular rows of like shapes, with mortar and pickets, soft as a lens draws them."""
    bricks = np.full((360, 640), 90, np.uint8)
    bricks[::20] = bricks[1::20] = 170
    for row in range(18):
        for column in range(20 * (row % 2), 640, 40):
            bricks[row * 20 : row * 20 + 20, column : column + 2] = 170
    fence = np.full((360, 640), 180, np.uint8)
    for column in range(10, 640, 24):
        fence[100:, column : column + 9] = 80
    for picture in (bricks, fence):
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)
        assert text_share(find_text(np.dstack([soft] * 3))) < 0.005


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "brick", "grass", "gravel", "rocket"])
def test_photographs_without_text_have_none(name: str) -> None:
    """Fur, grass, gravel, bricks and people; what is printed on the astronaut's suit and the rocket is small."""
    photograph = np.asarray(getattr(pytest.importorskip("skimage.data"), name)(), np.uint8)
    pixels = np.dstack([photograph] * 3) if photograph.ndim == 2 else photograph
    assert text_share(find_text(pixels)) < 0.01


def test_words_of_one_line_are_one_box() -> None:
    """Lines stand from top to bottom."""
    still, _ = written(wall(), "The quick brown fox jumps over", 20, 100)
    still, _ = written(still, "the lazy dog", 20, 220)
    boxes = find_text(still)
    assert len(boxes) == 2
    assert boxes[0].width > boxes[1].width


def test_a_roll_of_credits_covers_much_of_the_frame() -> None:
    """Eighteen lines, two columns, white on black."""
    still = np.zeros((360, 640, 3), np.uint8)
    for row in range(18):
        still, _ = written(still, "Assistant Director", 13, 4 + 20 * row, left=100)
        still, _ = written(still, "Maria Kowalska", 13, 4 + 20 * row, left=340)
    boxes = find_text(still)
    assert len(boxes) >= 18
    assert text_share(boxes) > 0.12


def test_share_counts_common_ground_once() -> None:
    """Two boxes of 0.2 x 0.1, half of each shared: 0.02 + 0.02 - 0.01 = 0.03."""
    assert text_share([]) == 0
    assert text_share([Box(0.1, 0.1, 0.2, 0.1), Box(0.2, 0.1, 0.2, 0.1)]) == pytest.approx(0.03)


def test_a_flat_picture_has_no_glyphs_lines_or_text() -> None:
    still = np.full((360, 640, 3), 128, np.uint8)
    luma = still[:, :, 0]
    assert len(find_glyphs(luma)) == 0
    assert len(find_lines(find_glyphs(luma), steepness(luma))) == 0
    assert find_text(still) == ()


def test_glyphs_are_measured_as_drawn() -> None:
    """Two upright bars, 4 x 20 px, 150 steps above the ground: one line of two letters, 24 px wide."""
    luma = np.full((100, 200), 50, np.uint8)
    luma[40:60, 80:84] = luma[40:60, 100:104] = 200
    glyphs = find_glyphs(luma)
    assert glyphs.left.tolist() == [80, 100]
    assert glyphs.top.tolist() == [40, 40]
    assert (glyphs.width.tolist(), glyphs.height.tolist()) == ([4, 4], [20, 20])
    assert (glyphs.colour.tolist(), glyphs.contrast.tolist()) == ([200, 200], [150, 150])
    assert glyphs.runs.tolist() == [20, 20]
    lines = find_lines(glyphs, steepness(luma))
    assert (lines.left.tolist(), lines.right.tolist(), lines.glyphs.tolist()) == ([80], [104], [2])
    measured = dict(zip(FEATURES, lines.features[0], strict=True))
    assert measured["letters"] == 1
    assert measured["aspect"] == pytest.approx(np.log(24 / 20))
    assert measured["filled"] == pytest.approx(2 * 4 * 20 / (24 * 20))
    assert (measured["colour"], measured["raggedness"], measured["unevenness"]) == (0, 0, 0)


def test_every_feature_has_its_weight() -> None:
    evidence = TextEvidence()
    assert evidence.of(np.zeros((1, len(FEATURES)))).tolist() == [evidence.constant]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 2**32 - 1))
def test_any_picture_gives_boxes_inside_it_in_order(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    boxes = find_text(pixels)
    assert list(boxes) == sorted(boxes, key=lambda box: (box.top, box.left))
    assert boxes == find_text(pixels)
