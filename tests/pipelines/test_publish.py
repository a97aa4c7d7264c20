"""Approved candidates become what is served: all of them, nothing else, and nothing twice."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from batches import command, rows
from PIL import Image
from published_films import (
    FITS,
    by_title,
    change_title,
    files_below,
    forbid_composing,
    in_use,
    judge,
    option,
    run,
    say_of,
    settings_of,
    stock,
)

from artwork.compose.canvases import read_canvases
from artwork.domain import Title, TitleStatus
from artwork.errors import SettingsError, UnknownTitle
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.entries import Action
from pipelines.composing import ComposeJob, Studio
from pipelines.publish import publish
from pipelines.withdrawal import Withdrawals
from ranking.errors import SnapshotError
from ranking.learn.folder import read_active
from ranking.learn.withdrawn import read_withdrawn
from ranking.serve.release import Release


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


def test_a_rejected_picture_is_gone_from_the_next_snapshot_and_not_shown_by_a_step_back(store: Path) -> None:
    judge(store, "hill", "approved", 1)
    run(store)
    judge(store, "hill", "rejected", 0)
    with closing(Catalog.open(store)) as catalog:
        assert Withdrawals(store, catalog).refresh() == {option("hill", 0)}
    ended = run(store)
    assert [one.id for one in in_use(store)["hill"].options] == [option("hill", 1)]
    assert ended.changed
    assert read_withdrawn(store) == {option("hill", 0)}  # the snapshot before still holds it


def test_approving_takes_the_fallback_out(store: Path) -> None:
    judge(store, "shore", "approved", 0, 2)
    run(store)
    shown = {one.id: (one.approved, one.fallback) for one in in_use(store)["shore"].options}
    assert set(shown) == {option("shore", 0), option("shore", 2)}
    assert sorted(shown.values()) == [(True, False), (True, True)]


def test_what_was_approved_and_is_now_a_fallback_is_served_as_one(store: Path) -> None:
    """Taken back, the approved picture leaves; published again it is its title's fallback, and nothing withholds it."""
    judge(store, "hill", "approved", 1)
    judge(store, "hill", "rejected", 0)
    run(store)
    judge(store, "hill", "proposed", 1)
    run(store)
    assert [(one.id, one.approved) for one in in_use(store)["hill"].options] == [(option("hill", 1), False)]
    assert read_withdrawn(store) == frozenset()


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


def test_a_name_in_any_script_is_printed_whatever_the_locale(store: Path) -> None:
    """A file and a program get UTF-8: half of a name in question marks could not be given back to us."""
    change_title(store, "hill", name="エルフ")
    answer = command("publish", "--store", store, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (answer.returncode, "エルフ" in answer.stdout, answer.stderr.count("Traceback")) == (3, True, 0)
    assert "エルフ" in command("titles", "--store", store, PYTHONIOENCODING="ascii").stdout


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
