"""From pictures to appraisals: the embedder that is set, the scorer that fits it, and both over many frames at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artwork.annotate.aesthetics import HandcraftedAesthetics, LinearAesthetics
from artwork.annotate.clip import ClipEmbedder, ClipParams
from artwork.annotate.descriptor import BuiltinDescriptor
from artwork.annotate.picture import inside
from artwork.annotate.themes import ThemeReader, Vocabulary
from artwork.domain import Appraisal, FrameAnnotation, Rgb
from artwork.ports import AestheticScorer, Embedder

BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class EmbedParams:
    """Which embedder. model: `builtin` (or nothing), or a CLIP setting as `artwork.annotate.checkpoint` reads it."""

    model: str = BUILTIN
    clip: ClipParams = field(default_factory=ClipParams)


def open_embedder(params: EmbedParams | None = None) -> Embedder:
    """The embedder that is set. Torch is loaded only when it is a CLIP model.

    Raises:
        ModelError: the CLIP model cannot be opened.
    """
    params = params or EmbedParams()
    return BuiltinDescriptor() if params.model in ("", BUILTIN) else ClipEmbedder.open(params.model, params.clip)


def open_aesthetics(embedder: Embedder, head: Path | None = None) -> AestheticScorer:
    """The head in that file, bound to the embedder; handcrafted rules where there is none.

    Raises:
        ModelError: the head belongs to another checkpoint, or is no head.
    """
    return HandcraftedAesthetics() if head is None else LinearAesthetics(head, embedder)


def open_themes(embedder: Embedder, vocabulary: Path | None = None) -> ThemeReader | None:
    """A reader of the vocabulary in that file (the package's own when None); None for an embedder without words.

    Raises:
        SettingsError: the file is not a vocabulary.
    """
    return ThemeReader(embedder, Vocabulary.load(vocabulary)) if isinstance(embedder, ClipEmbedder) else None


@dataclass(frozen=True, slots=True)
class Appraiser:
    """The models that appraise frames together. themes: None where the embedder reads no words."""

    embedder: Embedder
    scorer: AestheticScorer
    themes: ThemeReader | None = None

    def appraise(
        self, frame_ids: Sequence[str], stills: Sequence[Rgb], annotations: Sequence[FrameAnnotation]
    ) -> list[Appraisal]:
        """What the models say about each frame, in the order given; the frames may be of several titles.

        Each appraisal depends on its own frame alone, so titles may be mixed to fill batches. What the embedder sees
        is the picture inside the letterbox bars.

        Raises:
            ValueError: ids, stills and annotations do not go together.
        """
        if not len(frame_ids) == len(stills) == len(annotations):
            raise ValueError(f"{len(frame_ids)} ids, {len(stills)} stills, {len(annotations)} annotations")
        pictures = [
            inside(still, frame.compositional.picture) for still, frame in zip(stills, annotations, strict=True)
        ]
        vectors = self.embedder.embed(pictures)
        ratings = self.scorer.rate(annotations, vectors)
        readings = self.themes.read(vectors) if self.themes is not None else [()] * len(vectors)
        return [
            Appraisal(frame_id, vector, float(rating), reading)
            for frame_id, vector, rating, reading in zip(frame_ids, vectors, ratings, readings, strict=True)
        ]


def open_appraiser(params: EmbedParams | None = None, head: Path | None = None) -> Appraiser:
    """The embedder that is set, with the scorer and the themes that fit it.

    Raises:
        ModelError: the CLIP model cannot be opened, or the head belongs to another checkpoint.
    """
    embedder = open_embedder(params)
    return Appraiser(embedder, open_aesthetics(embedder, head), open_themes(embedder))
