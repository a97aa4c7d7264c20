"""How pleasing: LAION's heads as they are, the handcrafted rating by hand."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artwork.annotate.aesthetics import HandcraftedAesthetics, LinearAesthetics, TasteParams, appeal, technique
from artwork.domain import (
    Box,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FrameAnnotation,
    ModelRef,
    Rgb,
    Vectors,
    VisualAnnotation,
)
from artwork.errors import ModelError

FINE = FrameAnnotation(
    VisualAnnotation(
        0.45,
        0.24,
        0.3,
        sharpness=0.7,
        noise=0.0,
        motion=0.0,
        motion_blur=0.0,
        clipped_shadows=0.0,
        clipped_highlights=0.0,
    ),
    ContextualAnnotation(faces=(Face(Box(0.3, 0.2, 0.3, 0.4), 0.9),)),
    CompositionalAnnotation(thirds=1.0, symmetry=1.0, depth_of_field=1.0, negative_space=((0.8, 1.0),)),
)
"""A frame that has everything: its rating is 1 + 9 x 1 x (0.1 + 0.75) = 8.65."""


class Fixed:
    """An embedder that only has a name and a dimension."""

    def __init__(self, name: str, dimension: int = 512) -> None:
        self.model = ModelRef(name, "ab" * 32)
        self.dimension = dimension

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        return np.zeros((len(pictures), self.dimension), np.float32)


def visual(**changes: float) -> FrameAnnotation:
    return dataclasses.replace(FINE, visual=dataclasses.replace(FINE.visual, **changes))


def rating(annotation: FrameAnnotation) -> float:
    return float(HandcraftedAesthetics().rate([annotation], np.zeros((1, 4), np.float32))[0])


def test_a_frame_that_has_everything_is_rated_as_worked_out() -> None:
    assert technique(FINE, TasteParams()) == pytest.approx(1)
    assert appeal(FINE, TasteParams()) == pytest.approx(1)
    assert rating(FINE) == pytest.approx(8.65)


def test_half_way_up_a_ramp_counts_half() -> None:
    """Brightness 0.0825 lies half way between 0.015 and 0.15: 3/4 - 2/8 = 1/2. 1 + 9 x 0.5 x 0.85 = 4.825."""
    assert rating(visual(brightness=0.0825)) == pytest.approx(4.825)


@pytest.mark.parametrize(
    "fault",
    [
        {"brightness": 0.0},
        {"brightness": 1.0},
        {"sharpness": 0.1},
        {"clipped_highlights": 0.6},
        {"noise": 0.05},
        {"motion_blur": 0.6},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_one_fault_of_technique_spoils_a_frame(fault: dict[str, float]) -> None:
    assert rating(visual(**fault)) == pytest.approx(1)


def test_text_spoils_a_frame() -> None:
    assert rating(dataclasses.replace(FINE, contextual=ContextualAnnotation(text_share=0.2))) == pytest.approx(1)


def test_without_faces_and_grid_a_frame_is_only_less_appealing() -> None:
    """0.15 is missing for the face; no grid counts as half calm, (0.35 / 0.65)^2 x (3 - 2 x 0.35 / 0.65) = 0.5576."""
    bare = FrameAnnotation(FINE.visual, ContextualAnnotation(), CompositionalAnnotation(1.0, 1.0, 1.0))
    assert appeal(bare, TasteParams()) == pytest.approx(0.85 - 0.1 * (1 - 0.5576), abs=1e-4)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=9, max_size=9), st.floats(0, 1), st.floats(0, 1))
def test_every_rating_lies_between_one_and_ten(measures: list[float], thirds: float, text: float) -> None:
    frame = FrameAnnotation(
        VisualAnnotation(*measures),
        ContextualAnnotation(text_share=text),
        CompositionalAnnotation(thirds, 1 - thirds, thirds),
    )
    assert 1 <= rating(frame) <= 10


def test_the_heads_of_laion_give_the_product_that_torch_gives(material: Path) -> None:
    import torch

    head = material / "models" / "laion_sa_0_4_vit_b_32_linear.pth"
    rows = np.random.default_rng(0).normal(size=(5, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    layer = torch.nn.Linear(512, 1)
    layer.load_state_dict(torch.load(head, weights_only=True))
    expected = layer(torch.from_numpy(rows)).detach().numpy()[:, 0]
    scorer = LinearAesthetics(head, Fixed("ViT-B-32/openai"))
    assert scorer.rate([FINE] * 5, rows) == pytest.approx(expected, abs=1e-5)
    assert (scorer.model.name, scorer.model.digest[:8]) == ("laion_sa_0_4_vit_b_32_linear", "c7b14cea")
    assert scorer.model.preprocessing == "on ViT-B-32/openai@abababababab"


def test_a_head_refuses_another_checkpoint(material: Path) -> None:
    models = material / "models"
    with pytest.raises(ModelError, match="belongs to ViT-L-14/openai, not to ViT-B-32/laion2b_s34b_b79k"):
        LinearAesthetics(models / "laion_sa_0_4_vit_l_14_linear.pth", Fixed("ViT-B-32/laion2b_s34b_b79k"))
    with pytest.raises(ModelError, match="takes vectors of 512 numbers, those of ViT-B-32/openai have 768"):
        LinearAesthetics(models / "laion_sa_0_4_vit_b_32_linear.pth", Fixed("ViT-B-32/openai", 768))
    scorer = LinearAesthetics(models / "laion_sa_0_4_vit_b_32_linear.pth", Fixed("ViT-B-32/openai"))
    with pytest.raises(ModelError, match=r"takes \(count, 512\), not \(1, 768\)"):
        scorer.rate([FINE], np.zeros((1, 768), np.float32))


def saved(place: Path, **parts: object) -> Path:
    import torch

    torch.save(parts, place)
    return place


def test_a_head_that_the_manifest_does_not_know_must_say_where_it_belongs(tmp_path: Path) -> None:
    import torch

    head = saved(tmp_path / "own.pth", weight=torch.tensor([[1.0, -2.0]]), bias=torch.tensor([3.0]))
    with pytest.raises(ModelError, match="no aesthetic head of the model manifest"):
        LinearAesthetics(head, Fixed("tiny", 2))
    scorer = LinearAesthetics(head, Fixed("tiny", 2), trained_on=["tiny"])
    assert scorer.rate([FINE, FINE], np.array([[1, 0], [0, 1]], np.float32)).tolist() == [4.0, 1.0]
    assert scorer.rate([], np.zeros((0, 2), np.float32)).tolist() == []


class Trap:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


def test_a_file_that_is_no_head_is_refused_and_not_run(tmp_path: Path) -> None:
    import torch

    fixed = Fixed("tiny", 2)
    for head in (
        saved(tmp_path / "trap.pth", weight=Trap(), bias=torch.zeros(1)),
        saved(tmp_path / "shape.pth", weight=torch.zeros(2, 2), bias=torch.zeros(2)),
        saved(tmp_path / "names.pth", w=torch.zeros(1, 2)),
    ):
        with pytest.raises(ModelError, match="is not a linear head"):
            LinearAesthetics(head, fixed, trained_on=["tiny"])
    (tmp_path / "text.pth").write_text("not a head")
    with pytest.raises(ModelError, match="is not a linear head"):
        LinearAesthetics(tmp_path / "text.pth", fixed, trained_on=["tiny"])
    with pytest.raises(ModelError, match="cannot be read"):
        LinearAesthetics(tmp_path / "none.pth", fixed)


def test_the_handcrafted_way_needs_no_torch() -> None:
    code = "import sys, artwork.annotate.embed as e; e.open_appraiser(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
