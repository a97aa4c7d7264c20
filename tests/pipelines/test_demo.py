"""The demo on tiny films, from the film to a decision that was learned; and what it says where there is nothing."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from batches import make_batch

from artwork.errors import StoreError
from pipelines.demo import DemoFailed, DemoParams, run_demo
from pipelines.rehearsal import RehearsalParams
from pipelines.season import SeasonParams
from pipelines.settings import Settings, load_settings
from pipelines.visitors import WorldParams
from ranking.domain import QualifyingPlay
from ranking.learn.events import Attributed, EventLog

SMALL = DemoParams(
    rehearsal=RehearsalParams(WorldParams(members=160, take_fraction=0.3), SeasonParams(days=5, blind=2), every=2)
)


def settings_for(out: Path) -> Settings:
    """Those of a demo in this folder, with floors that 160 members reach."""
    plain = load_settings(store=str(out / "store"))
    fit = replace(plain.train.fit, least_rows=200, least_plays=20)
    taste = replace(plain.taste, floor=10, least_plays=1.0)
    return plain.model_copy(update={"train": replace(plain.train, fit=fit), "taste": taste})


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a demo on two films, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    films, out = make_batch(folder / "films", films=2), folder / "out"
    refused, said = told_by(out, films, SMALL)
    assert not refused
    return out, said


def log_of(out: Path) -> list[Attributed]:
    with closing(EventLog.open(out / "store")) as log:
        return list(log.attributed(QualifyingPlay()))


def numbers(pattern: str, said: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(pattern, said)]


def told_by(out: Path, films: Path, params: DemoParams) -> tuple[bool, str]:
    """Whether something was refused, and what the demo printed."""
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("pipelines.demo._say", said.append)
        refused = run_demo(out, films, settings_for(out), params)
    return refused, "\n".join(said)


def test_every_event_that_was_told_is_in_the_log_once(demo: tuple[Path, str]) -> None:
    """160 members, of whom 80 % come, on each of five days."""
    out, said = demo
    with closing(EventLog.open(out / "store")) as log:
        counts = log.counts()
    assert sum(numbers(r"day \d: ([\d,]+) pictures seen", said)) == counts.impressions > 5 * 128
    assert sum(numbers(r"([\d,]+) events kept", said)) == counts.impressions + counts.outcomes
    assert sum(numbers(r"seen, ([\d,]+) plays", said)) == sum(one.plays for one in log_of(out)) > 0


def test_every_propensity_is_a_probability_and_the_options_are_logged(demo: tuple[Path, str]) -> None:
    seen = log_of(demo[0])
    assert all(0 < one.decision.propensity <= 1 for one in seen)
    assert all(one.decision.option in one.decision.candidates for one in seen)
    assert {len(one.decision.candidates) for one in seen} - {1}


def test_the_last_days_are_decided_by_what_was_learned(demo: tuple[Path, str]) -> None:
    models = [one.decision.model for one in sorted(log_of(demo[0]), key=lambda one: one.shown_at)]
    assert models[0].startswith("similarity")
    assert models[-1].startswith("lightgbm")
    assert all(words in demo[1] for words in ("artwork segments", "artwork train", "artwork promote", "--refresh"))


def test_the_report_shows_artwork_and_members(demo: tuple[Path, str]) -> None:
    page = (demo[0] / "report.html").read_text(encoding="utf-8")
    walls = page.split('id="artwork"', 1)[1].split('id="members"', 1)[0]
    published = sum(numbers(r": (\d+) approved, \d+ renditions", demo[1]))
    assert walls.count('<div class="wall') == published > 1
    assert walls.count("<img") == walls.count("<small>") > published
    assert 'src="data:image/webp;base64,' in walls
    assert page.count('background-image: url("data:image/webp;base64,') == published
    assert page.count("<polyline") == 4
    assert "160 simulated members came back on 5 days" in page
    assert not re.search(r"<script|https?:|@import", page)


def test_the_reviewer_is_told_as_what_it_is(demo: tuple[Path, str]) -> None:
    out, said = demo
    assert "a scripted reviewer approves, by these rules:" in said
    assert "scripted reviewer" in (out / "report.html").read_text(encoding="utf-8")


def test_one_film_beside_one_that_is_none_is_a_demo_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one title nobody's taste can be told: that is said, and what pictures earned is learned all the same.

    And where a step fails, the demo says which, and the report on the steps before it is there.
    """
    films, out = make_batch(tmp_path / "films", films=1, shots=3), tmp_path / "out"
    (films / "broken.mp4").write_bytes(b"this is no film")
    few = DemoParams(rehearsal=RehearsalParams(WorldParams(members=40), SeasonParams(days=3, blind=1), every=2))
    refused, said = told_by(out, films, few)
    assert refused
    assert "broken: refused:" in said
    assert "artwork segments" in said
    assert "nothing learned:" in said
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "40 simulated members came back on 3 days" in page
    assert "Members were not told apart" in page

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    (out / "report.html").unlink()
    monkeypatch.setattr("pipelines.demo.publish", full)
    with pytest.raises(DemoFailed, match="the demo stopped while publishing: the disk is full"):
        told_by(out, films, few)
    again = (out / "report.html").read_text(encoding="utf-8")
    assert 'class="verdict approved"' in again
    assert 'id="members"' not in again
