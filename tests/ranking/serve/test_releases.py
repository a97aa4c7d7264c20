"""Releases change under load without a failed or mixed answer; what is missing is done without, and told."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest
from catalogues import title, write
from service_caller import Caller, OpenService

from ranking.errors import SnapshotError
from ranking.learn.beliefs import Beliefs, Scored, write_beliefs
from ranking.learn.folder import Active, activate, read_active, read_array, step_back
from ranking.learn.synthetic import MADE_AT, World, write_world
from ranking.policy.policies import STANDARD
from ranking.serve.archive import Archive
from ranking.serve.params import ServiceParams
from ranking.serve.policies import policy_named, policy_of
from ranking.serve.release import Release
from ranking.serve.tabulate import with_answers

SWAPS = 20


def test_promotions_under_load_fail_no_request_and_mix_no_answer(tmp_path: Path, open_service: OpenService) -> None:
    """Two releases take turns 20 times; every answer is of one of them, with its model and its tokens."""
    worlds = [World(titles=12, options=5, segments=2, members=4, seed=seed, model=f"model@{seed}") for seed in (1, 2)]
    releases = [with_answers(tmp_path, write_world(tmp_path, world), MADE_AT) for world in worlds]
    activate(tmp_path, releases[0])
    caller = open_service(tmp_path, params=ServiceParams(look_seconds=0.01))
    service, of = caller.service, {one.id: (one.snapshot, f"model@{n}") for n, one in enumerate(releases, 1)}
    titles = [f"t{number:05d}" for number in range(12)]
    answers: list[dict] = []

    async def ask(stop: asyncio.Event) -> None:
        transport = httpx.ASGITransport(app=service)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            while not stop.is_set():
                response = await client.post(
                    "/v1/decisions", json={"titles": titles, "canvas": "boxart", "profile": "m00001"}
                )
                assert response.status_code == 200
                answers.append(response.json())
                await asyncio.sleep(0)

    async def seen(release: str) -> None:
        for _ in range(2_000):
            if service.release.id == release:
                return
            await asyncio.sleep(0.005)

    async def promote() -> None:
        stop = asyncio.Event()
        asking = [asyncio.create_task(ask(stop)) for _ in range(3)]
        for swap in range(SWAPS):
            active = releases[(swap + 1) % 2]
            activate(tmp_path, active)
            await seen(active.id)
        stop.set()
        await asyncio.gather(*asking)

    caller.run(promote())
    assert service.tallies.swaps == SWAPS + 1
    assert {one["release"] for one in answers} == set(of)
    for one in answers:
        assert (one["snapshot"], one["model"]) == of[one["release"]]
        claims = {service.signer.verify(entry["token"]).page.release for entry in one["titles"]}
        assert claims == {one["release"]}


def test_a_token_of_a_former_release_is_still_understood(tmp_path: Path, open_service: OpenService) -> None:
    first, second = (write(tmp_path, [title("film", {name: {}})]) for name in ("old", "new"))
    activate(tmp_path, first)
    token = open_service(tmp_path).decide(["film"])["titles"][0]["token"]
    activate(tmp_path, second)
    caller = open_service(tmp_path)
    event = {"kind": "impression", "event": "e1", "token": token, "at": "2026-01-01T20:41:00Z"}
    assert caller.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1
    told = caller.get(f"/v1/decisions/{token}/explanation").json()
    assert (told["option"], told["current"]) == ("old", False)
    shutil.rmtree(tmp_path / "snapshot" / first.snapshot)
    forgetful = open_service(tmp_path)
    receipt = forgetful.post("/v1/events", json={"events": [event | {"event": "e2"}]}).json()
    assert receipt["refused"] == [{"event": "e2", "problem": "snapshot"}]


def test_stepping_back_brings_the_former_answers_again(tmp_path: Path, open_service: OpenService) -> None:
    for name in ("old", "new"):
        activate(tmp_path, write(tmp_path, [title("film", {name: {}})]))
    caller = open_service(tmp_path)
    assert caller.decide(["film"])["titles"][0]["artwork"]["rendition"] == "newboxart"
    step_back(tmp_path)
    caller.run(caller.service.look())
    assert caller.decide(["film"])["titles"][0]["artwork"]["rendition"] == "oldboxart"


@pytest.fixture
def reduced(tmp_path: Path, open_service: OpenService):  # noqa: ANN201
    catalogue = [
        title("film", {"a1": {"fallback": True}, "a2": {}}),
        title("fixed", {"b1": {}, "b2": {"pinned": True}}),
        title("open", {"c1": {}, "c2": {}}),
    ]

    def service(**without: object) -> Caller:
        active = write(tmp_path, catalogue, best={"drama": ["a2"]})
        activate(tmp_path, msgspec.structs.replace(active, **without))
        return open_service(tmp_path)

    return service


def reasons(caller: Caller) -> list[str]:
    return [one["reason"] for one in caller.decide(["film", "fixed"], profile="fan-of-drama")["titles"]]


@pytest.mark.parametrize("beliefs", [None, "0" * 16, "../../etc"])
def test_without_a_model_titles_have_their_fallback_and_pins_hold(reduced, beliefs: str | None) -> None:  # noqa: ANN001
    caller = reduced(beliefs=beliefs)
    assert reasons(caller) == ["fallback", "pinned"]
    assert caller.decide(["film"])["titles"][0]["artwork"]["rendition"] == "a1boxart"
    assert caller.decide(["film"])["model"] == "none"
    assert caller.get("/readyz").json()["problems"]


def test_without_a_model_a_title_without_a_marked_fallback_has_its_first_picture(reduced) -> None:  # noqa: ANN001
    caller = reduced(beliefs=None)
    limited = caller.decide(["fixed"], maturity_limit=0)["titles"][0]
    assert limited["reason"] == "pinned"
    assert caller.decide(["open"])["titles"][0]["artwork"]["rendition"] == "c1boxart"


def test_new_beliefs_of_the_same_snapshot_take_it_over(store: Path) -> None:
    first = Release.load(store)
    second = Release.load(store, with_answers(store, read_active(store), MADE_AT), former=first)
    assert second.snapshot is first.snapshot
    assert second.keys is first.keys
    assert second.id != first.id


def test_without_memberships_everybody_is_new(reduced) -> None:  # noqa: ANN001
    assert reasons(reduced())[0] == "personalised"
    assert reasons(reduced(members=None))[0] in {"cold_start", "explore"}
    assert reasons(reduced(members="0" * 16))[0] in {"cold_start", "explore"}


def test_a_policy_nobody_knows_gives_way_to_the_usual_one(reduced) -> None:  # noqa: ANN001
    caller = reduced(policy="clairvoyant", answers=None)
    assert reasons(caller)[0] == "personalised"
    assert caller.decide(["film"])["policy"] == STANDARD.version
    assert "clairvoyant" in caller.get("/readyz").json()["problems"][0]


@pytest.mark.parametrize("name", ["uniform", "pinned(uniform)"])
def test_a_setting_s_policy_decides_whatever_the_release_says(
    tmp_path: Path, open_service: OpenService, name: str
) -> None:
    """The release's id says so: a service without the setting understands its tokens, and its own as before."""
    names = [f"f{number}" for number in range(30)]
    catalogue = [title(one, {f"{one}a": {}, f"{one}b": {}}) for one in names]
    activate(tmp_path, write(tmp_path, catalogue, best={"drama": [f"{one}a" for one in names]}))
    usual, other = open_service(tmp_path), open_service(tmp_path, params=ServiceParams(policy=name))
    page = other.decide(names, profile="fan-of-drama")
    assert page["policy"].startswith("pinned(")
    assert "uniform" in page["policy"]
    assert other.get("/readyz").json()["problems"] == []
    told = [usual.service.archive.told(usual.service.signer.verify(one["token"])).decision for one in page["titles"]]
    assert {decision.policy for decision in told} == {page["policy"]}
    assert {round(decision.propensity, 6) for decision in told} == {0.5}
    assert {decision.option[-1] for decision in told} == {"a", "b"}
    assert usual.decide(names, profile="fan-of-drama")["policy"] == STANDARD.version
    same = open_service(tmp_path, params=ServiceParams(policy="thompson"))
    assert same.decide(names, profile="fan-of-drama") == usual.decide(names, profile="fan-of-drama")
    assert same.service.release.answers is not None
    explained = usual.get(f"/v1/decisions/{page['titles'][0]['token']}/explanation").json()
    assert (explained["policy"], explained["current"]) == (page["policy"], False)
    assert [one["probability"] for one in explained["alternatives"]] == pytest.approx([0.5, 0.5])


