"""The other addresses of the service, on FastAPI, and the description of all of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from artwork.errors import ArtworkError
from ranking.errors import SnapshotError
from ranking.serve.description import described
from ranking.serve.explain import explain
from ranking.serve.keys import Scope
from ranking.serve.pictures import accepted, choices, first_readable
from ranking.serve.rim import PROBLEM, TITLES, Refused, problem_of
from ranking.serve.tallies import exposition
from ranking.serve.wire import Problem

if TYPE_CHECKING:
    from ranking.serve.service import Service

FOR_EVER = "public, max-age=31536000, immutable"
_ID = r"^[A-Za-z0-9]{1,64}$"
_TOKEN = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"  # noqa: S105  # the form of a token, not one


def make_doors(service: Service) -> FastAPI:
    """The application behind decisions and events."""
    doors = FastAPI(
        title="artwork",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
    )
    _open_pictures(doors, service)
    _open_explanations(doors, service)
    _open_health(doors, service)
    doors.add_exception_handler(HTTPException, _http_problem)
    doors.add_exception_handler(RequestValidationError, _schema_problem)
    doors.add_exception_handler(ArtworkError, _problem)
    doors.add_exception_handler(Exception, _problem)
    doors.openapi = lambda: described(doors)  # type: ignore[method-assign]  # FastAPI's own way to add to it
    return doors


def _open_pictures(doors: FastAPI, service: Service) -> None:
    @doors.head("/v1/artwork/{rendition}", response_class=Response, include_in_schema=False)
    @doors.get("/v1/artwork/{rendition}", response_class=Response)
    async def artwork(
        rendition: Annotated[str, Path(pattern=_ID)],
        width: Annotated[int | None, Query(ge=1, le=100_000)] = None,
        accept: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """The bytes of a rendition, in the best accepted encoding, at least as wide as asked for where there is one.

        A picture that was withdrawn is gone (410) within seconds; caches on the way may hold it for longer.
        """
        release = service.release
        number = release.snapshot.rendition(rendition) if release else None
        if release is None or number is None:
            raise Refused(404, f"no rendition {rendition}")
        if not release.shows(number):
            raise Refused(410, f"the picture of rendition {rendition} was withdrawn")
        forms = accepted(accept)
        if not forms:
            raise Refused(406, "there are image/avif, image/webp and image/jpeg")
        wanted = next(choices(release, number, forms, width), None)
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        if wanted and known & {wanted.etag, "*"}:
            headers = {"etag": wanted.etag, "cache-control": FOR_EVER, "vary": "Accept"}
            return Response(status_code=304, headers=headers)
        found = await asyncio.to_thread(first_readable, choices(release, number, forms, width), service.read_file)
        if found is None or found[0].stands_in:
            service.missed(rendition)
        if found is None:
            raise Refused(404, f"the files of rendition {rendition} are missing")
        picture, content = found
        headers = {"etag": picture.etag, "cache-control": FOR_EVER, "vary": "Accept"}
        if picture.stands_in:
            headers |= {"cache-control": "no-store", "x-artwork-reason": "fallback"}
        headers["x-content-type-options"] = "nosniff"
        return Response(content, media_type=picture.media_type, headers=headers)


def _open_explanations(doors: FastAPI, service: Service) -> None:
    @doors.get("/v1/decisions/{token}/explanation", response_class=Response)
    async def explanation(
        token: Annotated[str, Path(pattern=_TOKEN, max_length=2_048)], authorization: Annotated[str, Header()] = ""
    ) -> Response:
        """Why this picture was decided on, and what else there was."""
        service.keyring.admit(authorization.encode() or None, Scope.DECIDE)
        claim = service.signer.verify(token)
        if service.release is None:
            raise SnapshotError("there is no snapshot")
        try:
            release = await asyncio.to_thread(service.archive.release, claim.page.release)
            told = await asyncio.to_thread(service.archive.told, claim)
            words = await asyncio.to_thread(explain, told, release, service.release, service.clock())
        except SnapshotError as error:  # it names folders, which are not everybody's to know
            raise Refused(404, "what this was decided from is no longer in the store") from error
        return Response(
            msgspec.json.encode(words), media_type="application/json", headers={"cache-control": "no-store"}
        )


def _open_health(doors: FastAPI, service: Service) -> None:
    @doors.head("/healthz", response_class=Response, include_in_schema=False)
    @doors.get("/healthz", response_class=Response)
    async def healthz() -> Response:
        """The process answers."""
        return Response(b'{"status":"ok"}', media_type="application/json")

    @doors.head("/readyz", response_class=Response, include_in_schema=False)
    @doors.get("/readyz", response_class=Response)
    async def readyz(authorization: Annotated[str, Header()] = "") -> Response:
        """Decisions can be made: 503 before a snapshot is loaded. `problems` are what is being done without.

        They are told in words to admin keys: they name folders and machines.
        """
        release, private = service.release, service.keyring.allows(authorization.encode() or None, Scope.ADMIN)
        if release is None:
            raise Refused(503, service.problem if private else "nothing to serve yet")
        others = filter(None, (service.problem, service.inbox.problem))
        problems = [*release.problems, *service.failures.values(), *others]
        told = problems if private or not problems else [f"{len(problems)}, told to admin keys"]
        facts = {"status": "ready", "release": release.id, "snapshot": release.snapshot.digest, "problems": told}
        return Response(msgspec.json.encode(facts), media_type="application/json")

    @doors.get("/metrics", response_class=Response)
    async def metrics(authorization: Annotated[str, Header()] = "") -> Response:
        """Counts and times, as Prometheus reads them."""
        service.keyring.admit(authorization.encode() or None, Scope.ADMIN)
        text = exposition(service.tallies, service.release, service.inbox)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _problem(_request: Request, error: Exception) -> Response:
    status, body, more = problem_of(error)
    headers = {name.decode(): value.decode() for name, value in more}
    return Response(body, status, headers, PROBLEM.decode())


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it alone
    status = error.status_code if error.status_code in TITLES else 400
    answer = await _problem(request, Refused(status, ""))
    answer.headers.update(error.headers or {})
    return answer


async def _schema_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it alone
    first = error.errors()[0]
    detail = f"{first['msg']} - at {'.'.join(map(str, first['loc']))}"
    return Response(msgspec.json.encode(Problem(TITLES[422], 422, detail)), 422, media_type=PROBLEM.decode())
