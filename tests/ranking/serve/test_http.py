"""The rim of the service: what is refused, how it is said, and who may ask."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from service_caller import Caller, OpenService

from ranking.errors import EventLogError
from ranking.learn.database import FILE as EVENTS_FILE
from ranking.learn.events import EventLog
from ranking.learn.folder import activate, read_active
from ranking.serve.keys import Keyring, Scope, make_key
from ranking.serve.params import ChooserParams, InboxParams, ServiceParams
from ranking.serve.wire import DecisionAnswer, DecisionRequest

PAGE = {"titles": ["t00001"], "canvas": "boxart"}
SEEN = "2026-01-01T20:41:00Z"
HEAVY = ("torch", "cv2", "open_clip", "scenedetect", "PIL", "lightgbm", "pandas", "sklearn")


def problem(response, status: int) -> str:  # noqa: ANN001  # httpx's
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert set(body) == {"type", "title", "status", "detail"}
    return body["detail"]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 400, "truncated"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"titles":["a"],"canvas":"boxart","profile":"\xff"}', 400, "not UTF-8"),
        (b'{"titles":["a"],"canvas":"boxart","profile":"\xed\xa0\x80"}', 400, "not UTF-8"),
        (b'{"titles":' + b"[" * 90_000, 422, "Expected `str`, got `array`"),
        (b"[]", 422, "Expected `object`, got `array`"),
        (b'{"titles":["a"]}', 422, "missing required field `canvas`"),
        (b'{"titles":[1],"canvas":"boxart"}', 422, "Expected `str`, got `int` - at `$.titles[0]`"),
        (b'{"titles":["a"],"canvas":"boxart","profil":"x"}', 422, "unknown field `profil`"),
        (b'{"titles":["a"],"canvas":"boxart","watched":{"a":1.5}}', 422, "<= 1"),
        (b'{"titles":[],"canvas":"boxart","profile":"a\\u0000"}', 422, "matching regex"),
        (b'{"titles":["\\ud800"],"canvas":"boxart"}', 400, "surrogate"),
        (b'{"titles":["a"],"canvas":"boxart","device":"fridge"}', 422, "Invalid enum value 'fridge'"),
        (json.dumps({"titles": ["a"] * 501, "canvas": "boxart"}).encode(), 422, "length <= 500"),
    ],
)
def test_a_request_that_does_not_fit_is_told_why(caller: Caller, body: bytes, status: int, detail: str) -> None:
    response = caller.post("/v1/decisions", content=body, headers={"content-type": "application/json"})
    assert detail in problem(response, status)


def test_other_types_methods_and_addresses_are_refused(caller: Caller) -> None:
    problem(caller.post("/v1/decisions", content=b"{}", headers={"content-type": "text/plain"}), 415)
    response = caller.get("/v1/decisions")
    problem(response, 405)
    assert response.headers["allow"] == "POST"
    problem(caller.get("/v1/nothing"), 404)
    problem(caller.post("/healthz"), 405)
    problem(
        caller.post("/v1/events", content=b'{"events":["\xff"]}', headers={"content-type": "application/json"}), 422
    )


def test_who_only_looks_whether_it_is_there_is_answered(caller: Caller) -> None:
    """Balancers ask with HEAD."""
    for path in ("/healthz", "/readyz"):
        response = caller.request("HEAD", path)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")


def test_no_address_redirects(caller: Caller) -> None:
    """Where to would be made of what the client says its host is."""
    for path in ("/healthz/", "/readyz/", "/v1/decisions/", "/v1/artwork/"):
        problem(caller.get(path), 404)


def test_an_encoded_body_is_refused(caller: Caller) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    problem(caller.post("/v1/decisions", content=gzip.compress(json.dumps(PAGE).encode()), headers=headers), 415)


def test_a_body_that_never_ends_is_let_go(store: Path, open_service: OpenService) -> None:
    caller = open_service(store, params=ServiceParams(body_seconds=0.05))

    async def forever():  # noqa: ANN202
        yield b"{"
        await asyncio.sleep(60)

    problem(caller.post("/v1/decisions", content=forever(), headers={"content-type": "application/json"}), 408)


def test_too_large_a_body_is_not_read(store: Path, open_service: OpenService) -> None:
    caller = open_service(store, params=ServiceParams(decision_bytes=100))
    problem(caller.post("/v1/decisions", json={"titles": ["t"] * 50, "canvas": "boxart"}), 413)

    async def drip():  # noqa: ANN202
        for _ in range(50):
            yield b"[" * 10

    problem(caller.post("/v1/decisions", content=drip(), headers={"content-type": "application/json"}), 413)


def test_keys_open_what_their_scopes_say(store: Path, open_service: OpenService) -> None:
    keys = {scope: make_key(scope, [scope]) for scope in Scope}
    caller = open_service(store, keyring=Keyring(record for _, record in keys.values()))

    def status(scope: Scope, path: str, body: dict | None = None) -> int:
        headers = {"authorization": f"{'Bearer' if scope is Scope.ADMIN else 'bearer'} {keys[scope][0]}"}
        response = (
            caller.post(path, json=body, headers=headers) if body is not None else caller.get(path, headers=headers)
        )
        return response.status_code

    asked = {"/v1/decisions": PAGE, "/v1/events": {"events": []}, "/metrics": None}
    found = {scope: [status(scope, path, body) for path, body in asked.items()] for scope in Scope}
    assert found == {Scope.DECIDE: [200, 403, 403], Scope.EVENTS: [403, 200, 403], Scope.ADMIN: [200, 200, 200]}
    response = caller.post("/v1/decisions", json=PAGE)
    problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    problem(caller.post("/v1/decisions", json=PAGE, headers={"authorization": "Bearer wrong"}), 401)
    problem(caller.get("/v1/decisions/a.b/explanation"), 401)
    assert caller.get("/healthz").status_code == 200


def test_a_key_that_asks_too_often_is_told_when_to_come_back(store: Path, open_service: OpenService) -> None:
    key, record = make_key("eager", [Scope.DECIDE], per_second=0.1, at_once=3)
    caller = open_service(store, keyring=Keyring([record]))
    answers = [caller.post("/v1/decisions", json=PAGE, headers={"authorization": f"Bearer {key}"}) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10


def test_events_are_refused_one_by_one_each_with_its_problem(caller: Caller) -> None:
    token = caller.decide(["t00001"])["titles"][0]["token"]
    events = [
        {"kind": "impression", "event": "good", "token": token, "at": SEEN},
        {"kind": "impression", "event": "forged", "token": token[:-1] + ("A" if token[-1] != "A" else "B"), "at": SEEN},
        {"kind": "impression", "event": "early", "token": token, "at": "2026-01-03T00:00:00Z"},
        {"kind": "impression", "event": "good", "token": token, "at": SEEN, "position": 7},
    ]
    receipt = caller.post("/v1/events", json={"events": events}).json()
    refused = {(one["event"], one["problem"]) for one in receipt.pop("refused")}
    assert receipt == {"accepted": 1, "duplicates": 0}
    assert refused == {("forged", "token"), ("early", "future"), ("good", "conflict")}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2025-12-30T23:00:00Z"])
def test_an_event_from_long_before_its_decision_is_refused(caller: Caller, at: str) -> None:
    """The epoch began on 2026-01-01; a clock may be a day slow."""
    token = caller.decide(["t00001"])["titles"][0]["token"]
    event = {"kind": "impression", "event": "e", "token": token}
    receipt = caller.post("/v1/events", json={"events": [event | {"at": at}]}).json()
    assert receipt["refused"] == [{"event": "e", "problem": "early"}]
    slow = caller.post("/v1/events", json={"events": [event | {"at": "2025-12-31T01:00:00Z"}]}).json()
    assert slow["accepted"] == 1


def test_a_token_lives_by_the_epochs_it_was_made_in(store: Path, open_service: OpenService) -> None:
    """Where epochs are made shorter, the decisions of longer ones may be told of as before."""
    token = open_service(store).decide(["t00001"])["titles"][0]["token"]
    shorter = open_service(store, params=ServiceParams(ChooserParams(epoch_seconds=60)))
    event = {"kind": "impression", "event": "e", "token": token, "at": SEEN}
    assert shorter.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1


def test_events_of_a_decision_long_ago_are_refused(store: Path, open_service: OpenService) -> None:
    clock = [1_767_300_000.0]
    caller = open_service(store, clock=lambda: clock[0])
    token = caller.decide(["t00001"])["titles"][0]["token"]
    clock[0] += 86_400 * 40
    events = [{"kind": "impression", "event": "e", "token": token, "at": "2026-02-09T00:00:00Z"}]
    receipt = caller.post("/v1/events", json={"events": events}).json()
    assert receipt["refused"] == [{"event": "e", "problem": "expired"}]


def test_an_event_without_a_time_zone_or_kind_does_not_fit(caller: Caller) -> None:
    token = caller.decide(["t00001"])["titles"][0]["token"]
    event = {"kind": "impression", "event": "e", "token": token, "at": "2026-01-01T20:41:00"}
    problem(caller.post("/v1/events", json={"events": [event]}), 422)
    problem(caller.post("/v1/events", json={"events": [event | {"kind": "click"}]}), 422)


def test_a_full_queue_is_429_and_later_everything_is_taken(store: Path, open_service: OpenService) -> None:
    """The log fails at first: what was sent is not acknowledged, waits, and is a duplicate when it is sent again."""
    broken = [True]

    def open_log() -> EventLog:
        if broken[0]:
            raise EventLogError("disk full")
        return EventLog.open(store)

    inbox = InboxParams(most_waiting=2, acknowledged_seconds=0.2, retry_seconds=0.05)
    caller = open_service(store, open_log=open_log, params=ServiceParams(inbox=inbox))
    token = caller.decide(["t00001"])["titles"][0]["token"]
    batches = [[{"kind": "impression", "event": f"e{n}", "token": token, "at": SEEN}] for n in range(3)]
    answers = [caller.post("/v1/events", json={"events": events}) for events in batches]
    assert [one.status_code for one in answers] == [429, 429, 429]
    assert all(int(one.headers["retry-after"]) >= 1 for one in answers)
    assert caller.decide(["t00001"])["titles"][0]["token"] == token
    assert "disk full" in caller.get("/readyz").json()["problems"][-1]
    broken[0] = False
    receipts = []
    for events in batches:
        for _ in range(50):
            response = caller.post("/v1/events", json={"events": events})
            if response.status_code == 200:
                break
            time.sleep(0.1)
        receipts.append(response.json())
    assert sum(one["accepted"] + one["duplicates"] for one in receipts) == 3
    assert EventLog.open(store).counts().impressions == 3


def test_metrics_count_what_happened(caller: Caller) -> None:
    token = caller.decide(["t00001", "t00002", "nowhere"], profile="m00001")["titles"][0]["token"]
    events = [{"kind": "impression", "event": "e1", "token": token, "at": "2026-01-01T20:39:00Z"}]
    caller.post("/v1/events", json={"events": events})
    caller.get("/v1/artwork/nothing")
    caller.get("/etc/passwd")
    lines = dict(line.rsplit(" ", 1) for line in caller.get("/metrics").text.splitlines() if not line.startswith("#"))
    choices = sum(float(value) for name, value in lines.items() if name.startswith("artwork_choices_total"))
    assert choices == 2
    assert lines['artwork_requests_total{route="/v1/decisions",status="200"}'] == "1.0"
    assert lines['artwork_requests_total{route="/v1/artwork/{rendition}",status="404"}'] == "1.0"
    assert lines['artwork_requests_total{route="other",status="404"}'] == "1.0"
    assert lines['artwork_event_lag_seconds_bucket{le="60.0"}'] == "1.0"
    assert lines['artwork_events_total{fate="accepted"}'] == "1.0"
    assert float(lines["artwork_decision_seconds_count"]) == 1
    assert float(lines["artwork_snapshot_age_seconds"]) > 0
    assert float(lines["artwork_model_age_seconds"]) > 0
    assert lines["artwork_options_withdrawn"] == "0.0"


@pytest.mark.parametrize("harm", ["removed", "damaged"])
def test_what_can_no_longer_be_explained_is_not_found(caller: Caller, harm: str) -> None:
    """The snapshot's folder was taken away, or changed, under the service: decisions go on; no folder is named."""
    token = caller.decide(["t00001"])["titles"][0]["token"]
    folder = caller.service.store / "snapshot" / caller.service.release.snapshot.digest
    if harm == "removed":
        folder.rename(caller.service.store / "elsewhere")
    else:
        (folder / "option_notes.json").write_text("[{")
    response = caller.get(f"/v1/decisions/{token}/explanation")
    problem(response, 404)
    assert response.json()["detail"] == "what this was decided from is no longer in the store"
    assert caller.decide(["t00001"])["titles"][0]["token"] == token


