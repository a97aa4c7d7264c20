"""The people of the sample films: two photographs that play in several of them, and where the storyboards show them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from artwork.domain import AnnotatedFrame
from artwork.film.storyboard import Storyboard
from artwork.store.catalog import Catalog
from artwork.store.entries import Change
from artwork.store.journal import Journal
from artwork.store.naming import Names, Spot, key_of, naming, spot

PLAYERS: Mapping[str, str] = {"astronaut": "The Astronaut", "camera": "The Photographer"}
"""Whom a storyboard's picture shows, called by what the photograph is of: these are nobody's names."""
RULE = (
    "Where a storyboard puts one photograph of a person into a shot, the largest face of each of its frames is given "
    f"that person's name: {' or '.join(PLAYERS.values())}."
)


def billing(board: Storyboard) -> tuple[str, ...]:
    """Who is in a sample film: its roles, and the photographs that play in it."""
    shown = {layer.picture for plan in board.shots for layer in plan.layers}
    return tuple(dict.fromkeys((*board.cast, *(name for picture, name in PLAYERS.items() if picture in shown))))


def name_players(catalog: Catalog, journal: Journal, board: Storyboard, reviewer: str) -> int:
    """The players of a sample film have their names; on how many faces. Where a person named anybody, that stands.

    Raises:
        UnknownTitle: the film was not ingested.
        StoreError: the journal cannot be written.
    """
    changes = list(_namings(catalog.frames(board.id), board, journal.names(board.id)))
    if changes:
        journal.append(board.id, changes, reviewer)
    return sum(len(spots) for change in changes for spots in change.content["faces"].values())


def _namings(frames: Iterable[AnnotatedFrame], board: Storyboard, names: Names) -> Iterator[Change]:
    shots = board.true_shots()
    begins = [shot.start.exact for shot in shots]
    seen: defaultdict[str, dict[str, list[Spot]]] = defaultdict(dict)
    for frame in frames:
        faces = frame.annotation.contextual.faces
        if not faces or frame.id in names.given:
            continue
        number = bisect_right(begins, frame.at.exact) - 1
        here = {PLAYERS[layer.picture] for layer in board.shots[number].layers if layer.picture in PLAYERS}
        if len(here) == 1 and shots[number].clear_start <= frame.at < shots[number].clear_end:
            seen[here.pop()][frame.id] = [spot(faces[0])]
    for name, spots in sorted(seen.items()):
        key = key_of(next(iter(spots)), 0)
        yield naming(key, name, spots, names.heads.get(key, 0))
