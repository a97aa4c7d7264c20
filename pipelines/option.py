"""An option: what ranking is told of a picture that is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from artwork.annotate.cast import prominences
from artwork.domain import Appraisal, ModelRef
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.slate import Nominee
from pipelines.announcement import Terms
from pipelines.looks import look_words
from ranking.domain import Option
from ranking.learn.space import RANK, Space, fit_space, keep_space, space_of

log = structlog.get_logger()
NO_AESTHETIC = 5.0
"""Of a picture that no model rated: the middle of LAION's scale, as `Option` has it."""


@dataclass(frozen=True, slots=True)
class OptionMaker:
    """Makes options of candidates. space: of the model that most titles are appraised by; None where none is."""

    catalog: Catalog
    space: Space | None

    @property
    def rank(self) -> int:
        """Numbers of an option's vector."""
        return self.space.rank if self.space else 0

    def options(
        self, title: str, nominees: Sequence[Nominee], terms: Terms, *, approved: bool, fallbacks: Iterable[str]
    ) -> tuple[Option, ...]:
        """An option for each candidate.

        Args:
            title: whose candidates they are.
            nominees: of the slate.
            terms: who may see them, and when.
            approved: whether a person approved them.
            fallbacks: ids of those that are marked.
        """
        marked, said = set(fallbacks), dict(self._appraisals(title, nominees))
        vectors, seen = self._vectors(title, said), self._cast(title, nominees)
        return tuple(
            Option(
                id=one.candidate.id,
                title=title,
                aesthetic=said[one.frame.id].aesthetic if one.frame.id in said else NO_AESTHETIC,
                faces=len(one.frame.annotation.contextual.faces),
                shot_scale=one.frame.annotation.contextual.shot_scale,
                brightness=one.frame.annotation.visual.brightness,
                themes=themes(one, said.get(one.frame.id)),
                vector=tuple(vectors.get(one.frame.id, np.zeros(self.rank, np.float32)).tolist()),
                cast=seen.get(one.frame.id, {}),
                approved=approved,
                opens=terms.opens,
                closes=terms.closes,
                maturity=terms.maturity,
                locales=terms.locales,
                spoils_until=terms.spoils_until,
                fallback=one.candidate.id in marked,
            )
            for one in nominees
        )

    def _appraisals(self, title: str, nominees: Sequence[Nominee]) -> Iterator[tuple[str, Appraisal]]:
        """By frame; a frame that a person added brings its own along."""
        models = self.catalog.appraisal_models(title)
        for appraisal in self.catalog.appraisals(title, {one.frame.id for one in nominees}):
            yield appraisal.frame_id, appraisal
        for one in nominees:
            added = one.addition.appraised_by(models[0]) if one.addition and models else None
            if added is not None:
                yield one.frame.id, added

    def _cast(self, title: str, nominees: Sequence[Nominee]) -> dict[str, dict[str, float]]:
        """Who is in each picture, by frame: those whom a person named, with their prominence in the whole title.

        A picture shows somebody or not; how much they are to the title is their share of the screen time in which
        any face is seen, over all frames that the scan kept. Nobody whom nobody named is in it.
        """
        names = Journal(self.catalog.database).names(title)
        if not names.every:
            return {}
        added = [one.frame for one in nominees if one.addition]
        shares = prominences([*self.catalog.frames(title), *added], self.catalog.shots(title), names.of)
        return {
            one.frame.id: {name: round(shares[name], 4) for name in sorted({*names.of(one.frame)} - {""})}
            for one in nominees
        }

    def _vectors(self, title: str, said: Mapping[str, Appraisal]) -> dict[str, NDArray[np.float32]]:
        """In the space, by frame; none where another model appraised the title, which is told."""
        models = self.catalog.appraisal_models(title)
        if self.space is None or models is None or not said:
            return {}
        if models[0] != self.space.model:
            problem = "its pictures have no vector: another model than that of most titles embedded it; ingest it again"
            log.warning(problem, title=title, model=str(models[0]), most=str(self.space.model))
            return {}
        projected = self.space.project(np.stack([one.vector for one in said.values()]))
        return dict(zip(said, projected, strict=True))


def themes(nominee: Nominee, appraisal: Appraisal | None) -> dict[str, float]:
    """What the picture shows, in words: how it looks, and what a model that can read sees in it."""
    read = {theme.name: round(theme.probability, 4) for theme in appraisal.themes} if appraisal else {}
    return look_words(nominee.frame.annotation) | read


def most_used_model(catalog: Catalog, titles: Iterable[str]) -> ModelRef | None:
    """The embedding model of most of the titles; None where none is appraised."""
    counts: Counter[ModelRef] = Counter()
    for title in titles:
        if models := catalog.appraisal_models(title):
            counts[models[0]] += 1
    return min(counts, key=lambda model: (-counts[model], str(model), model.preprocessing), default=None)


def open_space(
    store: Path, catalog: Catalog, model: ModelRef | None, rank: int = RANK, *, keep: bool = True
) -> Space | None:
    """The model's space: the one that is kept, else one that is fitted now on every frame of the catalogue.

    Raises:
        SnapshotError: the space that is kept is damaged, or the new one cannot be kept.
    """
    if model is None:
        return None
    kept = space_of(store, model)
    if kept is not None:
        return kept
    fresh = fit_space(model, _every_vector(catalog, model), rank)
    return keep_space(store, fresh) if keep else fresh


def _every_vector(catalog: Catalog, model: ModelRef) -> Iterator[NDArray[np.float32]]:
    for record in catalog.titles():
        models = catalog.appraisal_models(record.title.id)
        if models and models[0] == model:
            for appraisal in catalog.appraisals(record.title.id):
                yield appraisal.vector
