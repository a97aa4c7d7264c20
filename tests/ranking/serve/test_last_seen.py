"""What a member saw last, told by its tokens: held as the policy says, and never more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
from catalogues import title, write
from seen_pages import CATALOGUE, DAY, FREE, NAMES, STILL, fates, pictures, tokens, told
from service_caller import Caller, OpenService

from ranking.learn.folder import activate, read_active
from ranking.learn.withdrawn import write_withdrawn
from ranking.serve.params import ChooserParams, ServiceParams


def test_a_decision_of_this_epoch_stands_as_it_was(opened: Callable[..., Caller], clock: list[float]) -> None:
    caller = opened()
    first = caller.decide(NAMES, profile="Ada")
    clock[0] += 3_600
    assert caller.decide(NAMES, profile="Ada", shown=tokens(first)) == first
    assert fates(caller) == {"stands": 40}


def test_it_stands_when_beliefs_are_refreshed_within_the_epoch(
    opened: Callable[..., Caller], tmp_path: Path, clock: list[float]
) -> None:
    """Another release, which would show others: none flickers; from the next epoch on it decides."""
    caller = opened()
    first = caller.decide(NAMES, profile="fan-of-drama")
    activate(tmp_path, write(tmp_path, CATALOGUE, best={"drama": [f"{name}c" for name in NAMES]}))
    caller.run(caller.service.look())
    assert read_active(tmp_path).snapshot == first["snapshot"]
    second = caller.decide(NAMES, profile="fan-of-drama", shown=tokens(first))
    assert second["release"] != first["release"]
    assert second["titles"] == first["titles"]
    assert pictures(caller, second) != pictures(caller, caller.decide(NAMES, profile="fan-of-drama"))
    clock[0] += DAY
    third = caller.decide(NAMES, profile="fan-of-drama", shown=tokens(second))
    decided = [{caller.service.signer.verify(token).page.release for token in tokens(page)} for page in (second, third)]
    assert decided == [{first["release"]}, {second["release"]}]


def test_it_stands_when_another_snapshot_is_published_within_the_epoch(
    opened: Callable[..., Caller], tmp_path: Path
) -> None:
    """A picture is found by its id wherever its number is now; one that is gone is drawn anew."""
    caller = opened("uniform")
    first = caller.decide(NAMES, profile="Ada")
    lost = pictures(caller, first)[5]
    more = [title("a-new-film", {"x": {}})]
    for name in NAMES:
        kept = {f"{name}{letter}": {} for letter in "abcd" if f"{name}{letter}" != lost}
        more.append(title(name, {f"{name}0": {}} | kept))
    activate(tmp_path, write(tmp_path, more))
    caller.run(caller.service.look())
    second = caller.decide(NAMES, profile="Ada", shown=tokens(first))
    assert second["snapshot"] != first["snapshot"]
    before, after = first["titles"], second["titles"]
    assert [one == other for one, other in zip(before, after, strict=True)] == [place != 5 for place in range(40)]
    assert fates(caller) == {"stands": 39, "gone": 1}


def test_a_picture_that_was_cut_anew_is_held_like_one_of_an_earlier_epoch(
    tmp_path: Path, open_service: OpenService
) -> None:
    """What the member saw is no longer there to be shown; the same picture is, cut otherwise."""
    catalogue = [title(name, {f"{name}{letter}": {} for letter in "ab"}) for name in NAMES]
    activate(tmp_path, write(tmp_path, catalogue))
    caller = open_service(tmp_path, params=ServiceParams(policy=STILL))
    first = caller.decide(NAMES, profile="Ada")
    cut = [[replace(one, id=f"{one.id}2") for one in entry.renditions] for entry in catalogue]
    anew = [replace(entry, renditions=tuple(renditions)) for entry, renditions in zip(catalogue, cut, strict=True)]
    activate(tmp_path, write(tmp_path, anew))
    caller.run(caller.service.look())
    second = caller.decide(NAMES, profile="Ada", shown=tokens(first))
    assert pictures(caller, second) == pictures(caller, first)
    assert {told(caller, token).propensity for token in tokens(second)} == {1.0}
    assert {told(caller, token).rendition[-1] for token in tokens(second)} == {"2"}
    assert fates(caller) == {"weighed": 40}


def test_no_picture_flickers_within_an_epoch_whatever_is_promoted(
    tmp_path: Path, open_service: OpenService, clock: list[float]
) -> None:
    """Twenty promotions under three members' requests: other beliefs, and every time another snapshot as well."""
    releases = []
    for round_, letter in enumerate("abcd"):
        more = [title("new", {"x": {}})] if round_ % 2 else []
        releases.append(write(tmp_path, [*CATALOGUE, *more], best={"drama": [f"{name}{letter}" for name in NAMES]}))
    activate(tmp_path, releases[0])
    caller = open_service(tmp_path, clock=lambda: clock[0], params=ServiceParams(look_seconds=0.01))
    seen: dict[str, list[list[dict[str, Any]]]] = {name: [] for name in ("Ada", "Ben", "fan-of-drama")}

    async def visit(client: httpx.AsyncClient, profile: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            shown = [one["token"] for one in seen[profile][-1]] if seen[profile] else []
            page = {"titles": NAMES, "canvas": "boxart", "profile": profile, "shown": shown}
            response = await client.post("/v1/decisions", json=page)
            assert response.status_code == 200
            seen[profile].append(response.json()["titles"])
            await asyncio.sleep(0)

    async def served(release: str) -> None:
        for _ in range(2_000):
            if caller.service.release.id == release:
                return
            await asyncio.sleep(0.005)

    async def promote() -> None:
        stop, transport = asyncio.Event(), httpx.ASGITransport(app=caller.service)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            asking = [asyncio.create_task(visit(client, profile, stop)) for profile in seen]
            for swap in range(1, 21):
                activate(tmp_path, releases[swap % 4])
                await served(releases[swap % 4].id)
            stop.set()
            await asyncio.gather(*asking)

    caller.run(asyncio.wait_for(promote(), 60))
    assert caller.service.tallies.swaps == 21
    for pages in seen.values():
        assert len(pages) > 20
        assert all(page == pages[0] for page in pages)
    assert set(fates(caller)) == {"stands"}
    first, second = (caller.decide(NAMES, profile="fan-of-drama")["titles"], seen["fan-of-drama"][0])
    assert first == second  # the last promotion put the first release in use again
    activate(tmp_path, releases[1])
    caller.run(caller.service.look())
    assert caller.decide(NAMES, profile="fan-of-drama")["titles"] != second


def test_most_pictures_of_an_earlier_epoch_are_held(opened: Callable[..., Caller], clock: list[float]) -> None:
    """Uniform over four changes in three of four cases, capped in half of them, and not at all when no change is."""
    for policy, low, high in (("uniform", 0.3, 0.7), (FREE, 0.6, 0.9), (STILL, 0.0, 0.0)):
        caller = opened(policy)
        first = caller.decide(NAMES, profile="Ada")
        clock[0] += DAY
        second = caller.decide(NAMES, profile="Ada", shown=tokens(first))
        clock[0] -= DAY
        pairs = list(zip(pictures(caller, first), pictures(caller, second), strict=True))
        assert low <= np.mean([one != other for one, other in pairs]) <= high
        assert set(tokens(first)).isdisjoint(tokens(second))
        assert fates(caller) == {"weighed": 40}


def test_the_propensity_is_that_given_what_was_shown(opened: Callable[..., Caller], clock: list[float]) -> None:
    """Of four even pictures the one that was shown has 0.75, the others share 0.25."""
    caller = opened("pinned(capped-change(most=0.25, uniform))")
    first = caller.decide(NAMES, profile="Ada")
    clock[0] += DAY
    second = caller.decide(NAMES, profile="Ada", shown=tokens(first))
    for before, token in zip(pictures(caller, first), tokens(second), strict=True):
        decision = told(caller, token)
        assert decision.propensity == pytest.approx(0.75 if decision.option == before else 0.25 / 3)
        assert len(decision.candidates) == 4


def test_a_withdrawn_picture_neither_stands_nor_is_held(
    opened: Callable[..., Caller], tmp_path: Path, clock: list[float]
) -> None:
    caller = opened(STILL)
    first = caller.decide(NAMES, profile="Ada")
    shown = pictures(caller, first)
    write_withdrawn(tmp_path, {shown[3], shown[7]})
    caller.run(caller.service.look())
    for later in (0, DAY):
        clock[0] += later
        second = pictures(caller, caller.decide(NAMES, profile="Ada", shown=tokens(first)))
        assert [place for place in range(40) if second[place] != shown[place]] == [3, 7]
    assert fates(caller) == {"stands": 38, "weighed": 38, "refused": 4}


@pytest.mark.parametrize("limit", [{"maturity_limit": 12}, {"watched": {"film": 0.2}}, {"locale": "fr"}])
@pytest.mark.parametrize("later", [0, DAY])
def test_no_history_gets_past_a_guardrail(
    tmp_path: Path, open_service: OpenService, clock: list[float], limit: dict[str, Any], later: int
) -> None:
    """The picture was rightly shown before: without a limit, when the title was watched, in another country."""
    grave = {"maturity": 18, "spoils_until": 0.5, "locales": frozenset({"de"})}
    activate(tmp_path, write(tmp_path, [title("film", {"grave": grave, "light": {}})], best={"drama": ["grave"]}))
    caller = open_service(tmp_path, clock=lambda: clock[0], params=ServiceParams(policy="greedy"))
    usual = {"watched": {"film": 0.9}, "locale": "de"}
    first = caller.decide(["film"], profile="fan-of-drama", **usual)
    assert pictures(caller, first) == ["grave"]
    clock[0] += later
    second = caller.decide(["film"], profile="fan-of-drama", shown=tokens(first), **usual | limit)
    assert pictures(caller, second) == ["light"]
    assert told(caller, tokens(second)[0]).candidates == ("light",)
    assert fates(caller) == {"refused": 1}


def test_an_editor_s_word_is_above_what_was_seen(tmp_path: Path, open_service: OpenService) -> None:
    plain = title("film", {"a": {}, "b": {}}), title("other", {"c": {}})
    fixed = title("film", {"a": {"pinned": True}, "b": {}}), title("other", {"c": {}})
    activate(tmp_path, write(tmp_path, list(plain), best={"drama": ["b"]}))
    caller = open_service(tmp_path, params=ServiceParams(policy="greedy"))
    first = caller.decide(["film", "other"], profile="fan-of-drama")
    assert pictures(caller, first) == ["b", "c"]
    activate(tmp_path, write(tmp_path, list(fixed), best={"drama": ["b"]}))
    caller.run(caller.service.look())
    second = caller.decide(["film", "other"], profile="fan-of-drama", shown=tokens(first))
    assert pictures(caller, second) == ["a", "c"]
    assert [one["reason"] for one in second["titles"]] == ["pinned", "personalised"]
    assert fates(caller) == {"refused": 1, "stands": 1}


def test_in_another_language_or_on_another_device_it_is_the_same_picture_and_the_token_says_so(
    tmp_path: Path, open_service: OpenService, clock: list[float]
) -> None:
    activate(
        tmp_path,
        write(
            tmp_path,
            [
                title(name, {f"{name}a": {"languages": ("", "fr")}, f"{name}b": {"languages": ("", "fr")}})
                for name in NAMES
            ],
        ),
    )
    caller = open_service(tmp_path, clock=lambda: clock[0])
    first = caller.decide(NAMES, profile="Ada", device="television", local_hour=20)
    french = caller.decide(NAMES, profile="Ada", device="television", local_hour=20, locale="fr", shown=tokens(first))
    phone = caller.decide(NAMES, profile="Ada", device="phone", local_hour=23, shown=tokens(first))
    again = caller.decide(NAMES, profile="Ada", device="television", local_hour=18, shown=tokens(first))
    assert again["titles"] == first["titles"]  # an hour later, in the same part of the day
    for later in (french, phone):
        for one, other in zip(tokens(first), tokens(later), strict=True):
            before, after = told(caller, one), told(caller, other)
            assert (before.option, before.propensity, before.model) == (after.option, after.propensity, after.model)
    assert all(one["artwork"]["rendition"].endswith("fr") for one in french["titles"])
    assert {told(caller, token).rendition[-2:] for token in tokens(french)} == {"fr"}
    at_night = [told(caller, token) for token in tokens(phone)]
    assert {(decision.device, decision.day_part) for decision in at_night} == {("phone", "night")}
    assert fates(caller) == {"stands": 120}


def test_what_was_seen_last_of_a_title_counts_however_the_list_is_sorted(
    opened: Callable[..., Caller], clock: list[float]
) -> None:
    """Three days, held on the third as on the second; other titles than those asked for say nothing."""
    caller = opened(FREE)
    days = []
    for _ in range(3):
        days.append(caller.decide(NAMES, profile="Ada"))
        clock[0] += DAY
    history = [token for day in (days[1], days[2], days[0]) for token in tokens(day)]
    still = opened(STILL)
    page = still.decide(NAMES[:10], profile="Ada", shown=history)
    assert pictures(still, page) == pictures(caller, days[2])[:10]
    assert fates(still) == {"weighed": 10, "older": 20, "other": 90}


def test_of_one_epoch_the_last_of_the_list_counts(opened: Callable[..., Caller], clock: list[float]) -> None:
    caller, other = opened("uniform"), opened("uniform", chooser=ChooserParams(salt="otherwise"))
    first, second = (one.decide(NAMES, profile="Ada") for one in (caller, other))
    assert pictures(caller, first) != pictures(caller, second)
    clock[0] += DAY
    still = opened(STILL)
    page = still.decide(NAMES, profile="Ada", shown=[*tokens(first), *tokens(second)])
    assert pictures(still, page) == pictures(caller, second)


def test_nobody_has_another_one_s_history(opened: Callable[..., Caller], clock: list[float]) -> None:
    """A visitor, another member, a member without personalisation, another canvas: the page is as without it."""
    caller = opened()
    shown = tokens(caller.decide(NAMES[:3], profile="Ada"))
    clock[0] += DAY
    for more, fate in (
        ({"profile": "Ben"}, "profile"),
        ({}, "profile"),
        ({"profile": "Ada", "personalised": False}, "profile"),
    ):
        before = fates(caller).get(fate, 0)
        assert caller.decide(NAMES[:3], shown=shown, **more) == caller.decide(NAMES[:3], **more)
        assert fates(caller)[fate] == before + 3
    response = caller.post(
        "/v1/decisions", json={"titles": NAMES[:3], "canvas": "banner", "profile": "Ada", "shown": shown}
    )
    assert response.status_code == 200
    assert fates(caller)["canvas"] == 3


def test_a_policy_without_a_cap_looks_at_no_history(opened: Callable[..., Caller], clock: list[float]) -> None:
    caller = opened("pinned(uniform)")
    first = caller.decide(NAMES, profile="Ada")
    clock[0] += DAY
    assert caller.decide(NAMES, profile="Ada", shown=tokens(first)) == caller.decide(NAMES, profile="Ada")
    assert fates(caller) == {"uncapped": 40}


def test_a_fallback_is_not_held(tmp_path: Path, open_service: OpenService) -> None:
    """The beliefs were missing; when they are there again, they decide, in the same epoch too."""
    catalogue = [title("film", {"a": {"fallback": True}, "b": {}})]
    active = write(tmp_path, catalogue, best={"drama": ["b"]})
    activate(tmp_path, msgspec.structs.replace(active, beliefs=None, answers=None))
    caller = open_service(tmp_path, params=ServiceParams(policy="greedy"))
    first = caller.decide(["film"], profile="fan-of-drama")
    assert first["titles"][0]["reason"] == "fallback"
    activate(tmp_path, active)
    caller.run(caller.service.look())
    second = caller.decide(["film"], profile="fan-of-drama", shown=tokens(first))
    assert second["titles"][0]["reason"] == "personalised"
    assert fates(caller) == {"fallback": 1}


def test_a_forgotten_snapshot_says_nothing_and_is_counted(
    opened: Callable[..., Caller], tmp_path: Path, clock: list[float], open_service: OpenService
) -> None:
    caller = opened()
    first = caller.decide(NAMES[:3], profile="Ada")
    activate(tmp_path, write(tmp_path, [title("t00", {"t00a": {}, "t00b": {}})]))
    away = (tmp_path / "snapshot" / first["snapshot"]).rename(tmp_path / "away")
    forgetful = open_service(tmp_path, clock=lambda: clock[0])
    for asked in (1, 2):
        assert forgetful.decide(["t00"], profile="Ada", shown=tokens(first)) == forgetful.decide(["t00"], profile="Ada")
        assert fates(forgetful) == {"forgotten": 3 * asked}
    away.rename(tmp_path / "snapshot" / first["snapshot"])
    activate(tmp_path, write(tmp_path, [title("t00", {"t00a": {}, "t00b": {}})], best={"drama": ["t00a"]}))
    forgetful.run(forgetful.service.look())  # what was gone is looked for again with every release
    forgetful.decide(["t00"], profile="Ada", shown=tokens(first))
    assert fates(forgetful)["forgotten"] == 6


def test_the_epoch_is_one_of_its_own_length(opened: Callable[..., Caller], clock: list[float]) -> None:
    """With other epochs the same number is another time: weighed, and not standing."""
    first = opened().decide(NAMES[:5], profile="Ada")
    clock[0] = first["epoch"] * 3_600 + 5.0
    hourly = opened(chooser=ChooserParams(epoch_seconds=3_600))
    assert hourly.decide(NAMES[:5], profile="Ada", shown=tokens(first))["epoch"] == first["epoch"]
    assert fates(hourly) == {"weighed": 5}


def test_an_explanation_says_that_a_picture_was_held(
    tmp_path: Path, open_service: OpenService, clock: list[float]
) -> None:
    """Seen as nobody in particular, then known: another picture is believed to be better, and this one is held."""
    catalogue = [title(name, {f"{name}a": {}, f"{name}b": {}}) for name in NAMES]
    activate(tmp_path, write(tmp_path, catalogue))
    caller = open_service(tmp_path, clock=lambda: clock[0])
    first = caller.decide(NAMES, profile="fan-of-drama")
    activate(tmp_path, write(tmp_path, catalogue, best={"drama": [f"{name}b" for name in NAMES]}))
    caller.run(caller.service.look())
    clock[0] += DAY
    second = caller.decide(NAMES, profile="fan-of-drama", shown=tokens(first))
    assert {"held", "personalised"} <= {one["reason"] for one in second["titles"]}
    for before, one in zip(pictures(caller, first), second["titles"], strict=True):
        said = caller.get(f"/v1/decisions/{one['token']}/explanation").json()
        (chosen,) = [each for each in said["alternatives"] if each["chosen"]]
        assert chosen["probability"] == pytest.approx(said["propensity"], abs=1e-6)
        worse = before.endswith("a")  # the better one would have been shown anyway
        assert said["shown"] == (before if worse else None)
        assert (said["reason"] == "held") == said["words"].startswith("Held") == (worse and said["option"] == before)
    plain = caller.get(f"/v1/decisions/{tokens(first)[0]}/explanation").json()
    assert plain["shown"] is None
    assert "saw last" not in plain["words"]


def test_an_explanation_says_that_the_best_picture_was_held_as_well(
    opened: Callable[..., Caller], clock: list[float]
) -> None:
    """A policy that would show any of the four: what was seen is the best one, and held."""
    caller = opened(STILL)
    first = caller.decide(NAMES, profile="fan-of-drama")
    clock[0] += DAY
    second = caller.decide(NAMES, profile="fan-of-drama", shown=tokens(first))
    words = {
        one["reason"]: caller.get(f"/v1/decisions/{one['token']}/explanation").json()["words"]
        for one in second["titles"]
    }
    assert set(words) == {"held", "personalised"}
    assert words["personalised"].endswith("what this member saw last, and so it was held.")
