"""What people decide is written down once, in a chain, and nothing of it is lost."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from store_builders import held, record

from artwork.domain import AnnotatedFrame, Appraisal, ModelRef, Theme, Timecode
from artwork.errors import StoreError
from artwork.store.addition import Addition, addition_from_json, addition_to_json
from artwork.store.catalog import Catalog
from artwork.store.entries import GENESIS, Action, Change, Entry, check_chain
from artwork.store.journal import Journal
from artwork.store.slate import approved, slate
from artwork.store.standing import live, standings


@pytest.fixture
def stocked(catalog: Catalog) -> Catalog:
    with held(catalog) as lease:
        record(catalog, lease)
    return catalog


@pytest.fixture
def journal(stocked: Catalog) -> Journal:
    ticks = count()
    return Journal(stocked.database, lambda: datetime.fromtimestamp(1_700_000_000 + next(ticks), UTC))


def verdict(frame: str, word: str, seen: int = 0, reason: str = "") -> Change:
    return Change(frame, Action.VERDICT, {"verdict": word, "reason": reason}, seen)


def test_a_journal_without_entries_is_whole(journal: Journal) -> None:
    check = journal.check()
    assert (check.entries, check.head, check.whole) == (0, GENESIS, True)
    assert (journal.head(), journal.since(0), journal.standings("sintel")) == (0, [], {})


def test_a_verdict_is_an_entry_and_a_row_that_listings_read(journal: Journal, stocked: Catalog) -> None:
    [entry] = journal.append("sintel", [verdict("f2", "approved")], "Ana").entries
    assert (entry.number, entry.batch, entry.previous, entry.at) == (1, 1, GENESIS, "2023-11-14T22:13:20.000+00:00")
    assert stocked.verdicts("sintel") == {"f2": "approved"}
    standing = journal.standings("sintel")["f2"]
    assert (standing.verdict, standing.newest, standing.reviewer) == ("approved", 1, "Ana")


def test_undo_is_a_new_entry_and_redo_another(journal: Journal, stocked: Catalog) -> None:
    journal.append("sintel", [verdict("f2", "approved")], "Ana")
    journal.append("sintel", [verdict("f2", "rejected", 1, "spoiler")], "Ana")
    journal.undo("sintel", "Ana")
    assert journal.standings("sintel")["f2"].verdict == "approved"
    journal.undo("sintel", "Ana")
    assert stocked.verdicts("sintel") == {}
    journal.redo("sintel", "Ana")
    assert stocked.verdicts("sintel") == {"f2": "approved"}
    journal.redo("sintel", "Ana")
    assert journal.standings("sintel")["f2"].reason == "spoiler"
    assert journal.redo("sintel", "Ana").entries == ()
    assert [(entry.number, entry.undoes) for entry in journal.entries("sintel")] == [
        (1, None), (2, None), (3, 2), (4, 1), (5, 4), (6, 3),
    ]  # fmt: skip
    assert journal.check().whole


def test_undo_takes_back_a_whole_act_and_only_ones_own(journal: Journal) -> None:
    journal.append("sintel", [verdict("f0", "approved")], "Ben")
    journal.append("sintel", [verdict("f1", "rejected"), verdict("f2", "rejected")], "Ana")
    assert len(journal.undo("sintel", "Ana").entries) == 2
    assert journal.undo("sintel", "Ana").entries == ()
    assert {frame: one.verdict for frame, one in journal.standings("sintel").items()} == {
        "f0": "approved",
        "f1": "proposed",
        "f2": "proposed",
    }


def test_a_conflicting_change_is_told_and_the_others_are_made(journal: Journal) -> None:
    journal.append("sintel", [verdict("f2", "approved")], "Ana")
    outcome = journal.append("sintel", [verdict("f2", "rejected"), verdict("f1", "rejected")], "Ben")
    assert [entry.frame for entry in outcome.entries] == ["f1"]
    [conflict] = outcome.conflicts
    assert (conflict.change.frame, conflict.standing.reviewer, conflict.standing.verdict) == ("f2", "Ana", "approved")


def test_undo_of_what_another_changed_since_is_a_conflict(journal: Journal) -> None:
    journal.append("sintel", [verdict("f2", "approved")], "Ana")
    journal.append("sintel", [verdict("f2", "rejected", 1)], "Ben")
    outcome = journal.undo("sintel", "Ana")
    assert (outcome.entries, outcome.conflicts[0].standing.reviewer) == ((), "Ben")


def test_focus_note_and_proposal_stand_beside_the_verdict(journal: Journal) -> None:
    journal.append("sintel", [Change("f0", Action.FOCUS, {"x": 0.25, "y": 0.5})], "Ana")
    journal.append("sintel", [Change("f0", Action.NOTE, {"note": "lo\0ok \U0001f600 <b>"}, 1)], "Ana")
    journal.append("sintel", [Change("f0", Action.PROPOSE, {}, 2)], "Ana")
    standing = journal.standings("sintel")["f0"]
    assert (standing.focus, standing.note, standing.proposed) == ((0.25, 0.5), "lo\0ok \U0001f600 <b>", True)
    journal.append("sintel", [Change("f0", Action.FOCUS, {}, 3)], "Ana")
    assert journal.standings("sintel")["f0"].focus is None


def test_the_database_refuses_to_change_or_remove_an_entry(journal: Journal, stocked: Catalog) -> None:
    journal.append("sintel", [verdict("f2", "approved")], "Ana")
    for change in ("UPDATE reviews SET reviewer = 'Eve'", "DELETE FROM reviews"):
        with pytest.raises(StoreError, match="the journal of reviews only grows"), stocked.database.writing() as raw:
            raw.execute(sa.text(change))


def test_an_entry_changed_behind_the_triggers_is_found(journal: Journal, stocked: Catalog) -> None:
    for number in range(3):
        journal.append("sintel", [verdict(f"f{number}", "approved")], "Ana")
    with stocked.database.writing() as raw:
        raw.execute(sa.text("DROP TRIGGER reviews_no_update"))
        raw.execute(sa.text("UPDATE reviews SET reviewer = 'Eve' WHERE number = 2"))
    check = journal.check()
    assert (check.whole, check.entries, check.broken_at) == (False, 1, 2)


def test_the_slate_holds_the_short_list_and_what_people_proposed(journal: Journal, stocked: Catalog) -> None:
    taken = next(iter(stocked.frames("sintel", ["f3"])))
    added = replace(taken, id="f9", at=Timecode(90, taken.at.time_base), still="cd/" + "cd" * 32 + ".jpg")
    journal.append("sintel", [Change("f9", Action.PROPOSE, addition_to_json(Addition(added)))], "Ana")
    journal.append("sintel", [Change("f0", Action.PROPOSE)], "Ana")
    journal.append("sintel", [verdict("f9", "approved", 1), verdict("f1", "approved")], "Ana")
    found = slate(stocked, journal, "sintel")
    assert [(one.candidate.frame_id, one.candidate.rank, one.by_hand) for one in found] == [
        ("f2", 1, False),
        ("f1", 2, False),
        ("f0", 3, True),
        ("f9", 4, True),
    ]
    assert found[3].frame == added
    assert isinstance(found[3].frame, AnnotatedFrame)
    assert [one.candidate.frame_id for one in approved(stocked, journal, "sintel")] == ["f1", "f9"]


def test_an_added_frame_keeps_what_its_model_said_of_it(journal: Journal, stocked: Catalog) -> None:
    taken = next(iter(stocked.frames("sintel", ["f3"])))
    model = ModelRef("builtin", "1" * 16)
    vector = np.array([0.6, -0.8, 1e-7], np.float32)
    addition = Addition(replace(taken, id="f9"), Appraisal("f9", vector, 5.25, (Theme("mood", "calm", 0.5),)), model)
    journal.append("sintel", [Change("f9", Action.PROPOSE, addition_to_json(addition))], "Ana")
    found = slate(stocked, journal, "sintel")[-1].addition
    assert found == addition
    assert found.appraised_by(model).vector.tobytes() == vector.tobytes()
    assert found.appraised_by(ModelRef("another", "1" * 16)) is None
    assert found.appraised_by(None) is None


def test_an_added_frame_that_is_proposed_again_is_still_there(journal: Journal, stocked: Catalog) -> None:
    """A second proposal names the frame without its content: what the first said of it still holds."""
    taken = next(iter(stocked.frames("sintel", ["f3"])))
    journal.append("sintel", [Change("f9", Action.PROPOSE, addition_to_json(Addition(replace(taken, id="f9"))))], "Ana")
    journal.append("sintel", [Change("f9", Action.PROPOSE, {}, 1)], "Ben")
    assert slate(stocked, journal, "sintel")[-1].frame.id == "f9"


@pytest.mark.parametrize("damage", [{"vector": "?"}, {"aesthetic": None}, {"model": {}}, {"themes": 3}])
def test_an_added_frame_that_is_damaged_is_said_to_be(stocked: Catalog, damage: dict[str, object]) -> None:
    taken = next(iter(stocked.frames("sintel", ["f3"])))
    whole = addition_to_json(Addition(taken, Appraisal("f3", np.ones(1, np.float32), 5.0), ModelRef("m", "d")))
    with pytest.raises(StoreError, match="the journal holds a frame that is none"):
        addition_from_json(whole | {"appraisal": whole["appraisal"] | damage})
    with pytest.raises(StoreError, match="the journal holds a frame that is none"):
        addition_from_json({})


def test_two_processes_write_one_chain(store: Path, stocked: Catalog) -> None:
    with closing(Catalog.open(store)) as other:
        for number, catalog in enumerate([stocked, other] * 3):
            Journal(catalog.database).append("sintel", [verdict(f"f{number}", "rejected")], "Ana")
        assert Journal(other.database).check().entries == 6


def entry(number: int, undoes: int | None) -> Entry:
    action = Action.NOTE if undoes is None else Action.UNDO
    content = {"note": str(number)} if undoes is None else {}
    return Entry(number, "t", "f", action, content, undoes, number, "Ana", "", "", "")


@given(st.lists(st.integers(0, 8), max_size=9))
def test_undoing_what_was_undone_leaves_things_as_they_were(choices: list[int]) -> None:
    """Law: an undo, and an undo of that undo, change nothing about how things stand."""
    entries: list[Entry] = []
    for number, choice in enumerate(choices, 1):
        entries.append(entry(number, choice if 0 < choice < number else None))
    size = len(entries)
    again = [*entries, entry(size + 1, size), entry(size + 2, size + 1)] if entries else []
    assert [one.number for one in live(again)][: len(live(entries))] == [one.number for one in live(entries)]
    if entries:
        assert standings(again)["f"].note == standings(entries)["f"].note


def test_a_chain_with_a_gap_is_broken_where_the_gap_is() -> None:
    first = replace(entry(1, None), previous=GENESIS).sealed()
    third = replace(entry(3, None), previous=first.digest).sealed()
    assert check_chain([first, third]).broken_at == 3


def test_a_change_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="a verdict is one of proposed, approved, rejected, not 'maybe'"):
        verdict("f", "maybe")
    with pytest.raises(ValueError, match=r"focal point \(1.5, 0\) does not lie in the frame"):
        Change("f", Action.FOCUS, {"x": 1.5, "y": 0})
