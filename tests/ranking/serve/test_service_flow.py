"""From a snapshot to a decision over HTTP, and back with what came of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from service_caller import Caller

from ranking.domain import QualifyingPlay
from ranking.learn.events import EventLog
from ranking.serve.wire import DecisionAnswer

SEEN, PLAYED = "2026-01-01T20:41:00Z", "2026-01-01T20:42:00Z"


def test_a_decision_comes_back_as_an_attributed_play(caller: Caller, store: Path) -> None:
    token = caller.decide(["t00001"], profile="m00001")["titles"][0]["token"]
    events = [
        {"kind": "outcome", "event": "o1", "token": token, "at": PLAYED, "played_seconds": 600.0},
        {"kind": "impression", "event": "i1", "token": token, "at": SEEN, "position": 3},
    ]
    receipt = caller.post("/v1/events", json={"events": events}).json()
    assert receipt == {"accepted": 2, "duplicates": 0, "refused": []}
    (found,) = EventLog.open(store).attributed(QualifyingPlay())
    assert (found.impressions, found.plays, found.position) == (1, 1, 3)
    assert (found.decision.profile, found.decision.title, found.decision.canvas) == ("m00001", "t00001", "boxart")
    assert found.decision.propensity > 0
    assert found.decision.option in found.decision.candidates
    assert len(found.decision.candidates) == 6


def test_the_answer_is_what_its_type_says(caller: Caller) -> None:
    response = caller.post("/v1/decisions", json={"titles": ["t00003", "nowhere", "t00000"], "canvas": "thumbnail"})
    answer = msgspec.json.decode(response.content, type=DecisionAnswer, strict=True)
    assert [one.title for one in answer.titles] == ["t00003", "nowhere", "t00000"]
    assert answer.titles[1].problem == "unknown_title"
    assert answer.titles[0].reason in {"cold_start", "explore"}
    artwork = answer.titles[0].artwork
    sizes = [(one.url, one.width, one.height) for one in artwork.sources]
    assert sizes[0] == (f"/v1/artwork/{artwork.rendition}?width=160", 160, 90)


def test_the_same_request_has_the_same_answer(caller: Caller) -> None:
    titles = [f"t{number:05d}" for number in range(20)]
    first, second = (caller.decide(titles, profile="m00002") for _ in range(2))
    assert first == second
