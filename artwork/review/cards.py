"""The list of titles: how far the review of each has come, told again only when something about it changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from artwork import wording
from artwork.domain import FilmFacts
from artwork.errors import StoreError
from artwork.review.lettering import Lettered, Letterings
from artwork.review.proofs import Proofs
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED, REJECTED
from artwork.store.journal import Journal
from artwork.store.records import TitleRecord
from artwork.store.slate import Nominee, slate


@dataclass(frozen=True, slots=True)
class TitleCard:
    """A title in the list.

    cover: key of the still of its best candidate, empty for none. problems: why a name of it cannot be set, in words.
    """

    id: str
    name: str
    facts: str
    status: str
    reason: str
    candidates: int
    approved: int
    rejected: int
    canvases: tuple[str, ...]
    missing: tuple[str, ...]
    cover: str
    problems: tuple[str, ...] = ()


class Cards:
    """The cards of all titles. Safe to share between threads."""

    def __init__(self, catalog: Catalog, journal: Journal, proofs: Proofs, letterings: Letterings) -> None:
        self._catalog = catalog
        self._journal = journal
        self._proofs = proofs
        self._letterings = letterings
        self._kept: dict[str, tuple[str, TitleCard]] = {}
        self._lock = threading.Lock()

    def every(self) -> list[TitleCard]:
        """One for each title of the catalogue, in its order."""
        return [self._card(record) for record in self._catalog.titles()]

    def _card(self, record: TitleRecord) -> TitleCard:
        title = record.title.id
        names = self._letterings.stamp(record.title)
        stamp = f"{record}{self._catalog.stages(title)}{self._journal.stamp(title)}{names}"
        with self._lock:
            known = self._kept.get(title)
        if known is not None and known[0] == stamp:
            return known[1]
        card = self._made(record)
        with self._lock:
            self._kept[title] = stamp, card
        return card

    def _made(self, record: TitleRecord) -> TitleCard:
        proposals = slate(self._catalog, self._journal, record.title.id)
        lettered = self._letterings.of(record.title)
        reached = covered(self._proofs, record.facts, proposals, lettered)
        names = [canvas.name for canvas in self._proofs.canvases]
        facts = [str(record.title.year)] if record.title.year else []
        facts += [*record.title.genres, *(wording.facts_words(record.facts)[:1] if record.facts else [])]
        verdicts = [one.standing.verdict for one in proposals]
        best = next((one for one in proposals if one.standing.verdict == APPROVED), proposals[0] if proposals else None)
        return TitleCard(
            id=record.title.id,
            name=record.title.name,
            facts=" \N{MIDDLE DOT} ".join(facts),
            status=str(record.status or "unfinished"),
            reason=record.refused or record.reason,
            candidates=len(proposals),
            approved=verdicts.count(APPROVED),
            rejected=verdicts.count(REJECTED),
            canvases=tuple(name for name in names if name in reached),
            missing=tuple(name for name in names if name not in reached),
            cover=best.frame.still if best else "",
            problems=lettered.problems,
        )


def covered(proofs: Proofs, facts: FilmFacts | None, proposals: Sequence[Nominee], names: Lettered) -> set[str]:
    """Canvases that an approved picture fits, with a name on it where one belongs; looks no further than all of them.

    Where no name of the title can be set, nothing is published on a canvas that carries one.
    """
    wanted = {canvas.name for canvas in proofs.canvases if names.shown or not canvas.treatment}
    reached = set[str]()
    for one in proposals:
        if one.standing.verdict == APPROVED and not wanted <= reached:
            # One still that is damaged or gone must not close the whole title: it covers nothing.
            with suppress(StoreError):
                found = proofs.of(one.frame, facts, one.standing.focus)
                reached |= {proof.canvas.name for proof in found if proof.crop is not None}
    return reached & wanted
