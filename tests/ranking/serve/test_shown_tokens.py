"""Tokens of what was seen last: what is drawn given them, what they cost, and what hostile ones come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from catalogues import title, write
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from seen_pages import CATALOGUE, DAY, NAMES, NOW, fates, tokens
from service_caller import Caller, OpenService

from ranking.domain import TasteMixture
from ranking.errors import TokenError
from ranking.learn.folder import activate
from ranking.learn.snapshot import Snapshot
from ranking.policy.eligibility import Asked
from ranking.policy.policies import MOST_CHANGE
from ranking.policy.wrappers import given_shown
from ranking.serve.chooser import choose
from ranking.serve.last_seen import FATES, Asker, LastSeen, last_seen
from ranking.serve.mixture import asked_and_answered
from ranking.serve.params import ChooserParams
from ranking.serve.passage import Passage
from ranking.serve.release import Release
from ranking.serve.tokens import ROW, VERSION, PageFacts, Signer
from ranking.serve.wire import DecisionRequest


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


def _as_if_shown(release: Release, request: DecisionRequest, signer: Signer, column: int, days: int = 1) -> str:
    """The token of a decision of yesterday, or so many days ago, for this column."""
    view = release.view(request.canvas, "")
    page = PageFacts(VERSION, release.id, int(NOW // DAY) - days, view.number, request.profile, None, DAY)
    records = view.records[:1, column].copy()
    records["propensity"] = 0.25
    head, tails = signer.tokens(page, records)
    return (head + tails[0]).decode()


def _of(token: str, release: Release, passage: Passage, params: ChooserParams, signer: Signer) -> LastSeen:
    claims = signer.claims([token])
    epoch = params.epoch(NOW), params.epoch_seconds
    return last_seen([token], claims, {release.id: passage}, Asker(claims.pages[0].profile, 0), epoch)


def test_what_stands_keeps_the_probability_that_it_was_drawn_with(tmp_path: Path) -> None:
    activate(tmp_path, write(tmp_path, CATALOGUE[:1], best={"drama": ["t00b"]}))
    release, params, signer = Release.load(tmp_path), ChooserParams(), Signer(b"s" * 32)
    request = DecisionRequest(["t00"], "boxart", "fan-of-drama")
    passage = Passage.between(release.snapshot, release.snapshot)
    seen = _of(_as_if_shown(release, request, signer, 3, days=0), release, passage, params, signer)
    chosen = choose(release, request, NOW, params, seen)
    assert chosen.choices.columns.tolist() == [3]
    assert chosen.choices.propensities.tolist() == [0.25]
    assert choose(release, request, NOW, params).choices.propensities[0] > 0.9


def test_each_token_has_one_spelling() -> None:
    """Letters of the other base64 alphabet say the same bytes, and are no token."""
    signer = Signer(b"s" * 32)
    token = next(one for one in _tokens_of(signer, "Ada", 200) if set("-_") <= set(one.partition(".")[2]))
    head, _, tail = token.partition(".")
    others = [head + "." + tail.replace(old, new) for old, new in (("-", "+"), ("_", "/"))]
    others += [head + "=." + tail, token + "=", token + "\n", head + "." + tail[:-1], token.replace(".", "..")]
    others += [token[:-1] + "=", token[:-2] + "==", token[:-4] + "====", head + "." + "=" * 60]
    for sent in ([one] for one in others):
        assert signer.claims(sent).page.tolist() == [-1]
    assert signer.claims([*others, token]).page.tolist() == [-1] * len(others) + [0]
    assert signer.claims([token, *others]).page.tolist() == [0] + [-1] * len(others)


def test_the_cap_is_put_on_the_mixture_of_segments(tmp_path: Path) -> None:
    """What is tabulated or asked, mixed over segments or not: given what was shown, the same as the policy says."""
    activate(tmp_path, write(tmp_path, CATALOGUE, best={"drama": [f"{name}b" for name in NAMES]}))
    release = Release.load(tmp_path)
    view, rows = release.view("boxart", ""), np.arange(40)
    asked, taste = Asked(datetime.fromtimestamp(NOW, UTC)), TasteMixture("by-hand", 0.5, {0: 0.5})
    for ready in (None, view.ready):
        page, free, _ = asked_and_answered(release.policy, view.table, ready, rows, taste, asked)
        held = given_shown(release.policy, replace(page, shown=np.full(40, 3)), free)
        np.testing.assert_allclose(held[:, 3], MOST_CHANGE, atol=1e-9)
        np.testing.assert_allclose(held.sum(axis=1), 1)
        np.testing.assert_allclose(held[:, :3], free[:, :3] * MOST_CHANGE / free[:, :3].sum(axis=1, keepdims=True))


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
    try:
        signer.verify(token)
    except TokenError:
        return False
    return True


def _tokens_of(signer: Signer, profile: str, count: int) -> list[str]:
    rows = np.zeros(count, ROW)
    rows["title"], rows["propensity"] = range(count), 0.25
    head, tails = signer.tokens(PageFacts(VERSION, "r", 1, 0, profile, None, DAY), rows)
    return [(head + tail).decode() for tail in tails]


def test_a_passage_leads_to_where_things_are_now(tmp_path: Path) -> None:
    """Titles b and c moved up as a went; c lost its first picture; renditions are found by their ids."""
    before = write(tmp_path, [title("a", {"a1": {}}), title("b", {"b1": {}}), title("c", {"c1": {}, "c2": {}})])
    after = write(tmp_path, [title("b", {"b0": {}, "b1": {}}), title("c", {"c2": {}})])
    first, second = (Snapshot.open(tmp_path / "snapshot" / one.snapshot) for one in (before, after))
    passage = Passage.between(first, second)
    assert passage.titles.tolist() == [-1, 0, 1]
    assert passage.columns.tolist() == [[-1, -1], [1, -1], [-1, 0]]
    assert passage.canvases.tolist() == [0, 1]
    ids = [first.rendition_ids.tolist(), second.rendition_ids.tolist()]
    assert {ids[0][old]: ids[1][new] for old, new in enumerate(passage.renditions) if new >= 0} == {
        b"b1boxart": b"b1boxart",
        b"c2boxart": b"c2boxart",
    }
    assert not passage.same
    assert Passage.between(first, first).same
    nothing = Snapshot.open(tmp_path / "snapshot" / write(tmp_path, []).snapshot)
    assert Passage.between(first, nothing).columns.tolist() == [[-1, -1]] * 3
    assert len(Passage.between(nothing, first).titles) == 0


def test_hostile_numbers_in_a_signed_token_say_nothing(tmp_path: Path) -> None:
    """A token of a store whose folders were replaced: its numbers are not those of what is there."""
    activate(tmp_path, write(tmp_path, CATALOGUE[:2]))
    release, signer = Release.load(tmp_path), Signer(b"s" * 32)
    rows = np.zeros(6, ROW)
    rows["title"], rows["column"] = [0, 2**32 - 1, 1, 0, 1, 1], [0, 0, 127, -1, 3, 0]
    rows["rendition"], rows["reason"] = [0, 0, 0, 0, 2**31 - 1, 4], [0, 0, 0, 0, 0, 200]
    head, tails = signer.tokens(PageFacts(VERSION, release.id, 1, 0, "Ada", None, DAY), rows)
    sent = [(head + tail).decode() for tail in tails]
    passage = Passage.between(release.snapshot, release.snapshot)
    seen = last_seen(sent, signer.claims(sent), {release.id: passage}, Asker("Ada", 0), (7, DAY))
    assert [FATES[code] for code in seen.fates.tolist()] == ["weighed", *["gone"] * 5]
    elsewhere = last_seen(sent, signer.claims(sent), {release.id: passage}, Asker("Ada", 1), (7, DAY))
    assert {FATES[code] for code in elsewhere.fates.tolist()} == {"canvas"}


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
