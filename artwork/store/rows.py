"""Rows of the tables to values of the domain, and back: nothing is lost or rounded on the way."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    BoundaryKind,
    Candidate,
    FilmFacts,
    FrameAnnotation,
    FrameSignals,
    ModelRef,
    Refusal,
    SampledFrame,
    Shot,
    ShotKind,
    Theme,
    Timecode,
    Title,
    TitleStatus,
    content_id,
)
from artwork.errors import StoreError
from artwork.store.records import FilmFile, TitleRecord

Row = Mapping[Any, Any]
"""Column names to what the driver takes and gives."""

_ANNOTATION = TypeAdapter(FrameAnnotation)
_MODEL = TypeAdapter(ModelRef)
_FACTS = TypeAdapter(FilmFacts)
_SIGNALS = TypeAdapter(FrameSignals)
_THEMES = TypeAdapter(tuple[Theme, ...])
_WORDS = TypeAdapter(tuple[str, ...])
_EXTRA = TypeAdapter(dict[str, str])
_LARGEST = 2**63 - 1  # of a BIGINT column


def canonical(plain: object) -> str:
    """JSON text that is the same for equal values: keys sorted, no blanks.

    Raises:
        StoreError: a number is not finite; it would not come back.
    """
    try:
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise StoreError(f"cannot keep a number that is not finite: {plain}") from error


def title_row(title: Title) -> dict[str, Any]:
    """The columns of `titles` that a manifest gives."""
    lists = {"genres": canonical(title.genres), "cast": canonical(title.cast), "extra": canonical(dict(title.extra))}
    plain = ("id", "location", "name", "kind", "synopsis", "year", "maturity_rating", "language")
    return {name: getattr(title, name) for name in plain} | lists


def film_row(film: FilmFile, facts: FilmFacts) -> dict[str, Any]:
    """The columns of `titles` that a scan gives."""
    return {
        "film_digest": film.digest,
        "film_bytes": film.size_bytes,
        "film_modified_ns": film.modified_ns,
        "facts": canonical(_FACTS.dump_python(facts, mode="json", warnings="error")),
        "face_model": None,
    }


def face_model_column(model: ModelRef) -> str:
    """What `titles.face_model` holds."""
    return canonical(asdict(model))


def to_title_record(row: Row) -> TitleRecord:
    """The title, the film and the outcome of a row of `titles`."""
    scanned = row["film_digest"] is not None
    plain = ("id", "location", "name", "kind", "synopsis", "year", "maturity_rating", "language")
    return TitleRecord(
        title=Title(
            **{name: row[name] for name in plain},
            genres=_WORDS.validate_json(row["genres"]),
            cast=_WORDS.validate_json(row["cast"]),
            extra=_EXTRA.validate_json(row["extra"]),
        ),
        film=FilmFile(row["film_digest"], row["film_bytes"], row["film_modified_ns"]) if scanned else None,
        facts=_FACTS.validate_json(row["facts"]) if scanned else None,
        face_model=_MODEL.validate_json(row["face_model"]) if row["face_model"] else None,
        outcome=TitleStatus(row["status"]) if row["status"] else None,
        reason=row["reason"],
        refused=row["refused"],
    )


def shot_row(shot: Shot) -> dict[str, Any]:
    """A row of `shots`; its four instants are brought to one time base, exactly."""
    base, instants = _on_one_base((shot.start, shot.end, shot.clear_start, shot.clear_end))
    columns = ("start_pts", "end_pts", "clear_start_pts", "clear_end_pts")
    return dict(zip(columns, instants, strict=True)) | {
        "number": shot.number,
        "time_base": str(base),
        "opens_with": shot.opens_with.value,
        "kind": shot.kind.value,
    }


def to_shot(row: Row) -> Shot:
    """The shot of a row of `shots`."""
    base = Fraction(row["time_base"])
    return Shot(
        number=row["number"],
        start=Timecode(row["start_pts"], base),
        end=Timecode(row["end_pts"], base),
        clear_start=Timecode(row["clear_start_pts"], base),
        clear_end=Timecode(row["clear_end_pts"], base),
        opens_with=BoundaryKind(row["opens_with"]),
        kind=ShotKind(row["kind"]),
    )


def sampled_row(frame: SampledFrame, position: int) -> dict[str, Any]:
    """A row of `frames` that waits for its annotation."""
    return {
        "id": frame.id,
        "position": position,
        "shot": frame.shot,
        "pts": _within_column(frame.at.pts),
        "time_base": str(frame.at.time_base),
        "seconds_to_cut": _finite(frame.seconds_to_cut),
        "motion": _finite(frame.motion),
        "signals": canonical(_SIGNALS.dump_python(frame.signals, mode="json", warnings="error")),
        "still": frame.still,
        "phash": None,
        "annotation": None,
    }


def to_sampled(row: Row) -> SampledFrame:
    """What the scan left in a row of `frames`."""
    return SampledFrame(
        id=row["id"],
        shot=row["shot"],
        at=Timecode(row["pts"], Fraction(row["time_base"])),
        seconds_to_cut=row["seconds_to_cut"],
        still=row["still"],
        signals=_SIGNALS.validate_json(row["signals"]),
        motion=row["motion"],
    )


def annotation_row(frame: AnnotatedFrame) -> dict[str, Any]:
    """The columns of `frames` that annotation fills."""
    return {"phash": frame.phash, "annotation": canonical(plain_annotation(frame.annotation))}


def to_annotated(row: Row) -> AnnotatedFrame:
    """The annotated frame of a row of `frames`."""
    return AnnotatedFrame(
        id=row["id"],
        shot=row["shot"],
        at=Timecode(row["pts"], Fraction(row["time_base"])),
        seconds_to_cut=row["seconds_to_cut"],
        still=row["still"],
        phash=row["phash"],
        annotation=_ANNOTATION.validate_json(row["annotation"]),
    )


def plain_annotation(annotation: FrameAnnotation) -> dict[str, Any]:
    """The annotation as dictionaries, lists, strings and numbers, nested as the dataclasses are."""
    plain: dict[str, Any] = _ANNOTATION.dump_python(annotation, mode="json", warnings="error")
    return plain


def plain_themes(themes: tuple[Theme, ...]) -> list[dict[str, Any]]:
    """The themes as dictionaries."""
    plain: list[dict[str, Any]] = _THEMES.dump_python(themes, mode="json", warnings="error")
    return plain


def model_row(model: ModelRef) -> dict[str, Any]:
    """A row of `models`."""
    return {"id": content_id(model.name, model.digest, model.preprocessing)} | asdict(model)


def to_model(row: Row) -> ModelRef:
    """The model of a row of `models`."""
    return ModelRef(row["name"], row["digest"], row["preprocessing"])


def appraisal_row(appraisal: Appraisal, embed_model: str, aesthetic_model: str) -> dict[str, Any]:
    """A row of `appraisals`; the models are ids of `models`."""
    if not np.isfinite(appraisal.vector).all():
        raise StoreError(f"frame {appraisal.frame_id}: its vector is not finite")
    return {
        "frame": appraisal.frame_id,
        "embed_model": embed_model,
        "vector": appraisal.vector.astype("<f4").tobytes(),
        "aesthetic_model": aesthetic_model,
        "aesthetic": _finite(appraisal.aesthetic),
        "themes": canonical(plain_themes(appraisal.themes)),
    }


def to_appraisal(row: Row) -> Appraisal:
    """The appraisal of a row of `appraisals`."""
    vector: NDArray[np.float32] = np.frombuffer(row["vector"], dtype="<f4").astype(np.float32)
    return Appraisal(row["frame"], vector, row["aesthetic"], _THEMES.validate_json(row["themes"]))


def refusal_row(refusal: Refusal, position: int) -> dict[str, Any]:
    """A row of `refusals`."""
    return {
        "position": position,
        "frame": refusal.frame_id,
        "rule": refusal.rule,
        "value": _finite(refusal.value),
        "limit": _finite(refusal.limit),
    }


def to_refusal(row: Row) -> Refusal:
    """The refusal of a row of `refusals`."""
    return Refusal(row["frame"], row["rule"], row["value"], row["limit"])


def candidate_row(candidate: Candidate) -> dict[str, Any]:
    """A row of `candidates`."""
    return {
        "id": candidate.id,
        "frame": candidate.frame_id,
        "rank": candidate.rank,
        "utility": _finite(candidate.utility),
        "fallback": bool(candidate.fallback),
    }


def to_candidate(row: Row) -> Candidate:
    """The candidate of a row of `candidates`."""
    return Candidate(row["id"], row["frame"], row["rank"], row["utility"], row["fallback"])


def to_verdict(row: Row) -> tuple[str, str]:
    """The frame and its verdict, of a row of `verdicts`."""
    return row["frame"], row["verdict"]


def _on_one_base(instants: Iterable[Timecode]) -> tuple[Fraction, list[int]]:
    given = list(instants)
    bases = {instant.time_base for instant in given}
    base = bases.pop() if len(bases) == 1 else _common_base(instant.time_base for instant in given)
    return base, [_within_column(int(instant.exact / base)) for instant in given]


def _common_base(bases: Iterable[Fraction]) -> Fraction:
    given = list(bases)
    return Fraction(math.gcd(*(base.numerator for base in given)), math.lcm(*(base.denominator for base in given)))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise StoreError(f"cannot keep a number that is not finite: {number}")
    return float(number)


def _within_column(pts: int) -> int:
    if abs(pts) > _LARGEST:
        raise StoreError(f"a time stamp of {pts} does not fit into 64 bits: the film's time base is absurd")
    return int(pts)
