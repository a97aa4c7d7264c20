"""What tokens of former releases come to, however many there are."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import msgspec
import numpy as np
import pytest
from catalogues import title, write
from seen_pages import NOW
from service_caller import Caller, OpenService

from ranking.domain import Device
from ranking.errors import SnapshotError, TokenError
from ranking.learn.beliefs import FOLDER as BELIEFS
from ranking.learn.beliefs import Beliefs, Scored, model_of, write_beliefs
from ranking.learn.folder import Active, activate, let_parts_go
from ranking.learn.members import FOLDER as MEMBERS
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.learn.synthetic import World, write_world
from ranking.serve import archive as archives
from ranking.serve.archive import Archive
from ranking.serve.chooser import answer
from ranking.serve.last_seen import STANDS, WEIGHED
from ranking.serve.params import ChooserParams
from ranking.serve.release import Release
from ranking.serve.tokens import Signer
from ranking.serve.wire import DecisionRequest

SIGNER = Signer(b"0123456789abcdef0123456789abcdef")


def refreshed(store: Path, active: Active, count: int) -> dict[str, str]:
    """So many releases of one snapshot, each of a model of its own; a token of each, by the model."""
    believed, tokens = Beliefs.open(store / BELIEFS / str(active.beliefs)), {}
    for number in range(count):
        name = f"trees + counts {number}"
        facts = believed.snapshot, name, believed.segmentation, believed.segments, believed.tables
        beliefs = write_beliefs(store, Scored(*facts, believed.under), believed.made_at)
        one = msgspec.structs.replace(active, beliefs=beliefs, answers=None)
        activate(store, one, step=False)
        tokens[name] = token_of(Release.load(store, one))
    return tokens


def token_of(release: Release) -> str:
    body = answer(release, DecisionRequest(["film"], "boxart", "fan-of-drama"), NOW, ChooserParams(), SIGNER).body
    return str(msgspec.json.decode(body)["titles"][0]["token"])


def impressions(caller: Caller, tokens: list[str]) -> dict[str, object]:
    said = [
        {"kind": "impression", "event": f"e{number}", "token": token, "at": "2026-01-01T20:41:00Z"}
        for number, token in enumerate(tokens)
    ]
    return dict(caller.post("/v1/events", json={"events": said}).json())


@pytest.fixture
def active(tmp_path: Path) -> Active:
    return write(tmp_path, [title("film", {"a": {}, "b": {}})], best={"drama": ["b"]})


def test_events_of_many_releases_load_none_of_them(
    tmp_path: Path, active: Active, open_service: OpenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh every few minutes, events of days: what was decided with each is told without laying out any."""
    tokens = refreshed(tmp_path, active, 3 * archives.KEPT)
    caller = open_service(tmp_path)

    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a whole release was loaded")

    monkeypatch.setattr(Release, "load", refused)
    assert impressions(caller, list(tokens.values()))["accepted"] == len(tokens)
    archive = caller.service.archive
    told = {model: archive.told(SIGNER.verify(token)).decision.model for model, token in tokens.items()}
    assert told == {model: model for model in tokens}


def test_nothing_leads_to_where_no_page_is_answered_from(tmp_path: Path) -> None:
    """A snapshot a day, tokens of all days before: there are as many ways as days, and not their square."""
    archive, releases = Archive(tmp_path), []
    for day in range(6):
        active = write(tmp_path, [title("film", {f"p{day}": {}})])
        activate(tmp_path, active)
        release = Release.load(tmp_path)
        releases.append(release.id)
        archive.keep(release)
        assert set(archive.opened_passages(releases, release.snapshot)) == set(releases)
        assert set(archive.passages(releases, release.snapshot)) == set(releases)
        assert len(archive._passages) == day + 1


def test_what_is_told_of_a_release_is_the_same_whether_it_is_open_or_not(tmp_path: Path, active: Active) -> None:
    activate(tmp_path, active)
    claim = SIGNER.verify(token_of(Release.load(tmp_path)))
    for name in ("", ":uniform"):
        page = msgspec.structs.replace(claim.page, release=active.id + name)
        opened = Archive(tmp_path)
        opened.release(page.release)
        one, other = (each.told(replace(claim, page=page)) for each in (opened, Archive(tmp_path)))
        assert one == other
    assert "uniform" in one.decision.policy


