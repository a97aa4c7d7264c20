"""Requests made from the description, right and wrong ones: no answer is a 5xx, and each is as described.

`ARTWORK_SCHEMA_REQUESTS` says how many for each role; without it a few. 10,000 take about ten minutes on one core.
`ARTWORK_SCHEMA_TOLD` names a file to which is added how often each address answered what.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from service_caller import Caller, OpenService

from ranking.learn.withdrawn import write_withdrawn
from ranking.serve.keys import Keyring, Scope, make_key

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
REQUESTS = int(os.environ.get("ARTWORK_SCHEMA_REQUESTS", "300"))
DESCRIPTION = Path(__file__).parents[3] / "assets" / "openapi.json"


@pytest.fixture
def described() -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_path(DESCRIPTION)


@pytest.mark.parametrize("role", [*Scope, None], ids=[*Scope, "no key"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_request_gets_what_the_description_does_not_say(
    role: Scope | None, store: Path, open_service: OpenService, described: schemathesis.BaseSchema
) -> None:
    keys = {scope: make_key(scope, [scope]) for scope in Scope}
    caller = open_service(store, keyring=Keyring(record for _, record in keys.values()))
    opened = {"authorization": f"Bearer {keys[Scope.ADMIN][0]}"}
    page = caller.post("/v1/decisions", json={"titles": ["t00001"], "canvas": "boxart"}, headers=opened)
    token = page.json()["titles"][0]["token"]
    renditions = _shown_and_gone(caller)
    headers = {"authorization": f"Bearer {keys[role][0]}"} if role else {}
    operations = [one.ok() for one in described.get_all_operations()]
    cases = st.one_of([operation.as_strategy() for operation in operations])
    asked = settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    statuses: Counter[tuple[str, int]] = Counter()
    turns = itertools.cycle(renditions)

    @asked
    @given(cases, st.booleans())
    def ask(case: schemathesis.Case, real: bool) -> None:  # noqa: FBT001
        if real:  # in turns: what is drawn has its favourites
            _make_real(case, {"token": token, "rendition": next(turns)})
        sent = case.as_transport_kwargs(base_url="http://service")
        sent["headers"] = {str(name): value for name, value in sent["headers"].items() if name != "Authorization"}
        sent["content"] = sent.pop("data", None)
        response = caller.request(**sent | {"headers": dict(sent["headers"]) | headers})
        statuses[case.operation.label, response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()
    if told := os.environ.get("ARTWORK_SCHEMA_TOLD"):
        lines = [
            f"{role or 'no key'}: {name} {status}: {count}\n" for (name, status), count in sorted(statuses.items())
        ]
        with Path(told).open("a") as file:
            file.writelines(lines)
    found = {status for _, status in statuses}
    assert {200, 404, 410} <= found
    assert max(found) < 500
    assert (("POST /v1/decisions", 200) in statuses) == (role in {Scope.DECIDE, Scope.ADMIN})
    assert (("POST /v1/events", 200) in statuses) == (role in {Scope.EVENTS, Scope.ADMIN})


def _make_real(case: schemathesis.Case, there: dict[str, str]) -> None:
    """Where the request names something, that is there: made-up names alone never get far."""
    for name in set(there) & set(case.path_parameters or {}):
        case.path_parameters[name] = there[name]
    body = case.body if isinstance(case.body, dict) else {}
    if isinstance(body.get("canvas"), str):
        body["canvas"] = "boxart"
    if isinstance(body.get("titles"), list):
        body["titles"] = [*body["titles"][:499], "t00001"]
    if isinstance(body.get("shown"), list):
        body["shown"] = [*body["shown"][:499], there["token"]]
    if isinstance(body.get("events"), list):
        for event in body["events"]:
            if isinstance(event, dict) and "token" in event:
                event["token"] = there["token"]


def _shown_and_gone(caller: Caller) -> tuple[str, str]:
    """Two renditions whose files are there; the picture of the second is withdrawn."""
    service, snapshot = caller.service, caller.service.release.snapshot
    for number in (0, 1):
        for entry in snapshot.rendition_files(number):
            place = service.store / "blobs" / entry.key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"picture")
    row = snapshot.options[int(snapshot.rendition_option[1])]
    write_withdrawn(service.store, {snapshot.names.options[int(row["title"])][int(row["column"])]})
    caller.run(service.look())
    shown, gone = (name.decode() for name in snapshot.rendition_ids[:2].tolist())
    return shown, gone


def test_the_description_has_every_address(described: schemathesis.BaseSchema) -> None:
    addresses = {(one.ok().method.upper(), one.ok().path) for one in described.get_all_operations()}
    assert addresses == {
        ("POST", "/v1/decisions"),
        ("POST", "/v1/events"),
        ("GET", "/v1/artwork/{rendition}"),
        ("GET", "/v1/decisions/{token}/explanation"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    }
