"""What a snapshot says of a title: made of what was composed, trimmed to what may be shown, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from artwork.compose.alt import alt_text
from artwork.domain import AnnotatedFrame
from artwork.store.entries import APPROVED, REJECTED
from artwork.store.naming import Names
from artwork.store.records import CanvasRecord, TitleRecord
from ranking.domain import Option
from ranking.learn.snapshot import FileEntry, RenditionEntry, TitleEntry, TitleNotes


def notes_of(record: TitleRecord) -> TitleNotes:
    """What the snapshot tells of a title."""
    title = record.title
    return TitleNotes(title.id, title.name, title.kind, title.genres, title.cast, title.year)


def rendition_of(record: CanvasRecord, alt: str = "") -> RenditionEntry:
    """What the snapshot tells of a rendition. alt: what it shows, in words; the record's where empty."""
    files = tuple(FileEntry(one.width, one.height, one.format, one.size_bytes, one.digest) for one in record.files)
    return RenditionEntry(
        record.rendition, record.candidate, record.canvas, files, record.locale, alt or record.alt, record.placeholder
    )


def alt_with_names(record: CanvasRecord, frame: AnnotatedFrame, name: str, names: Names, billed: Iterable[str]) -> str:
    """What a rendition shows, in words, with the names of those it shows; without them where that would be a guess.

    They are named where the crop keeps every face of the frame whole, each has a name of its own, and all of these
    are on the title's own billing: what a reviewer called somebody beyond it may give the story away.

    Args:
        record: of the rendition.
        frame: that it is cut from.
        name: the title's, in the language of the rendition.
        names: who is who, as people said.
        billed: whom the title says are in it.
    """
    people = names.of(frame)
    told = people and record.facts.get("faces_kept") == 1.0 and set(people) <= set(billed)
    if not told or len(set(people)) < len(people):
        return record.alt
    return alt_text(name, frame.annotation, len(people), record.locale, people)


def may_be_shown(option: Option, verdict: str) -> bool:
    """Approved still; a fallback that nobody approved may be shown unless somebody rejects it."""
    return verdict == APPROVED if option.approved else verdict != REJECTED


def trimmed(entry: TitleEntry, stays: Callable[[Option], bool]) -> TitleEntry | None:
    """The entry with the options that stay and have a rendition; None where none is left."""
    pictured = {one.option for one in entry.renditions}
    options = tuple(option for option in entry.options if option.id in pictured and stays(option))
    left = {option.id for option in options}
    renditions = tuple(one for one in entry.renditions if one.option in left)
    return replace(entry, options=options, renditions=renditions) if options else None


def editors_own(candidates: Sequence[str], renditions: Sequence[RenditionEntry]) -> str:
    """Of approved candidates the one to show when nothing else may be: on the most canvases, the first of equals."""
    places = {name: {one.canvas for one in renditions if one.option == name} for name in candidates}
    return max(candidates, key=lambda name: len(places[name]))


def same_entry(entry: TitleEntry | None, earlier: TitleEntry | None) -> bool:
    """Whether a snapshot says the same of both; it keeps shares and vectors in single precision."""
    return (entry and as_kept(entry)) == (earlier and as_kept(earlier))


def as_kept(entry: TitleEntry) -> TitleEntry:
    """The entry as a snapshot gives it back: numbers in its precision, options and renditions by id."""
    options = (
        replace(
            one,
            spoils_until=float(np.float32(one.spoils_until)),
            vector=tuple(np.asarray(one.vector, np.float32).tolist()),
        )
        for one in entry.options
    )
    by_id = attrgetter("id")
    return replace(
        entry, options=tuple(sorted(options, key=by_id)), renditions=tuple(sorted(entry.renditions, key=by_id))
    )
