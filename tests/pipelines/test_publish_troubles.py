"""What cannot be published costs its title alone, is told, and leaves what was served as it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from published_films import (
    FITS,
    by_title,
    change_title,
    in_use,
    judge,
    make_film,
    option,
    run,
    settings_of,
    stock,
)
from structlog.testing import capture_logs

from artwork.domain import ModelRef, Title, TitleStatus, content_id
from artwork.errors import StoreError
from artwork.film.isolation import Limits
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.lease import acquire
from artwork.store.records import CanvasRecord, FileRecord, Scan
from pipelines.composing import ComposeJob, Studio, compose_in_child
from pipelines.difference import difference
from pipelines.publish import LEASE, publish
from ranking.errors import SnapshotError
from ranking.learn.folder import read_active


def test_a_term_that_cannot_be_read_leaves_the_title_as_it_was(store: Path) -> None:
    change_title(store, "hill", extra={"opens": "soon"})
    change_title(store, "shore", extra={"spoils_until": "some"})
    before = in_use(store)
    ended = run(store)
    assert "opens 'soon' cannot be used" in by_title(ended)["hill"].reason
    assert by_title(ended)["hill"].status is TitleStatus.PARTIAL
    assert in_use(store) == before


@pytest.mark.parametrize("fate", ["gone", "changed"])
def test_a_film_that_is_gone_or_changed_costs_its_title_alone(fate: str, store: Path, tmp_path: Path) -> None:
    """Its published artwork stays; what was rejected meanwhile does not; the other title goes on."""
    judge(store, "hill", "approved", 1)
    run(store)
    other = tmp_path / "other.mp4"
    if fate == "changed":
        make_film(other, seed=50)
    change_title(store, "hill", location=str(other))
    judge(store, "hill", "approved", 2)
    judge(store, "hill", "rejected", 0)
    judge(store, "shore", "approved", 0)
    reports = by_title(run(store))
    assert reports["hill"].status is TitleStatus.PARTIAL
    assert ("no such file" if fate == "gone" else "another film") in reports["hill"].reason.lower()
    assert [one.id for one in in_use(store)["hill"].options] == [option("hill", 1)]
    assert reports["shore"].status is TitleStatus.OK


def test_a_film_that_is_gone_before_anything_was_published_is_a_refused_title(stocked: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(stocked, tmp_path / "store"))
    change_title(store, "hill", location=str(tmp_path / "nowhere.mp4"))
    reports = by_title(run(store))
    assert reports["hill"].status is TitleStatus.REFUSED
    assert set(in_use(store)) == {"shore"}


def test_a_picture_that_fits_no_canvas_is_told_canvas_by_canvas(tmp_path: Path) -> None:
    """A film of 256 x 144: all but the square and the thumbnail would have to be enlarged too much."""
    store = tmp_path / "store"
    stock(store, [Title("small", str(make_film(tmp_path / "small.mp4", 256, 144)), "Small")])
    judge(store, "small", "approved", 0)
    first, second = run(store), run(store)
    for report in (first.reports[0], second.reports[0]):
        assert {one.canvas for one in report.left_out} == FITS - {"square", "thumbnail"}
        assert all("enlarged too much" in one.reason for one in report.left_out)
    assert not first.refused
    assert "left out: the frame would have to be enlarged too much: banner 1 of 1, billboard 1 of 1" in str(
        first.reports[0]
    )


def test_a_name_without_letters_leaves_the_fallback_on_the_canvases_without_a_name(store: Path) -> None:
    """One picture is enough for them: no other is composed, hoping for a canvas that no picture can fill."""
    change_title(store, "shore", name="\U0001f9df")
    report = by_title(run(store))["shore"]
    assert "U+1F9DF" in report.reason
    assert (report.status, report.options, report.renditions, report.composed) == (TitleStatus.PARTIAL, 1, 1, 1)


def test_a_title_that_another_model_embedded_has_no_vectors_and_is_told(
    store: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two models do not compare: zeros are like nothing."""
    monkeypatch.setattr("published_films.MODEL", ModelRef("another", "f" * 16))
    stock(store, [Title("dune", str(film), "The Dune")])
    with capture_logs() as logs:
        run(store)
    [told] = [line for line in logs if line["log_level"] == "warning"]
    assert (told["title"], "ingest it again" in told["event"]) == ("dune", True)
    vectors = {title: {any(one.vector) for one in entry.options} for title, entry in in_use(store).items()}
    assert vectors == {"hill": {True}, "shore": {True}, "dune": {False}}


def test_a_damaged_row_costs_its_title_alone_until_it_is_deleted(store: Path) -> None:
    """What the title had published stays, less what was rejected; the others are published."""
    judge(store, "hill", "approved", 1)
    run(store)
    before = in_use(store)
    judge(store, "hill", "rejected", 0)
    judge(store, "shore", "approved", 0)
    _sql(store, "UPDATE renditions SET content = '{' WHERE title = 'hill' AND canvas = 'boxart'")
    [planned] = [change for change in difference(settings_of(store)) if change.title == "hill"]
    assert "table renditions is damaged" in planned.reason
    reports = by_title(run(store))
    assert (reports["hill"].status, reports["shore"].status) == (TitleStatus.PARTIAL, TitleStatus.OK)
    assert "canvas 'boxart'" in str(reports["hill"])
    assert "delete that row" in str(reports["hill"])
    assert in_use(store)["hill"].options == tuple(one for one in before["hill"].options if one.id == option("hill", 1))
    assert in_use(store)["shore"] != before["shore"]
    _sql(store, "DELETE FROM renditions WHERE title = 'hill' AND canvas = 'boxart'")
    assert by_title(run(store))["hill"].status is TitleStatus.OK


