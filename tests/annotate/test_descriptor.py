"""The built-in descriptor: looks, told apart without weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from artwork.annotate.arithmetic import sample_pictures
from artwork.annotate.descriptor import BuiltinDescriptor, colour_layout, colour_shares, interest_layout
from artwork.domain import Rgb

DESCRIPTOR = BuiltinDescriptor()


def likeness(one: Rgb, other: Rgb) -> float:
    vectors = DESCRIPTOR.embed([one, other])
    return float(vectors[0] @ vectors[1])


def copied(picture: Rgb) -> Rgb:
    """The same picture as another encoder might have it: JPEG at 60, a little brighter, 1.5 % cut from each side."""
    coded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    height, width = coded.shape[:2]
    down, across = max(1, height // 64), max(1, width // 64)
    cut = coded[down : height - down, across : width - across]
    return np.clip(cut.astype(np.float32) * 1.05 + 3, 0, 255).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))))
def test_every_picture_has_a_vector_of_length_one(picture: Rgb) -> None:
    vector = DESCRIPTOR.embed([picture])[0]
    assert vector.dtype == np.float32
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


def test_no_pictures_give_no_rows() -> None:
    assert DESCRIPTOR.embed([]).shape == (0, DESCRIPTOR.dimension)


def test_a_picture_is_like_itself_and_its_copies_and_unlike_others() -> None:
    pictures = sample_pictures(6, 360, 640)
    vectors = DESCRIPTOR.embed(pictures)
    assert min(likeness(one, copied(one)) for one in pictures) > 0.95
    assert likeness(pictures[0], np.ascontiguousarray(pictures[0][::2, ::2])) > 0.97
    assert np.median((vectors @ vectors.T)[np.triu_indices(6, 1)]) < 0.6


def test_black_white_and_colour_are_apart() -> None:
    black, white, red = (np.full((36, 64, 3), level, np.uint8) for level in ((0, 0, 0), (255, 255, 255), (200, 20, 20)))
    assert likeness(black, white) < 0
    assert likeness(black, red) < 0.5
    assert likeness(white, red) < 0.5


def test_colours_are_laid_out_from_the_top_left() -> None:
    """L = 255, a = b = 128 (white) above L = 0 (black): (255 - 128) / 128 above, -1 below, no colour."""
    lab = np.full((40, 40, 3), 128, np.uint8)
    lab[:20, :, 0], lab[20:, :, 0] = 255, 0
    layout = colour_layout(lab, 4, 1).reshape(4, 3)
    assert layout[0] == pytest.approx([127 / 128, 0, 0], abs=1e-6)
    assert layout[3] == pytest.approx([-1, 0, 0], abs=1e-6)


def test_a_hue_pours_into_its_two_nearest_bins() -> None:
    """Pure red is hue 0, where the ring closes: half goes to the first bin of four and half to the last, no grey."""
    shares = colour_shares(np.full((8, 8, 3), (255, 0, 0), np.uint8), 4)
    spread = shares - shares.min()
    assert spread[[0, 3]] == pytest.approx([0.5**0.5] * 2, abs=0.01)
    assert spread[[1, 2, 4, 5, 6, 7, 8, 9, 10, 11]] == pytest.approx(0, abs=1e-6)


def test_interest_lies_where_the_detail_is() -> None:
    strength = np.zeros((60, 60), np.float32)
    strength[45:55, 45:55] = 100
    assert int(np.argmax(interest_layout(strength, 3, 3))) == 8


def test_the_same_picture_gives_the_same_bits_in_another_process() -> None:
    code = (
        "import hashlib, sys\n"
        "from artwork.annotate.arithmetic import sample_pictures\n"
        "from artwork.annotate.descriptor import BuiltinDescriptor\n"
        "vectors = BuiltinDescriptor().embed(sample_pictures(3))\n"
        "print(hashlib.sha256(vectors.tobytes()).hexdigest(), 'torch' in sys.modules)"
    )
    done = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(done) == 1
    assert done.pop().split()[1] == b"False"


def frames(film: Path, every_seconds: float, gap_seconds: float, count: int) -> list[tuple[Rgb, Rgb]]:
    """`count` frames, each with the one `gap_seconds` later."""
    pairs, first = [], None
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 24)
        stride, gap = round(every_seconds * rate), round(gap_seconds * rate)
        for number, frame in enumerate(container.decode(stream)):
            if number % stride == 0:
                first = frame.to_ndarray(format="rgb24")
            elif number % stride == gap and first is not None:
                pairs.append((first, frame.to_ndarray(format="rgb24")))
                if len(pairs) == count:
                    break
    return pairs


@pytest.mark.material
@pytest.mark.parametrize(("film", "every_seconds"), [("big_buck_bunny.mp4", 6.0), ("sintel_trailer.mp4", 2.0)])
def test_copies_of_film_frames_are_near_and_frames_of_different_shots_apart(
    material: Path, film: str, every_seconds: float
) -> None:
    """Copies above 0.95, most neighbours 0.2 s apart above 0.9, frames seconds apart below 0.5 in the median."""
    pairs = frames(material / "films" / film, every_seconds, 0.2, 20)
    lit = [(one, other) for one, other in pairs if one.std() > 12]
    firsts = DESCRIPTOR.embed([one for one, _ in lit])
    later = DESCRIPTOR.embed([other for _, other in lit])
    copies = DESCRIPTOR.embed([copied(one) for one, _ in lit])
    assert np.sum(firsts * copies, axis=1).min() > 0.95
    assert np.quantile(np.sum(firsts * later, axis=1), 0.4) > 0.9
    apart = (firsts @ firsts.T)[np.triu_indices(len(lit), 1)]
    assert np.median(apart) < 0.5
    assert np.quantile(apart, 0.95) < 0.9
