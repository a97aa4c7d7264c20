"""Approved candidates become what is served: all of them, nothing else, and nothing twice."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from batches import command, rows
from PIL import Image
from published_films import (
    change_title,
    files_below,
    in_use,
    judge,
    make_film,
    option,
    say_of,
    settings_of,
    stock,
)

from artwork.compose.canvases import read_canvases
from artwork.domain import Title, TitleStatus, content_id
from artwork.errors import SettingsError, StoreError, UnknownTitle
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import Action
from artwork.store.lease import acquire
from artwork.store.records import CanvasRecord, FileRecord, Scan
from pipelines.composing import ComposeJob, Studio
from pipelines.difference import difference
from pipelines.publish import LEASE, publish
from pipelines.publish_report import ArtworkReport, Publication
from pipelines.withdrawal import Withdrawals
from ranking.errors import SnapshotError
from ranking.learn.folder import read_active
from ranking.learn.withdrawn import read_withdrawn
from ranking.serve.release import Release

FITS = {"boxart", "square", "story", "banner", "billboard", "thumbnail"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "hill.mp4")


@pytest.fixture(scope="module")
def stocked(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two titles with candidates; nobody has said anything."""
    store = tmp_path_factory.mktemp("stocked") / "store"
    stock(store, [Title("hill", str(film), "The Hill"), Title("shore", str(film), "The Shore", year=1999)])
    return store


