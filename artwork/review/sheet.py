"""The contact sheet: every frame of a title as a tile, with all that the page shows, sorts and filters by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from urllib.parse import quote

from artwork import wording
from artwork.domain import AnnotatedFrame, Candidate, Refusal, Timecode
from artwork.review.company import Character, Company, FaceId, faces_of
from artwork.review.coverage import people
from artwork.review.footage import FilmReview
from artwork.store.naming import Names, key_of
from artwork.store.slate import Nominee
from artwork.store.standing import UNTOUCHED, Standing

Row = dict[str, object]


def tile(
    film: FilmReview,
    frame: AnnotatedFrame,
    standing: Standing,
    candidate: Candidate | None,
    company: Company | None = None,
) -> Row:
    """A frame as the page's tiles need it. kind: candidate, refused, or spare (passed every rule, not short-listed)."""
    still = film.rows.get(frame.id) or film.rows.setdefault(frame.id, _unchanging(film, frame))
    return still | {
        "kind": "candidate" if candidate else "refused" if frame.id in film.refusals else "spare",
        "rank": candidate.rank if candidate else None,
        "fallback": bool(candidate and candidate.fallback),
        "standing": standing_row(standing),
        "cast": company.names(frame) if company else None,
    }


def _unchanging(film: FilmReview, frame: AnnotatedFrame) -> Row:
    appraisal = film.appraisals.get(frame.id)
    context = frame.annotation.contextual
    facts = film.record.facts
    return {
        "id": frame.id,
        "still": frame.still,
        "clock": wording.clock(frame.at),
        "seconds": round(frame.at.seconds, 3),
        "shot": frame.shot,
        "look": film.looks.get(frame.id, 0),
        "scale": wording.SCALES[context.shot_scale],
        "people": people(frame),
        "themes": [theme.name for theme in appraisal.themes] if appraisal else [],
        "said": wording.described(frame),
        "ratio": round(facts.width / facts.height, 4) if facts else 16 / 9,
        "colour": frame.annotation.visual.palette[0].colour if frame.annotation.visual.palette else "#808080",
        "measures": measures(film, frame),
        "refusals": [refusal_row(refusal) for refusal in film.refusals.get(frame.id, ())],
    }


