"""The catalogue keeps a title stage by stage, each whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from store_builders import (
    AESTHETIC_MODEL,
    EMBED_MODEL,
    FACES,
    FACTS,
    FILM,
    SELECTION,
    SETTINGS,
    SHOTS,
    TITLE,
    annotated,
    appraised,
    held,
    record,
    sampled,
)

from artwork.domain import Candidate, Refusal, SampledFrame, ShotKind, Title, TitleStatus
from artwork.errors import LeaseLost, StoreError, UnknownTitle
from artwork.store.catalog import Catalog
from artwork.store.records import FilmFile, Scan, Selection, Stage, TitleRecord


def test_an_empty_catalogue_holds_no_title(catalog: Catalog) -> None:
    assert catalog.titles() == []
    assert catalog.stage_fingerprint("sintel", Stage.SCAN) is None


@pytest.mark.parametrize(
    "question", ["title", "stages", "shots", "frames", "scanned_frames", "appraisals", "refusals", "candidates"]
)
def test_asking_about_an_unknown_title_names_it(catalog: Catalog, question: str) -> None:
    with pytest.raises(UnknownTitle, match="no title 'nobody'"):
        getattr(catalog, question)("nobody")


def test_what_was_recorded_comes_back(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
    assert catalog.title("sintel") == TitleRecord(TITLE, FILM, FACTS, FACES, TitleStatus.OK)
    assert catalog.titles() == [catalog.title("sintel")]
    assert catalog.shots("sintel") == [*SHOTS[:3], replace(SHOTS[3], kind=ShotKind.CREDITS)]
    assert list(catalog.scanned_frames("sintel")) == list(sampled())
    assert list(catalog.frames("sintel")) == list(annotated())
    assert list(catalog.appraisals("sintel")) == list(appraised())
    assert [list(one.vector) for one in catalog.appraisals("sintel")] == np.eye(4).tolist()
    assert catalog.appraisal_models("sintel") == (EMBED_MODEL, AESTHETIC_MODEL)
    assert catalog.refusals("sintel") == list(SELECTION.refusals)
    assert catalog.candidates("sintel") == list(SELECTION.candidates)
    assert catalog.stages("sintel") == dict.fromkeys(Stage, SETTINGS)


def test_frames_may_be_asked_for_by_id(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
    assert [frame.id for frame in catalog.frames("sintel", only=["f3", "f1", "f9"])] == ["f1", "f3"]
    assert [one.frame_id for one in catalog.appraisals("sintel", only={"f2"})] == ["f2"]
    assert list(catalog.frames("sintel", only=[])) == []


def test_a_title_without_shots_or_frames_can_be_recorded(catalog: Catalog) -> None:
    with held(catalog) as lease:
        catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, ()), iter(()), SETTINGS)
        catalog.record_annotations(lease, FACES, (), (), SETTINGS)
        catalog.record_appraisals(lease, EMBED_MODEL, AESTHETIC_MODEL, (), SETTINGS)
        catalog.record_selection(lease, Selection((), (), TitleStatus.PARTIAL, "nothing in it"), SETTINGS)
    assert catalog.title("sintel").reason == "nothing in it"
    assert list(catalog.frames("sintel")) == []
    assert catalog.appraisal_models("sintel") is None


@pytest.mark.parametrize(
    ("again", "left"),
    [
        (Stage.SCAN, {"frames": 4, "annotated": 0, "appraisals": 0, "refusals": 0, "candidates": 0}),
        (Stage.ANNOTATE, {"frames": 4, "annotated": 4, "appraisals": 0, "refusals": 0, "candidates": 0}),
        (Stage.EMBED, {"frames": 4, "annotated": 4, "appraisals": 4, "refusals": 0, "candidates": 0}),
        (Stage.SELECT, {"frames": 4, "annotated": 4, "appraisals": 4, "refusals": 0, "candidates": 1}),
    ],
)
def test_doing_a_stage_again_removes_what_lay_behind_it(catalog: Catalog, again: Stage, left: dict[str, int]) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        if again is Stage.SCAN:
            catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS), sampled(), "new")
        elif again is Stage.ANNOTATE:
            catalog.record_annotations(lease, FACES, SHOTS, annotated(brightness=0.25), "new")
        elif again is Stage.EMBED:
            catalog.record_appraisals(lease, EMBED_MODEL, AESTHETIC_MODEL, appraised(), "new")
        else:
            catalog.record_selection(lease, Selection((), (Candidate("c3", "f3", 1, 0.1),)), "new")
    order = list(Stage)
    done = order[: order.index(again) + 1]
    assert catalog.stages("sintel") == {stage: "new" if stage is again else SETTINGS for stage in done}
    assert (catalog.title("sintel").status is TitleStatus.OK) == (again is Stage.SELECT)
    found = {
        "frames": len(list(catalog.scanned_frames("sintel"))),
        "annotated": len(list(catalog.frames("sintel"))),
        "appraisals": len(list(catalog.appraisals("sintel"))),
        "refusals": len(catalog.refusals("sintel")),
        "candidates": len(catalog.candidates("sintel")),
    }
    assert found == left


def test_a_stage_cannot_be_recorded_before_the_one_before_it(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease, Stage.SCAN)
        with pytest.raises(StoreError, match="embed comes after scan and annotate"):
            catalog.record_appraisals(lease, EMBED_MODEL, AESTHETIC_MODEL, appraised(), SETTINGS)
    assert catalog.stages("sintel") == {Stage.SCAN: SETTINGS}


def test_an_iterator_that_fails_half_way_leaves_the_catalogue_as_it_was(catalog: Catalog) -> None:
    def broken() -> Iterator[SampledFrame]:
        yield from sampled(2)
        raise RuntimeError("the spool is torn")

    with held(catalog) as lease:
        record(catalog, lease)
        with pytest.raises(RuntimeError, match="torn"):
            catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS), broken(), "new")
    assert catalog.stages("sintel") == dict.fromkeys(Stage, SETTINGS)
    assert catalog.candidates("sintel") == list(SELECTION.candidates)


def test_a_frame_of_a_shot_that_is_not_there_is_refused(catalog: Catalog) -> None:
    with held(catalog) as lease, pytest.raises(StoreError, match="FOREIGN KEY"):
        catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS[:2]), sampled(), SETTINGS)
    assert catalog.titles() == []


@pytest.mark.parametrize("count", [3, 5])
def test_annotations_must_be_those_of_the_sampled_frames(catalog: Catalog, count: int) -> None:
    with held(catalog) as lease:
        record(catalog, lease, Stage.SCAN)
        with pytest.raises(StoreError, match=f"{count} annotations for 4 sampled frames"):
            catalog.record_annotations(lease, FACES, SHOTS, annotated(count), SETTINGS)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused_where_it_comes_in(catalog: Catalog, number: float) -> None:
    with held(catalog) as lease:
        record(catalog, lease, Stage.EMBED)
        with pytest.raises(StoreError, match="not finite"):
            catalog.record_selection(lease, Selection((Refusal("f0", "black", number, 0.1),), ()), SETTINGS)
        with pytest.raises(StoreError, match="not finite"):
            catalog.record_annotations(lease, FACES, SHOTS, annotated(brightness=number), SETTINGS)
        vectors = [replace(one, vector=np.full(4, number, np.float32)) for one in appraised()]
        with pytest.raises(StoreError, match="not finite"):
            catalog.record_appraisals(lease, EMBED_MODEL, AESTHETIC_MODEL, vectors, SETTINGS)


def test_a_frame_is_a_candidate_once(catalog: Catalog) -> None:
    twice = (Candidate("c1", "f1", 1, 0.9), Candidate("c2", "f1", 2, 0.8))
    with held(catalog) as lease:
        record(catalog, lease, Stage.EMBED)
        with pytest.raises(StoreError, match="UNIQUE"):
            catalog.record_selection(lease, Selection((), twice), SETTINGS)


def test_without_its_lease_nothing_is_recorded(catalog: Catalog) -> None:
    lease = held(catalog)
    lease.release()
    with pytest.raises(LeaseLost, match="'sintel' was taken over"):
        record(catalog, lease)
    assert catalog.titles() == []


def test_the_lease_of_one_title_does_not_record_another(catalog: Catalog) -> None:
    with held(catalog, "elsewhere") as lease, pytest.raises(ValueError, match="'elsewhere', not of 'sintel'"):
        catalog.record_title(lease, TITLE)


def test_a_film_out_of_reach_costs_nothing_of_its_earlier_results(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        catalog.record_refused_title(lease, TITLE, "the share is not mounted")
        refused = catalog.title("sintel")
        assert (refused.status, refused.refused) == (TitleStatus.REFUSED, "the share is not mounted")
        assert refused.film == FILM
        assert catalog.candidates("sintel") == list(SELECTION.candidates)
        assert catalog.stages("sintel") == dict.fromkeys(Stage, SETTINGS)
        catalog.record_title(lease, replace(TITLE, year=2011))
    again = catalog.title("sintel")
    assert (again.status, again.refused, again.title.year) == (TitleStatus.OK, None, 2011)


def test_a_film_that_never_gave_anything_is_a_refused_title(catalog: Catalog) -> None:
    with held(catalog) as lease:
        catalog.record_refused_title(lease, TITLE, "no video")
    assert catalog.title("sintel") == TitleRecord(TITLE, refused="no video")
    assert catalog.shots("sintel") == []


def test_a_damaged_film_stays_known_as_such_until_it_is_selected(catalog: Catalog) -> None:
    with held(catalog) as lease:
        catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS, "breaks off at 3.2 s"), sampled(), SETTINGS)
    record_now = catalog.title("sintel")
    assert (record_now.status, record_now.reason) == (None, "breaks off at 3.2 s")


def test_verdicts_outlive_a_new_selection_and_a_new_scan(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        catalog.record_verdict("sintel", "f2", "approved")
        catalog.record_verdict("sintel", "f1", "approved")
        catalog.record_verdict("sintel", "f1", "rejected")
        record(catalog, lease, settings="new")
    assert catalog.verdicts("sintel") == {"f1": "rejected", "f2": "approved"}


def test_a_verdict_needs_a_title(catalog: Catalog) -> None:
    with pytest.raises(UnknownTitle):
        catalog.record_verdict("nobody", "f1", "approved")


def test_two_titles_may_hold_the_same_frames(catalog: Catalog) -> None:
    other = replace(TITLE, id="copy", location="/films/copy.mp4")
    with held(catalog) as lease, held(catalog, "copy") as second:
        record(catalog, lease)
        catalog.record_scan(second, other, Scan(FilmFile("e", 1), FACTS, SHOTS), sampled(3), SETTINGS)
    assert len(list(catalog.scanned_frames("copy"))) == 3
    assert len(list(catalog.scanned_frames("sintel"))) == 4


def test_frames_are_streamed_while_their_title_is_recorded_anew(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        frames = catalog.frames("sintel")
        first = next(frames)
        record(catalog, lease, Stage.SCAN)
        assert [first, *frames] == list(annotated())
    assert list(catalog.frames("sintel")) == []


def test_one_moment_holds_while_others_record(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        with catalog.at_one_moment() as then:
            record(catalog, lease, Stage.SCAN)
            assert then.title("sintel").status is TitleStatus.OK
            assert then.candidates("sintel") == list(SELECTION.candidates)
            assert list(then.frames("sintel")) == list(annotated())
            assert catalog.candidates("sintel") == []


def test_text_of_any_kind_comes_back(catalog: Catalog) -> None:
    strange = Title("x", "/films/\u202e'; DROP TABLE titles;--.mp4", "\U0001f3ac\n\ttab", extra={"": "", "k|;": '"'})
    with held(catalog, "x") as lease:
        catalog.record_title(lease, strange)
    assert catalog.title("x").title == strange


def test_a_damaged_row_is_one_line(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
    with catalog.database.writing() as connection:
        connection.execute(sa.text("UPDATE frames SET annotation = '{}' WHERE id = 'f1'"))
        connection.execute(sa.text("UPDATE shots SET time_base = 'soon'"))
    with pytest.raises(StoreError, match=r"store/catalog\.db: a row is damaged"):
        list(catalog.frames("sintel"))
    with pytest.raises(StoreError, match="a row is damaged"):
        catalog.shots("sintel")


def test_a_selection_ends_ok_or_partial() -> None:
    with pytest.raises(ValueError, match="not refused"):
        Selection((), (), TitleStatus.REFUSED)


def test_a_full_disk_is_one_line(catalog: Catalog) -> None:
    """A database that may not grow behaves as a full disk does: SQLITE_FULL."""
    with held(catalog) as lease:
        with catalog.database.engine.connect() as connection:
            pages = connection.scalar(sa.text("PRAGMA page_count"))

        def limit(raw: sqlite3.Connection, _record: object) -> None:
            raw.execute(f"PRAGMA max_page_count={pages}")

        catalog.close()
        sa.event.listen(catalog.database.engine, "connect", limit)
        many = (replace(frame, still="x" * 5000) for frame in sampled())
        with pytest.raises(StoreError, match="database or disk is full"):
            catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS), many, SETTINGS)
    assert catalog.titles() == []
