"""The page's press: a publish as a process, its lines, its end; and over HTTP who may start it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN, ROLES, come_in, stock

from artwork.review.app import Equipment, create_app
from artwork.review.people import ReviewParams
from artwork.review.press import Run
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from pipelines.difference import Change
from pipelines.press import ProcessPress, said
from pipelines.settings import load_settings


class Held:
    """A press whose run goes on until it is let go."""

    def __init__(self) -> None:
        self.run = Run()

    def difference(self) -> list[str]:
        return ["harbour: 1 picture added"]

    def start(self, by: str) -> bool:
        if self.run.running:
            return False
        self.run = Run(by, running=True, lines=("<b>working</b>",))
        return True

    def state(self) -> Run:
        return self.run


def client(store: Path, press: Held | None, name: str) -> TestClient:
    app = create_app(Catalog.open(store), Blobs(store / "blobs"), ReviewParams(roles=ROLES), Equipment(press=press))
    opened = TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN})
    come_in(opened, name)
    return opened


def test_a_reviewer_sees_what_would_change_and_starts_one_run_at_a_time(tmp_path: Path) -> None:
    stock(tmp_path)
    press = Held()
    ana = client(tmp_path, press, "Ana")
    assert 'href="/publish"' in ana.get("/").text
    assert ana.get("/publish").status_code == 200
    assert ana.get("/api/publish/difference").json() == {"lines": ["harbour: 1 picture added"]}
    assert [ana.post("/api/publish").json()["begun"] for _ in range(2)] == [True, False]
    assert ana.get("/api/publish").json() == {
        "by": "Ana",
        "running": True,
        "lines": ["<b>working</b>"],
        "failed": False,
    }


def test_a_viewer_and_another_site_start_nothing(tmp_path: Path) -> None:
    stock(tmp_path)
    press = Held()
    vera = client(tmp_path, press, "Vera")
    assert 'href="/publish"' not in vera.get("/").text
    assert [vera.post("/api/publish").status_code, vera.get("/api/publish/difference").status_code] == [403, 403]
    ana = client(tmp_path, press, "Ana")
    assert ana.post("/api/publish", headers={"x-csrf-token": "0" * 64}).status_code == 403
    assert press.run == Run()


def test_without_a_press_there_is_no_button_and_the_command_is_named(tmp_path: Path) -> None:
    stock(tmp_path)
    ana = client(tmp_path, None, "Ana")
    assert 'href="/publish"' not in ana.get("/").text
    answer = ana.get("/api/publish")
    assert (answer.status_code, "run `artwork publish`" in answer.json()["detail"]) == (409, True)


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    """There is no catalogue in that store: the process says so and ends."""
    press = ProcessPress(load_settings(store=str(tmp_path / "none")))
    assert press.start("Ana")
    assert not press.start("Ben")
    while press.state().running:
        time.sleep(0.05)
    run = press.state()
    assert (run.by, run.failed) == ("Ana", True)
    assert "there is no store" in run.lines[-1]


def test_a_run_that_says_what_is_no_text_still_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library complains of a file whose name is Latin-1."""
    shell = tmp_path / "shell"
    shell.write_text("#!/bin/sh\nprintf 'caf\\351 cannot be opened\\n'\n", "utf-8")
    shell.chmod(0o755)
    monkeypatch.setattr("pipelines.press.sys.executable", str(shell))
    press = ProcessPress(load_settings(store=str(tmp_path)))
    press.start("Ana")
    ends = time.monotonic() + 30
    while press.state().running and time.monotonic() < ends:
        time.sleep(0.05)
    assert press.state() == Run("Ana", lines=("caf\ufffd cannot be opened",))


def test_a_change_in_a_line() -> None:
    change = Change("hill", "changed", ("a",), (), ("b", "c"), 7)
    assert said(change) == "hill: 1 picture added, 2 pictures changed, 7 canvases to compose"
    assert said(Change("shore", "refused", reason="the film is away")) == "shore: the film is away"
    assert said(Change("shore", "removed")) == "shore: removed"
    shown = said(Change("shore", "added", ("a",), to_compose=6, fallback=True))
    assert shown == "shore: 1 picture added, 6 canvases to compose, a fallback: nobody approved one"
