"""The room in which the page works: everything a request may need, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from fastapi import Request

from artwork.domain import AnnotatedFrame, Candidate
from artwork.ports import WordEmbedder
from artwork.review.bulletin import Bulletin
from artwork.review.cards import Cards, covered
from artwork.review.casting import Casting
from artwork.review.company import Company
from artwork.review.coverage import Facet, Item, coverage
from artwork.review.film import FilmAway, FilmDesk
from artwork.review.footage import FilmReview, FilmReviews
from artwork.review.lettering import Letterings
from artwork.review.people import ReviewParams
from artwork.review.pictures import Pictures
from artwork.review.press import Press
from artwork.review.proofs import Proofs
from artwork.review.session import Sessions
from artwork.review.sheet import length_seconds, standing_row
from artwork.review.standings import Standings
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED, SOMEBODY, Action, Entry
from artwork.store.journal import Journal
from artwork.store.naming import NOBODY_NAMED, Names
from artwork.store.slate import Nominee, slate_of
from artwork.store.standing import UNTOUCHED, Standing


class FrameUnknown(LookupError):
    """The title has no such frame."""


@dataclass(frozen=True)
class TitleView:
    """A title as it stands at one moment: its rows, what people said of its frames, and its candidates.

    The frames of `film` include those that people added. names: of the faces. company: None before its cast was found.
    """

    film: FilmReview
    standings: Mapping[str, Standing]
    slate: Sequence[Nominee]
    names: Names = NOBODY_NAMED
    company: Company | None = None

    def frame(self, frame: str) -> AnnotatedFrame:
        """A frame of the title, one that a person added included.

        Raises:
            FrameUnknown: it has no such frame.
        """
        found = self.film.frames.get(frame)
        if found is None:
            raise FrameUnknown(frame)
        return found

    def standing(self, frame: str) -> Standing:
        """What people said of the frame."""
        return self.standings.get(frame, UNTOUCHED)

    @cached_property
    def candidates(self) -> Mapping[str, Candidate]:
        """By frame."""
        return {one.frame.id: one.candidate for one in self.slate}


@dataclass(frozen=True)
class Room:
    """What a request may need.

    film, words: None where there is no way to read films, or no model that reads words. after_change: is told of the
    title after every change. press: None where nothing can be published from the page.
    """

    catalog: Catalog
    blobs: Blobs
    journal: Journal
    films: FilmReviews
    standings: Standings
    pictures: Pictures
    proofs: Proofs
    letterings: Letterings
    cards: Cards
    casting: Casting
    sessions: Sessions
    params: ReviewParams
    film: FilmDesk | None = None
    words: WordEmbedder | None = None
    after_change: Callable[[str], object] | None = None
    press: Press | None = None

    @property
    def desk(self) -> FilmDesk:
        """The desk that reads films.

        Raises:
            FilmAway: there is none.
        """
        if self.film is None:
            raise FilmAway("films cannot be read here: only their stills are there")
        return self.film

    def view(self, title: str) -> TitleView:
        """The title as it stands now.

        Raises:
            UnknownTitle: there is no such title.
        """
        scanned, (standings, names) = self.films.of(title), self.standings.of(title)
        slate = slate_of(scanned.candidates, scanned.frames, standings)
        film = self.films.with_added(scanned, [one.addition for one in slate if one.addition])
        return TitleView(film, standings, slate, names, self.casting.known(film, names))

    def coverage(self, view: TitleView) -> tuple[Facet, ...]:
        """What the approved pictures of a title cover."""
        film, proposals = view.film, view.slate
        names = view.company.names if view.company else None
        items = [
            Item(
                one.frame,
                film.appraisals.get(one.frame.id),
                one.standing.verdict == APPROVED,
                tuple(names(one.frame)) if names else (),
            )
            for one in proposals
        ]
        canvases = [canvas.name for canvas in self.proofs.canvases]
        names_set = self.letterings.of(film.record.title)
        reached = covered(self.proofs, film.record.facts, proposals, names_set)
        return coverage(items, length_seconds(film), canvases, reached, view.company.order if view.company else ())

    def told(self, title: str, entries: Sequence[Entry]) -> dict[str, object]:
        """What everybody at a title is told about new entries."""
        view = self.view(title)
        touched = dict.fromkeys(entry.frame for entry in entries if not entry.frame.startswith(SOMEBODY))
        return {
            "head": entries[-1].number,
            "standings": {frame: standing_row(view.standing(frame)) for frame in touched},
            "acts": [act_row(entry) for entry in entries],
            "coverage": coverage_rows(self.coverage(view)),
            "slate": bool(may_move(view.film, entries)),
            "people": len(touched) < len({entry.frame for entry in entries}),
        }


def may_move(film: FilmReview, entries: Sequence[Entry]) -> set[str]:
    """The frames that may have become candidates with these entries, or ceased to be: those of the short list stay."""
    moving = {Action.PROPOSE, Action.UNDO, Action.VERDICT}
    frames = {entry.frame for entry in entries if entry.action in moving and not entry.frame.startswith(SOMEBODY)}
    return frames - set(film.candidates)


def act_row(entry: Entry) -> dict[str, object]:
    """An entry as the page tells of it."""
    return {
        "number": entry.number,
        "frame": entry.frame,
        "action": entry.action.value,
        "verdict": entry.content.get("verdict", ""),
        "reason": entry.content.get("reason", ""),
        "note": entry.content.get("note", ""),
        "name": entry.content.get("name", ""),
        "undoes": entry.undoes,
        "reviewer": entry.reviewer,
        "at": entry.at,
    }


def coverage_rows(facets: Sequence[Facet]) -> list[dict[str, object]]:
    """The facets, for the page."""
    return [
        {"name": facet.name, "shares": [[share.name, share.approved, share.candidates] for share in facet.shares]}
        for facet in facets
    ]


def room_of(request: Request) -> Room:
    """The room that the application was made with."""
    return cast("Room", request.app.state.room)


def bulletin_of(request: Request) -> Bulletin:
    """The bulletin of the application."""
    return cast("Bulletin", request.app.state.bulletin)
