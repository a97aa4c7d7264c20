"""The whole catalogue as canonical JSON lines: two catalogues that hold the same are the same bytes.

Titles by id; of each its own line, then its stages, shots, frames, annotations, appraisals, refusals, candidates,
verdicts and renditions, in order. Left out is what tells of a run, not of the films: leases, and the film file's
modification time.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from artwork.store import rows
from artwork.store.catalog import Catalog
from artwork.store.gallery import Gallery


def dump_lines(catalog: Catalog, title: str) -> Iterator[str]:
    """A title as lines, without their ends."""
    for table, row in _rows(catalog, title):
        yield rows.canonical({"table": table, "title": title, **row})


def _rows(catalog: Catalog, title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "titles", _title(catalog, title)
    for stage, fingerprint in catalog.stages(title).items():
        yield "stages", {"stage": stage.value, "fingerprint": fingerprint}
    for shot in catalog.shots(title):
        yield "shots", rows.shot_row(shot)
    for position, sampled in enumerate(catalog.scanned_frames(title)):
        row = rows.sampled_row(sampled, position)
        yield "frames", row | {"signals": json.loads(row["signals"])}
    for frame in catalog.frames(title):
        yield (
            "annotations",
            {"frame": frame.id, "phash": frame.phash, "annotation": rows.plain_annotation(frame.annotation)},
        )
    yield from _judged(catalog, title)


def _judged(catalog: Catalog, title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    models = catalog.appraisal_models(title)
    if models is not None:
        embed_model, aesthetic_model = map(asdict, models)
        for appraisal in catalog.appraisals(title):
            row = {
                "frame": appraisal.frame_id,
                "embed_model": embed_model,
                "vector_base64": base64.b64encode(appraisal.vector.astype("<f4").tobytes()).decode("ascii"),
                "aesthetic_model": aesthetic_model,
                "aesthetic": appraisal.aesthetic,
                "themes": rows.plain_themes(appraisal.themes),
            }
            yield "appraisals", row
    for position, refusal in enumerate(catalog.refusals(title)):
        yield "refusals", rows.refusal_row(refusal, position)
    for candidate in catalog.candidates(title):
        yield "candidates", rows.candidate_row(candidate)
    for frame_id, verdict in catalog.verdicts(title).items():
        yield "verdicts", {"frame": frame_id, "verdict": verdict}
    for rendition in Gallery(catalog.database).of(title):
        yield "renditions", asdict(rendition)


def _title(catalog: Catalog, title: str) -> dict[str, Any]:
    record = catalog.title(title)
    words = asdict(record.title)
    film = rows.film_row(record.film, record.facts) if record.film is not None and record.facts is not None else {}
    return {
        **{name: value for name, value in words.items() if name != "id"},
        "status": record.status,
        "outcome": record.outcome,
        "reason": record.reason,
        "refused": record.refused,
        "film_digest": film.get("film_digest"),
        "film_bytes": film.get("film_bytes"),
        "face_model": asdict(record.face_model) if record.face_model else None,
        "facts": json.loads(film["facts"]) if film else None,
    }
