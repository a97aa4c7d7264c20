"""Pictures that were taken back: the set in the store, and a service that no longer shows them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogues import title, write
from service_caller import Caller, OpenService

from ranking.errors import SnapshotError
from ranking.learn.folder import activate, read_active
from ranking.learn.synthetic import MADE_AT
from ranking.learn.withdrawn import FILE, read_withdrawn, withdrawn_stamp, write_withdrawn
from ranking.policy.eligibility import Asked
from ranking.serve.chooser import taste_of
from ranking.serve.mixture import asked_and_answered
from ranking.serve.params import ServiceParams
from ranking.serve.release import Release
from ranking.serve.tabulate import with_answers


def test_nothing_is_withdrawn_where_nothing_was_written(tmp_path: Path) -> None:
    assert read_withdrawn(tmp_path) == frozenset()
    assert withdrawn_stamp(tmp_path) is None


def test_the_whole_set_is_written_each_time(tmp_path: Path) -> None:
    store = tmp_path / "new"
    write_withdrawn(store, ["b", "a", "b"])
    assert read_withdrawn(store) == {"a", "b"}
    before = withdrawn_stamp(store)
    write_withdrawn(store, {"c"})
    assert read_withdrawn(store) == {"c"}
    assert withdrawn_stamp(store) != before
    write_withdrawn(store, ())
    assert read_withdrawn(store) == frozenset()
    assert [place.name for place in store.iterdir()] == [FILE]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"options": "a"}', b'{"other": []}', b"\xff\xfe"])
def test_a_damaged_file_is_told_of_and_not_taken_for_an_empty_set(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SnapshotError, match=r"withdrawn\.json cannot be read"):
        read_withdrawn(tmp_path)


def test_a_store_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SnapshotError, match=r"cannot write .*withdrawn\.json"):
        write_withdrawn(tmp_path / "file", {"a"})


def renditions(page: dict[str, Any]) -> list[str]:
    return [one["artwork"]["rendition"] for one in page["titles"]]


def option_of(caller: Caller, token: str) -> str:
    option = caller.service.archive.told(caller.service.signer.verify(token)).decision.option
    assert option is not None
    return option


def take_back(caller: Caller, *options: str) -> None:
    write_withdrawn(caller.service.store, options)
    caller.run(caller.service.look())


@pytest.mark.parametrize("tabulated", [True, False])
def test_a_withdrawn_picture_is_no_longer_chosen_and_nothing_else_changes(
    store: Path, open_service: OpenService, *, tabulated: bool
) -> None:
    if tabulated:
        activate(store, with_answers(store, read_active(store), MADE_AT))
    caller, titles = open_service(store), [f"t{number:05d}" for number in range(20)]
    before = {member: caller.decide(titles, profile=member) for member in ("m00001", "m00002", "nobody")}
    gone = option_of(caller, before["m00001"]["titles"][4]["token"])
    take_back(caller, gone, "not in the snapshot")
    for member, page in before.items():
        now = caller.decide(titles, profile=member)
        assert now == caller.decide(titles, profile=member)
        assert now["release"] == page["release"]
        assert [one for n, one in enumerate(now["titles"]) if n != 4] == [
            one for n, one in enumerate(page["titles"]) if n != 4
        ]
        assert option_of(caller, now["titles"][4]["token"]) != gone
    decision = caller.service.archive.told(caller.service.signer.verify(now["titles"][4]["token"])).decision
    assert len(decision.candidates) == 5
    assert gone not in decision.candidates
    take_back(caller)
    assert caller.decide(titles, profile="m00001") == before["m00001"]


def test_answers_are_tabulated_anew_for_the_titles_that_lost_a_picture(store: Path) -> None:
    """As the policy itself answers, for every segment; the file is as it was, and no request has to ask the policy."""
    activate(store, with_answers(store, read_active(store), MADE_AT))
    whole = Release.load(store)
    before, names = whole.answers.place.read_bytes(), whole.snapshot.names.options
    release = whole.without(frozenset({names[3][1], names[3][4], names[7][0], *names[11]}))
    plain = Release(release.snapshot, release.beliefs, release.members, withdrawn=release.withdrawn)
    at, rows = Asked(MADE_AT), np.arange(20)
    for canvas in release.canvases:
        ready, asked = release.view(canvas, ""), plain.view(canvas, "")
        assert ready.ready.plain[:20].all()
        for member in ("m00000", "m00001", "nobody"):
            taste = taste_of(release, member)
            first, second = (
                asked_and_answered(release.policy, v.table, v.ready, rows, taste, at) for v in (ready, asked)
            )
            np.testing.assert_array_equal(first[0].allowed, second[0].allowed)
            np.testing.assert_allclose(first[1], second[1], atol=1e-6)
            assert first[1][3, 1] == first[1][3, 4] == first[1][7, 0] == first[1][11].sum() == 0
    assert whole.answers.place.read_bytes() == before
    whole.answers.place.unlink()
    lost = whole.without(release.withdrawn).view("boxart", "")
    assert not lost.table.limits.approved[3, 1]
    assert not lost.ready.plain[3]
    assert whole.view("boxart", "").ready.among[3].all()


def test_a_withdrawn_picture_is_no_fallback_and_no_pin(tmp_path: Path, open_service: OpenService) -> None:
    catalogue = [
        title("fixed", {"a1": {}, "a2": {"pinned": True}}),
        title("last", {"b1": {"fallback": True, "approved": False}, "b2": {"approved": False, "fallback": True}}),
        title("only", {"c1": {}}),
    ]
    activate(tmp_path, write(tmp_path, catalogue))
    caller = open_service(tmp_path)
    names = ["fixed", "last", "only"]
    assert renditions(caller.decide(names)) == ["a2boxart", "b1boxart", "c1boxart"]
    take_back(caller, "a2", "b1", "c1")
    fixed, last, only = caller.decide(names)["titles"]
    assert (fixed["artwork"]["rendition"], fixed["reason"]) == ("a1boxart", "cold_start")
    assert (last["artwork"]["rendition"], last["reason"]) == ("b2boxart", "fallback")
    assert only == {"title": "only", "problem": "no_artwork"}


def test_the_files_of_a_withdrawn_picture_are_gone(tmp_path: Path, open_service: OpenService) -> None:
    activate(tmp_path, write(tmp_path, [title("film", {"a": {"fallback": True}, "b": {}})]))
    caller = open_service(tmp_path)
    snapshot = caller.service.release.snapshot
    for number in range(len(snapshot.rendition_ids)):
        for entry in snapshot.rendition_files(number):
            place = tmp_path / "blobs" / entry.key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"picture")
    tag = caller.get("/v1/artwork/aboxart").headers["etag"]
    take_back(caller, "a")
    for headers in ({}, {"if-none-match": tag}):
        gone = caller.get("/v1/artwork/aboxart?width=160", headers=headers)
        assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")
        assert gone.headers["cache-control"] == "no-store"
    assert caller.get("/v1/artwork/bboxart").status_code == 200
    for entry in snapshot.rendition_files(snapshot.rendition("bboxart")):
        (tmp_path / "blobs" / entry.key).unlink()
    assert caller.get("/v1/artwork/bboxart").status_code == 404  # its title's fallback would have stood in
    take_back(caller)
    assert caller.get("/v1/artwork/aboxart").status_code == 200


def test_tokens_of_a_withdrawn_picture_still_count_their_events(tmp_path: Path, open_service: OpenService) -> None:
    activate(tmp_path, write(tmp_path, [title("film", {"a": {}, "b": {}})]))
    caller = open_service(tmp_path)
    token = caller.decide(["film"])["titles"][0]["token"]
    gone = option_of(caller, token)
    take_back(caller, gone)
    event = {"kind": "impression", "event": "e1", "token": token, "at": "2026-01-01T20:39:00Z"}
    assert caller.post("/v1/events", json={"events": [event]}).json() == {"accepted": 1, "duplicates": 0, "refused": []}
    told = caller.get(f"/v1/decisions/{token}/explanation").json()
    assert (told["option"], told["candidates"], told["current"]) == (gone, ["a", "b"], True)
    assert {one["option"]: one["refused_by"] for one in told["alternatives"]} == {
        name: ["withdrawn"] if name == gone else [] for name in ("a", "b")
    }


def test_what_was_withdrawn_is_out_even_while_the_pointer_is_broken(tmp_path: Path, open_service: OpenService) -> None:
    activate(tmp_path, write(tmp_path, [title("film", {"a": {}, "b": {"pinned": True}})]))
    caller = open_service(tmp_path)
    (tmp_path / "active.json").write_text("{")
    take_back(caller, "b")
    assert renditions(caller.decide(["film"])) == ["aboxart"]
    assert "active.json is damaged" in caller.get("/readyz").json()["problems"][0]
    assert caller.service.tallies.failed_loads == 1


def test_a_damaged_set_leaves_the_former_one_and_is_told(tmp_path: Path, open_service: OpenService) -> None:
    active = write(tmp_path, [title("film", {"a": {}, "b": {"pinned": True}})])
    activate(tmp_path, active)
    caller = open_service(tmp_path)
    take_back(caller, "b")
    (tmp_path / FILE).write_text("[")
    caller.run(caller.service.look())
    assert renditions(caller.decide(["film"])) == ["aboxart"]
    assert "withdrawn.json cannot be read" in caller.get("/readyz").json()["problems"][0]
    started = open_service(tmp_path)  # what was withdrawn is not known: nothing is shown
    assert started.decide(["film"])["titles"] == [{"title": "film", "problem": "no_artwork"}]
    ready = started.get("/readyz")
    assert (ready.status_code, "withdrawn.json cannot be read" in ready.json()["detail"]) == (503, True)
    take_back(started, "b")
    assert renditions(started.decide(["film"])) == ["aboxart"]
    assert started.get("/readyz").json()["problems"] == []


def test_a_new_release_is_served_without_what_was_withdrawn_before(tmp_path: Path, open_service: OpenService) -> None:
    first, second = (write(tmp_path, [title("film", {"a": {}, "b": {}, name: {}})]) for name in ("c", "d"))
    activate(tmp_path, first)
    caller = open_service(tmp_path)
    take_back(caller, "a", "d", "b")
    assert renditions(caller.decide(["film"])) == ["cboxart"]
    activate(tmp_path, second)
    caller.run(caller.service.look())
    assert caller.decide(["film"])["titles"] == [{"title": "film", "problem": "no_artwork"}]


def test_while_another_release_is_loaded_the_former_one_shows_nothing_again(
    tmp_path: Path, open_service: OpenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing moves the pointer, then writes a set that names the new snapshot's pictures alone."""
    first, second = (write(tmp_path, [title("film", {"a": {}, name: {"pinned": True}})]) for name in ("b", "c"))
    activate(tmp_path, first)
    caller = open_service(tmp_path)
    take_back(caller, "b")
    activate(tmp_path, second)
    write_withdrawn(tmp_path, ())
    seen: list[frozenset[str]] = []

    def load(*given: object, **more: object) -> Release:
        seen.append(caller.service.release.withdrawn)
        if len(seen) == 1:
            raise SnapshotError("not yet whole")
        return usual(*given, **more)

    usual = Release.load
    monkeypatch.setattr(Release, "load", load)
    caller.run(caller.service.look())
    assert renditions(caller.decide(["film"])) == ["aboxart"]
    caller.run(caller.service.look())
    assert seen == [{"b"}, {"b"}]
    assert renditions(caller.decide(["film"])) == ["cboxart"]
    assert caller.service.release.withdrawn == frozenset()


def test_within_the_time_asked_for_a_served_picture_is_taken_back(tmp_path: Path, open_service: OpenService) -> None:
    """The watch runs by itself: nobody tells the service to look. One second between looks, five are asked for."""
    assert ServiceParams().look_seconds <= 1.0
    activate(tmp_path, write(tmp_path, [title("film", {"a": {}, "b": {"pinned": True}})]))
    caller = open_service(tmp_path, params=ServiceParams(look_seconds=0.01))
    write_withdrawn(tmp_path, {"b"})

    async def seen() -> None:
        for _ in range(2_000):
            if caller.service.release.withdrawn:
                return
            await asyncio.sleep(0.005)

    caller.run(seen())
    assert renditions(caller.decide(["film"])) == ["aboxart"]