def measures(film: FilmReview, frame: AnnotatedFrame) -> dict[str, float]:
    """Every number of a frame that the sheet can sort and filter by, under the name that people read."""
    visual, context = frame.annotation.visual, frame.annotation.contextual
    built = frame.annotation.compositional
    appraisal, candidate = film.appraisals.get(frame.id), film.candidates.get(frame.id)
    found = {
        "Stands for the film": candidate.utility if candidate else 0.0,
        "Aesthetic": appraisal.aesthetic if appraisal else 0.0,
        "Faces": len(context.faces),
        "Largest face": max((face.box.area for face in context.faces), default=0.0),
        "Text": context.text_share,
        "Brightness": visual.brightness,
        "Contrast": visual.contrast,
        "Colour": visual.colourfulness,
        "Sharpness": visual.sharpness,
        "Noise": visual.noise,
        "Motion": visual.motion,
        "Motion blur": visual.motion_blur,
        "Clipped shadows": visual.clipped_shadows,
        "Clipped highlights": visual.clipped_highlights,
        "Thirds": built.thirds,
        "Symmetry": built.symmetry,
        "Depth of field": built.depth_of_field,
        "Seconds to the cut": frame.seconds_to_cut,
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def standing_row(standing: Standing) -> Row:
    """How things stand with a frame, for the page."""
    return {
        "verdict": standing.verdict,
        "reason": standing.reason,
        "focus": list(standing.focus) if standing.focus else None,
        "proposed": standing.proposed,
        "note": standing.note,
        "seen": standing.newest,
        "reviewer": standing.reviewer,
        "at": standing.at,
    }


def refusal_row(refusal: Refusal) -> Row:
    """Why a frame was left out, in words."""
    return {
        "rule": refusal.rule,
        "heading": wording.rule_words(refusal.rule).heading,
        "measured": wording.measured(refusal),
        "allowed": wording.allowed(refusal),
    }


def proposal_tiles(film: FilmReview, proposals: Iterable[Nominee], company: Company | None = None) -> list[Row]:
    """The candidates, by rank."""
    return [tile(film, one.frame, one.standing, one.candidate, company) for one in proposals]


def other_tiles(
    film: FilmReview,
    standings: Mapping[str, Standing],
    candidates: Collection[str],
    kind: str,
    company: Company | None = None,
) -> list[Row]:
    """The frames of one kind that are no candidates, in the film's order."""
    wanted = (
        frame
        for name, frame in film.frames.items()
        if name not in candidates and (name in film.refusals) == (kind == "refused")
    )
    return [tile(film, frame, standings.get(frame.id, UNTOUCHED), None, company) for frame in wanted]


def shot_rows(film: FilmReview) -> list[Row]:
    """The shots for the time line."""
    return [
        {
            "number": shot.number,
            "start": round(shot.start.seconds, 3),
            "end": round(shot.end.seconds, 3),
            "kind": str(shot.kind),
            "label": f"Shot {shot.number}, {wording.clock(shot.start)} to {wording.clock(shot.end)}",
        }
        for shot in film.shots
    ]


def length_seconds(film: FilmReview) -> float:
    """Length of the film, as far as it was seen."""
    if film.shots:
        return max(shot.end.seconds for shot in film.shots)
    return (film.record.facts.duration_seconds if film.record.facts else None) or 0.0


def instant_row(at: Timecode) -> Row:
    """An instant, exact, for the page to send back."""
    return {"pts": at.pts, "time_base": str(at.time_base), "clock": wording.clock(at), "seconds": at.seconds}


def annotation_rows(frame: AnnotatedFrame) -> Row:
    """The annotation for overlays: boxes and grid as plain lists."""
    context, built = frame.annotation.contextual, frame.annotation.compositional
    return {
        "faces": [asdict(face.box) | {"confidence": round(face.confidence, 3)} for face in context.faces],
        "text": [asdict(box) for box in context.text],
        "space": [list(row) for row in built.negative_space],
        "picture": asdict(built.picture),
        "palette": [[one.colour, round(one.share, 3)] for one in frame.annotation.visual.palette],
    }


def cast_row(company: Company, names: Names, film: FilmReview) -> Row:
    """The people of a title, who is in which frame with faces, and the names that there are to choose from."""
    title = film.record.title
    return {
        "people": [
            {
                "name": one.label,
                "named": one.named,
                "beside": list(one.beside),
                "key": one.key,
                "seen": names.heads.get(one.key, 0),
                "prominence": round(one.prominence, 4),
                "frames": one.frames,
                "portrait": _portrait(title.id, one.best),
                "others": [_portrait(title.id, face) for face in spread_over(one)],
            }
            for one in company.people
        ],
        "grouping": company.grouping,
        "identity": company.identity,
        "choices": list(dict.fromkeys([*title.cast, *names.every])),
        "frames": {name: company.names(frame) for name, frame in film.frames.items()},
    }


def face_rows(company: Company | None, names: Names, film: FilmReview, frame: AnnotatedFrame) -> list[Row]:
    """The faces of a frame, the largest first, and who they are."""
    given = names.of(frame)
    return [
        {
            "key": key_of(*face),
            "seen": names.heads.get(key_of(*face), 0),
            "name": given[face[1]],
            "label": (company.label_of.get(face) if company else None) or "",
            "portrait": _portrait(film.record.title.id, face),
        }
        for face in faces_of(film, frame.id)
    ]


def spread_over(person: Character, most: int = 5) -> list[FaceId]:
    """Some of a person's other faces, spread over the film: whether a name fits them all is to be seen."""
    others = [face for face in person.faces if face != person.best]
    few = min(most, len(others))
    return [others[place * len(others) // few] for place in range(few)]


def _portrait(title: str, face: FaceId) -> str:
    return f"/portraits/{quote(title, safe='')}/{quote(face[0], safe='')}/{face[1]}.jpg"