def test_whatever_breaks_a_release_the_former_one_goes_on(reduced, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001
    """Not only what was foreseen: told once, counted each time."""
    caller = reduced()
    before = caller.decide(["film"])
    activate(caller.service.store, Active("0" * 16))

    def broken(*_: object, **__: object) -> None:
        raise IndexError("a table that nobody foresaw")

    monkeypatch.setattr(Release, "load", broken)
    for _ in range(3):
        caller.run(caller.service.look())
    assert caller.decide(["film"]) == before
    assert caller.service.tallies.failed_loads == 3
    assert "nobody foresaw" in caller.get("/readyz").json()["problems"][0]


def test_the_archive_keeps_what_is_used(tmp_path: Path) -> None:
    """The one that is in use stays, however many former ones are asked for."""
    actives = [write(tmp_path, [title("film", {f"p{number}": {}})]) for number in range(7)]
    for active in actives:
        activate(tmp_path, active)
    archive, current = Archive(tmp_path), Release.load(tmp_path, actives[-1])
    archive.keep(current)
    for active in actives[:-1]:
        archive.release(active.id)
        assert archive.release(current.id) is current


def test_a_release_that_cannot_be_loaded_leaves_the_former_one(reduced) -> None:  # noqa: ANN001
    caller = reduced()
    before = caller.decide(["film"])
    activate(caller.service.store, Active("0" * 16))
    caller.run(caller.service.look())
    assert caller.decide(["film"]) == before
    assert caller.service.tallies.failed_loads == 1


def test_beliefs_that_no_policy_can_answer_end_in_the_fallback(
    store: Path, open_service: OpenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks inside a decision, every title still has its picture and says why."""
    from ranking.serve import chooser

    caller = open_service(store)
    usual = chooser.decide

    def broken(page, *more, **named):  # noqa: ANN001, ANN002, ANN003, ANN202
        if page.allowed.any():
            raise ValueError("not a number")
        return usual(page, *more, **named)

    monkeypatch.setattr(chooser, "decide", broken)
    titles = caller.decide(["t00001", "t00002"])["titles"]
    assert [one["reason"] for one in titles] == ["fallback", "fallback"]
    assert all(one["artwork"] and one["token"] for one in titles)
    caller.decide(["t00003"])
    assert caller.get("/readyz").json()["problems"] == [
        "decisions failed, their fallbacks were shown (ValueError: not a number)"
    ]
    assert "artwork_decisions_failed_total 2.0" in caller.get("/metrics").text


@pytest.mark.parametrize("harm", [b"", b"{}"])
@pytest.mark.parametrize("part", ["vectors.npy", "titles.json", "option_notes.json", "placeholders.json"])
def test_what_no_decision_needs_may_be_damaged(store: Path, open_service: OpenService, part: str, harm: bytes) -> None:
    """It is told; whoever goes back to such a release is refused."""
    (file,) = (store / "snapshot").glob(f"*/{part}")
    sound = open_service(store).decide(["t00001"], profile="m00001")
    file.write_bytes(harm + file.read_bytes()[len(harm) :] if harm else b"")
    caller = open_service(store)
    assert part in caller.get("/readyz").text
    assert caller.decide(["t00001"], profile="m00001") == sound
    assert part in str(Release.load(store, former=caller.service.release).problems)  # also when counts are refreshed
    with pytest.raises(SnapshotError, match=part):
        Release.load(store, verify=True)


@pytest.mark.parametrize("part", ["beliefs/beliefs.npy", "members/weights.npy", "snapshot/answers.bin"])
def test_a_part_that_was_changed_is_not_served(tmp_path: Path, open_service: OpenService, part: str) -> None:
    """One bit is enough, wherever it is: the last ones of a table are numbers like any other."""
    activate(tmp_path, write(tmp_path, [title("film", {"a1": {}, "a2": {}})]))
    folder, name = part.split("/")
    (file,) = (tmp_path / folder).glob(f"*/{name}")
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    caller = open_service(tmp_path)
    assert f"{name} is damaged" in caller.get("/readyz").text
    assert [one.get("problem") for one in caller.decide(["film"])["titles"]] == (
        ["no_artwork"] if folder == "snapshot" else [None]
    )


@pytest.mark.parametrize("harm", [b"\x93NUMPY\x01\x00v\x00{'descr': (", b"\x93NUMPY\x09\x00"])
def test_a_damaged_head_of_a_table_is_a_damaged_table(store: Path, open_service: OpenService, harm: bytes) -> None:
    """Numpy evaluates it, and raises what Python raises. Under a service that runs nothing changes."""
    caller = open_service(store)
    before = caller.decide(["t00001"], profile="m00001")
    (file,) = (store / "beliefs").glob("*/beliefs.npy")
    file.write_bytes(harm + file.read_bytes()[len(harm) :])
    with pytest.raises(SnapshotError, match="cannot be read"):
        read_array(file.parent, file.name)
    assert caller.decide(["t00001"], profile="m00001") == before  # a small table is in memory


def test_memberships_are_taken_over_where_they_are_the_same(store: Path) -> None:
    """They may be large, and counts are refreshed every few minutes; others are opened."""
    first = Release.load(store, verify=True)
    assert Release.load(store, verify=True, former=first).members is first.members
    other = msgspec.structs.replace(read_active(store), members=None)
    assert Release.load(store, other, former=first).members is None


def test_an_empty_catalogue_is_served(tmp_path: Path, open_service: OpenService) -> None:
    activate(tmp_path, write(tmp_path, []))
    assert open_service(tmp_path).decide(["film"])["titles"] == [{"title": "film", "problem": "no_artwork"}]


def test_beliefs_of_another_snapshot_are_not_used(store: Path) -> None:
    active = read_active(store)
    other = write_world(store, World(titles=20, options=6, seed=7))
    release = Release.load(store, msgspec.structs.replace(active, beliefs=other.beliefs))
    assert release.beliefs is None
    assert f"are of snapshot {other.snapshot}, not {active.snapshot}" in release.problems[0]


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_beliefs_are_finite_numbers(tmp_path: Path, number: float) -> None:
    table = np.full((1, 1, 1, 2, 2, 3), number, np.float32)
    with pytest.raises(SnapshotError, match="not a finite number"):
        write_beliefs(tmp_path, Scored("s", "m", "f", [], table), MADE_AT)


def test_beliefs_come_back_as_they_were(tmp_path: Path) -> None:
    tables = np.arange(24, dtype=np.float32).reshape(2, 1, 1, 2, 2, 3)
    scored = Scored("s", "m@1", "f", [], tables, (0, 1, 0, 0, 0) * 3)
    found = Beliefs.open(tmp_path / "beliefs" / write_beliefs(tmp_path, scored, MADE_AT))
    assert (found.snapshot, found.model, found.segmentation, found.segments) == ("s", "m@1", "f", ())
    assert found.under == scored.under
    np.testing.assert_array_equal(found.tables, tables)
    np.testing.assert_array_equal(found.of(1, 3), tables[1, 0])  # one canvas stands for all


@pytest.mark.parametrize(
    "version",
    [
        STANDARD.version,
        "uniform",
        "pinned(capped-change(most=0.1, top-two(leader=0.5, thompson(width=0.3, nodes=32, reach=4))))",
        "explored(least=0.02, sampled-thompson(draws=500, seed=7))",
        "softmax(temperature=0.1)",
    ],
)
def test_a_policy_s_version_says_all_of_it(version: str) -> None:
    assert policy_of(version).version == version


@pytest.mark.parametrize("version", ["", "guess", "softmax(temperature=-1)", "explored(least=0.1)", "uniform("])
def test_no_other_version_is_a_policy(version: str) -> None:
    with pytest.raises(SnapshotError):
        policy_of(version)


def test_a_setting_names_a_policy_as_it_is_served_or_with_a_cap_of_its_own() -> None:
    assert policy_named("thompson") == STANDARD
    for version in ("pinned(capped-change(most=0.1, uniform))", "pinned(uniform)"):
        assert policy_named(version).version == version


@pytest.mark.parametrize(
    "over", ["explored(least=0.02, {})", "top-two(leader=0.5, {})", "pinned(explored(least=0, {}))"]
)
def test_nothing_is_worn_over_a_cap_that_would_spread_out_again_what_was_held(over: str) -> None:
    for capped in ("capped-change(most=0.1, uniform)", "pinned(capped-change(most=0.1, uniform))"):
        with pytest.raises(SnapshotError, match="no policy"):
            policy_named(over.format(capped))
