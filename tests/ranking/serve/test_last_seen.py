"""What a member saw last, told by its tokens: held as the policy says, and never more than that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from catalogues import title, write
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from service_caller import Caller, OpenService

from ranking.domain import Decision
from ranking.learn.folder import activate, read_active
from ranking.learn.withdrawn import write_withdrawn
from ranking.policy.policies import MOST_CHANGE
from ranking.policy.wrappers import given_shown
from ranking.serve.chooser import choose
from ranking.serve.last_seen import FATES, Asker, LastSeen, last_seen
from ranking.serve.params import ChooserParams, ServiceParams
from ranking.serve.passage import Passage
from ranking.serve.release import Release
from ranking.serve.tokens import Signer
from ranking.serve.wire import DecisionRequest

NOW, DAY = 1_767_300_000.0, 86_400
"""2026-01-01 20:40 UTC."""
NAMES = [f"t{number:02}" for number in range(40)]
CATALOGUE = [title(name, {f"{name}{letter}": {} for letter in "abcd"}) for name in NAMES]
FREE = "pinned(capped-change(most=1, uniform))"
STILL = "pinned(capped-change(most=0, uniform))"


@pytest.fixture
def clock() -> list[float]:
    return [NOW]


@pytest.fixture
def opened(tmp_path: Path, open_service: OpenService, clock: list[float]) -> Callable[..., Caller]:
    """A service over the catalogue; `policy` decides."""
    activate(tmp_path, write(tmp_path, CATALOGUE, best={"drama": [f"{name}b" for name in NAMES]}))

    def of(policy: str = "", **params: object) -> Caller:
        return open_service(tmp_path, clock=lambda: clock[0], params=ServiceParams(policy=policy, **params))

    return of


def told(caller: Caller, token: str) -> Decision:
    return caller.service.archive.told(caller.service.signer.verify(token)).decision


def tokens(page: dict[str, Any]) -> list[str]:
    return [one["token"] for one in page["titles"]]


def pictures(caller: Caller, page: dict[str, Any]) -> list[str | None]:
    return [told(caller, token).option for token in tokens(page)]


def fates(caller: Caller) -> dict[str, int]:
    counted = zip(FATES, caller.service.tallies.fates.tolist(), strict=True)
    return {fate: count for fate, count in counted if count}


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


def test_pictures_change_as_often_as_their_conditional_propensities_say(tmp_path: Path) -> None:
    """Chi-square over 4,000 visitors who saw the last picture; fails by chance once in a thousand, so named never."""
    activate(tmp_path, write(tmp_path, CATALOGUE[:1], tabulated=True))
    release, params, signer = Release.load(tmp_path), ChooserParams(), Signer(b"s" * 32)
    passage = Passage.between(release.snapshot, release.snapshot)
    drawn = np.zeros(4)
    for number in range(4_000):
        request = DecisionRequest(["t00"], "boxart", f"visitor-{number}")
        seen = _of(_as_if_shown(release, request, signer, 3), release, passage, params, signer)
        chosen = choose(release, request, NOW, params, seen)
        assert chosen.laid is not None
        drawn[int(chosen.choices.columns[0])] += 1
        expected = 0.5 if chosen.choices.columns[0] == 3 else 0.5 / 3
        assert chosen.choices.propensities[0] == pytest.approx(expected, abs=2e-3)
    assert chisquare(drawn, [2_000 / 3] * 3 + [2_000]).pvalue > 0.001


def _as_if_shown(release: Release, request: DecisionRequest, signer: Signer, column: int) -> str:
    """The token of a decision of yesterday for this column."""
    from ranking.serve.tokens import VERSION, PageFacts

    view = release.view(request.canvas, "")
    page = PageFacts(VERSION, release.id, int(NOW // DAY) - 1, view.number, request.profile, None, DAY)
    records = view.records[:1, column].copy()
    records["propensity"] = 0.25
    head, tails = signer.tokens(page, records)
    return (head + tails[0]).decode()


def _of(token: str, release: Release, passage: Passage, params: ChooserParams, signer: Signer) -> LastSeen:
    claims = signer.claims([token])
    epoch = params.epoch(NOW), params.epoch_seconds
    return last_seen([token], claims, {release.id: passage}, Asker(claims.pages[0].profile, 0), epoch)


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
    shutil.rmtree(tmp_path / "snapshot" / first["snapshot"])
    forgetful = open_service(tmp_path, clock=lambda: clock[0])
    for asked in (1, 2):
        assert forgetful.decide(["t00"], profile="Ada", shown=tokens(first)) == forgetful.decide(["t00"], profile="Ada")
        assert fates(forgetful) == {"forgotten": 3 * asked}


def test_the_epoch_is_one_of_its_own_length(opened: Callable[..., Caller]) -> None:
    """With other epochs the same number is another day: weighed, and not standing."""
    first = opened().decide(NAMES[:5], profile="Ada")
    hourly = opened(chooser=ChooserParams(epoch_seconds=3_600))
    hourly.decide(NAMES[:5], profile="Ada", shown=tokens(first))
    assert fates(hourly) == {"weighed": 5}


def test_no_file_is_opened_for_releases_that_are_known(
    opened: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = opened()
    shown = tokens(caller.decide(NAMES[:5], profile="Ada"))
    assert caller.decide(NAMES[:5], profile="Ada", shown=shown)

    def shut(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    request = DecisionRequest(NAMES[:5], "boxart", "Ada", shown=shown)
    with monkeypatch.context() as doors:
        for name in ("builtins.open", "os.open", "io.open", "threading.Lock"):
            doors.setattr(name, shut)
        seen = caller.run(caller.service._last_seen(caller.service.release, request, NOW))
        answer = caller.service._answered(caller.service.release, request, NOW, seen)
    assert b'"token":"' + shown[0].encode() in answer.body


def test_a_history_that_cannot_be_read_is_left_out_and_told(
    opened: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = opened()
    first = caller.decide(NAMES[:3], profile="Ada")

    def broken(*_: object) -> None:
        raise IndexError("a table that nobody foresaw")

    monkeypatch.setattr(caller.service.archive, "passages", broken)
    assert caller.decide(NAMES[:3], profile="Ada", shown=tokens(first)) == first
    assert fates(caller) == {"unread": 3}
    assert "what was seen last was left out (IndexError" in caller.get("/readyz").json()["problems"][0]
    assert caller.service.tallies.failed_decisions == 0


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_token_fails_a_page(data: st.DataObject) -> None:
    """Letters changed, cut, joined, repeated, of another secret, or anything at all: genuine ones still count."""
    signer, stranger = Signer(b"s" * 32), Signer(b"t" * 32)
    genuine = _tokens_of(signer, "Ada", 4)
    foreign = _tokens_of(stranger, "Ada", 4)
    harmed = st.sampled_from(genuine).flatmap(
        lambda token: st.tuples(st.integers(0, len(token) - 1), st.characters()).map(
            lambda change: token[: change[0]] + change[1] + token[change[0] + 1 :]
        )
    )
    swapped = st.tuples(*[st.sampled_from([*genuine, *foreign])] * 2).map(
        lambda pair: pair[0].split(".")[0] + "." + pair[1].split(".")[1]
    )
    anything = st.one_of(st.sampled_from(foreign), harmed, swapped, st.text(min_size=1, max_size=80))
    sent = [*data.draw(st.lists(anything, max_size=6)), genuine[0], *data.draw(st.lists(anything, max_size=6))]
    claims = signer.claims(sent)
    for number, token in enumerate(sent):
        assert (claims.page[number] >= 0) == _verified(signer, token)
    assert {page.profile for page in claims.pages} == {"Ada"}
    seen = last_seen(sent, claims, {"r": None}, Asker("Ada", 0), (1, DAY))
    assert {FATES[code] for code in seen.fates.tolist()} <= {"unsigned", "forgotten"}


def _verified(signer: Signer, token: str) -> bool:
    from ranking.errors import TokenError

    try:
        signer.verify(token)
    except TokenError:
        return False
    return True


def _tokens_of(signer: Signer, profile: str, count: int) -> list[str]:
    from ranking.serve.tokens import ROW, VERSION, PageFacts

    rows = np.zeros(count, ROW)
    rows["title"], rows["propensity"] = range(count), 0.25
    head, tails = signer.tokens(PageFacts(VERSION, "r", 1, 0, profile, None, DAY), rows)
    return [(head + tail).decode() for tail in tails]


def test_hostile_numbers_in_a_signed_token_say_nothing(tmp_path: Path) -> None:
    """A token of a store whose folders were replaced: its numbers are not those of what is there."""
    activate(tmp_path, write(tmp_path, CATALOGUE[:2]))
    release, signer = Release.load(tmp_path), Signer(b"s" * 32)
    from ranking.serve.tokens import ROW, VERSION, PageFacts

    rows = np.zeros(5, ROW)
    rows["title"], rows["column"] = [0, 2**32 - 1, 1, 0, 1], [0, 0, 127, -1, 3]
    rows["rendition"] = [0, 0, 0, 0, 2**31 - 1]
    head, tails = signer.tokens(PageFacts(VERSION, release.id, 1, 0, "Ada", None, DAY), rows)
    sent = [(head + tail).decode() for tail in tails]
    passage = Passage.between(release.snapshot, release.snapshot)
    seen = last_seen(sent, signer.claims(sent), {release.id: passage}, Asker("Ada", 0), (7, DAY))
    assert [FATES[code] for code in seen.fates.tolist()] == ["weighed", "gone", "gone", "gone", "gone"]
    elsewhere = last_seen(sent, signer.claims(sent), {release.id: passage}, Asker("Ada", 1), (7, DAY))
    assert {FATES[code] for code in elsewhere.fates.tolist()} == {"canvas"}


def test_the_cap_is_put_on_the_mixture_of_segments(tmp_path: Path) -> None:
    """What is tabulated or asked, mixed over segments or not: given what was shown, the same as the policy says."""
    activate(tmp_path, write(tmp_path, CATALOGUE, best={"drama": [f"{name}b" for name in NAMES]}))
    release = Release.load(tmp_path)
    view, rows = release.view("boxart", ""), np.arange(40)
    from ranking.domain import TasteMixture
    from ranking.policy.eligibility import Asked
    from ranking.serve.mixture import asked_and_answered

    asked, taste = Asked(datetime.fromtimestamp(NOW, UTC)), TasteMixture("by-hand", 0.5, {0: 0.5})
    for ready in (None, view.ready):
        page, free, _ = asked_and_answered(release.policy, view.table, ready, rows, taste, asked)
        held = given_shown(release.policy, replace(page, shown=np.full(40, 3)), free)
        np.testing.assert_allclose(held[:, 3], MOST_CHANGE, atol=1e-9)
        np.testing.assert_allclose(held.sum(axis=1), 1)
        np.testing.assert_allclose(held[:, :3], free[:, :3] * MOST_CHANGE / free[:, :3].sum(axis=1, keepdims=True))


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


def test_metrics_say_what_became_of_histories(opened: Callable[..., Caller]) -> None:
    caller = opened()
    shown = tokens(caller.decide(NAMES[:3], profile="Ada"))
    caller.decide(NAMES[:2], profile="Ada", shown=[*shown, "what.ever"])
    lines = dict(line.rsplit(" ", 1) for line in caller.get("/metrics").text.splitlines() if not line.startswith("#"))
    found = {fate: float(lines[f'artwork_shown_total{{fate="{fate}"}}']) for fate in FATES}
    assert {fate: count for fate, count in found.items() if count} == {"stands": 2, "other": 1, "unsigned": 1}


def test_more_than_five_hundred_are_refused_and_so_is_what_is_no_list_of_words(opened: Callable[..., Caller]) -> None:
    caller = opened()
    for shown in (["a.b"] * 501, "a.b", [1], [""], ["a" * 2_049]):
        response = caller.post("/v1/decisions", json={"titles": ["t00"], "canvas": "boxart", "shown": shown})
        assert response.status_code == 422, shown
    assert caller.decide(["t00"], shown=["a.b"] * 500)["titles"][0]["token"]
    assert fates(caller) == {"unsigned": 500}


def test_the_answers_for_an_empty_catalogue_and_an_empty_page_need_no_history(
    opened: Callable[..., Caller], tmp_path: Path, open_service: OpenService
) -> None:
    caller = opened()
    shown = tokens(caller.decide(NAMES[:2], profile="Ada"))
    assert caller.decide([], profile="Ada", shown=shown)["titles"] == []
    assert caller.decide(["nowhere"], profile="Ada", shown=shown)["titles"][0]["problem"] == "unknown_title"
    activate(tmp_path, write(tmp_path, []))
    empty = open_service(tmp_path)
    assert empty.decide(["film"], profile="Ada", shown=shown)["titles"] == [{"title": "film", "problem": "no_artwork"}]
