"""How pleasing a picture is: a learnt head on CLIP vectors, or by hand from what was measured.

Either is a filter and not a ranker: against editors' choices, the most beautiful frame is a poor guess.
"""

from __future__ import annotations

import hashlib
import pickle
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwork.domain import FrameAnnotation, ModelRef, Vectors
from artwork.errors import ModelError
from artwork.ports import Embedder


class LinearAesthetics:
    """A linear head on the vectors of one checkpoint. Implements `artwork.ports.AestheticScorer`.

    Source:
        LAION-AI/aesthetic-predictor, 2022: linear regression of people's ratings (SAC, LOGOS, AVA) on OpenAI CLIP.
    """

    def __init__(self, head: Path, embedder: Embedder, trained_on: Sequence[str] | None = None) -> None:
        """The head in the file `head`, bound to `embedder`.

        Args:
            head: a torch file with `weight` (1, dimension) and `bias` (1,), read with `weights_only=True`.
            embedder: whose vectors will come.
            trained_on: names of the checkpoints that the head was trained on; None: as the model manifest says.

        Raises:
            ModelError: the file is not such a head, is not in the manifest, or belongs to another checkpoint.
        """
        digest = _sha256(head)
        checkpoints = _manifest_heads().get(digest) if trained_on is None else tuple(trained_on)
        if checkpoints is None:
            raise ModelError(f"{head} is no aesthetic head of the model manifest: say which checkpoint it belongs to")
        if embedder.model.name not in checkpoints:
            raise ModelError(
                f"the aesthetic head {head.name} belongs to {checkpoints[0]}, not to {embedder.model.name}: set that "
                f"checkpoint, or leave the head out"
            )
        self._weight, self._bias = _read_head(head)
        self._embedder = embedder.model
        self._model = ModelRef(head.stem, digest, f"on {embedder.model}")
        if len(self._weight) != embedder.dimension:
            raise ModelError(
                f"the aesthetic head {head.name} takes vectors of {len(self._weight)} numbers, those of "
                f"{embedder.model.name} have {embedder.dimension}"
            )

    @property
    def model(self) -> ModelRef:
        """Name and sha256 of the head's file, and the embedder that it is bound to."""
        return self._model

    def rate(self, annotations: Sequence[FrameAnnotation], vectors: Vectors) -> NDArray[np.float64]:
        """(count,) float64, about 1 (poor) to 10 (superb); most film frames lie between 4 and 6.

        Raises:
            ModelError: the vectors are not of the embedder that the head is bound to.
            ValueError: there are more or fewer annotations than vectors.
        """
        _same_count(annotations, vectors)
        if vectors.ndim != 2 or vectors.shape[1] != len(self._weight):
            raise ModelError(
                f"an aesthetic head for {self._embedder.name} takes (count, {len(self._weight)}), not {vectors.shape}"
            )
        # Row by row and not one product of matrices: a rating must not depend on its neighbours in the batch.
        return np.array([float(row @ self._weight) + self._bias for row in vectors.astype(np.float64)], np.float64)


@dataclass(frozen=True, slots=True)
class TasteParams:
    """Where the handcrafted measures begin and end to please, as (nothing, full) of each measure's own scale.

    Set by hand on frames of Big Buck Bunny, Sintel and street scenes, so that what an editor would not use (dark, grey,
    smeared) falls below 4 and a clear, colourful, well-lit frame rises above 5.5; not fitted to ratings.
    """

    sharpness: tuple[float, float] = (0.15, 0.6)
    dark: tuple[float, float] = (0.015, 0.15)
    bright: tuple[float, float] = (0.97, 0.75)
    clipping: tuple[float, float] = (0.5, 0.05)
    noise: tuple[float, float] = (0.04, 0.01)
    motion_blur: tuple[float, float] = (0.5, 0.05)
    text: tuple[float, float] = (0.15, 0.0)
    colourfulness: tuple[float, float] = (0.03, 0.30)
    contrast: tuple[float, float] = (0.05, 0.24)
    simplicity: tuple[float, float] = (0.15, 0.8)
    face: tuple[float, float] = (0.0, 0.06)