@pytest.fixture(scope="module")
def published_once(stocked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hill has its first frame approved, the shore none; both were published."""
    store = tmp_path_factory.mktemp("published") / "store"
    shutil.copytree(stocked, store)
    judge(store, "hill", "approved", 0)
    assert not publish(settings_of(store), quiet=True).refused
    return store


@pytest.fixture
def store(published_once: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    return Path(shutil.copytree(published_once, tmp_path / "store"))


def by_title(ended: Publication) -> dict[str, ArtworkReport]:
    return {report.title: report for report in ended.reports}


def run(store: Path, *only: str) -> Publication:
    return publish(settings_of(store), only, quiet=True)


def forbid_composing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be composed")

    monkeypatch.setattr(Studio, "compose", refuse)


def test_an_approved_picture_is_served_on_every_canvas_that_it_fits(store: Path) -> None:
    entry = in_use(store)["hill"]
    [one] = entry.options
    assert (one.id, one.approved, one.fallback) == (option("hill", 0), True, True)
    assert {each.canvas for each in entry.renditions} == FITS
    assert {each.option for each in entry.renditions} == {one.id}
    for each in entry.renditions:
        for file in each.files:
            with Image.open(io.BytesIO((store / "blobs" / file.key).read_bytes())) as picture:
                assert (picture.width, picture.height, picture.format) == (file.width, file.height, file.format.upper())


def test_a_title_without_an_approved_picture_has_its_fallback_marked(store: Path) -> None:
    """The candidate that selection kept as fallback, on every canvas; the service shows it, no policy chooses it."""
    entry = in_use(store)["shore"]
    [one] = entry.options
    assert (one.id, one.approved, one.fallback) == (option("shore", 1), False, True)
    release = Release.load(store)
    view = release.view("square", "")
    row = release.snapshot.names.titles.index("shore")
    assert len(view.fallbacks[row]) == 1
    assert not view.table.limits.approved[row].any()


def test_what_ranking_is_told_of_a_picture(store: Path) -> None:
    [one] = in_use(store)["hill"].options
    assert one.aesthetic == pytest.approx(5.0)
    assert one.themes["nobody"] == 1.0
    assert one.themes["warm"] > 0
    assert len(one.vector) == 8
    assert any(one.vector)


def test_publishing_twice_writes_nothing_and_composes_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_composing(monkeypatch)
    before = {
        name: moment for name, moment in files_below(store).items() if not name.startswith(("scratch", "catalog"))
    }
    ended = run(store)
    after = {name: moment for name, moment in files_below(store).items() if not name.startswith(("scratch", "catalog"))}
    assert (ended.changed, ended.snapshot) == (False, read_active(store).snapshot)
    assert {report.status for report in ended.reports} == {TitleStatus.UNCHANGED}
    assert before == after


def test_a_lost_blob_is_made_again_and_the_snapshot_stays(store: Path) -> None:
    digest = read_active(store).snapshot
    lost = in_use(store)["hill"].renditions[0]
    (store / "blobs" / lost.files[0].key).unlink()
    ended = run(store)
    assert (store / "blobs" / lost.files[0].key).exists()
    assert (ended.snapshot, ended.changed) == (digest, False)


def test_a_rejected_picture_is_gone_from_the_next_snapshot_and_from_the_withdrawn(store: Path) -> None:
    judge(store, "hill", "approved", 1)
    run(store)
    judge(store, "hill", "rejected", 0)
    with closing(Catalog.open(store)) as catalog:
        assert Withdrawals(store, catalog).refresh() == {option("hill", 0)}
    ended = run(store)
    assert [one.id for one in in_use(store)["hill"].options] == [option("hill", 1)]
    assert ended.changed
    assert read_withdrawn(store) == frozenset()


def test_approving_takes_the_fallback_out(store: Path) -> None:
    judge(store, "shore", "approved", 0, 2)
    run(store)
    shown = {one.id: (one.approved, one.fallback) for one in in_use(store)["shore"].options}
    assert set(shown) == {option("shore", 0), option("shore", 2)}
    assert sorted(shown.values()) == [(True, False), (True, True)]


def test_a_rejected_fallback_gives_way_to_the_next_and_a_title_of_rejected_ones_is_refused(store: Path) -> None:
    judge(store, "shore", "rejected", 1)
    run(store)
    assert [one.id for one in in_use(store)["shore"].options] == [option("shore", 0)]
    judge(store, "shore", "rejected", 0, 2)
    report = by_title(run(store))["shore"]
    assert (report.status, report.reason) == (TitleStatus.REFUSED, "every candidate is rejected: approve one")
    assert set(in_use(store)) == {"hill"}


def test_when_all_is_rejected_nothing_is_served(store: Path) -> None:
    for title in ("hill", "shore"):
        judge(store, title, "rejected", 0, 1, 2)
    ended = run(store)
    assert (ended.titles, ended.changed) == (0, True)
    assert in_use(store) == {}


def test_where_nothing_can_be_published_nothing_is_put_in_use(tmp_path: Path, film: Path) -> None:
    store = tmp_path / "store"
    stock(store, [Title("hill", str(film), "The Hill")])
    judge(store, "hill", "rejected", 0, 1, 2)
    ended = run(store)
    assert (ended.snapshot, ended.changed, ended.refused) == ("", False, True)
    with pytest.raises(SnapshotError, match="nothing is published"):
        read_active(store)


def test_a_focal_point_composes_its_picture_anew_and_no_other(store: Path) -> None:
    judge(store, "hill", "approved", 1)
    run(store)
    before = {(one.option, one.canvas): one.id for one in in_use(store)["hill"].renditions}
    say_of(store, "hill", 1, Action.FOCUS, {"x": 0.05, "y": 0.5})
    report = by_title(run(store))["hill"]
    after = {(one.option, one.canvas): one.id for one in in_use(store)["hill"].renditions}
    changed = {key for key in before if before[key] != after[key]}
    assert {name for name, _ in changed} == {option("hill", 1)}
    assert {"square", "boxart"} <= {canvas for _, canvas in changed}
    assert 0 < report.composed <= len(FITS)


def test_names_in_other_languages_are_renditions_of_the_same_picture(store: Path) -> None:
    change_title(store, "hill", extra={"name_de": "Der Hügel", "name_pt_br": "A Colina"})
    report = by_title(run(store))["hill"]
    entry = in_use(store)["hill"]
    assert {one.option for one in entry.renditions} == {option("hill", 0)}
    languages = {canvas: sorted(one.locale for one in entry.renditions if one.canvas == canvas) for canvas in FITS}
    assert languages == {key: ["", "de", "pt-BR"] for key in FITS - {"thumbnail"}} | {"thumbnail": [""]}
    assert any(one.alt.startswith("Der Hügel") for one in entry.renditions)
    assert report.status is TitleStatus.OK


def test_terms_of_the_manifest_reach_the_service(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_composing(monkeypatch)
    change_title(store, "hill", extra={"spoils_until": "0.25", "opens": "2026-01-02"}, maturity_rating="PG-13")
    run(store)
    [one] = in_use(store)["hill"].options
    assert (one.spoils_until, one.maturity, one.opens and one.opens.isoformat()) == (
        0.25,
        13,
        "2026-01-02T00:00:00+00:00",
    )


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


def test_only_one_title_is_worked_on_and_the_others_stay_but_for_what_was_rejected(store: Path) -> None:
    judge(store, "hill", "approved", 1)
    judge(store, "shore", "approved", 0)
    before = in_use(store)["shore"]
    ended = run(store, "hill")
    assert [report.title for report in ended.reports] == ["hill"]
    assert in_use(store)["shore"] == before
    judge(store, "hill", "rejected", 1)
    run(store, "shore")
    assert {one.id for one in in_use(store)["hill"].options} == {option("hill", 0)}
    with pytest.raises(UnknownTitle):
        run(store, "nobody")


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


def test_the_difference_is_told_and_nothing_is_made(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(settings_of(store)) == []
    judge(store, "hill", "approved", 1)
    judge(store, "hill", "rejected", 0)
    judge(store, "shore", "rejected", 0, 1, 2)
    forbid_composing(monkeypatch)
    before = files_below(store)
    hill, shore = difference(settings_of(store))
    assert (hill.title, hill.change) == ("hill", "changed")
    assert (hill.pictures_added, hill.pictures_removed) == ((option("hill", 1),), (option("hill", 0),))
    assert (hill.to_compose, hill.renditions_removed) == (len(FITS), len(FITS))
    assert (shore.change, shore.pictures_removed) == ("removed", (option("shore", 1),))
    assert {name for name, moment in files_below(store).items() if before.get(name) != moment} <= {
        "catalog.db-shm",
        "catalog.db-wal",
    }


def test_a_new_focal_point_is_a_difference(store: Path) -> None:
    say_of(store, "hill", 0, Action.FOCUS, {"x": 0.05, "y": 0.5})
    [change] = difference(settings_of(store))
    assert (change.title, change.pictures_changed) == ("hill", (option("hill", 0),))
    assert change.to_compose == len(FITS)


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


def test_blobs_may_lie_anywhere_that_fsspec_reaches(stocked: Path, tmp_path: Path) -> None:
    store = Path(shutil.copytree(stocked, tmp_path / "store"))
    judge(store, "hill", "approved", 0)
    settings = settings_of(store).model_copy(update={"blobs_url": "memory://publish-test"})
    ended = publish(settings, ["hill"], quiet=True)
    assert not (store / "blobs").exists()
    far = Blobs("memory://publish-test")
    files = [file for one in in_use(store)["hill"].renditions for file in one.files]
    assert all(len(far.get(file.key)) == file.bytes for file in files)
    assert publish(settings, ["hill"], quiet=True).snapshot == ended.snapshot


def test_the_command_says_what_it_did(store: Path, tmp_path: Path) -> None:
    """One row per title and one for the whole; exit 3 where something could not be made; one line where nothing was."""
    judge(store, "hill", "approved", 1)
    change_title(store, "shore", location=str(tmp_path / "nowhere.mp4"))
    judge(store, "shore", "approved", 0)
    told = rows(command("publish", "--diff", "--json", "--store", store))
    assert [row["title"] for row in told] == ["hill", "shore"]
    answer = command("publish", "--json", "--static", tmp_path / "static", "--store", store)
    *titles, whole, folder = rows(answer)
    assert answer.returncode == 3
    assert {row["title"]: row["status"] for row in titles} == {"hill": "ok", "shore": "partial"}
    assert whole["snapshot"] == read_active(store).snapshot
    assert (tmp_path / "static" / "index.json").exists()
    assert folder == {"static": str(tmp_path / "static"), "files": len(files_below(tmp_path / "static")) - 1}
    again = command("publish", "--store", store, "--title", "hill")
    assert again.returncode == 0
    assert "was in use already: unchanged" in again.stdout
    unknown = command("publish", "--store", store, "--title", "\x1b[31m")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("artwork: no title")


def test_a_title_that_stays_as_it_is_but_not_whole_is_told_with_the_reason(store: Path) -> None:
    change_title(store, "hill", extra={"name_xx": "\ue123"})
    run(store)
    [change] = difference(settings_of(store))
    assert (change.title, change.change, change.to_compose) == ("hill", "same", 0)
    assert "cannot be lettered" in change.reason


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


def test_the_address_of_artwork_and_the_number_of_fallbacks_can_be_set(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTWORK_PUBLISH__ARTWORK_URL", "https://pictures.example/a/")
    assert run(store).changed
    answers = (store / "snapshot" / read_active(store).snapshot / "answers.bin").read_bytes()
    assert b"https://pictures.example/a/" in answers
    monkeypatch.setenv("ARTWORK_PUBLISH__ARTWORK_URL", "javascript:alert(1)//")
    with pytest.raises(SettingsError, match="artwork_url"):
        settings_of(store)


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


def test_a_canvas_that_is_no_longer_described_is_gone_also_from_titles_that_are_not_worked_on(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tuple(canvas for canvas in read_canvases() if canvas.name in {"boxart", "thumbnail"})
    monkeypatch.setattr("pipelines.publish.read_canvases", lambda: left)
    run(store, "hill")
    for entry in in_use(store).values():
        assert {one.canvas for one in entry.renditions} == {"boxart", "thumbnail"}


def test_a_film_is_opened_once_for_all_the_pictures_of_its_title(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge(store, "hill", "approved", 1, 2)
    jobs: list[ComposeJob] = []
    real: Callable[..., None] = Studio.compose

    def counted(self: Studio, job: ComposeJob, *rest: object) -> None:
        jobs.append(job)
        real(self, job, *rest)

    monkeypatch.setattr(Studio, "compose", counted)
    run(store, "hill")
    [job] = jobs
    assert {sitting.candidate_id for sitting in job.sittings} == {option("hill", 1), option("hill", 2)}
