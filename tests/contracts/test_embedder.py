"""What every embedder must do: the built-in descriptor and CLIP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwork.annotate.arithmetic import sample_pictures
from artwork.annotate.clip import ClipEmbedder, ClipParams
from artwork.annotate.descriptor import BuiltinDescriptor
from artwork.annotate.embed import EmbedParams, open_embedder
from artwork.domain import Rgb
from artwork.ports import Embedder, WordEmbedder
from tests.annotate.tiny_clip import make_clip

PICTURES = [
    *sample_pictures(3, 90, 160),
    np.ascontiguousarray(sample_pictures(1, 90, 160)[0].transpose(1, 0, 2)),
    np.zeros((1, 1, 3), np.uint8),
    np.full((40, 40, 3), 255, np.uint8),
]
"""Wide, tall, black and as small as can be, white."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module", params=["builtin", "clip in fp32", "clip in bf16"])
def embedder(request: pytest.FixtureRequest, folder: Path) -> Embedder:
    if request.param == "builtin":
        return open_embedder()
    clip = ClipParams(device="cpu", precision=request.param.split()[-1], batch=4)
    return open_embedder(EmbedParams(f"local-dir:{folder}", clip))


def test_vectors_are_float32_of_its_dimension_and_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(PICTURES)
    assert vectors.shape == (len(PICTURES), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_pictures_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_same_pictures_give_the_same_bits(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed(PICTURES), embedder.embed(PICTURES))


def test_a_vector_depends_on_its_picture_alone(embedder: Embedder) -> None:
    together = embedder.embed(PICTURES)
    assert np.array_equal(np.concatenate([embedder.embed([picture]) for picture in PICTURES]), together)
    assert np.array_equal(embedder.embed(PICTURES[::-1])[::-1], together)


def test_pictures_are_left_as_they_were(embedder: Embedder) -> None:
    before: list[Rgb] = [picture.copy() for picture in PICTURES]
    embedder.embed(PICTURES)
    assert all(np.array_equal(one, other) for one, other in zip(before, PICTURES, strict=True))


def test_a_part_of_a_picture_is_a_picture(embedder: Embedder) -> None:
    """A view into larger pixels, as the letterbox leaves it, gives what its copy gives."""
    part = PICTURES[0][10:80, 5:150]
    assert np.array_equal(embedder.embed([part]), embedder.embed([part.copy()]))


def test_a_picture_is_nearest_to_itself(embedder: Embedder) -> None:
    vectors = embedder.embed(PICTURES)
    assert np.argmax(vectors @ vectors.T, axis=1).tolist() == list(range(len(PICTURES)))


def test_it_has_a_name_and_a_digest(embedder: Embedder) -> None:
    assert embedder.model.name
    assert len(embedder.model.digest) == 64


def test_what_is_no_picture_is_refused(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="uint8"):
        embedder.embed([np.zeros((4, 4, 3), np.float32)])


def test_two_embedders_never_share_a_name_and_digest(folder: Path) -> None:
    assert BuiltinDescriptor().model != ClipEmbedder.open(f"local-dir:{folder}", ClipParams(precision="fp32")).model


def test_words_and_pictures_share_one_space(folder: Path) -> None:
    reader: WordEmbedder = ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device="cpu", precision="fp32"))
    words = reader.embed_words(["a rabbit", "a tree", "a rabbit"])
    assert words.shape == (3, reader.dimension)
    assert words.dtype == np.float32
    assert np.linalg.norm(words, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(words[0], words[2])
    assert reader.temperature > 0
    assert reader.embed_words([]).shape == (0, reader.dimension)
