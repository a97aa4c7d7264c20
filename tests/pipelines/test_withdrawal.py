"""What was published and is rejected afterwards is withdrawn; what is taken back, comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, come_in, stock

from artwork.domain import content_id
from artwork.errors import StoreError
from artwork.review.app import Equipment, create_app
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal
from pipelines.settings import load_settings
from pipelines.verdicts import import_verdicts
from pipelines.withdrawal import LOCK, Withdrawals
from ranking.domain import Option
from ranking.learn.folder import Active, activate, read_active, step_back
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import RenditionEntry, TitleEntry, TitleNotes
from ranking.learn.synthetic import synthetic_files
from ranking.learn.withdrawn import FILE, read_withdrawn

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def option(frame: str) -> str:
    return content_id("candidate", frame)


def judge(catalog: Catalog, frame: str, verdict: str) -> None:
    journal = Journal(catalog.database)
    seen = journal.standings("harbour")[frame].newest if frame in journal.standings("harbour") else 0
    journal.append("harbour", [Change(frame, Action.VERDICT, {"verdict": verdict, "reason": ""}, seen)], "Ana")


def published(name: str, **options: bool) -> TitleEntry:
    """A title of these frames; a frame that was not approved is its fallback."""
    made = [Option(option(frame), name, approved=said, fallback=not said) for frame, said in options.items()]
    renditions = [
        RenditionEntry(content_id(one.id), one.id, "square", synthetic_files(one.id, ((360, 360),))) for one in made
    ]
    return TitleEntry(TitleNotes(name, name), tuple(made), tuple(renditions))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    stock(tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def catalog(store: Path) -> Iterator[Catalog]:
    """f1 and f3 approved and in the snapshot in use, f6 its fallback; and a title that the catalogue does not know."""
    with closing(Catalog.open(store)) as opened:
        judge(opened, "f1", "approved")
        judge(opened, "f3", "approved")
        titles = [published("harbour", f1=True, f3=True, f6=False), published("elsewhere", g1=True)]
        activate(store, Active(write_snapshot(store, Edition(titles, ("square",)), MADE_AT)))
        yield opened


def test_nothing_is_published_and_nothing_is_written(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog:
        assert Withdrawals(store, catalog).refresh() == frozenset()
    assert not (store / FILE).exists()


def test_all_that_is_published_is_still_approved(store: Path, catalog: Catalog) -> None:
    assert Withdrawals(store, catalog).refresh() == frozenset()
    assert read_withdrawn(store) == frozenset()


def test_a_rejected_picture_is_withdrawn_and_an_undo_brings_it_back(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f1", "rejected")
    withdrawals.refresh(("harbour",))
    assert read_withdrawn(store) == {option("f1")}
    Journal(catalog.database).undo("harbour", "Ana")
    withdrawals.refresh(("harbour",))
    assert read_withdrawn(store) == frozenset()


def test_a_picture_that_is_open_again_is_withdrawn_too(store: Path, catalog: Catalog) -> None:
    judge(catalog, "f3", "proposed")
    Withdrawals(store, catalog).refresh()
    assert read_withdrawn(store) == {option("f3")}


def test_a_fallback_that_nobody_approved_stays_unless_it_is_rejected(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f6", "proposed")
    assert withdrawals.refresh() == frozenset()
    judge(catalog, "f6", "rejected")
    assert withdrawals.refresh() == {option("f6")}


def test_only_the_titles_that_changed_are_looked_at_and_the_others_keep_what_was_said(
    store: Path, catalog: Catalog
) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f1", "rejected")
    withdrawals.refresh()
    assert withdrawals.refresh(("elsewhere",)) >= {option("f1")}
    assert withdrawals.refresh(("nowhere",)) >= {option("f1")}


def test_a_new_snapshot_leaves_behind_what_it_does_not_hold(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f1", "rejected")
    withdrawals.refresh()
    fresh = write_snapshot(store, Edition([published("harbour", f3=True)], ("square",)), MADE_AT)
    activate(store, Active(fresh))
    assert withdrawals.refresh() == {option("f1")}  # a step back would show it again
    activate(store, Active(write_snapshot(store, Edition([published("harbour", f6=False)], ("square",)), MADE_AT)))
    assert withdrawals.refresh() == frozenset()


def test_going_back_shows_nothing_that_was_taken_back_since(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    activate(store, Active(write_snapshot(store, Edition([published("harbour", f3=True)], ("square",)), MADE_AT)))
    judge(catalog, "f1", "rejected")
    withdrawals.refresh(("harbour",))
    step_back(store)
    assert read_withdrawn(store) == {option("f1")}


def test_a_former_snapshot_that_was_removed_is_no_trouble(store: Path, catalog: Catalog) -> None:
    former = read_active(store).snapshot
    activate(store, Active(write_snapshot(store, Edition([published("harbour", f3=True)], ("square",)), MADE_AT)))
    shutil.rmtree(store / "snapshot" / former)
    judge(catalog, "f3", "rejected")
    assert Withdrawals(store, catalog).refresh() == {option("f3")}


def test_a_damaged_set_is_written_anew(store: Path, catalog: Catalog) -> None:
    judge(catalog, "f1", "rejected")
    (store / FILE).write_text("{half", "utf-8")
    Withdrawals(store, catalog).refresh(("elsewhere",))
    assert read_withdrawn(store) == {option("f1")}


def test_what_failed_once_is_made_good_by_the_next_change_of_any_title(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f1", "rejected")
    pointer = (store / "active.json").read_bytes()
    (store / "active.json").write_text("{half", "utf-8")
    with pytest.raises(StoreError, match="could not be taken out of service"):
        withdrawals.refresh(("harbour",))
    (store / "active.json").write_bytes(pointer)
    assert withdrawals.refresh(("nowhere",)) == {option("f1")}


def test_a_store_that_cannot_be_written_is_said_to_be(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    judge(catalog, "f1", "rejected")
    (store / LOCK).mkdir()
    with pytest.raises(StoreError, match="could not be taken out of service"):
        withdrawals.refresh(("harbour",))
    (store / LOCK).rmdir()
    assert withdrawals.refresh(("harbour",)) == {option("f1")}


def test_an_import_withdraws(store: Path, catalog: Catalog, tmp_path: Path) -> None:
    del catalog
    file = tmp_path / "verdicts.csv"
    file.write_text("title,frame,verdict\nharbour,f1,rejected\nharbour,f3,approved\n", "utf-8")
    import_verdicts(load_settings(store=str(store)), file, "Ben")
    assert read_withdrawn(store) == {option("f1")}


def test_the_page_withdraws_with_every_change_and_says_when_it_cannot(store: Path, catalog: Catalog) -> None:
    withdrawals = Withdrawals(store, catalog)
    equipment = Equipment(after_change=lambda title: withdrawals.refresh((title,)))
    client = TestClient(
        create_app(catalog, Blobs(store / "blobs"), None, equipment), base_url=ORIGIN, headers={"origin": ORIGIN}
    )
    come_in(client, "Ben")

    def reject(frame: str) -> dict[str, object]:
        seen = Journal(catalog.database).standings("harbour")[frame].newest
        change = {"frame": frame, "seen": seen, "verdict": {"verdict": "rejected", "reason": "dull"}}
        return client.post("/api/titles/harbour/changes", json={"changes": [change]}).json()

    assert reject("f1")["warning"] == ""
    assert read_withdrawn(store) == {option("f1")}
    client.post("/api/titles/harbour/undo")
    assert read_withdrawn(store) == frozenset()
    client.post("/api/titles/harbour/redo")
    assert read_withdrawn(store) == {option("f1")}
    (store / "active.json").write_text("{half", "utf-8")
    told = reject("f3")
    assert str(told["warning"]).startswith("This stands, but what was published could not be taken out of service")
    assert catalog.verdicts("harbour")["f3"] == "rejected"
