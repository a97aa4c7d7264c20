"""The slate of a title: every frame proposed as artwork, by the software or by a person, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artwork.domain import AnnotatedFrame, Candidate, content_id
from artwork.store.addition import Addition, addition_from_json
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED
from artwork.store.journal import Journal
from artwork.store.standing import UNTOUCHED, Standing


@dataclass(frozen=True, slots=True)
class Nominee:
    """A candidate on the slate: its frame, and what people said of it.

    by_hand: a person proposed it. addition: what the journal keeps of a frame that no scan has kept; None for others.
    """

    candidate: Candidate
    frame: AnnotatedFrame
    standing: Standing
    by_hand: bool = False
    addition: Addition | None = None


def slate(catalog: Catalog, journal: Journal, title: str) -> list[Nominee]:
    """The candidates of a title: those of the short list by rank, then those that people made, in the film's order.

    A candidate of an earlier scan, approved then and not on the new short list, is not lost where its frame is still
    there: it counts as made by hand.

    Raises:
        UnknownTitle: there is no such title.
    """
    candidates = {candidate.frame_id: candidate for candidate in catalog.candidates(title)}
    said = journal.standings(title)
    frames = {frame.id: frame for frame in catalog.frames(title, {*candidates, *_kept(said)})}
    return slate_of(candidates, frames, said)


def slate_of(
    candidates: Mapping[str, Candidate], frames: Mapping[str, AnnotatedFrame], said: Mapping[str, Standing]
) -> list[Nominee]:
    """The slate, from what is at hand.

    Args:
        candidates: of the short list, by frame, in the order of their ranks.
        frames: at least those of the candidates and those that people said something of, by id.
        said: how things stand, by frame.

    Raises:
        StoreError: the journal holds a frame that is none.
    """
    kept = _kept(said)
    added = {name: addition_from_json(said[name].added or {}) for name in kept - set(frames) if said[name].added}
    at_hand = {name: one.frame for name, one in added.items()} | {name: frames[name] for name in kept & set(frames)}
    by_hand = sorted((at_hand[name] for name in set(at_hand) - set(candidates)), key=lambda one: (one.at, one.id))
    listed = [Nominee(candidate, frames[name], said.get(name, UNTOUCHED)) for name, candidate in candidates.items()]
    made = [
        Nominee(
            Candidate(content_id("candidate", frame.id), frame.id, rank, 0.0),
            frame,
            said[frame.id],
            by_hand=True,
            addition=added.get(frame.id),
        )
        for rank, frame in enumerate(by_hand, len(listed) + 1)
    ]
    return listed + made


def _kept(said: Mapping[str, Standing]) -> set[str]:
    """Frames that people made candidates, or approved."""
    return {frame for frame, standing in said.items() if standing.proposed or standing.verdict == APPROVED}


def approved(catalog: Catalog, journal: Journal, title: str) -> list[Nominee]:
    """The proposals that a person approved: what may be published, in the order of the slate."""
    return [proposal for proposal in slate(catalog, journal, title) if proposal.standing.verdict == APPROVED]