class HandcraftedAesthetics:
    """Rates by rules of photography, without any model. Implements `artwork.ports.AestheticScorer`.

    A frame's technique (sharp, well exposed, not clipped, not noisy, not smeared, free of text) is a product: one
    fault spoils it. Its appeal (colour, contrast, subject on the thirds, depth, calm, symmetry, a face) is a weighted
    mean: no frame has all. rating = 1 + 9 x technique x (0.1 + 0.75 x appeal). It is not fitted to anybody's ratings;
    its scale resembles LAION's, its numbers are not comparable with a head's.

    Source:
        The choice of measures follows Datta et al., "Studying aesthetics in photographic images using a computational
        approach", 2006, and Ke et al., "The design of high-level features for photo quality assessment", 2006.
    """

    def __init__(self, params: TasteParams | None = None) -> None:
        self._params = params or TasteParams()
        digest = hashlib.sha256(f"handcrafted-1 {asdict(self._params)}".encode()).hexdigest()
        self._model = ModelRef("handcrafted", digest)

    @property
    def model(self) -> ModelRef:
        """`handcrafted`, and a digest of the version and the settings."""
        return self._model

    def rate(self, annotations: Sequence[FrameAnnotation], vectors: Vectors) -> NDArray[np.float64]:
        """(count,) float64, 1 (unusable) to 10; the vectors are only counted.

        Raises:
            ValueError: there are more or fewer annotations than vectors.
        """
        _same_count(annotations, vectors)
        ratings = [
            1 + 9 * technique(annotation, self._params) * (0.1 + 0.75 * appeal(annotation, self._params))
            for annotation in annotations
        ]
        return np.array(ratings, np.float64)


def technique(annotation: FrameAnnotation, params: TasteParams) -> float:
    """How well the frame is taken, 0 to 1: the product of what must not be wrong."""
    visual = annotation.visual
    return (
        _ramp(visual.sharpness, params.sharpness)
        * min(_ramp(visual.brightness, params.dark), _ramp(visual.brightness, params.bright))
        # Shadows without drawing are a style, highlights without it mostly a fault.
        * _ramp(visual.clipped_highlights + 0.35 * visual.clipped_shadows, params.clipping)
        * _ramp(visual.noise, params.noise)
        * _ramp(visual.motion_blur, params.motion_blur)
        * _ramp(annotation.contextual.text_share, params.text)
    )


def appeal(annotation: FrameAnnotation, params: TasteParams) -> float:
    """How much the frame has to offer, 0 to 1: a weighted mean."""
    visual, built = annotation.visual, annotation.compositional
    cells = [cell for row in built.negative_space for cell in row]
    calm = sum(cells) / len(cells) if cells else 0.5
    face = max((face.box.area for face in annotation.contextual.faces), default=0.0)
    offered = (
        (0.25, _ramp(visual.colourfulness, params.colourfulness)),
        (0.20, _ramp(visual.contrast, params.contrast)),
        (0.15, built.thirds),
        (0.10, built.depth_of_field),
        (0.10, _ramp(calm, params.simplicity)),
        (0.05, built.symmetry),
        (0.15, _ramp(face, params.face)),
    )
    return sum(weight * min(1.0, max(0.0, value)) for weight, value in offered)


def _ramp(value: float, ends: tuple[float, float]) -> float:
    """0 at and beyond the first end, 1 at and beyond the second, smooth between (3t^2 - 2t^3)."""
    nothing, full = ends
    part = min(1.0, max(0.0, (value - nothing) / (full - nothing)))
    return part * part * (3 - 2 * part)


def _same_count(annotations: Sequence[FrameAnnotation], vectors: Vectors) -> None:
    if len(annotations) != len(vectors):
        raise ValueError(f"{len(annotations)} annotations and {len(vectors)} vectors do not go together")


def _read_head(head: Path) -> tuple[NDArray[np.float64], float]:
    """Weight (dimension,) and bias of a torch file; torch is loaded for this once and not kept in the numbers."""
    import torch  # noqa: PLC0415  loaded by those who have a CLIP model, and by no other

    try:
        state = torch.load(head, map_location="cpu", weights_only=True)
        weight, bias = (state[part].detach().numpy().astype(np.float64) for part in ("weight", "bias"))
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError) as problem:
        said = " ".join(str(problem).split())[:120]
        raise ModelError(f"{head} is not a linear head, weight and bias alone ({said})") from problem
    if weight.ndim != 2 or weight.shape[0] != 1 or bias.shape != (1,):
        raise ModelError(f"{head} is not a linear head: weight {weight.shape} and bias {bias.shape}")
    return weight[0], float(bias[0])


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise ModelError(f"the aesthetic head {path} cannot be read ({problem.strerror})") from problem


@cache
def _manifest_heads() -> dict[str, tuple[str, ...]]:
    """For the sha256 of each aesthetic head of the manifest, the checkpoints that it belongs to."""
    models = tomllib.loads((files("assets") / "models.toml").read_text("utf-8"))["model"]
    return {model["sha256"]: tuple(model["for_embedder"]) for model in models if model["kind"] == "aesthetic_head"}
