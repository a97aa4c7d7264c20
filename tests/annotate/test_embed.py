"""The models together, over frames of several titles at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artwork.annotate.aesthetics import HandcraftedAesthetics
from artwork.annotate.arithmetic import sample_pictures
from artwork.annotate.clip import ClipParams
from artwork.annotate.embed import EmbedParams, open_appraiser
from artwork.domain import (
    Appraisal,
    Box,
    CompositionalAnnotation,
    ContextualAnnotation,
    FrameAnnotation,
    VisualAnnotation,
)
from tests.annotate.tiny_clip import make_clip

PLAIN = FrameAnnotation(
    VisualAnnotation(0.4, 0.2, 0.2, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
    ContextualAnnotation(),
    CompositionalAnnotation(0.5, 0.5, 0.5),
)


def same(one: Appraisal, other: Appraisal) -> bool:
    return one == other and np.array_equal(one.vector, other.vector)


@pytest.mark.parametrize("model", ["builtin", "clip"])
def test_an_appraisal_depends_on_its_frame_alone(tmp_path: Path, model: str) -> None:
    """Whatever titles share a batch, and wherever a frame stands in it."""
    setting = model if model == "builtin" else f"local-dir:{make_clip(tmp_path / 'tiny')}"
    appraiser = open_appraiser(EmbedParams(setting, ClipParams(device="cpu", precision="fp32", batch=2)))
    stills, ids = sample_pictures(5, 90, 160), [f"frame {number}" for number in range(5)]
    together = appraiser.appraise(ids, stills, [PLAIN] * 5)
    assert [appraisal.frame_id for appraisal in together] == ids
    for place in (0, 3, 4):
        (alone,) = appraiser.appraise([ids[place]], [stills[place]], [PLAIN])
        assert same(alone, together[place])
    assert (appraiser.themes is None) is (model == "builtin")


def test_the_letterbox_is_not_looked_at() -> None:
    """Bars above and below, whatever their height, leave the vector of the picture between them."""
    appraiser = open_appraiser()
    (picture,) = sample_pictures(1, 80, 160)
    barred = np.zeros((100, 160, 3), np.uint8)
    barred[10:90] = picture
    framed = FrameAnnotation(
        PLAIN.visual, PLAIN.contextual, CompositionalAnnotation(0.5, 0.5, 0.5, picture=Box(0, 0.1, 1, 0.8))
    )
    bare, cut = appraiser.appraise(["bare", "barred"], [picture, barred], [PLAIN, framed])
    assert np.array_equal(bare.vector, cut.vector)


def test_without_a_model_the_rating_is_handcrafted_and_there_are_no_themes() -> None:
    appraiser = open_appraiser()
    (found,) = appraiser.appraise(["a"], sample_pictures(1, 36, 64), [PLAIN])
    assert appraiser.embedder.model.name == "builtin"
    assert found.aesthetic == HandcraftedAesthetics().rate([PLAIN], found.vector[None])[0]
    assert found.themes == ()


def test_no_frames_have_no_appraisals() -> None:
    assert open_appraiser().appraise([], [], []) == []


def test_ids_stills_and_annotations_must_go_together() -> None:
    with pytest.raises(ValueError, match="1 ids, 0 stills, 1 annotations"):
        open_appraiser().appraise(["a"], [], [PLAIN])
