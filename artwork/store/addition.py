"""A frame that a person added, which no scan has kept: it lives in the journal, with what the models said of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef, Theme
from artwork.errors import StoreError
from artwork.store.rows import plain_themes

_FRAME = TypeAdapter(AnnotatedFrame)
_MODEL = TypeAdapter(ModelRef)
_THEMES = TypeAdapter(tuple[Theme, ...])
APPRAISAL = "appraisal"
"""Where the appraisal stands among the frame's own fields: entries without one were written before there were any."""


@dataclass(frozen=True, slots=True)
class Addition:
    """An added frame. appraisal, model: what the embedding model said of it, and which one; None where none was here.

    A vector counts only beside those of the same model: one who reads it compares `model` first.
    """

    frame: AnnotatedFrame
    appraisal: Appraisal | None = None
    model: ModelRef | None = None

    def __post_init__(self) -> None:
        if (self.appraisal is None) != (self.model is None):
            raise ValueError(f"frame {self.frame.id}: an appraisal comes with its model")

    def appraised_by(self, model: ModelRef | None) -> Appraisal | None:
        """The appraisal, where that model made it."""
        return self.appraisal if model is not None and self.model == model else None


def addition_to_json(addition: Addition) -> dict[str, Any]:
    """The frame as the journal keeps it.

    Raises:
        StoreError: its vector is not finite.
    """
    plain: dict[str, Any] = _FRAME.dump_python(addition.frame, mode="json", warnings="error")
    appraisal = addition.appraisal
    if appraisal is None or addition.model is None:
        return plain
    if not (np.isfinite(appraisal.vector).all() and math.isfinite(appraisal.aesthetic)):
        raise StoreError(f"frame {addition.frame.id}: its appraisal is not finite")
    plain[APPRAISAL] = {
        "model": asdict(addition.model),
        "vector": base64.b64encode(appraisal.vector.astype("<f4").tobytes()).decode(),
        "aesthetic": appraisal.aesthetic,
        "themes": plain_themes(appraisal.themes),
    }
    return plain


def addition_from_json(plain: Mapping[str, Any]) -> Addition:
    """The frame back from the journal.

    Raises:
        StoreError: it is not a frame, or its appraisal is none.
    """
    try:
        frame = _FRAME.validate_python({name: value for name, value in plain.items() if name != APPRAISAL})
        kept = plain.get(APPRAISAL)
        if kept is None:
            return Addition(frame)
        vector = np.frombuffer(base64.b64decode(kept["vector"], validate=True), dtype="<f4").astype(np.float32)
        themes = _THEMES.validate_python(kept["themes"])
        return Addition(
            frame, Appraisal(frame.id, vector, float(kept["aesthetic"]), themes), _MODEL.validate_python(kept["model"])
        )
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"the journal holds a frame that is none: {error}") from error
