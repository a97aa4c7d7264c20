"""Themes: which words of a vocabulary fit a frame, read zero-shot by a model that knows pictures and words.

How the probabilities are made, and what they are worth. Within a group the likenesses of the frame to each theme and
to each background phrase, times the model's own temperature, go through a softmax; a theme's probability is its share.
So themes of one group compete, themes of two groups do not, and the shares of a group sum to less than one: the rest
is background. CLIP models are well calibrated at the temperature that they learnt (Minderer et al., "Revisiting the
calibration of modern neural networks", 2021), but that was measured on class names of photographs; nobody labelled
these frames, so read 0.6 as "stronger than 0.3", not as "right six times in ten".

Some words lie near every picture. Where many frames of many films are at hand, `ThemeReader.prior` measures that and
`read` subtracts it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Theme, Vectors
from artwork.errors import SettingsError
from artwork.ports import WordEmbedder


@dataclass(frozen=True, slots=True)
class ThemeGroup:
    """Themes that compete. themes: (name, its phrases). templates: sentences with {} for a phrase."""

    name: str
    templates: tuple[str, ...]
    background: tuple[str, ...]
    themes: tuple[tuple[str, tuple[str, ...]], ...]

    def __post_init__(self) -> None:
        whole = self.templates and self.background and self.themes and all(phrases for _, phrases in self.themes)
        if not whole or not all("{}" in template for template in self.templates):
            raise SettingsError(
                f"theme group {self.name!r} needs templates with {{}}, background phrases, and themes with phrases"
            )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that frames are described with."""

    groups: tuple[ThemeGroup, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Vocabulary:
        """The vocabulary in a TOML file; the one that comes with the package when None.

        Raises:
            SettingsError: the file cannot be read, or is not a vocabulary.
        """
        place = path or files("assets") / "themes.toml"
        try:
            return cls.of(tomllib.loads(place.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise SettingsError(f"{place} is not a vocabulary of themes ({problem!r})") from problem

    @classmethod
    def of(cls, tables: dict[str, Any]) -> Vocabulary:
        """The vocabulary that parsed TOML describes."""
        return cls(
            tuple(
                ThemeGroup(
                    name,
                    tuple(group["templates"]),
                    tuple(group["background"]),
                    tuple((theme, tuple(phrases)) for theme, phrases in group["themes"].items()),
                )
                for name, group in tables["group"].items()
            )
        )

    @property
    def digest(self) -> str:
        """sha256 of the words, hex: stored with the themes that they gave."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ThemeParams:
    """What is kept of a reading.

    min_probability: themes below it are left out. per_group: at most so many of one group, the likeliest.
    prior_strength: how much of a theme's excess likeness to all pictures `read` subtracts when it is given a prior:
    0 none, 1 all; half, because a corpus of horror films is horror.
    """

    min_probability: float = 0.2
    per_group: int = 3
    prior_strength: float = 0.5


@dataclass(frozen=True, slots=True)
class ThemePrior:
    """How near each theme lies to pictures in general: mean likeness per theme and background phrase, by group."""

    frames: int
    likeness: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """A group's vectors: the themes' first, then one per background phrase."""

    group: ThemeGroup
    vectors: Vectors


class ThemeReader:
    """Reads themes off picture vectors of the embedder that it was made with."""

    def __init__(self, embedder: WordEmbedder, vocabulary: Vocabulary, params: ThemeParams | None = None) -> None:
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._params = params or ThemeParams()

    @property
    def digest(self) -> str:
        """sha256 of the vocabulary, hex."""
        return self._vocabulary.digest

    def read(self, vectors: Vectors, prior: ThemePrior | None = None) -> list[tuple[Theme, ...]]:
        """The themes of each picture of at least `min_probability`, likeliest first; ties by group and name."""
        readings: list[list[Theme]] = [[] for _ in vectors]
        for words, shares in zip(self._words, self.probabilities(vectors, prior), strict=True):
            names = [name for name, _ in words.group.themes]
            for reading, row in zip(readings, shares, strict=True):
                best = np.argsort(-row, kind="stable")[: self._params.per_group]
                reading.extend(
                    Theme(words.group.name, names[place], float(row[place]))
                    for place in best
                    if row[place] >= self._params.min_probability
                )
        return [
            tuple(sorted(found, key=lambda theme: (-theme.probability, theme.group, theme.name))) for found in readings
        ]

    def probabilities(self, vectors: Vectors, prior: ThemePrior | None = None) -> list[NDArray[np.float64]]:
        """For each group (pictures, themes): the probability of every theme; a row sums to at most 1."""
        found = []
        for number, words in enumerate(self._words):
            likeness = self._likeness(vectors, words)
            if prior is not None:
                usual = np.array(prior.likeness[number])
                likeness = likeness - self._params.prior_strength * (usual - usual.mean())
            logits = self._embedder.temperature * likeness
            weights = np.exp(logits - logits.max(axis=1, keepdims=True))
            shares = weights / weights.sum(axis=1, keepdims=True)
            found.append(shares[:, : len(words.group.themes)])
        return found

    def prior(self, vectors: Vectors) -> ThemePrior:
        """How near each word lies to these pictures: take many, of many films.

        Raises:
            ValueError: there are no pictures.
        """
        if not len(vectors):
            raise ValueError("a prior needs pictures")
        means = (self._likeness(vectors, words).mean(axis=0) for words in self._words)
        return ThemePrior(len(vectors), tuple(tuple(map(float, mean)) for mean in means))

    @staticmethod
    def _likeness(vectors: Vectors, words: _Words) -> NDArray[np.float64]:
        # Row by row and not one product of matrices: a reading must not depend on its neighbours in the batch.
        known = words.vectors.astype(np.float64)
        rows = [known @ row for row in vectors.astype(np.float64)]
        return np.stack(rows) if rows else np.zeros((0, len(known)))

    @cached_property
    def _words(self) -> tuple[_Words, ...]:
        """The vectors of the whole vocabulary, read once, when the first frames come."""
        return tuple(self._read_group(group) for group in self._vocabulary.groups)

    def _read_group(self, group: ThemeGroup) -> _Words:
        concepts = [phrases for _, phrases in group.themes] + [(phrase,) for phrase in group.background]
        sentences = [
            [template.replace("{}", phrase) for phrase in phrases for template in group.templates]
            for phrases in concepts
        ]
        vectors = self._embedder.embed_words([sentence for own in sentences for sentence in own])
        ends = np.cumsum([len(own) for own in sentences])[:-1]
        return _Words(group, np.stack([_middle(part) for part in np.split(vectors, ends)]))


def _middle(vectors: Vectors) -> NDArray[np.float32]:
    """The mean of unit vectors, brought back to length 1: the ensemble of prompts of the CLIP paper (2021)."""
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
