"""Title pages from the catalogue: what a report shows of each title."""

from __future__ import annotations

from collections.abc import Iterable

from artwork.domain import ModelRef, TitleStatus
from artwork.ingest import Engine
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from pipelines.page import ModelUse, TitlePage


def title_pages(catalog: Catalog, blobs: Blobs, engine: Engine, titles: Iterable[str]) -> tuple[TitlePage, ...]:
    """The pages of these titles, in the order given."""
    faces = ModelUse("faces", engine.face_model.model, built_in=not engine.face_model.path)
    return tuple(_page(catalog, blobs, faces, title) for title in titles)


def _page(catalog: Catalog, blobs: Blobs, faces: ModelUse, title: str) -> TitlePage:
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
        (*_uses(catalog.appraisal_models(title)), faces),
    )


def _uses(models: tuple[ModelRef, ModelRef] | None) -> tuple[ModelUse, ...]:
    if models is None:
        return ()
    embedding, aesthetic = models
    return (
        ModelUse("embedding", embedding, built_in=embedding.name.startswith("builtin")),
        ModelUse("aesthetic", aesthetic, built_in=not aesthetic.name.startswith("laion")),
    )
