"""What is shown to whom, and what the answer says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogues import title, write
from scipy.stats import chisquare
from service_caller import Caller, OpenService

from ranking.domain import Decision, TasteMixture
from ranking.learn.folder import Active, activate, read_active
from ranking.learn.synthetic import MADE_AT
from ranking.policy.eligibility import Asked
from ranking.serve.chooser import choose
from ranking.serve.mixture import asked_and_answered
from ranking.serve.params import ChooserParams
from ranking.serve.release import Release
from ranking.serve.tabulate import with_answers
from ranking.serve.wire import DecisionRequest

NOW = 1_767_300_000.0
"""2026-01-01 20:40 UTC."""


def told(caller: Caller, token: str) -> Decision:
    return caller.service.archive.told(caller.service.signer.verify(token)).decision


@pytest.fixture
def caller(tmp_path: Path, open_service: OpenService) -> Caller:
    now = datetime.fromtimestamp(NOW, UTC)
    catalogue = [
        title("plain", {"p1": {}, "p2": {}, "p3": {}}),
        title("pinned", {"q1": {}, "q2": {"pinned": True}}),
        title("grown", {"r1": {"maturity": 18}, "r2": {"maturity": 0}}),
        title("grim", {"g1": {"maturity": 18}, "g2": {"maturity": 18}}),
        title("twist", {"s1": {"spoils_until": 0.9}, "s2": {}}),
        title("bare", {"t1": {"approved": False}}),
        title("saved", {"u1": {"approved": False, "fallback": True}}),
        title("flat", {"v1": {"shown_on": ("banner",)}}),
        title("past", {"w1": {"closes": now}, "w2": {"opens": now + timedelta(hours=1)}, "w3": {}}),
        title("local", {"x1": {"locales": frozenset({"de"})}, "x2": {}}),
        title("spoken", {"y1": {"languages": ("", "fr")}}),
        title("over", {"z1": {"closes": now, "fallback": True}, "z2": {"opens": now + timedelta(hours=1)}}),
        title("abroad", {"b1": {"locales": frozenset({"de"}), "fallback": True}}),
    ]
    best = {"drama": ["p1"], "comedy": ["p3"]}
    activate(tmp_path, write(tmp_path, catalogue, best=best))
    return open_service(tmp_path)


def one(caller: Caller, name: str, **more: object) -> dict[str, Any]:
    return caller.decide([name], **more)["titles"][0]


def test_members_of_different_taste_see_what_they_are_believed_to_like(caller: Caller) -> None:
    drama, comedy = (
        told(caller, one(caller, "plain", profile=f"fan-of-{name}")["token"]) for name in ("drama", "comedy")
    )
    assert (drama.option, comedy.option) == ("p1", "p3")
    assert drama.propensity > 0.9
    assert drama.reason == "personalised"
    assert (drama.segment, comedy.segment) == (0, 1)
    assert set(drama.candidates) == {"p1", "p2", "p3"}


def test_no_personalisation_means_the_population_s_taste_and_no_name_in_the_token(caller: Caller) -> None:
    decision = told(caller, one(caller, "plain", profile="fan-of-drama", personalised=False)["token"])
    assert decision.profile is None
    assert decision.segment is None
    assert decision.propensity == pytest.approx(1 / 3, abs=0.01)
    assert decision.reason in {"cold_start", "explore"}


def test_an_editor_s_picture_is_shown_for_certain(caller: Caller) -> None:
    decision = told(caller, one(caller, "pinned")["token"])
    assert (decision.option, decision.propensity, decision.reason) == ("q2", 1.0, "pinned")


def test_a_maturity_limit_leaves_out_what_is_above_it(caller: Caller) -> None:
    decision = told(caller, one(caller, "grown", maturity_limit=12)["token"])
    assert (decision.option, decision.candidates, decision.propensity) == ("r2", ("r2",), 1.0)
    assert set(told(caller, one(caller, "grown")["token"]).candidates) == {"r1", "r2"}


def test_no_fallback_breaks_the_maturity_limit(caller: Caller) -> None:
    assert one(caller, "grim", maturity_limit=12) == {"title": "grim", "problem": "no_artwork"}


def test_no_fallback_is_shown_outside_its_window_or_its_country(caller: Caller) -> None:
    """Rights end, and are for some places: a title without a picture says so."""
    assert one(caller, "over") == {"title": "over", "problem": "no_artwork"}
    assert one(caller, "abroad", locale="en") == {"title": "abroad", "problem": "no_artwork"}
    assert one(caller, "abroad", locale="de")["artwork"]["rendition"] == "b1boxart"


def test_without_beliefs_fallbacks_keep_their_limits(tmp_path: Path, open_service: OpenService) -> None:
    """All titles have their fallbacks then, as far as these may be shown."""
    now = datetime.fromtimestamp(NOW, UTC)
    shown = title("film", {"a1": {"closes": now, "fallback": True}, "a2": {"maturity": 18}, "a3": {}})
    activate(tmp_path, Active(write(tmp_path, [shown]).snapshot))
    caller = open_service(tmp_path)
    assert one(caller, "film", maturity_limit=12)["artwork"]["rendition"] == "a3boxart"
    assert one(caller, "film")["artwork"]["rendition"] == "a2boxart"


def test_what_would_spoil_a_title_waits_until_it_was_watched(caller: Caller) -> None:
    assert told(caller, one(caller, "twist")["token"]).candidates == ("s2",)
    assert set(told(caller, one(caller, "twist", watched={"twist": 0.95})["token"]).candidates) == {"s1", "s2"}


def test_windows_are_half_open(caller: Caller) -> None:
    assert told(caller, one(caller, "past")["token"]).candidates == ("w3",)


def test_a_picture_for_one_country_is_shown_there(caller: Caller) -> None:
    assert told(caller, one(caller, "local", locale="en")["token"]).candidates == ("x2",)
    assert set(told(caller, one(caller, "local", locale="de-AT")["token"]).candidates) == {"x1", "x2"}


def test_a_rendition_in_the_member_s_language_is_taken(caller: Caller) -> None:
    shown = {
        locale: one(caller, "spoken", locale=locale)["artwork"]["rendition"] for locale in ("", "fr", "fr-CA", "de")
    }
    assert shown == {"": "y1boxart", "fr": "y1boxartfr", "fr-CA": "y1boxartfr", "de": "y1boxart"}


def test_where_nothing_is_left_the_fallback_is_shown_and_says_so(caller: Caller) -> None:
    answer = one(caller, "saved")
    assert (answer["reason"], answer["artwork"]["rendition"]) == ("fallback", "u1boxart")
    decision = told(caller, answer["token"])
    assert (decision.option, decision.propensity, decision.candidates) == (None, 1.0, ())
    assert decision.rendition == "u1boxart"


def test_titles_without_any_picture_say_so_and_the_page_does_not_fail(caller: Caller) -> None:
    answer = caller.decide(["bare", "nowhere", "flat", "plain"])["titles"]
    assert [one.get("problem") for one in answer] == ["no_artwork", "unknown_title", "no_artwork", None]
    assert answer[3]["artwork"]["sources"][0]["width"] == 160


def test_a_page_may_be_empty_and_may_repeat_a_title(caller: Caller) -> None:
    assert caller.decide([])["titles"] == []
    first, second = caller.decide(["plain", "plain"])["titles"]
    assert first == second


def test_a_picture_stays_until_the_epoch_turns(tmp_path: Path, open_service: OpenService) -> None:
    names = [f"t{number}" for number in range(40)]
    activate(tmp_path, write(tmp_path, [title(name, {f"{name}a": {}, f"{name}b": {}}) for name in names]))
    clock = [NOW]
    service = open_service(tmp_path, clock=lambda: clock[0])
    first = service.decide(names, profile="somebody")
    clock[0] += 3 * 3600  # still the same day
    assert service.decide(names, profile="somebody") == first
    clock[0] += 3600
    second = service.decide(names, profile="somebody")
    assert second["epoch"] == first["epoch"] + 1
    shown = [[one["artwork"]["rendition"] for one in page["titles"]] for page in (first, second)]
    assert shown[0] != shown[1]


def test_an_unknown_canvas_is_named_with_those_there_are(caller: Caller) -> None:
    response = caller.post("/v1/decisions", json={"titles": ["plain"], "canvas": "bilboard"})
    assert response.status_code == 422
    assert response.json()["detail"] == "no canvas 'bilboard': there are boxart, banner"


def test_tabulated_answers_are_the_policy_s(store: Path) -> None:
    asked = Release.load(store)
    ready = Release.load(store, with_answers(store, read_active(store), MADE_AT))
    assert ready.answers is not None
    assert asked.answers is None
    rows, taste = np.arange(20), asked.members.of("m00003")
    views = [release.view("boxart", "") for release in (asked, ready)]
    at = Asked(datetime.fromtimestamp(NOW, UTC))
    first, second = (asked_and_answered(asked.policy, view.table, view.ready, rows, taste, at)[1] for view in views)
    np.testing.assert_allclose(first, second, atol=1e-6)
    np.testing.assert_allclose(second.sum(axis=1), 1.0, atol=1e-12)


def test_pictures_are_shown_as_often_as_their_propensities_say(store: Path) -> None:
    """Chi-square over 4,000 visitors of one taste; fails by chance once in a thousand, with these names never."""
    release, view = Release.load(store), Release.load(store).view("boxart", "")
    requests = (DecisionRequest(["t00002"], "boxart", f"visitor-{number}") for number in range(4_000))
    shown = [int(choose(release, request, NOW, ChooserParams()).choices.columns[0]) for request in requests]
    at, everybody = Asked(datetime.fromtimestamp(NOW, UTC)), TasteMixture("synthetic")
    _, probability, _ = asked_and_answered(release.policy, view.table, None, np.array([2]), everybody, at)
    expected = probability[0] * len(shown)
    usual = expected > 5
    seen = np.bincount(shown, minlength=6)
    assert usual.sum() >= 2
    assert (
        chisquare([*seen[usual], seen[~usual].sum()], [*expected[usual], expected[~usual].sum() or 1e-9]).pvalue > 0.001
    )
