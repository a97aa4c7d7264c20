"""The shortest way in: the pictures that one film has to offer, from Python."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from artwork.domain import AnnotatedFrame, Appraisal, Timecode, TitleStatus
from artwork.engine import LocalEngine, ModelShelf
from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.isolation import Limits
from artwork.ingest import Run, ingest_title
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.scratch import scratch_folder
from artwork.store.titles import find_films, gather
from artwork.store.weights import Weights
from artwork.workshop import Bench, StageParams


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate with all that is known of it. `jpeg` is its still, letterbox included."""

    rank: int
    at: Timecode
    shot: int
    fallback: bool
    frame: AnnotatedFrame
    appraisal: Appraisal
    jpeg: bytes = field(repr=False)


def candidates(
    film: str | Path,
    *,
    store: str | Path | None = None,
    models: str | Path = "artwork-models",
    params: StageParams | None = None,
) -> list[Proposal]:
    """The frames of a film that are worth showing, best first; the same as `artwork ingest` finds.

    Args:
        film: path of a film.
        store: folder that keeps the catalogue and the pictures, so that a second call costs nothing; None: nothing is
            kept.
        models: folder where model files are looked up.
        params: of the stages; the defaults when None.

    Raises:
        FilmError: the film cannot be read.
        BadInput: there is no such file.
        StoreError: another process works on the film in this store.
    """
    params = params or StageParams()
    find_films([film])
    with _folder(store) as folder, scratch_folder(folder) as scratch:
        blobs = Blobs(folder / "blobs")
        catalog = Catalog.open(folder)
        (title,) = gather([film], known=[record.title for record in catalog.titles()])
        engine = LocalEngine(Bench(blobs, Limits(), str(scratch)), ModelShelf(Weights(Path(models)), params.embed))
        try:
            report = ingest_title(title, Run(catalog, blobs, engine, params, lambda *_: None, str(scratch)))
            if report is None:
                raise StoreError(f"another process works on {title.location} in {folder}: try again later")
            if report.status is TitleStatus.REFUSED:
                raise report.error or FilmError(title.location, FilmReason.UNREADABLE)
            return _proposals(catalog, blobs, title.id)
        finally:
            engine.close()
            catalog.close()


def _proposals(catalog: Catalog, blobs: Blobs, title: str) -> list[Proposal]:
    chosen = catalog.candidates(title)
    wanted = [candidate.frame_id for candidate in chosen]
    frames = {frame.id: frame for frame in catalog.frames(title, wanted)}
    appraisals = {appraisal.frame_id: appraisal for appraisal in catalog.appraisals(title, wanted)}
    return [
        Proposal(
            candidate.rank,
            frames[candidate.frame_id].at,
            frames[candidate.frame_id].shot,
            candidate.fallback,
            frames[candidate.frame_id],
            appraisals[candidate.frame_id],
            blobs.get(frames[candidate.frame_id].still),
        )
        for candidate in chosen
    ]


@contextmanager
def _folder(store: str | Path | None) -> Iterator[Path]:
    if store is not None:
        yield Path(store)
        return
    with tempfile.TemporaryDirectory(prefix="artwork-") as folder:
        yield Path(folder)
