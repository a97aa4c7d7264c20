"""On what, and when: beliefs differ by it as far as the scorer does, and a request is answered from its own table."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from catalogues import MADE_AT, title
from service_caller import Caller, OpenService

from pipelines.train import make_table
from ranking.domain import DayPart, Device, QualifyingPlay
from ranking.errors import SnapshotError
from ranking.features import NAMES, SITUATIONS, Tastes, situation, told_apart
from ranking.learn import answers, beliefs
from ranking.learn.answers import Answers
from ranking.learn.beliefs import ALL_ALIKE, Beliefs, Scored, write_beliefs
from ranking.learn.events import EventLog
from ranking.learn.examples import Examples
from ranking.learn.folder import Active, activate, read_active, write_folder
from ranking.learn.params import LearningParams
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.recall import Recall
from ranking.learn.snapshot import FOLDER, Snapshot
from ranking.policy.policies import POLICIES
from ranking.policy.scorers import Similarity
from ranking.ports import Beliefs as Believed
from ranking.ports import Meetings
from ranking.serve.release import Release
from ranking.serve.scoring import score_snapshot
from ranking.serve.tabulate import with_answers

NOBODY = Tastes((), (), np.zeros((1, 0)), np.zeros((1, 0)), np.zeros((1, 0)))
HELD, PART, LIGHT = (NAMES.index(name) for name in ("handheld", "day_part", "brightness"))
CATALOGUE = [title("film", {"dark": {"brightness": 0.1}, "light": {"brightness": 0.9, "fallback": True}})]
ODDS = 5.0
"""How much is believed of a picture that is as light as it should be: nothing else is drawn then."""


@dataclass(frozen=True)
class Lamp:
    """Believes in light pictures in the hand, in dark ones at night, and in dark ones on all else."""

    looks_at: frozenset[str] = field(default=frozenset({"handheld", "day_part", "brightness"}))
    version: str = "lamp"

    def beliefs(self, meetings: Meetings) -> Believed:
        features = meetings.features
        light = (features[:, HELD] == 1) & ("handheld" in self.looks_at)
        light &= ~((features[:, PART] == 3) & ("day_part" in self.looks_at))
        mean = ODDS * np.where(light, features[:, LIGHT], 1 - features[:, LIGHT])
        return Believed(mean, np.full(len(mean), 0.01))


def snapshot_in(store: Path) -> Snapshot:
    digest = write_snapshot(store, Edition(CATALOGUE, ["boxart", "banner"]), MADE_AT)
    return Snapshot.open(store / FOLDER / digest)


def released(store: Path, scorer: Lamp | Similarity) -> Active:
    snapshot = snapshot_in(store)
    scored = score_snapshot(snapshot, scorer, NOBODY, ("nobody", []))
    greedy = POLICIES["greedy"].version
    active = with_answers(store, Active(snapshot.digest, write_beliefs(store, scored, MADE_AT), policy=greedy), MADE_AT)
    activate(store, active)
    return active


@pytest.fixture
def lamp(tmp_path: Path, open_service: OpenService) -> Caller:
    released(tmp_path, Lamp())
    return open_service(tmp_path)


def shown(caller: Caller, **request: object) -> str:
    answer = caller.decide(["film"], **request)["titles"][0]
    return answer["artwork"]["rendition"].removesuffix("boxart")


def test_there_are_fifteen_situations_and_each_device_and_hour_has_one() -> None:
    """Not in the hand, in the hand, unknown; of each the four parts of the day, and unknown."""
    assert len(SITUATIONS) == 15
    numbers = {(d, p): situation(d, p) for d in Device for p in (*DayPart, None)}
    assert [numbers[one.device, one.day_part] for one in SITUATIONS] == list(range(15))
    for (device, part), number in numbers.items():
        np.testing.assert_array_equal(SITUATIONS[number].row, type(SITUATIONS[0])(device, part).row)


def test_what_is_not_looked_at_is_not_told_apart() -> None:
    assert told_apart(()) == (0,) * 15
    assert told_apart({"handheld"}) == (0,) * 5 + (5,) * 5 + (10,) * 5
    assert told_apart({"day_part", "faces"}) == (0, 1, 2, 3, 4) * 3
    assert told_apart({"day_part", "handheld"}) == tuple(range(15))


def test_who_looks_at_neither_has_one_table(tmp_path: Path) -> None:
    scored = score_snapshot(snapshot_in(tmp_path), Similarity(), NOBODY, ("nobody", []))
    assert (len(scored.tables), scored.under) == (1, ALL_ALIKE)


def test_what_is_believed_alike_is_kept_once(tmp_path: Path) -> None:
    """Fifteen are asked about; light pictures are believed in on phones but at night, dark ones in the other eleven."""
    scored = score_snapshot(snapshot_in(tmp_path), Lamp(), NOBODY, ("nobody", []))
    assert scored.under == (0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0)
    assert scored.tables.shape == (2, 1, 1, 1, 2, 2)
    np.testing.assert_allclose(scored.tables[:, 0, 0, 0, 0], [[4.5, 0.5], [0.5, 4.5]], rtol=1e-6)
    held = score_snapshot(snapshot_in(tmp_path), Lamp(frozenset({"handheld"})), NOBODY, ("nobody", []))
    assert held.under == (0,) * 5 + (1,) * 5 + (0,) * 5


def test_a_phone_is_shown_another_picture_than_a_television(lamp: Caller) -> None:
    assert shown(lamp, device="television", local_hour=12) == "dark"
    assert shown(lamp, device="phone", local_hour=12) == shown(lamp, device="tablet") == "light"
    assert shown(lamp, device="phone", local_hour=23) == shown(lamp, device="phone", local_hour=4) == "dark"
    assert shown(lamp) == shown(lamp, local_hour=12) == "dark"


def test_a_request_with_limits_asks_the_policy_about_the_same_table(lamp: Caller) -> None:
    """As one without answers does: the policy is asked, and not the table of somebody else."""
    lamp.service.release = plain = Release(lamp.service.release.snapshot, lamp.service.release.beliefs)
    assert plain.answers is None
    assert shown(lamp, device="phone") == "light"
    assert shown(lamp, device="television") == "dark"


def test_the_same_request_has_the_same_answer_and_another_hour_its_own(lamp: Caller) -> None:
    first, again = (lamp.decide(["film"], device="phone", local_hour=9) for _ in range(2))
    assert first == again
    later = lamp.decide(["film"], device="phone", local_hour=10)["titles"][0]
    assert later["artwork"] == first["titles"][0]["artwork"]
    assert later["token"] != first["titles"][0]["token"]


@pytest.mark.parametrize(("device", "chosen"), [("phone", "light"), ("television", "dark")])
def test_an_explanation_speaks_of_the_table_of_its_decision(lamp: Caller, device: str, chosen: str) -> None:
    token = lamp.decide(["film"], device=device)["titles"][0]["token"]
    told = lamp.get(f"/v1/decisions/{token}/explanation").json()
    assert told["option"] == chosen
    assert {one["option"]: round(one["chance"], 3) for one in told["alternatives"]} == {
        chosen: round(1 / (1 + np.exp(-4.5)), 3),
        ({"dark", "light"} - {chosen}).pop(): round(1 / (1 + np.exp(-0.5)), 3),
    }


def test_what_stands_on_another_screen_is_explained_by_the_table_that_it_was_drawn_with(lamp: Caller) -> None:
    """Drawn for a television, seen again on a phone, and on the television once more: the same numbers each time."""
    tokens = [lamp.decide(["film"], device="television")["titles"][0]["token"]]
    for more in ({"device": "phone", "local_hour": 23}, {"device": "tablet"}, {"device": "television"}):
        tokens.append(lamp.decide(["film"], shown=tokens[-1:], **more)["titles"][0]["token"])
    assert tokens[-1] == tokens[0]
    assert len(set(tokens)) == 3
    first, *others = (lamp.get(f"/v1/decisions/{token}/explanation").json() for token in tokens)
    assert first["option"] == "dark"
    for other in others:
        assert other["alternatives"] == first["alternatives"]
        assert other["propensity"] == first["propensity"] == first["alternatives"][0]["probability"]


def test_what_was_told_over_http_stands_in_the_log_and_in_the_training_table(lamp: Caller) -> None:
    """A request with a device and an hour, one with neither: two decisions, two rows."""
    store = lamp.service.store
    for number, request in enumerate(({"device": "phone", "local_hour": 23}, {})):
        token = lamp.decide(["film"], profile="m", **request)["titles"][0]["token"]
        event = {"kind": "impression", "event": f"e{number}", "token": token, "at": "2026-01-01T20:41:00Z"}
        assert lamp.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1
    with closing(EventLog.open(store)) as log:
        found = sorted(log.attributed(QualifyingPlay()), key=lambda one: one.decision.device)
        told = [(one.decision.device, one.decision.day_part) for one in found]
        assert told == [("phone", "night"), ("unknown", None)]
        now = datetime(2026, 1, 2, tzinfo=UTC)
        make_table(store / "table", store, log, LearningParams(settle_seconds=0), now, lambda _: None)
    features = Examples.read(store / "table").features[:, [HELD, PART]]
    np.testing.assert_array_equal(features[np.argsort(features[:, 0])], [[1, 3], [np.nan, np.nan]])


def test_an_hour_that_is_none_is_refused(lamp: Caller) -> None:
    for hour in (-1, 24, 7.5, "7"):
        asked = {"titles": ["film"], "canvas": "boxart", "local_hour": hour}
        assert lamp.post("/v1/decisions", json=asked).status_code == 422


def test_a_store_of_the_version_before_is_served_until_it_is_refreshed(
    tmp_path: Path, open_service: OpenService
) -> None:
    """Its beliefs and answers have one table: every device and hour has that."""
    active = released(tmp_path, Similarity())
    old = _as_before(tmp_path, active)
    activate(tmp_path, old)
    release = Release.load(tmp_path, verify=True)
    assert release.problems == ("no members",)
    assert release.beliefs is not None
    assert release.answers is not None
    assert (release.beliefs.under, len(release.answers.tables)) == (ALL_ALIKE, 1)
    caller = open_service(tmp_path)
    assert shown(caller, device="phone", local_hour=3) == shown(caller, device="television")
    caller.service.release = release.without(frozenset({"dark"}))
    assert shown(caller, device="phone") == "light"


def _as_before(store: Path, active: Active) -> Active:
    """The same release in the folders of the version before."""
    now, asked = (
        Beliefs.open(store / beliefs.FOLDER / active.beliefs),
        Answers.open(store / answers.FOLDER / active.answers),
    )
    facts = {"snapshot": now.snapshot, "model": now.model, "segmentation": now.segmentation, "segments": []}
    wide = np.repeat(now.tables[0], 2, axis=0)
    made = MADE_AT.isoformat()
    first = write_folder(store / beliefs.FOLDER, "artwork-beliefs-1", made, facts, {"beliefs.npy": wide})
    parts = {"answers.npy": asked.tables[0], "allowed.npy": asked.allowed}
    of_them = {"beliefs": first, "policy": asked.policy}
    second = write_folder(store / answers.FOLDER, "artwork-answers-1", made, of_them, parts)
    return msgspec.structs.replace(active, beliefs=first, answers=second)


def test_a_model_s_decisions_of_the_version_before_are_still_known(tmp_path: Path) -> None:
    """Which memberships they were made with is found by the manifest of their beliefs."""
    old = _as_before(tmp_path, released(tmp_path, Similarity()))
    activate(tmp_path, old)
    model = Beliefs.open(tmp_path / beliefs.FOLDER / old.beliefs).model
    assert Recall(tmp_path)._releases[old.snapshot, model].beliefs in {old.beliefs, read_active(tmp_path).beliefs}


@pytest.mark.parametrize("under", [(0,) * 14, (0,) * 14 + (2,), (1,) * 15])
def test_tables_that_do_not_stand_for_all_circumstances_are_refused(tmp_path: Path, under: tuple[int, ...]) -> None:
    tables = np.zeros((2, 1, 1, 1, 2, 2), np.float32)
    with pytest.raises(SnapshotError, match="2 tables of beliefs for the circumstances"):
        write_beliefs(tmp_path, Scored("s", "m", "f", [], tables, under), MADE_AT)
    facts = {"snapshot": "s", "model": "m", "segmentation": "f", "segments": [], "under": list(under)}
    name = write_folder(tmp_path, beliefs.FORMAT, MADE_AT.isoformat(), facts, {"beliefs.npy": tables})
    with pytest.raises(SnapshotError, match="2 tables for the circumstances"):
        Beliefs.open(tmp_path / name)


def test_beliefs_of_a_format_that_is_not_known_are_refused(tmp_path: Path) -> None:
    name = write_folder(tmp_path, "artwork-beliefs-9", MADE_AT.isoformat(), {}, {})
    with pytest.raises(SnapshotError, match=r"format 'artwork-beliefs-9', this version reads 'artwork-beliefs-2'"):
        Beliefs.open(tmp_path / name)


def test_a_title_without_pictures_has_tables_too(tmp_path: Path) -> None:
    """And so has a store without titles."""
    digest = write_snapshot(tmp_path, Edition([], ["boxart"]), MADE_AT)
    scored = score_snapshot(Snapshot.open(tmp_path / FOLDER / digest), Lamp(), NOBODY, ("nobody", []))
    assert (scored.tables.shape, scored.under) == ((1, 1, 1, 0, 2, 1), ALL_ALIKE)
