"""The process behind `artwork demo`: sample films, or the reader's own, to a picture for every member, and a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from artwork import wording
from artwork.domain import TitleStatus
from artwork.errors import ArtworkError
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal
from artwork.store.slate import slate
from pipelines.artwork_page import ArtworkChapter, Exhibition
from pipelines.chronicle import Day
from pipelines.ingest import ingest_paths, sentence
from pipelines.pages import title_pages
from pipelines.players import RULE, name_players
from pipelines.publish import publish
from pipelines.rehearsal import RehearsalParams, Stage, claim, forget
from pipelines.report import Chapters, render_report
from pipelines.reviewer import NAME as REVIEWER
from pipelines.reviewer import ReviewerParams, review_title
from pipelines.samples import make_samples, sample_storyboards
from pipelines.season_page import Lesson, SeasonChapter
from pipelines.settings import Settings
from pipelines.sheet import contact_sheet
from pipelines.store import open_blobs, open_catalog
from ranking.learn.folder import POINTER, read_active
from ranking.learn.snapshot import FOLDER, Snapshot


class DemoFailed(ArtworkError):
    """A step of the demo failed. `step` says which, in words."""

    def __init__(self, step: str, reason: str) -> None:
        self.step = step
        super().__init__(f"the demo stopped while {step}: {reason}")


@dataclass(frozen=True, slots=True)
class DemoParams:
    """What the demo's reviewer goes by, and who its members are."""

    reviewer: ReviewerParams = field(default_factory=ReviewerParams)
    rehearsal: RehearsalParams = field(default_factory=RehearsalParams)


def run_demo(out: Path, films: Path | None, settings: Settings, params: DemoParams | None = None) -> bool:
    """A report and contact sheets lie in `out`; true when something of a title was refused.

    Where a step fails, the report on the steps before it is there.

    Raises:
        SettingsError: somebody serves from the store in `out`.
        BadInput: the reader's folder holds no film.
        ExtraMissing: the sample films need the extra [demo].
        DemoFailed: a step failed.
    """
    return _Demo(out, films, settings, params or DemoParams()).run()


@dataclass
class _Demo:
    """A run, and how far it came."""

    out: Path
    films: Path | None
    settings: Settings
    params: DemoParams
    titles: list[str] = field(default_factory=list)
    artwork: ArtworkChapter | None = None
    season: SeasonChapter | None = None
    refused: bool = False

    def run(self) -> bool:
        claim(self._store)
        self._ingest()
        try:
            with self._step("reviewing"):
                self._review()
            with self._step("publishing"):
                self._publish()
            with self._step("letting members in"):
                self._rehearse()
        except DemoFailed:
            self._draw()
            raise
        self._draw()
        return self.refused

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        try:
            yield
        except ArtworkError as error:
            raise DemoFailed(name, str(error)) from error

    @property
    def _store(self) -> Path:
        return Path(self.settings.store)

    @property
    def _rules(self) -> tuple[str, ...]:
        """What the reviewer goes by; of a reader's own films it knows nobody."""
        return (*self.params.reviewer.said, RULE) if self.films is None else self.params.reviewer.said

    def _ingest(self) -> None:
        if self.films is None:
            _say("making the sample films ...")
        manifest = make_samples(self.out) if self.films is None else None
        paths = [] if self.films is None else [self.films]
        with closing(ingest_paths(paths, manifest, self.settings)) as ended:
            for report in ended:
                self.titles.append(report.title)
                self.refused |= report.status in {TitleStatus.REFUSED, TitleStatus.PARTIAL}
                _say(sentence(report))
        self.titles.sort()

    def _review(self) -> None:
        _say("a scripted reviewer approves, by these rules:")
        for rule in self._rules:
            _say(f"  {rule}")
        boards = {board.id: board for board in sample_storyboards()} if self.films is None else {}
        with open_catalog(self.settings) as catalog:
            journal = Journal(catalog.database)
            for title in self._with_candidates(catalog):
                _say(str(review_title(catalog, journal, title, self.settings.rules, self.params.reviewer)))
                if title in boards:
                    name_players(catalog, journal, boards[title], REVIEWER)

    def _publish(self) -> None:
        forget(self._store)  # the members of this run meet a service that knows nothing of them
        publication = publish(self.settings, heard=lambda report: _say(str(report)))
        self.refused |= publication.refused
        if not (self._store / POINTER).exists():
            _say("no title has a picture: nothing is published")
            return
        with open_catalog(self.settings) as catalog:
            exhibition = Exhibition(catalog, open_blobs(self.settings), self._snapshot())
            self.artwork = exhibition.chapter(self.titles, self._rules)
        _say(f"published: {self.artwork.sentence}")

    def _rehearse(self) -> None:
        if self.artwork is None:
            return
        with open_catalog(self.settings) as catalog:
            shown = {each.title.id: each.title.name for each in self.artwork.titles}
            instants = {
                one.candidate.id: wording.clock(one.frame.at)
                for title in shown
                for one in slate(catalog, Journal(catalog.database), title)
            }
        world = self.params.rehearsal.world
        _say(f"{world.members:,} simulated members visit the decision service, over HTTP:")
        stage = Stage(
            self.settings, open_blobs(self.settings), shown, instants, self.params.rehearsal, _say_day, _say_lesson
        )
        self.season = stage.rehearse()
        if self.season is None:
            _say("no picture fits any canvas: no members were let in")
            return
        ending = self.season.ending
        against = f"{ending.served / ending.random - 1:+.1%} against pictures at random"
        single = f"{ending.served / ending.single - 1:+.1%} against the best single picture of each title"
        _say(f"in the end {ending.served:.2%} of what was seen is played: {against}, {single} (expected values)")

    def _snapshot(self) -> Snapshot:
        return Snapshot.open(self._store / FOLDER / read_active(self._store).snapshot)

    def _with_candidates(self, catalog: Catalog) -> list[str]:
        return [title for title in self.titles if catalog.candidates(title)]

    def _draw(self) -> None:
        """The pages of the titles of this run, whatever else the catalogue holds."""
        with open_catalog(self.settings) as catalog:
            pages = title_pages(catalog, open_blobs(self.settings), self.titles)
            sheets = self.out / "sheets"
            sheets.mkdir(exist_ok=True)
            for page in pages:
                if page.frames:
                    (sheets / f"{page.title.id}.png").write_bytes(contact_sheet(page))
            render_report(pages, self.out / "report.html", chapters=Chapters(self.artwork, self.season))
        _say(f"look at {self.out / 'report.html'} in a browser, and at the contact sheets in {sheets}")


def _say_day(day: Day) -> None:
    plays = int(day.played.sum())
    seen = f"{len(day.option):,} pictures seen, {plays:,} plays ({plays / len(day.option):.2%})"
    _say(f"  day {day.number}: {seen}, {day.events:,} events kept; decided by {day.model}")


def _say_lesson(lesson: Lesson) -> None:
    _say(f"  night: {lesson.command} ({lesson.seconds:.1f} s): {lesson.said}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
