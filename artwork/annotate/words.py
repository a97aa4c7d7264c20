"""The side of a CLIP model that reads: sentences to vectors, in fp32 always, for words are few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from artwork.annotate.checkpoint import LOCAL, Checkpoint
from artwork.annotate.openclip import open_clip, quiet
from artwork.domain import Vectors
from artwork.errors import ModelError

if TYPE_CHECKING:
    import torch

BATCH = 16
"""Sentences per batch, filled up: each row depends on its sentence alone."""
STEP = 8
"""A sentence is read in a context cut to the next multiple of so many tokens."""


class WordTower:
    """Reads with an open_clip model.

    A causal tower that takes the vector at the end of the text cannot see what follows it. So the context is cut
    behind the sentence, which changes nothing in the vector (within 1e-6: tests/annotate/test_clip.py) and reads the
    prompts of a vocabulary, 8 to 16 of 77 tokens, about four times faster.
    """

    def __init__(self, model: Any, checkpoint: Checkpoint, dimension: int) -> None:  # noqa: ANN401  open_clip has no types
        self._model = model
        self._checkpoint = checkpoint
        self._dimension = dimension
        self._tokens: Callable[[list[str]], torch.Tensor] | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimension) float32, L2-normalised.

        Raises:
            ModelError: the model's tokenizer is not on this machine.
        """
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        if not texts:
            return vectors
        tokens = self._tokenise(list(texts))
        lengths = self._lengths(tokens)
        for length in np.unique(lengths):
            places = np.flatnonzero(lengths == length)
            for first in range(0, len(places), BATCH):
                batch = places[first : first + BATCH]
                rows = np.resize(batch, BATCH)  # filled up with the first sentences again
                vectors[batch] = self._encode(tokens[rows][:, : int(length)])[: len(batch)]
        return vectors

    def _encode(self, tokens: torch.Tensor) -> Vectors:
        import torch  # noqa: PLC0415  loaded by those who open a CLIP model, and by no other

        model, length = self._model, tokens.shape[1]
        with torch.inference_mode():
            tokens = tokens.to(model.logit_scale.device)
            if self._can_be_cut:
                cut = {
                    "positional_embedding": model.positional_embedding[:length],
                    "attn_mask": model.attn_mask[:length, :length],
                }
                rows = torch.func.functional_call(model, cut, (None, tokens))[1]
            else:
                rows = model.encode_text(tokens, normalize=True)
            return np.asarray(rows.float().cpu().numpy(), np.float32)

    def _lengths(self, tokens: torch.Tensor) -> NDArray[np.int64]:
        """For each sentence, the context in which it is read. The end of a text is the highest token of all."""
        count, whole = tokens.shape
        if not self._can_be_cut:
            return np.full(count, whole)
        ends = tokens.argmax(dim=1).numpy() + 1
        return np.asarray(np.minimum(-(-ends // STEP) * STEP, whole), np.int64)

    @property
    def _can_be_cut(self) -> bool:
        """Whether nothing behind the end of a text reaches its vector."""
        causal = getattr(self._model, "attn_mask", None) is not None
        return causal and getattr(self._model, "text_pool_type", "") == "argmax"

    def _tokenise(self, texts: list[str]) -> torch.Tensor:
        if self._tokens is None:
            self._tokens = _open_tokenizer(self._checkpoint)
        return self._tokens(texts)


def _open_tokenizer(checkpoint: Checkpoint) -> Callable[[list[str]], torch.Tensor]:
    architecture, package = checkpoint.architecture, open_clip()
    on_hub = package.get_model_config(architecture)["text_cfg"].get("hf_tokenizer_name", "")
    if on_hub and not architecture.startswith(LOCAL) and not checkpoint.download:
        raise ModelError(f"the tokenizer of {checkpoint.name} comes from the hub ({on_hub}): allow downloads")
    try:
        with quiet():
            tokens: Callable[[list[str]], torch.Tensor] = package.get_tokenizer(architecture)
    except (ImportError, OSError, ValueError, AttributeError) as problem:
        said = str(problem).strip().partition("\n")[0]
        raise ModelError(f"the tokenizer of {checkpoint.name} cannot be opened ({said})") from problem
    return tokens
