"""Words for how a picture looks, measured from its annotation: themes that need no model that can read.

Each is 0 to 1 and rises evenly between two values of a measurement. They share the name space of the themes that a
CLIP model reads (`assets/themes.toml`); where both say something of a word, the model is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from artwork.domain import FrameAnnotation, ShotScale

_NEAR = {ShotScale.CLOSE_UP: 1.0, ShotScale.MEDIUM_CLOSE_UP: 0.6, ShotScale.MEDIUM: 0.2}
_FAR = {ShotScale.WIDE: 1.0, ShotScale.FULL: 0.6}


@dataclass(frozen=True, slots=True)
class Look:
    """A word: what is measured, where it begins to hold and where it holds wholly (the lower of the two may be it)."""

    word: str
    measured: Callable[[FrameAnnotation], float]
    begins: float
    holds: float

    def of(self, annotation: FrameAnnotation) -> float:
        """How well the word fits, 0 to 1."""
        share = (self.measured(annotation) - self.begins) / (self.holds - self.begins)
        return round(min(1.0, max(0.0, share)), 3)


def warmth(annotation: FrameAnnotation) -> float:
    """Red less blue of the main colours, by their shares, -1 to 1."""
    shares = sum(colour.share for colour in annotation.visual.palette)
    if not shares:
        return 0.0
    pulls = (
        (int(colour.colour[1:3], 16) - int(colour.colour[5:7], 16)) / 255 * colour.share
        for colour in annotation.visual.palette
    )
    return sum(pulls) / shares


def _faces(annotation: FrameAnnotation) -> int:
    return len(annotation.contextual.faces)


# Those of light and colour begin about the median of sampled frames of Big Buck Bunny and the trailer of Sintel, and
# hold about the outer tenth: brightness 0.34, 0.57, 0.76; warmth -0.19, 0.04, 0.19; colourfulness 0.12, 0.21, 0.29.
LOOKS = (
    Look("close-up", lambda one: _NEAR.get(one.contextual.shot_scale, 0.0), 0.0, 1.0),
    Look("wide view", lambda one: _FAR.get(one.contextual.shot_scale, 0.0), 0.0, 1.0),
    Look("nobody", _faces, 1.0, 0.0),
    Look("one face", lambda one: float(_faces(one) == 1), 0.0, 1.0),
    Look("several faces", _faces, 1.0, 3.0),
    Look("dark", lambda one: one.visual.brightness, 0.5, 0.3),
    Look("bright", lambda one: one.visual.brightness, 0.6, 0.78),
    Look("warm", warmth, 0.05, 0.2),
    Look("cool", warmth, 0.0, -0.2),
    Look("colourful", lambda one: one.visual.colourfulness, 0.2, 0.3),
    Look("muted", lambda one: one.visual.colourfulness, 0.18, 0.08),
)


def look_words(annotation: FrameAnnotation) -> dict[str, float]:
    """The words that fit, with how well; those that do not fit at all are left out."""
    return {look.word: fit for look in LOOKS if (fit := look.of(annotation)) > 0}