def test_beliefs_of_which_only_the_name_is_left_still_name_the_model(tmp_path: Path, active: Active) -> None:
    activate(tmp_path, active)
    claim = SIGNER.verify(token_of(Release.load(tmp_path)))
    folder = tmp_path / BELIEFS / str(active.beliefs)
    let_parts_go(folder)
    assert Archive(tmp_path).told(claim).decision.model == model_of(folder) == "by-hand@1"
    (folder / "manifest.json").unlink()
    assert Archive(tmp_path).told(claim).decision.model == "none"
    with pytest.raises(SnapshotError, match="cannot be read"):
        model_of(folder)


@pytest.mark.parametrize("lost", [BELIEFS, MEMBERS])
def test_a_decision_is_not_explained_by_what_nobody_believed(
    tmp_path: Path, active: Active, open_service: OpenService, lost: str
) -> None:
    """Without the tables every picture would be as good as any, and the one that was shown refused."""
    activate(tmp_path, active)
    token = token_of(Release.load(tmp_path))
    activate(tmp_path, write(tmp_path, [title("film", {"a": {}})]))
    caller = open_service(tmp_path)
    let_parts_go(tmp_path / lost / str(getattr(active, lost)))
    response = caller.get(f"/v1/decisions/{token}/explanation")
    assert (response.status_code, response.json()["detail"]) == (
        404,
        "what this was decided from is no longer in the store",
    )
    assert impressions(caller, [token])["accepted"] == 1


def test_whatever_went_before_the_probability_explained_is_the_propensity(
    tmp_path: Path, open_service: OpenService
) -> None:
    """Members come back on other screens, at other hours and on other days, with what they saw last or without."""
    activate(tmp_path, write_world(tmp_path, World(titles=8, options=5, segments=3, members=9, apart=True)))
    clock, chance = [NOW], random.Random(7)
    caller = open_service(tmp_path, clock=lambda: clock[0])
    titles, canvas = [f"t{number:05}" for number in range(8)], World().canvases[0]
    saw: dict[str | None, list[str]] = {}
    drawn: dict[str, float] = {}
    for _ in range(80):
        clock[0] += chance.choice([0, 0, 0, 3_600, 86_400])
        member = chance.choice(["m00001", "m00002", None])
        asked = {"device": chance.choice(list(Device)), "local_hour": chance.choice([None, 3, 9, 14, 20])}
        shown = saw.get(member, []) if chance.random() < 0.8 else []
        page = {"titles": titles, "canvas": canvas, "profile": member, "shown": shown, **asked}
        saw[member] = [one["token"] for one in caller.post("/v1/decisions", json=page).json()["titles"]]
        said = caller.get(f"/v1/decisions/{chance.choice(saw[member])}/explanation").json()
        (probability,) = (one["probability"] for one in said["alternatives"] if one["chosen"])
        assert probability == pytest.approx(said["propensity"], abs=1e-9)
        assert drawn.setdefault(said["decision"], said["propensity"]) == said["propensity"], "one id, one probability"
    assert caller.service.tallies.fates[STANDS] > 50
    assert caller.service.tallies.fates[WEIGHED] > 50


def test_what_no_decision_needs_may_be_damaged_in_a_former_release_too(tmp_path: Path, active: Active) -> None:
    activate(tmp_path, active)
    token = token_of(Release.load(tmp_path))
    (tmp_path / SNAPSHOTS / active.snapshot / "option_notes.json").write_bytes(b"")
    archive = Archive(tmp_path)
    assert archive.told(SIGNER.verify(token)).decision.title == "film"
    assert archive.release(active.id).snapshot.digest == active.snapshot


def test_a_reason_that_this_version_does_not_know_is_refused_as_a_token(
    tmp_path: Path, active: Active, open_service: OpenService
) -> None:
    activate(tmp_path, active)
    caller = open_service(tmp_path)
    claim = SIGNER.verify(token_of(Release.load(tmp_path)))
    record = np.array([claim.row])
    record["reason"] = 200
    head, tails = SIGNER.tokens(claim.page, record)
    strange = (head + tails[0]).decode()
    with pytest.raises(TokenError, match="does not have"):
        caller.service.archive.told(SIGNER.verify(strange))
    assert impressions(caller, [strange])["refused"] == [{"event": "e0", "problem": "token"}]