def test_an_explanation_names_every_picture_and_the_chosen_one(caller: Caller) -> None:
    answer = caller.decide(["t00001"], profile="m00001")["titles"][0]
    told = caller.get(f"/v1/decisions/{answer['token']}/explanation").json()
    assert told["reason"] == answer["reason"]
    assert told["segment"] == "segment 1"
    assert told["current"] is True
    assert len(told["alternatives"]) == 6
    (chosen,) = [one for one in told["alternatives"] if one["chosen"]]
    assert chosen["option"] == told["option"]
    assert chosen["probability"] == pytest.approx(told["propensity"], abs=1e-6)
    assert sum(one["probability"] for one in told["alternatives"]) == pytest.approx(1)
    problem(caller.get(f"/v1/decisions/{answer['token'][:-2]}/explanation"), 404)
    problem(caller.get("/v1/decisions/no-token/explanation"), 422)


def test_a_service_without_a_snapshot_answers_and_is_not_ready(tmp_path: Path, open_service: OpenService) -> None:
    caller = open_service(tmp_path)
    assert caller.decide(["t00001"])["titles"] == [{"title": "t00001", "problem": "no_artwork"}]
    problem(caller.get("/readyz"), 503)
    assert caller.get("/healthz").json() == {"status": "ok"}
    problem(caller.get("/v1/artwork/abc"), 404)


