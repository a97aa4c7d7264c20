"""The catalogue as flat tables: one row per shot, frame, candidate or refusal, with the same columns everywhere.

The annotation's groups are laid flat: their metrics keep their names, and no two share one. Columns end in `_seconds`
where they are seconds; the exact instant is pts x time_base. `embedding` has length 1 and belongs to `embed_model`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef
from artwork.store import rows
from artwork.store.catalog import PROPOSED, Catalog

Row = dict[str, Any]

_BOX = pa.struct([(side, pa.float64()) for side in ("left", "top", "width", "height")])
_FACE = pa.struct(
    [
        ("box", _BOX),
        ("confidence", pa.float64()),
        ("frontal", pa.bool_()),
        ("eyes_open", pa.bool_()),
        ("landmarks", pa.list_(pa.list_(pa.float64()))),
    ]
)
_COLOUR = pa.struct([("colour", pa.string()), ("share", pa.float64())])
_MODEL = pa.struct([(part, pa.string()) for part in ("name", "digest", "preprocessing")])
_THEME = pa.struct([("group", pa.string()), ("name", pa.string()), ("probability", pa.float64())])

_VISUAL = [
    *((name, pa.float64()) for name in ("brightness", "contrast", "colourfulness", "sharpness", "noise", "motion")),
    *((name, pa.float64()) for name in ("motion_blur", "clipped_shadows", "clipped_highlights")),
    ("palette", pa.list_(_COLOUR)),
]
_CONTEXTUAL = [
    ("faces", pa.list_(_FACE)),
    ("shot_scale", pa.string()),
    ("text", pa.list_(_BOX)),
    ("text_share", pa.float64()),
]
_COMPOSITIONAL = [
    *((name, pa.float64()) for name in ("thirds", "symmetry", "depth_of_field")),
    ("negative_space", pa.list_(pa.list_(pa.float64()))),
    ("picture", _BOX),
    ("ruled", pa.float64()),
]
_INSTANT = [("at_seconds", pa.float64()), ("pts", pa.int64()), ("time_base", pa.string())]
_FRAME = [
    ("frame", pa.string()),
    ("shot", pa.int32()),
    *_INSTANT,
    ("seconds_to_cut", pa.float64()),
    ("still", pa.string()),
    ("phash", pa.string()),
    *_VISUAL,
    *_CONTEXTUAL,
    *_COMPOSITIONAL,
    ("aesthetic", pa.float64()),
    ("aesthetic_model", _MODEL),
    ("themes", pa.list_(_THEME)),
    ("embedding", pa.list_(pa.float32())),
    ("embed_model", _MODEL),
]


def _shots(catalog: Catalog, title: str) -> Iterator[Row]:
    for shot in catalog.shots(title):
        ends = {name: getattr(shot, name).seconds for name in ("start", "end", "clear_start", "clear_end")}
        yield {
            "title": title,
            "shot": shot.number,
            **{f"{name}_seconds": seconds for name, seconds in ends.items()},
            **{name: value for name, value in rows.shot_row(shot).items() if name != "number"},
        }


def _frames(catalog: Catalog, title: str, only: Collection[str] | None = None) -> Iterator[Row]:
    models = catalog.appraisal_models(title)
    appraisals = catalog.appraisals(title, only)
    appraisal = next(appraisals, None)
    for frame in catalog.frames(title, only):
        mine = appraisal if appraisal is not None and appraisal.frame_id == frame.id else None
        yield {"title": title, **_frame(frame), **_appraised(mine, models)}
        if mine is not None:
            appraisal = next(appraisals, None)


def _candidates(catalog: Catalog, title: str) -> Iterator[Row]:
    chosen = catalog.candidates(title)
    verdicts = catalog.verdicts(title)
    frames = {row["frame"]: row for row in _frames(catalog, title, [candidate.frame_id for candidate in chosen])}
    for candidate in chosen:
        yield {
            "title": title,
            "id": candidate.id,
            "rank": candidate.rank,
            "verdict": verdicts.get(candidate.frame_id, PROPOSED),
            "fallback": candidate.fallback,
            "utility": candidate.utility,
            **{name: value for name, value in frames[candidate.frame_id].items() if name != "title"},
        }


def _refusals(catalog: Catalog, title: str) -> Iterator[Row]:
    refused = catalog.refusals(title)
    at = {frame.id: frame for frame in catalog.scanned_frames(title)}
    for refusal in refused:
        frame = at[refusal.frame_id]
        yield {
            "title": title,
            "frame": refusal.frame_id,
            "shot": frame.shot,
            "at_seconds": frame.at.seconds,
            "pts": frame.at.pts,
            "time_base": str(frame.at.time_base),
            "still": frame.still,
            "rule": refusal.rule,
            "value": refusal.value,
            "limit": refusal.limit,
        }


def _frame(frame: AnnotatedFrame) -> Row:
    groups = rows.plain_annotation(frame.annotation)
    return {
        "frame": frame.id,
        "shot": frame.shot,
        "at_seconds": frame.at.seconds,
        "pts": frame.at.pts,
        "time_base": str(frame.at.time_base),
        "seconds_to_cut": frame.seconds_to_cut,
        "still": frame.still,
        "phash": frame.phash,
        **groups["visual"],
        **groups["contextual"],
        **groups["compositional"],
    }


def _appraised(appraisal: Appraisal | None, models: tuple[ModelRef, ModelRef] | None) -> Row:
    if appraisal is None or models is None:
        return dict.fromkeys(("aesthetic", "aesthetic_model", "themes", "embedding", "embed_model"))
    embed_model, aesthetic_model = models
    return {
        "aesthetic": appraisal.aesthetic,
        "aesthetic_model": asdict(aesthetic_model),
        "themes": rows.plain_themes(appraisal.themes),
        "embedding": appraisal.vector.tolist(),
        "embed_model": asdict(embed_model),
    }


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table's columns, and its rows for one title, in the title's own order."""

    schema: pa.Schema
    rows: Callable[[Catalog, str], Iterator[Row]]


_TITLE = ("title", pa.string())

TABLES = {
    "candidates": FlatTable(
        pa.schema(
            [
                _TITLE,
                ("id", pa.string()),
                ("rank", pa.int32()),
                ("verdict", pa.string()),
                ("fallback", pa.bool_()),
                ("utility", pa.float64()),
                *_FRAME,
            ]
        ),
        _candidates,
    ),
    "frames": FlatTable(pa.schema([_TITLE, *_FRAME]), _frames),
    "refusals": FlatTable(
        pa.schema(
            [
                _TITLE,
                ("frame", pa.string()),
                ("shot", pa.int32()),
                *_INSTANT,
                ("still", pa.string()),
                ("rule", pa.string()),
                ("value", pa.float64()),
                ("limit", pa.float64()),
            ]
        ),
        _refusals,
    ),
    "shots": FlatTable(
        pa.schema(
            [
                _TITLE,
                ("shot", pa.int32()),
                *((f"{name}_seconds", pa.float64()) for name in ("start", "end", "clear_start", "clear_end")),
                *((f"{name}_pts", pa.int64()) for name in ("start", "end", "clear_start", "clear_end")),
                *((name, pa.string()) for name in ("time_base", "opens_with", "kind")),
            ]
        ),
        _shots,
    ),
}
