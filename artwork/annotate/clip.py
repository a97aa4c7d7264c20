"""CLIP through open_clip: pictures and words into one space.

Any architecture and checkpoint (`artwork.annotate.checkpoint` says how a setting is written). Pictures go through the
checkpoint's own preprocessing, in batches of one fixed shape, so that a picture's vector does not depend on which
others it came with: the same bits alone, first or last (tests/annotate/test_clip.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from artwork.annotate.arithmetic import (
    SAMPLES,
    Arithmetic,
    choose_device,
    in_precision,
    kind_of,
    sample_pictures,
    settle,
)
from artwork.annotate.checkpoint import Checkpoint, find_checkpoint
from artwork.annotate.openclip import open_clip, quiet
from artwork.annotate.preprocess import Preprocessing
from artwork.annotate.words import WordTower
from artwork.domain import ModelRef, Rgb, Vectors
from artwork.errors import ModelError

if TYPE_CHECKING:
    import torch

BATCH = {"cpu": 8, "cuda": 64, "mps": 16}
"""Pictures per batch by kind of device."""
FEEDERS = {"cpu": 1, "cuda": 8, "mps": 4}
"""Threads that prepare pictures: beside a model on the CPU they would only take its cores."""


@dataclass(frozen=True, slots=True)
class ClipParams:
    """How a CLIP model is found and run.

    models: the models folder, looked into first; None: the hub's usual cache alone. download: whether the network may
    be used. name: what the checkpoint in a local folder is called, such as `ViT-B-32/openai`: aesthetic heads are
    bound to it. device: auto, cpu, cuda, cuda:1, mps. precision: auto, fp32, bf16, fp16. batch: pictures per batch;
    0: by device.
    """

    models: Path | None = None
    download: bool = False
    name: str = ""
    device: str = "auto"
    precision: str = "auto"
    batch: int = 0


class _Towers(Protocol):
    """What is used of open_clip's models, whatever their class."""

    visual: Any
    logit_scale: torch.Tensor


