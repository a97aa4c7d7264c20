"""What every `FaceEmbedder` promises, run over the built-in looks and a face network."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from artwork.annotate.face_looks import FaceLooks
from artwork.annotate.face_network import FaceNetwork, FaceNetworkParams
from artwork.annotate.faces import open_face_detector
from artwork.domain import Box, Face, Rgb
from artwork.ports import FaceEmbedder


@pytest.fixture(scope="module", params=["looks", "network"])
def embedder(request: pytest.FixtureRequest) -> FaceEmbedder:
    """Each implementation; the network only where one is at hand."""
    if request.param == "looks":
        return FaceLooks()
    material = cast("Path", request.getfixturevalue("material"))
    params = FaceNetworkParams(middle=127.5, spread=128.0)
    return FaceNetwork(material / "models" / "mobilefacenet_foamliu.onnx", params)


@pytest.fixture(scope="module")
def still() -> Rgb:
    """A photograph of one person (Eileen Collins, NASA, public domain)."""
    return np.asarray(pytest.importorskip("skimage.data").astronaut(), np.uint8)


HER = Face(Box(0.36, 0.13, 0.16, 0.2), 0.9)
"""Where her face lies."""
FLAG = Face(Box(0.02, 0.3, 0.16, 0.2), 0.7)
"""Where there is a flag."""


def test_vectors_are_float32_of_its_dimension_and_of_length_one(embedder: FaceEmbedder, still: Rgb) -> None:
    vectors = embedder.embed(still, [HER, FLAG])
    assert (vectors.shape, vectors.dtype) == ((2, embedder.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_faces_give_no_rows(embedder: FaceEmbedder, still: Rgb) -> None:
    assert embedder.embed(still, []).shape == (0, embedder.dimension)


def test_a_vector_depends_on_its_face_alone(embedder: FaceEmbedder, still: Rgb) -> None:
    both = embedder.embed(still, [HER, FLAG])
    assert np.array_equal(embedder.embed(still, [FLAG])[0], both[1])
    assert np.array_equal(embedder.embed(still, [HER, FLAG]), both)


def test_the_same_face_smaller_darker_and_tilted_is_nearer_than_something_else(
    embedder: FaceEmbedder, still: Rgb
) -> None:
    """The detector finds her in both pictures; its landmarks turn her upright again."""
    turn = cv2.getRotationMatrix2D((225, 115), 12, 0.8)
    other = np.asarray(cv2.warpAffine(still, turn, (512, 512)) * 0.85, np.uint8)
    detector = open_face_detector(None)
    [before, after] = [detector.detect(pixels)[0] for pixels in (still, other)]
    mine = embedder.embed(still, [before, FLAG])
    alike = embedder.embed(other, [after])[0] @ mine.T
    assert alike[0] > alike[1]


@pytest.mark.parametrize("box", [Box(0, 0, 0.001, 0.001), Box(0.9, 0.9, 0.1, 0.1), Box(0, 0, 1, 1), Box(0, 0, 0, 0)])
def test_a_face_at_the_edge_of_everything_still_has_a_vector(embedder: FaceEmbedder, box: Box) -> None:
    for pixels in (np.zeros((48, 64, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)):
        vectors = embedder.embed(pixels, [Face(box, 0.9), Face(box, 0.9, landmarks=((0.5, 0.5),) * 5)])
        assert np.isfinite(vectors).all()


def test_it_says_what_it_is(embedder: FaceEmbedder) -> None:
    assert embedder.model.digest
    assert 0 < embedder.likeness < 1
    assert embedder.identity == isinstance(embedder, FaceNetwork)
