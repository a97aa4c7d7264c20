"""Requests made from the description, right and wrong ones: no answer is a 5xx, and each is as described.

`ARTWORK_SCHEMA_REQUESTS` says how many for each role; without it a few. 10,000 take about ten minutes on one core.
"""

from __future__ import annotations

import os
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
from service_caller import OpenService

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
    statuses: set[int] = set()

    @asked
    @given(cases, st.booleans())
    def ask(case: schemathesis.Case, real: bool) -> None:  # noqa: FBT001
        if real and "token" in (case.path_parameters or {}):
            case.path_parameters["token"] = token
        sent = case.as_transport_kwargs(base_url="http://service")
        sent["headers"] = {str(name): value for name, value in sent["headers"].items() if name != "Authorization"}
        sent["content"] = sent.pop("data", None)
        response = caller.request(**sent | {"headers": dict(sent["headers"]) | headers})
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    assert 200 in statuses


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
