"""Shots and chosen frames for other programs: OpenTimelineIO and EDL for an editing suite, COCO for annotations.

shots        one clip per shot, end to end, as they lie in the film
candidates   a marker per candidate on one clip that is the whole film (OTIO); one clip of a single frame each (EDL)
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artwork.domain import Box, Timecode
from artwork.errors import BadInput, ExtraMissing
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.records import TitleRecord
from artwork.store.slate import Nominee, slate

if TYPE_CHECKING:
    from types import ModuleType

FORMATS = ("coco", "edl", "otio")
FALLBACK_RATE = Fraction(25)
"""Frames a second of a film that does not say: what libavformat assumes of raw H.264."""
EDL_RATES = (24, 25, 30, 48, 50, 60)
"""Whole rates that an EDL can count in; 23.976 is written as 24, as editing suites do."""
COLOURS = {"approved": "GREEN", "rejected": "RED", "proposed": "YELLOW"}
CATEGORIES = ({"id": 1, "name": "face"}, {"id": 2, "name": "text"})


def interchange(catalog: Catalog, what: str, to: str, out: Path, title: str) -> int:
    """The shots or the candidates of a title are in the file; how many there are.

    Args:
        catalog: where from.
        what: shots or candidates.
        to: otio, edl or coco; coco is for candidates.
        out: the file.
        title: id.

    Raises:
        BadInput: they cannot go to that format, or the title has no shots.
        ExtraMissing: OpenTimelineIO or its EDL adapter is not installed.
        UnknownTitle: there is no such title.
    """
    if what not in ("shots", "candidates") or to not in FORMATS or (what, to) == ("shots", "coco"):
        raise BadInput(f"cannot export {what} to {to}: shots go to otio or edl, candidates to otio, edl or coco")
    record = catalog.title(title)
    nominees = slate(catalog, Journal(catalog.database), title) if what == "candidates" else []
    if to == "coco":
        out.write_text(json.dumps(coco(record, nominees), indent=1, ensure_ascii=False) + "\n", "utf-8")
        return len(nominees)
    otio = _otio(to)
    shots = catalog.shots(title)
    if not shots:
        raise BadInput(f"title {title!r} has no shots: ingest its film first")
    film = _Film(otio, record, shots[-1].end, whole_rate=to == "edl")
    if what == "shots":
        clips = [film.clip(f"shot {one.number} {one.kind}", one.start, one.end) for one in shots]
    elif to == "edl":
        clips = [film.clip(_called(one), one.frame.at, None) for one in sorted(nominees, key=_instant)]
    else:
        clips = [film.marked(nominees)]
    timeline = otio.schema.Timeline(name=record.title.name, tracks=[otio.schema.Track("V1", clips, kind="Video")])
    if to == "edl":
        otio.adapters.write_to_file(timeline, str(out), adapter_name="cmx_3600", rate=film.rate)
    else:
        otio.adapters.write_to_file(timeline, str(out), adapter_name="otio_json")
    return len(shots) if what == "shots" else len(nominees)


def coco(record: TitleRecord, nominees: Sequence[Nominee]) -> dict[str, Any]:
    """Candidates as COCO object detection: faces and text as boxes in pixels of the film's own size.

    Source:
        The COCO data format, https://cocodataset.org/#format-data.
    """
    facts = record.facts
    size = (facts.width, facts.height) if facts else (0, 0)
    pictures: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for number, one in enumerate(nominees, start=1):
        pictures.append(
            {
                "id": number,
                "file_name": one.frame.still,
                "width": size[0],
                "height": size[1],
                "title": record.title.id,
                "frame": one.frame.id,
                "at_seconds": one.frame.at.seconds,
                "verdict": one.standing.verdict,
            }
        )
        context = one.frame.annotation.contextual
        found = [(1, face.box, face.confidence) for face in context.faces] + [(2, box, 1.0) for box in context.text]
        for category, box, certainty in found:
            named = {"id": len(boxes) + 1, "image_id": number, "category_id": category, "score": certainty}
            boxes.append(named | _in_pixels(box, size))
    return {"images": pictures, "annotations": boxes, "categories": list(CATEGORIES)}


class _Film:
    """A film as OpenTimelineIO names it, and clips of it."""

    def __init__(self, otio: ModuleType, record: TitleRecord, end: Timecode, *, whole_rate: bool) -> None:
        self._otio = otio
        # Frames are counted at the film's own rate, and only called by the whole one that an EDL knows.
        self._counted = (record.facts.frame_rate if record.facts else None) or FALLBACK_RATE
        self.rate = float(min(EDL_RATES, key=lambda one: abs(one - self._counted)) if whole_rate else self._counted)
        self._media = otio.schema.ExternalReference(record.title.location, self._range(Timecode(0, end.time_base), end))

    def clip(self, name: str, start: Timecode, end: Timecode | None) -> Any:  # noqa: ANN401  # the package has no types
        """From start to end; one frame without an end."""
        return self._otio.schema.Clip(name, self._media, self._range(start, end))

    def marked(self, nominees: Sequence[Nominee]) -> Any:  # noqa: ANN401  # the package has no types
        """The whole film, with a marker at every candidate, coloured by verdict."""
        clip = self._otio.schema.Clip(self._media.target_url, self._media, self._media.available_range)
        for one in sorted(nominees, key=_instant):
            facts = {"frame": one.frame.id, "verdict": one.standing.verdict, "reason": one.standing.reason}
            colour = COLOURS[one.standing.verdict]
            marker = self._otio.schema.Marker(_called(one), self._range(one.frame.at, None), colour, {"artwork": facts})
            clip.markers.append(marker)
        return clip

    def _range(self, start: Timecode, end: Timecode | None) -> Any:  # noqa: ANN401  # the package has no types
        time = self._otio.opentime
        first = round(start.exact * self._counted)
        length = 1 if end is None else max(1, round(end.exact * self._counted) - first)
        return time.TimeRange(time.RationalTime(first, self.rate), time.RationalTime(length, self.rate))


def _otio(to: str) -> ModuleType:
    try:
        found = importlib.import_module("opentimelineio")
    except ImportError as error:
        raise ExtraMissing("opentimelineio", "interop") from error
    if to == "edl" and "cmx_3600" not in found.adapters.available_adapter_names():
        raise ExtraMissing("otio-cmx3600-adapter", "interop")
    return found


def _called(one: Nominee) -> str:
    return f"candidate {one.candidate.rank} {one.standing.verdict} {one.frame.at}"


def _instant(one: Nominee) -> tuple[Timecode, str]:
    return one.frame.at, one.frame.id


def _in_pixels(box: Box, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    sides = [box.left * width, box.top * height, box.width * width, box.height * height]
    return {"bbox": [round(side, 2) for side in sides], "area": round(sides[2] * sides[3], 2), "iscrowd": 0}