class ClipEmbedder:
    """A CLIP model, ready. Implements `artwork.ports.WordEmbedder`; made by `ClipEmbedder.open`."""

    def __init__(self, checkpoint: Checkpoint, model: _Towers, arithmetic: Arithmetic, batch: int) -> None:
        self.arithmetic = arithmetic
        """Device and precision, and what the self-check measured."""
        self._checkpoint = checkpoint
        self._batch = batch
        self._model = model
        self._pictures: torch.nn.Module = model.visual
        self._preprocessing = Preprocessing.of(model.visual.preprocess_cfg)
        built = open_clip().get_model_config(checkpoint.architecture) | {"force_quick_gelu": checkpoint.quick_gelu}
        self._built = hashlib.sha256(json.dumps(built, sort_keys=True).encode()).hexdigest()[:8]
        self._dimension = int(built["embed_dim"])
        self._words = WordTower(model, checkpoint, self._dimension)
        self._temperature = float(model.logit_scale.detach().exp().reshape(-1)[0])

    @classmethod
    def open(cls, setting: str, params: ClipParams | None = None) -> ClipEmbedder:
        """The model that `setting` names, loaded, checked, and in the best arithmetic of this machine.

        Raises:
            ModelError: the weights are absent or damaged, or a param names what is not here.
        """
        params = params or ClipParams()
        device = choose_device(params.device)
        checkpoint = find_checkpoint(setting, params.models, download=params.download, name=params.name)
        batch = params.batch or BATCH[kind_of(device)]
        embedder = cls(checkpoint, _load(checkpoint, device), Arithmetic(device, "fp32"), batch)
        embedder._settle(params.precision)
        return embedder

    @property
    def model(self) -> ModelRef:
        """Name, sha256 of the weights file, and the preprocessing in words with a digest of the tower behind it."""
        # The same weights in another tower (another activation, say) give other vectors: it belongs to the model.
        return ModelRef(self._checkpoint.name, self._checkpoint.digest, f"{self._preprocessing} tower={self._built}")

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def temperature(self) -> float:
        """The learned logit scale: likeness x temperature is a logit."""
        return self._temperature

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        """(len(pictures), dimension) float32, L2-normalised; each row the same bits in whatever company.

        In fp32 the preprocessing is open_clip's to the bit, in a half precision within 3 of 255 levels of it.
        """
        for picture in pictures:
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
                raise ValueError(f"a picture is (height, width, 3) uint8, not {picture.shape} {picture.dtype}")
        exact = self.arithmetic.precision == "fp32"
        prepare = self._preprocessing.faithful if exact else self._preprocessing.swift
        feeders = FEEDERS[kind_of(self.arithmetic.device)]
        batches = [pictures[first : first + self._batch] for first in range(0, len(pictures), self._batch)]
        with ThreadPoolExecutor(feeders) as pool:
            feed = pool.map if feeders > 1 else map
            # The GPU works on one batch while the threads prepare the next: nothing waits before the last.
            vectors = [self._encode(self._pictures, list(feed(prepare, batch)), self._batch) for batch in batches]
        return _gathered([rows[: len(batch)] for rows, batch in zip(vectors, batches, strict=True)], self._dimension)

    def embed_words(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimension) float32, L2-normalised; in fp32 always, for words are few.

        Raises:
            ModelError: the checkpoint's tokenizer is not on this machine.
        """
        return self._words.embed(texts)

    def _settle(self, precision: str) -> None:
        if precision == "auto":
            device = self.arithmetic.device
            samples = [self._preprocessing.faithful(picture) for picture in sample_pictures(SAMPLES[kind_of(device)])]
            self._pictures, self.arithmetic = settle(
                self._pictures,
                device,
                self._checkpoint.digest,
                lambda tower: _gathered([self._encode(tower, samples, len(samples))], self._dimension),
            )
        else:
            self._pictures = in_precision(self._pictures, precision)
            self.arithmetic = Arithmetic(self.arithmetic.device, precision)
        # From here on the model reads words only: its picture tower in fp32 may go when a half one took its place.
        self._model.visual = None

    def _encode(self, tower: torch.nn.Module, windows: Sequence[Rgb], batch: int) -> torch.Tensor:
        """(batch, dimension) on the device, normalised: rows past the windows are padding."""
        import torch  # noqa: PLC0415

        way, device = self._preprocessing, self.arithmetic.device
        levels = np.zeros((batch, way.height, way.width, 3), np.uint8)
        levels[: len(windows)] = windows
        with torch.inference_mode():
            planes = torch.from_numpy(levels).to(device, non_blocking=True).permute(0, 3, 1, 2).contiguous()
            mean, std = (torch.tensor(part, device=device).reshape(1, 3, 1, 1) for part in (way.mean, way.std))
            pixels = planes.float().div_(255).sub_(mean).div_(std)
            features = tower(pixels.to(next(tower.parameters()).dtype))
            # CoCa's tower gives the vectors and, beside them, the tokens for its captions.
            vectors = features[0] if isinstance(features, tuple) else features
            return torch.nn.functional.normalize(vectors.float(), dim=-1)


def _load(checkpoint: Checkpoint, device: str) -> _Towers:
    """Both towers in fp32, for reading only, with the checkpoint's weights and nothing fetched."""
    package = open_clip()
    try:
        with quiet():
            model = package.create_model(
                checkpoint.architecture,
                load_weights=False,
                pretrained_text=False,
                force_quick_gelu=checkpoint.quick_gelu,
                force_preprocess_cfg=dict(checkpoint.preprocess),
            )
            package.load_checkpoint(model, str(checkpoint.weights))
    except Exception as problem:
        # Torch, safetensors, pickle and timm each have errors of their own for a damaged or foreign file.
        said = " ".join(str(problem).split())[:200]
        raise ModelError(f"{checkpoint.weights} does not hold weights for {checkpoint.name} ({said})") from problem
    towers: _Towers = model.to(device).eval().requires_grad_(requires_grad=False)
    return towers


def _gathered(rows: Sequence[torch.Tensor], dimension: int) -> Vectors:
    """The rows of all batches as one (count, dimension) float32 array on this side of the bus."""
    parts = [part.cpu().numpy().astype(np.float32, copy=False) for part in rows]
    return np.concatenate(parts) if parts else np.zeros((0, dimension), np.float32)
