"""From a reviewer's key to the member's screen: what is rejected on the page is out of a running service's answers."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fastapi.testclient import TestClient
from published_films import judge, make_film, option, settings_of, stock
from review_builders import ORIGIN, come_in

from artwork.domain import Title, content_id
from artwork.review.app import create_app
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from pipelines.publish import publish
from pipelines.review import equip

PATIENCE_SECONDS = 60
"""A service is held to 5 seconds; a test on a busy machine waits longer, and says how long it took."""


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with closing(line):
        line.request(method, path, json.dumps(body) if body else None, {"content-type": "application/json"})
        answer = line.getresponse()
        return answer.status, answer.read()


@contextmanager
def served(store: Path) -> Iterator[int]:
    """`artwork serve` on a free port, which it says on stderr."""
    said = store / "said"
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--store", str(store), "--port", "0"]
    with said.open("wb") as heard, subprocess.Popen(command, stderr=heard) as process:
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not (found := re.search(r"https?://[^\s/]+:(\d+)", said.read_text())):
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < until, said.read_text()
                time.sleep(0.05)
            yield int(found[1])
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def shown(port: int) -> str:
    """The picture that a member is shown for the hill."""
    status, content = ask(port, "POST", "/v1/decisions", {"titles": ["hill"], "canvas": "boxart", "profile": "m"})
    assert status == 200, content
    return str(json.loads(content)["titles"][0].get("artwork", {}).get("rendition", ""))


def waited(port: int, rendition: str, *, gone: bool) -> float:
    """Seconds until the service does as told."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        status, _ = ask(port, "GET", f"/v1/artwork/{rendition}")
        if (status == 410) == gone and (shown(port) == rendition) != gone:
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"after {PATIENCE_SECONDS} s the service still {'shows' if gone else 'hides'} {rendition}")


def test_rejected_on_the_page_it_is_out_of_service_and_undone_it_is_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    stock(store, [Title("hill", str(make_film(tmp_path / "hill.mp4")), "The Hill")])
    judge(store, "hill", "approved", 0)
    settings = settings_of(store)
    assert publish(settings, quiet=True).options == 1
    frame = content_id("hill", 0)
    with closing(Catalog.open(store)) as catalog, served(store) as port:
        blobs = Blobs(store / "blobs")
        page = TestClient(
            create_app(catalog, blobs, None, equip(settings, catalog, blobs)),
            base_url=ORIGIN,
            headers={"origin": ORIGIN},
        )
        come_in(page, "Ben", "/titles/hill")
        rendition = shown(port)
        assert rendition
        seen = Journal(catalog.database).standings("hill")[frame].newest
        change = {"frame": frame, "seen": seen, "verdict": {"verdict": "rejected", "reason": "dull"}}
        told = page.post("/api/titles/hill/changes", json={"changes": [change]}).json()
        assert told["warning"] == ""
        out = waited(port, rendition, gone=True)
        page.post("/api/titles/hill/undo")
        back = waited(port, rendition, gone=False)
    print(f"out of service after {out:.2f} s, back after {back:.2f} s")
    assert (store / "withdrawn.json").read_text() == '{"options":[]}'
    assert option("hill", 0) == content_id("candidate", frame)
