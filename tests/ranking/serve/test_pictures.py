"""Renditions over HTTP: the best encoding that is accepted, for ever cacheable, never a path from outside."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest
from catalogues import title, write
from hypothesis import given
from hypothesis import strategies as st
from service_caller import Caller, OpenService

from artwork.store.blobs import Blobs
from pipelines.serve import make_service
from ranking.learn.folder import activate
from ranking.learn.snapshot import FORMATS, FileEntry
from ranking.serve.pictures import accepted

FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"


def put(store: Path, entry: FileEntry, content: bytes = b"picture") -> None:
    place = store / "blobs" / entry.key
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def files(caller: Caller, rendition: str) -> dict[tuple[str, int], FileEntry]:
    snapshot = caller.service.release.snapshot
    return {(one.format, one.width): one for one in snapshot.rendition_files(snapshot.rendition(rendition))}


@pytest.fixture
def rendition(caller: Caller) -> str:
    """A rendition in three formats and five widths, every file there, each holding its own name."""
    name = caller.decide(["t00001"])["titles"][0]["artwork"]["rendition"]
    for (form, width), entry in files(caller, name).items():
        put(caller.service.store, entry, f"{form} {width}".encode())
    return name


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        ("", ["jpeg", "avif", "webp"]),
        ("*/*", ["jpeg", "avif", "webp"]),
        (FIREFOX, ["avif", "webp", "jpeg"]),
        ("image/webp,*/*;q=0.8", ["webp", "jpeg", "avif"]),
        ("image/avif;q=0, image/webp;q=0.5, image/jpeg;q=0.9", ["jpeg", "webp"]),
        ("image/png", []),
        ("image/avif;q=rubbish", []),
    ],
)
def test_what_an_accept_header_allows(accept: str, formats: list[str]) -> None:
    assert accepted(accept) == formats


@given(st.text(max_size=60))
def test_any_accept_header_gives_formats_at_most_once(accept: str) -> None:
    allowed = accepted(accept)
    assert len(set(allowed)) == len(allowed)
    assert set(allowed) <= set(FORMATS)


def test_a_rendition_comes_in_the_accepted_encoding_for_ever(caller: Caller, rendition: str) -> None:
    response = caller.get(f"/v1/artwork/{rendition}?width=300", headers={"accept": FIREFOX})
    assert (response.content, response.headers["content-type"]) == (b"avif 360", "image/avif")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept"
    assert response.headers["etag"] == f'"{files(caller, rendition)["avif", 360].digest}"'


def test_the_widest_comes_when_no_width_is_asked_or_none_is_wide_enough(caller: Caller, rendition: str) -> None:
    assert caller.get(f"/v1/artwork/{rendition}").content == b"jpeg 720"
    assert caller.get(f"/v1/artwork/{rendition}?width=9000").content == b"jpeg 720"


def test_a_client_that_has_it_gets_nothing_again(caller: Caller, rendition: str) -> None:
    tag = caller.get(f"/v1/artwork/{rendition}").headers["etag"]
    assert caller.get(f"/v1/artwork/{rendition}", headers={"if-none-match": "*"}).status_code == 304
    response = caller.get(f"/v1/artwork/{rendition}", headers={"if-none-match": f'"other", W/{tag}'})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == tag


def test_every_url_of_an_answer_leads_to_a_picture(caller: Caller, rendition: str) -> None:
    artwork = caller.decide(["t00001"])["titles"][0]["artwork"]
    assert artwork["rendition"] == rendition
    got = [caller.get(source["url"]).content for source in artwork["sources"]]
    assert got == [f"jpeg {source['width']}".encode() for source in artwork["sources"]]


def test_what_is_not_accepted_is_refused(caller: Caller, rendition: str) -> None:
    assert caller.get(f"/v1/artwork/{rendition}", headers={"accept": "text/html"}).status_code == 406


def test_a_missing_encoding_gives_way_to_another_and_is_not_cached(caller: Caller, rendition: str) -> None:
    (caller.service.store / "blobs" / files(caller, rendition)["jpeg", 720].key).unlink()
    response = caller.get(f"/v1/artwork/{rendition}")
    assert response.content == b"avif 720"
    assert (response.headers["x-artwork-reason"], response.headers["cache-control"]) == ("fallback", "no-store")


def test_a_missing_picture_gives_way_to_the_title_s_fallback(caller: Caller) -> None:
    snapshot = caller.service.release.snapshot
    view = caller.service.release.view("boxart", "")
    fallback = snapshot.rendition_ids[view.renditions[1, view.fallbacks[1][0]]].decode()
    other = snapshot.rendition_ids[view.renditions[1, view.fallbacks[1][1]]].decode()
    put(caller.service.store, files(caller, fallback)["jpeg", 720], b"fallback")
    response = caller.get(f"/v1/artwork/{other}")
    assert (response.content, response.headers["x-artwork-reason"]) == (b"fallback", "fallback")
    assert caller.get(f"/v1/artwork/{fallback}").headers["cache-control"].endswith("immutable")


def test_what_stands_in_may_be_shown_wherever_the_picture_may(tmp_path: Path, open_service: OpenService) -> None:
    """A page of a child asked for the mild one; its file is gone, and the grim one does not take its place."""
    options = {"mild": {}, "grim": {"maturity": 18, "fallback": True}, "tame": {}}
    activate(tmp_path, write(tmp_path, [title("film", options)]))
    caller = open_service(tmp_path)
    put(tmp_path, files(caller, "grimboxart")["jpeg", 240], b"grim")
    assert caller.get("/v1/artwork/mildboxart").status_code == 404
    put(tmp_path, files(caller, "tameboxart")["jpeg", 240], b"tame")
    assert caller.get("/v1/artwork/mildboxart").content == b"tame"
    assert caller.get("/v1/artwork/grimboxart").content == b"grim"


def test_a_picture_of_which_nothing_is_left_is_not_found(caller: Caller) -> None:
    name = caller.decide(["t00002"])["titles"][0]["artwork"]["rendition"]
    assert caller.get(f"/v1/artwork/{name}").status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a/../../b", "a" * 65, "%00", "é", "a.jpeg"])
def test_no_id_reaches_a_file(caller: Caller, name: str) -> None:
    assert caller.get(f"/v1/artwork/{name}").status_code in {404, 422}


def test_pictures_lie_under_any_url(store: Path, open_service: OpenService) -> None:
    """Here in memory, as fsspec names it; what was damaged there is not sent."""
    url = f"memory://{store.name}"
    service = make_service(store, blobs_url=url)
    caller = open_service(store, read_file=service.read_file)
    name = caller.decide(["t00001"])["titles"][0]["artwork"]["rendition"]
    entry = files(caller, name)["jpeg", 720]
    blobs, content = Blobs(url), b"a picture"
    key = blobs.put(content, "jpeg")
    assert service.read_file(key) == content
    assert caller.get(f"/v1/artwork/{name}").status_code == 404
    fsspec.filesystem("memory").pipe_file(f"/{store.name}/{entry.key}", b"not what its digest says")
    assert caller.get(f"/v1/artwork/{name}").status_code == 404
    assert caller.service.tallies.missed_pictures == 2
