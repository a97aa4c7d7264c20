"""All that the catalogue holds of a title, as the page uses it; read once, and again when a stage was redone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from artwork.domain import AnnotatedFrame, Appraisal, Candidate, ModelRef, Refusal, Shot, Vectors
from artwork.select.clusters import clustered
from artwork.select.duplicates import DuplicateParams, alike, hash_bits, spread
from artwork.select.rules import PLACE
from artwork.store.addition import Addition
from artwork.store.catalog import Catalog
from artwork.store.records import TitleRecord

LOOKS = 8
"""Groups of frames that look alike, at most: as many as a person keeps apart at a glance."""
KEPT = 8
"""Titles in memory at once; a film of two hours takes about 20 MB."""


@dataclass(frozen=True)
class FilmReview:
    """A title's rows, and what follows from them."""

    record: TitleRecord
    shots: Sequence[Shot]
    frames: dict[str, AnnotatedFrame]
    appraisals: dict[str, Appraisal]
    refusals: Mapping[str, Sequence[Refusal]]
    candidates: Mapping[str, Candidate]
    model: ModelRef | None
    made_from: str = field(repr=False, default="")
    rows: dict[str, dict[str, object]] = field(repr=False, default_factory=dict)
    """Tiles by frame, as far as no person changes them: made when they are first shown."""
    added: frozenset[str] = frozenset()
    """Frames that people added: in `frames`, but in no scan."""

    @cached_property
    def vector_ids(self) -> list[str]:
        """Frames that have a vector, in the film's order: the rows of `vectors`."""
        return [name for name in self.frames if name in self.appraisals]

    @cached_property
    def vectors(self) -> Vectors:
        """(frames, dimension) float32, rows of length 1."""
        rows = [self.appraisals[name].vector for name in self.vector_ids]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float32)

    @cached_property
    def looks(self) -> Mapping[str, int]:
        """Which group of like frames each frame is in, 1 for the largest; over those that no rule refused."""
        rows = [place for place, name in enumerate(self.vector_ids) if name not in self.refusals]
        if not rows:
            return {}
        found = clustered(self.vectors[rows], np.ones(len(rows)), min(LOOKS, max(1, len(rows) // 4)))
        by_size = np.argsort(-found.share, kind="stable")
        place_of = {int(cluster): place for place, cluster in enumerate(by_size, 1)}
        members = zip(rows, found.member_of, strict=True)
        return {self.vector_ids[row]: place_of[int(cluster)] for row, cluster in members}

    @cached_property
    def _alike(self) -> NDArray[np.bool_]:
        names = self.vector_ids
        shots = np.array([self.frames[name].shot for name in names], np.int64)
        bits = hash_bits([self.frames[name].phash for name in names])
        return alike(bits, self.vectors, spread(self.vectors, shots), DuplicateParams())

    def duplicates_of(self, frame: str) -> list[str]:
        """The frames that show the same picture, in the film's order; not the frame itself."""
        if frame not in self.appraisals or len(self.vector_ids) < 2:
            return []
        same = np.flatnonzero(self._alike[self.vector_ids.index(frame)])
        return [self.vector_ids[row] for row in same if self.vector_ids[row] != frame]

    def with_added(self, additions: Sequence[Addition]) -> FilmReview:
        """The same title with frames that people added, in their places, as if the scan had kept them."""
        frames = self.frames | {one.frame.id: one.frame for one in additions}
        said = {one.frame.id: one.appraised_by(self.model) for one in additions}
        return replace(
            self,
            frames=dict(sorted(frames.items(), key=lambda item: (item[1].at.seconds, item[0]))),
            appraisals=self.appraisals | {name: one for name, one in said.items() if one is not None},
            added=frozenset(said),
        )

    def similar_to(self, vector: NDArray[np.float32], most: int) -> list[tuple[str, float]]:
        """The frames most like a vector, with their likeness (cosine), most like first; ties in the film's order."""
        if not self.vector_ids or self.vectors.shape[1] != vector.shape[0]:
            return []
        likeness = self.vectors @ vector
        order = np.argsort(-likeness, kind="stable")[:most]
        return [(self.vector_ids[row], float(likeness[row])) for row in order]


class FilmReviews:
    """The titles in memory, the latest used kept. Safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[str, FilmReview] = OrderedDict()
        self._with_added: dict[str, FilmReview] = {}
        self._lock = threading.Lock()

    def of(self, title: str) -> FilmReview:
        """The title as the catalogue has it now.

        Raises:
            UnknownTitle: there is no such title.
        """
        record = self._catalog.title(title)
        made_from = f"{record}{self._catalog.stages(title)}"
        with self._lock:
            known = self._kept.get(title)
            if known is None or known.made_from != made_from:
                known = self._read(title, made_from)
            self._kept[title] = known
            self._kept.move_to_end(title)
            if len(self._kept) > KEPT:
                self._with_added.pop(self._kept.popitem(last=False)[0], None)
        return known

    def with_added(self, film: FilmReview, additions: Sequence[Addition]) -> FilmReview:
        """The title with the frames that people added; made anew only when these are others."""
        if not additions:
            return film
        title = film.record.title.id
        with self._lock:
            known = self._with_added.get(title)
            same = known is not None and known.made_from == film.made_from
            if known is None or not same or known.added != {one.frame.id for one in additions}:
                known = self._with_added[title] = film.with_added(additions)
        return known

    def _read(self, title: str, made_from: str) -> FilmReview:
        with self._catalog.at_one_moment() as catalog:
            refusals: dict[str, list[Refusal]] = {}
            for refusal in sorted(catalog.refusals(title), key=lambda one: (PLACE.get(one.rule, len(PLACE)), one.rule)):
                refusals.setdefault(refusal.frame_id, []).append(refusal)
            models = catalog.appraisal_models(title)
            return FilmReview(
                record=catalog.title(title),
                shots=catalog.shots(title),
                frames={frame.id: frame for frame in catalog.frames(title)},
                appraisals={one.frame_id: one for one in catalog.appraisals(title)},
                refusals=refusals,
                candidates={one.frame_id: one for one in catalog.candidates(title)},
                model=models[0] if models else None,
                made_from=made_from,
            )
