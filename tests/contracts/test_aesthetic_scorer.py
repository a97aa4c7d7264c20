"""What every aesthetic scorer must do: the handcrafted rules and a linear head."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from artwork.annotate.aesthetics import HandcraftedAesthetics, LinearAesthetics
from artwork.domain import (
    CompositionalAnnotation,
    ContextualAnnotation,
    FrameAnnotation,
    ModelRef,
    Rgb,
    Vectors,
    VisualAnnotation,
)
from artwork.ports import AestheticScorer

PLAIN = FrameAnnotation(
    VisualAnnotation(0.4, 0.2, 0.2, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
    ContextualAnnotation(),
    CompositionalAnnotation(0.5, 0.5, 0.5),
)
FRAMES = [
    dataclasses.replace(PLAIN, visual=dataclasses.replace(PLAIN.visual, colourfulness=colour))
    for colour in (0.0, 0.1, 0.2, 0.4)
]
VECTORS = np.eye(4, dtype=np.float32)


class Known:
    """An embedder that only has a name and a dimension."""

    model = ModelRef("known", "0" * 64)
    dimension = 4

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        return np.zeros((len(pictures), 4), np.float32)


@pytest.fixture(params=["handcrafted", "linear"])
def scorer(request: pytest.FixtureRequest, tmp_path: Path) -> AestheticScorer:
    if request.param == "handcrafted":
        return HandcraftedAesthetics()
    import torch

    torch.save({"weight": torch.tensor([[-1.0, 0.0, 0.5, 2.0]]), "bias": torch.tensor([5.0])}, tmp_path / "head.pth")
    return LinearAesthetics(tmp_path / "head.pth", Known(), trained_on=["known"])


def test_each_frame_has_a_rating_on_the_scale(scorer: AestheticScorer) -> None:
    ratings = scorer.rate(FRAMES, VECTORS)
    assert ratings.shape == (4,)
    assert ratings.dtype == np.float64
    assert np.all((ratings >= 1) & (ratings <= 10))


def test_the_better_frame_is_rated_higher(scorer: AestheticScorer) -> None:
    assert np.all(np.diff(scorer.rate(FRAMES, VECTORS)) > 0)


def test_no_frames_have_no_ratings(scorer: AestheticScorer) -> None:
    assert scorer.rate([], np.zeros((0, 4), np.float32)).shape == (0,)


def test_a_rating_depends_on_its_frame_alone(scorer: AestheticScorer) -> None:
    alone = [scorer.rate([frame], VECTORS[place : place + 1])[0] for place, frame in enumerate(FRAMES)]
    assert np.array_equal(scorer.rate(FRAMES, VECTORS), alone)


def test_frames_and_vectors_must_go_together(scorer: AestheticScorer) -> None:
    with pytest.raises(ValueError, match="do not go together"):
        scorer.rate(FRAMES, VECTORS[:2])


def test_it_has_a_name_and_a_digest(scorer: AestheticScorer) -> None:
    assert scorer.model.name
    assert len(scorer.model.digest) == 64
