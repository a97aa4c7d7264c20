"""A store that members visited: a made-up catalogue, segments of known taste, and plays by a truth that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from artwork.domain import ModelRef, content_id
from pipelines.release import put_in_use
from ranking.domain import DayPart, Decision, Impression, Outcome, Profile, Reason, Segment, TasteMixture
from ranking.features import Circumstances, Pictures, Tastes, feature_grid
from ranking.learn.events import EventLog, Reported
from ranking.learn.folder import read_active
from ranking.learn.members import write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.segmentation import Fit, Segmentation, point_to_fit, write_segmentation
from ranking.learn.synthetic import World, synthetic_titles
from ranking.policy.eligibility import Asked
from ranking.serve.mixture import asked_and_answered
from ranking.serve.release import Release

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
_WORLD = World(titles=20, options=6, segments=3, members=600)
GENRES = ("comedy", "documentary", "drama", "romance", "science fiction", "thriller")


@dataclass(frozen=True, slots=True)
class Town:
    """Who visits, and what is true of them.

    Attributes:
        world: the catalogue. seed: of the truth and of chance.
        theme, aesthetic: log-odds that a match with a segment's taste, and a point of beauty, really add.
        picture: deviation of what else a picture adds. take: of an ordinary title.
    """

    world: World = _WORLD
    seed: int = 5
    theme: float = 1.0
    aesthetic: float = 0.15
    picture: float = 0.15
    take: float = 0.06

    @property
    def segments(self) -> tuple[Segment, ...]:
        count = self.world.segments
        return tuple(Segment(f"s{n}", n, f"fans of {GENRES[n]}", 100, 1 / count) for n in range(count))

    @property
    def tastes(self) -> Tastes:
        """Each segment likes one genre; everybody likes nothing more than anything else."""
        rows = self.world.segments + 1
        themes = np.zeros((rows, len(GENRES)))
        themes[range(rows - 1), range(rows - 1)] = 1.0
        return Tastes(GENRES, (), themes, np.zeros((rows, 0)), np.zeros((rows, 0)))

    def profiles(self) -> list[Profile]:
        """Two in three are known well, of one segment; the others not at all."""
        found = []
        for number in range(self.world.members):
            known = TasteMixture("made", 0.2, {number % self.world.segments: 0.8})
            found.append(Profile(f"m{number:05d}", known if number % 3 else TasteMixture("made"), plays=20))
        return found

    def open(self, store: Path, now: datetime = BEGIN) -> str:
        """The catalogue is published and the members are segmented; the id of the release in use."""
        entries = tuple(synthetic_titles(self.world))
        snapshot = write_snapshot(store, Edition(entries, self.world.canvases, ModelRef("made", "0" * 64)), now)
        shares = np.full((self.world.segments + 1, len(GENRES)), 0.2)
        fit = Segmentation("made", now, self.segments, self.tastes, shares, frozenset(GENRES))
        members = write_members(store, self.profiles(), "made", now)
        point_to_fit(store, Fit(write_segmentation(store, fit), members))
        return put_in_use(store, snapshot, now).id

    def truth(self, release: Release) -> np.ndarray:
        """(segments + 1, titles, width): how probable a play of each picture is; the last are those without taste."""
        chance = np.random.default_rng(self.seed)
        options = release.snapshot.option_values()
        grid = feature_grid(self.tastes, Pictures.of(options, self.tastes), Circumstances())
        titles, width = release.snapshot.titles, release.snapshot.width
        own = logit(self.take) + chance.normal(0, 0.5, (titles, 1)) + chance.normal(0, self.picture, (titles, width))
        match = np.nan_to_num(grid[:, :, 0]).reshape(-1, titles, width)
        pretty = (grid[:, :, 3] - 5).reshape(-1, titles, width)
        return expit(own + self.theme * match + self.aesthetic * pretty)

    def visit(self, store: Path, log: EventLog, visits: int, day: float = 0.0, *, spread_days: float = 1.0) -> float:
        """So many members come, one after the other, each sees one page; the share of the pictures that is played.

        What they see is what the release in use answers; plays follow the truth within minutes. All clocks show UTC.
        """
        release = Release.load(store, read_active(store))
        rates, chance = self.truth(release), np.random.default_rng([self.seed, round(day * 1e6)])
        view, names = release.view("boxart", ""), release.snapshot.names
        rows = np.arange(release.snapshot.titles)
        people = self.profiles()
        answers = {}
        played, shown, reported = 0, 0, []
        for visit in range(visits):
            person = people[chance.integers(len(people))]
            at = BEGIN + timedelta(days=day + spread_days * (visit + 0.5) / visits)
            segment = person.taste.strongest
            if segment not in answers:
                answers[segment] = asked_and_answered(
                    release.policy, view.table, view.ready, rows, person.taste, Asked(at)
                )[1]
            shares = answers[segment]
            columns = (shares.cumsum(axis=1) < chance.random((len(rows), 1))).sum(axis=1)
            truth = rates[-1 if segment is None else segment][rows, columns]
            plays = chance.random(len(rows)) < truth
            played, shown = played + int(plays.sum()), shown + len(rows)
            for row, column in enumerate(columns.tolist()):
                ids = tuple(names.options[row])
                decision = Decision(
                    person.id, names.titles[row], "boxart", ids[column], "r", float(shares[row, column]),
                    Reason.EXPLORE, release.policy.version, release.model, release.snapshot.digest,
                    round(day * 1e6) + visit, ids, segment, day_part=DayPart.of_hour(at.hour),
                )  # fmt: skip
                name = content_id("visit", day, visit, row)
                reported.append(Reported(decision, Impression(f"i{name}", decision.id, at, row)))
                if plays[row]:
                    later = at + timedelta(minutes=5)
                    reported.append(Reported(decision, Outcome(f"o{name}", decision.id, later, 900.0)))
            if len(reported) > 20_000:
                log.append(reported, at + timedelta(minutes=6))
                reported = []
        if reported:
            log.append(reported, at + timedelta(minutes=6))
        return played / shown
