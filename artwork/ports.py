"""The seams of the content side: each is here because two implementations really run.

Every implementation passes the suite of its port in `tests/contracts/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artwork.domain import (
    Boundary,
    Face,
    FilmFacts,
    FrameAnnotation,
    ModelRef,
    Rgb,
    Timecode,
    Vectors,
)


class DecodedFrame(Protocol):
    """A frame as it comes out of the decoder: small pixels at hand, larger ones on request."""

    @property
    def at(self) -> Timecode:
        """Presentation time, counted from the film's first frame."""
        ...

    @property
    def is_key(self) -> bool:
        """Whether the frame was coded without reference to others."""
        ...

    @property
    def analysis(self) -> Rgb:
        """(h, w, 3) uint8, sRGB, as displayed, at the source's analysis size (the same for every frame)."""
        ...

    def still(self, long_side: int) -> Rgb:
        """The frame as displayed, its longer side at most `long_side` pixels; never enlarged."""
        ...


class VideoSource(Protocol):
    """A film that gives its frames in order of presentation, once."""

    @property
    def facts(self) -> FilmFacts:
        """Known before the first frame, but for `picture`, which is final after the last."""
        ...

    def frames(self) -> Iterator[DecodedFrame]:
        """Every frame, in order of presentation.

        Raises:
            FilmError: the film cannot be read; with reason DAMAGED when frames came before.
        """
        ...

    def close(self) -> None:
        """Let go of the file. Calling it twice is fine."""
        ...


class ShotDetector(Protocol):
    """Sees the frames of a film one after another and says where shots begin."""

    @property
    def name(self) -> str:
        """Stored with the shots: two detectors' shots are not mixed."""
        ...

    def observe(self, pixels: Rgb, at: Timecode) -> Sequence[Boundary]:
        """The boundaries that became certain with this frame, in order. They may lie some frames back."""
        ...

    def finish(self, end: Timecode) -> Sequence[Boundary]:
        """The boundaries still open when the film ends at `end` (one frame past its last)."""
        ...


class FaceDetector(Protocol):
    """Finds faces in a still."""

    @property
    def model(self) -> ModelRef:
        """Stored with everything it makes."""
        ...

    def detect(self, pixels: Rgb) -> tuple[Face, ...]:
        """Faces, largest first; ties by position."""
        ...


class FaceEmbedder(Protocol):
    """Turns faces into vectors whose dot product says whether they are one person's."""

    @property
    def model(self) -> ModelRef:
        """Kept with everything it makes."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def likeness(self) -> float:
        """Groups of faces this alike on average (cosine) are one person."""
        ...

    @property
    def identity(self) -> bool:
        """Whether it was made to tell people apart; otherwise it tells looks apart."""
        ...

    def embed(self, still: Rgb, faces: Sequence[Face]) -> Vectors:
        """(len(faces), dimension) float32, L2-normalised; the faces lie in the still."""
        ...


class Embedder(Protocol):
    """Turns pictures into vectors whose dot product is their likeness."""

    @property
    def model(self) -> ModelRef:
        """Stored with everything it makes."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, pictures: Sequence[Rgb]) -> Vectors:
        """(len(pictures), dimension) float32, L2-normalised. An empty sequence gives (0, dimension)."""
        ...


class WordEmbedder(Embedder, Protocol):
    """An embedder that also reads: words and pictures share one space (CLIP)."""

    @property
    def temperature(self) -> float:
        """The learned logit scale: likeness x temperature is a logit."""
        ...

    def embed_words(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimension) float32, L2-normalised."""
        ...


class AestheticScorer(Protocol):
    """Says how pleasing a picture is. A filter, not a ranker."""

    @property
    def model(self) -> ModelRef:
        """Stored with everything it makes."""
        ...

    def rate(self, annotations: Sequence[FrameAnnotation], vectors: Vectors) -> NDArray[np.float64]:
        """(count,) float64 on the LAION scale, about 1 (poor) to 10 (superb)."""
        ...
