"""The scripted reviewer knows who is in the sample films by their storyboards, and leaves alone what people named."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from review_builders import TITLE, stock

from artwork.errors import UnknownTitle
from artwork.film.storyboard import Storyboard
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.naming import key_of, naming
from pipelines.players import PLAYERS, billing, name_players
from pipelines.samples import sample_storyboards

BOARDS = {board.id: board for board in sample_storyboards()}
KEEPER = BOARDS["the-keeper-of-gull-rock"]


def names_in(store: Path, board: Storyboard, *people: tuple[str, str]) -> tuple[int, dict[str, str]]:
    """How many faces were named, and who is in which frame, after people named somebody first."""
    with closing(Catalog.open(store)) as catalog:
        journal = Journal(catalog.database)
        for frame, name in people:
            journal.append(board.id, [naming(key_of(frame, 0), name, {frame: [(0.47, 0.39)]}, 0)], "Ana")
        count = name_players(catalog, journal, board, "script")
        names = journal.names(board.id)
        found = {frame.id: names.of(frame)[0] for frame in catalog.frames(board.id) if names.of(frame)}
        assert name_players(catalog, journal, board, "script") == 0
    return count, found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The keeper's film as twelve frames at 24 a second, two a shot of four seconds; the odd ones show a face."""
    stock(tmp_path / "store", frames=12, shots=6, title=replace(TITLE, id=KEEPER.id))
    return tmp_path / "store"


def test_who_is_billed_are_the_roles_and_the_photographs() -> None:
    assert billing(KEEPER) == ("The Keeper", "The Daughter", "The Astronaut", "The Photographer")
    assert billing(BOARDS["nine-past-midnight"])[0] == "The Photographer"  # a role and a photograph, told once
    assert not set(billing(BOARDS["a-cat-in-high-places"])) & set(PLAYERS.values())


def test_faces_are_named_where_the_storyboard_shows_a_player(store: Path) -> None:
    """The photographer is seen from 9.7 to 12.9 s, the astronaut from 19.9 to 22.3; f7 is at 12.3, f11 at 20.3."""
    count, found = names_in(store, KEEPER)
    assert count == 2
    assert found == dict.fromkeys(("f1", "f3", "f5", "f9"), "") | {"f7": "The Photographer", "f11": "The Astronaut"}


@pytest.mark.parametrize("name", ["Somebody I know", ""])
def test_what_people_named_and_what_they_cleared_stands(store: Path, name: str) -> None:
    count, found = names_in(store, KEEPER, ("f7", name))
    assert (count, found["f7"], found["f11"]) == (1, name, "The Astronaut")


def test_a_film_that_was_not_ingested_is_told(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog, pytest.raises(UnknownTitle):
        name_players(catalog, Journal(catalog.database), BOARDS["the-last-orbit"], "script")
