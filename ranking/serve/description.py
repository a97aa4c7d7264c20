"""The OpenAPI description: FastAPI's addresses, and decisions and events as their strict types say."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ranking.serve.wire import DecisionAnswer, DecisionRequest, EventBatch, EventReceipt, Explanation, Problem

_REF = "#/components/schemas/{name}"
_DESCRIBED = (DecisionRequest, DecisionAnswer, EventBatch, EventReceipt, Explanation, Problem)
_PICTURES = {f"image/{form}": {"schema": {"type": "string", "format": "binary"}} for form in ("avif", "webp", "jpeg")}


def described(doors: FastAPI) -> dict[str, Any]:
    """The description of the whole service."""
    document = get_openapi(title=doors.title, version=doors.version, routes=doors.routes)
    _, schemas = msgspec.json.schema_components(_DESCRIBED, ref_template=_REF)
    document.setdefault("components", {})["schemas"] = schemas
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    paths = document["paths"]
    paths["/v1/decisions"] = {
        "post": _post("Which picture each title has for a member", DecisionRequest, DecisionAnswer)
    }
    paths["/v1/events"] = {"post": _post("What was seen, and what came of it", EventBatch, EventReceipt)}
    for path, of_path in paths.items():
        for operation in of_path.values():
            _add_answers(path, operation)
    return document


def _post(summary: str, asked: type, answered: type) -> dict[str, Any]:
    return {
        "summary": summary,
        "description": asked.__doc__ or "",
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(asked)}}},
        "responses": {"200": _json(answered, "Answered")},
    }


def _add_answers(path: str, operation: dict[str, Any]) -> None:
    """What every address may answer besides; FastAPI's own words for a wrong request are not ours."""
    answers = operation["responses"]
    answers.pop("422", None)
    statuses = ["400", "401", "403", "404", "405", "408", "413", "415", "422", "429"]
    if path == "/v1/artwork/{rendition}":
        answers["200"] = {"description": "The picture", "content": _PICTURES}
        answers["304"] = {"description": "The client has it"}
        statuses += ["406", "410"]
    elif path.endswith("/explanation"):
        answers["200"] = _json(Explanation, "Why")
        operation["security"] = [{"key": []}]
    elif path == "/readyz":
        statuses.append("503")
    if path == "/metrics":
        answers["200"] = {"description": "Metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
        operation["security"] = [{"key": []}]
    elif path in {"/healthz", "/readyz"}:
        answers["200"] = {"description": "Ready", "content": {"application/json": {"schema": {"type": "object"}}}}
    for status in statuses:
        answers[status] = _json(Problem, "A problem", "application/problem+json")


def _json(kind: type, meaning: str, media: str = "application/json") -> dict[str, Any]:
    return {"description": meaning, "content": {media: {"schema": _ref(kind)}}}


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}