def test_a_damaged_row_before_anything_was_published_is_a_refused_title(store: Path) -> None:
    (store / "active.json").unlink()
    _sql(store, "UPDATE renditions SET content = '{' WHERE title = 'hill'")
    assert by_title(run(store))["hill"].status is TitleStatus.REFUSED
    assert set(in_use(store)) == {"shore"}


def _sql(store: Path, statement: str) -> None:
    with closing(Catalog.open(store)) as catalog, catalog.database.writing() as raw:
        raw.execute(sa.text(statement))


def test_two_publishes_at_once_are_one_too_many(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog:
        lease = acquire(catalog.database, LEASE)
        assert lease is not None
        with lease, pytest.raises(StoreError, match="another publish works on this store"):
            run(store)


def test_a_store_that_was_never_filled_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no catalogue"):
        run(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_defect_costs_one_title(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge(store, "hill", "approved", 1)
    judge(store, "shore", "approved", 0)
    real: Callable[..., None] = Studio.compose

    def failing(self: Studio, job, *rest: object) -> None:  # noqa: ANN001  # passed on as it is
        if job.title == "The Hill":
            raise ZeroDivisionError("a slip")
        real(self, job, *rest)

    monkeypatch.setattr(Studio, "compose", failing)
    reports = by_title(run(store))
    assert reports["hill"].status is TitleStatus.PARTIAL
    assert "a defect of this software" in reports["hill"].reason
    assert [one.id for one in in_use(store)["hill"].options] == [option("hill", 0)]
    assert [one.id for one in in_use(store)["shore"].options] == [option("shore", 0)]


def test_what_is_rejected_while_others_are_composed_is_not_published(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(store, "shore", "approved", 0)
    real: Callable[..., None] = Studio.compose

    def slow(self: Studio, *given: object) -> None:
        real(self, *given)
        judge(store, "hill", "rejected", 0)

    monkeypatch.setattr(Studio, "compose", slow)
    run(store)
    assert set(in_use(store)) == {"shore"}


def test_a_title_in_the_middle_of_an_ingest_stays_as_it_is_published(store: Path) -> None:
    with closing(Catalog.open(store)) as catalog:
        before, shots = in_use(store), catalog.shots("hill")
        record, sampled = catalog.title("hill"), list(catalog.scanned_frames("hill"))
        lease = catalog.acquire("hill")
        assert lease is not None
        assert record.film is not None
        assert record.facts is not None
        with lease:
            catalog.record_scan(lease, record.title, Scan(record.film, record.facts, shots), sampled, "2")
    report = by_title(run(store))["hill"]
    assert (report.status, "its ingest has not ended" in report.reason) == (TitleStatus.PARTIAL, True)
    assert in_use(store) == before


def test_a_damaged_snapshot_is_told_and_replaced_but_not_where_only_some_titles_are_asked_for(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = read_active(store).snapshot
    (store / "snapshot" / digest / "answers.bin").unlink()
    with pytest.raises(SnapshotError):
        run(store, "hill")
    capsys.readouterr()
    ended = publish(settings_of(store), quiet=True)
    assert "every title is published anew" in capsys.readouterr().err
    assert ended.changed
    assert set(in_use(store)) == {"hill", "shore"}
    assert all(report.composed == 0 for report in ended.reports)


class Liar:
    """A child that was taken over by its film: it lists what it did not make."""

    def __init__(self, **lies: object) -> None:
        self._lies = lies

    def __call__(self, _work: object, job: tuple[ComposeJob, str], *_: object, **__: object) -> None:
        sitting, folder = job[0].sittings[0], Path(job[1])
        content = b"not a picture"
        honest = FileRecord(180, 180, "jpeg", hashlib.sha256(content).hexdigest(), len(content))
        (folder / "0-0-180.jpeg").write_bytes(content)
        record = CanvasRecord(
            sitting.candidate_id, "square", "", "", content_id(honest.digest), (honest,), "data:image/webp;base64,"
        )
        listed = json.dumps([asdict(replace(record, **self._lies))])  # type: ignore[arg-type]
        (folder / "0.json").write_text(listed)


@pytest.mark.parametrize(
    "lies",
    [
        {"candidate": "another"},
        {"canvas": "elsewhere"},
        {"rendition": "0" * 16},
        {"placeholder": "javascript:alert(1)"},
        {"files": (FileRecord(180, 180, "../../x", "0" * 64, 13),)},
        {"files": (FileRecord(180, 180, "jpeg", "0" * 64, 13),)},
    ],
)
def test_nothing_that_a_child_says_is_believed_unchecked(
    lies: dict[str, object], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(store, "hill", "approved", 1)
    before = in_use(store)["hill"]
    monkeypatch.setattr("pipelines.composing.run_isolated", Liar(**lies))
    report = by_title(run(store))["hill"]
    assert (report.status, "defect" in report.reason) == (TitleStatus.PARTIAL, True)
    assert in_use(store)["hill"] == before


def test_a_full_disk_is_the_stores_trouble_and_neither_the_films_nor_a_defect(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is not there stands for a disk that takes nothing: both end in an OSError of what writes."""
    judge(store, "hill", "approved", 1)
    jobs: list[ComposeJob] = []
    monkeypatch.setattr(Studio, "compose", lambda _studio, job, *_: jobs.append(job))
    run(store, "hill")
    with pytest.raises(StoreError, match="cannot write unfinished pictures"):
        compose_in_child((jobs[0], str(tmp_path / "gone")), lambda _: None)
    monkeypatch.undo()
    studio = Studio(Blobs(store / "blobs"), Limits(), str(tmp_path / "gone"))
    with pytest.raises(StoreError, match="cannot write unfinished pictures"):
        studio.compose(jobs[0], lambda *_: None, lambda _: None)