def test_serving_loads_no_heavy_library(tmp_path: Path) -> None:
    """A fresh interpreter that has made a service has none of what content and training need."""
    program = (
        "import sys, ranking.serve.service, ranking.learn.press, pipelines.serve;"
        f"pipelines.serve.make_service(pipelines.serve.Path({str(tmp_path)!r}));"
        f"print([n for n in {HEAVY!r} if n in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_the_description_is_checked_in() -> None:
    """When it was meant to change: write `pipelines.serve.openapi_document()` to assets/openapi.json."""
    from pipelines.serve import openapi_document

    kept = Path(__file__).parents[3] / "assets" / "openapi.json"
    assert kept.read_bytes() == openapi_document()


def test_problems_are_told_in_words_to_admin_keys_alone(store: Path, open_service: OpenService) -> None:
    """They name folders and machines; whether it is ready, anybody may know."""
    key, record = make_key("metrics", [Scope.ADMIN])
    activate(store, msgspec.structs.replace(read_active(store), members="0" * 16))
    caller = open_service(store, keyring=Keyring([record]))
    assert caller.get("/readyz").json()["problems"] == ["1, told to admin keys"]
    told = caller.get("/readyz", headers={"authorization": f"Bearer {key}"}).json()["problems"]
    assert len(told) == 1
    assert "members/0000000000000000" in told[0]
    empty = open_service(store / "nothing", keyring=Keyring([record]))
    assert problem(empty.get("/readyz"), 503) == "nothing to serve yet"
    assert str(store) in problem(empty.get("/readyz", headers={"authorization": f"Bearer {key}"}), 503)


def test_every_field_of_a_request_is_taken(caller: Caller) -> None:
    whole = {
        "titles": ["t00001", "nowhere"],
        "canvas": "boxart",
        "profile": "m00001",
        "personalised": True,
        "device": "television",
        "locale": "de-AT",
        "local_hour": 23,
        "position": 12,
        "maturity_limit": 12,
        "watched": {"t00001": 0.5, "nowhere": 1.0},
        "shown": ["no-token"],
    }
    first, second = caller.post("/v1/decisions", json=whole).json()["titles"]
    assert first["artwork"]["sources"]
    assert second == {"title": "nowhere", "problem": "unknown_title"}
    assert set(whole) == set(DecisionRequest.__struct_fields__)


def test_decisions_need_no_event_log(store: Path, open_service: OpenService) -> None:
    """It cannot be opened: every picture is chosen as before, events are told to come back, and readiness says why."""

    def broken() -> EventLog:
        raise EventLogError("the disk is gone")

    inbox = InboxParams(acknowledged_seconds=0.2, retry_seconds=0.05)
    usual, caller = open_service(store), open_service(store, open_log=broken, params=ServiceParams(inbox=inbox))
    assert caller.decide(["t00001"]) == usual.decide(["t00001"])
    token = caller.decide(["t00001"])["titles"][0]["token"]
    event = {"kind": "impression", "event": "e", "token": token, "at": SEEN}
    refused = caller.post("/v1/events", json={"events": [event]})
    assert "not on the disk yet" in problem(refused, 429)
    assert refused.headers["retry-after"] == "1"
    assert caller.get("/readyz").json()["problems"] == ["the disk is gone"]


def test_events_go_into_the_log_that_is_there(store: Path, open_service: OpenService) -> None:
    """Somebody moves the file away under a service: what is acknowledged then is in the new one, and not lost."""
    caller = open_service(store, params=ServiceParams(inbox=InboxParams(retry_seconds=0.01)))
    token = caller.decide(["t00001"])["titles"][0]["token"]
    event = {"kind": "impression", "event": "e1", "token": token, "at": SEEN}
    assert caller.post("/v1/events", json={"events": [event]}).json()["accepted"] == 1
    (store / EVENTS_FILE).rename(store / "kept.db")
    assert caller.post("/v1/events", json={"events": [event | {"event": "e2"}]}).json()["accepted"] == 1
    assert caller.get("/readyz").json()["problems"] == []
    with closing(EventLog.open(store)) as log:
        assert log.counts().impressions == 1


def test_a_decision_opens_no_file_and_writes_nothing(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every way to a file shut, and the store as it was before."""
    store = caller.service.store
    before = {place: place.stat().st_mtime_ns for place in store.rglob("*")}

    def shut(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    with monkeypatch.context() as doors:
        for name in ("builtins.open", "os.open", "io.open", "sqlite3.connect"):
            doors.setattr(name, shut)
        answer = caller.service._answered(
            caller.service.release, DecisionRequest(["t00001", "t00002"], "boxart", "m00001"), caller.service.clock()
        )
    assert len(msgspec.json.decode(answer.body, type=DecisionAnswer).titles) == 2
    assert {place: place.stat().st_mtime_ns for place in store.rglob("*")} == before
