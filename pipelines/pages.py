"""Title pages from the catalogue: what a report shows of each title."""

from __future__ import annotations

from collections.abc import Iterable

from artwork.domain import ModelRef, TitleStatus
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from pipelines.page import ModelUse, TitlePage


def title_pages(catalog: Catalog, blobs: Blobs, titles: Iterable[str]) -> tuple[TitlePage, ...]:
    """The pages of these titles, in the order given."""
    return tuple(_page(catalog, blobs, title) for title in titles)


def _page(catalog: Catalog, blobs: Blobs, title: str) -> TitlePage:
    record = catalog.title(title)
    return TitlePage(
        record.title,
        blobs.get,
        record.status or TitleStatus.REFUSED,
        record.refused or record.reason,
        record.facts,
        tuple(catalog.shots(title)),
        tuple(catalog.frames(title)),
        tuple(catalog.appraisals(title)),
        tuple(catalog.refusals(title)),
        tuple(catalog.candidates(title)),
        (*_uses(catalog.appraisal_models(title)), *_faces(record.face_model)),
        Journal(catalog.database).standings(title),
    )


def _faces(model: ModelRef | None) -> tuple[ModelUse, ...]:
    return () if model is None else (ModelUse("faces", model, built_in=not model.name.startswith("yunet")),)


def _uses(models: tuple[ModelRef, ModelRef] | None) -> tuple[ModelUse, ...]:
    if models is None:
        return ()
    embedding, aesthetic = models
    return (
        ModelUse("embedding", embedding, built_in=embedding.name.startswith("builtin")),
        ModelUse("aesthetic", aesthetic, built_in=not aesthetic.name.startswith("laion")),
    )
