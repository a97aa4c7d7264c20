"""Who is loved is learned: a segment that loves an actor's titles is shown the picture that has that actor.

A made-up catalogue, in which pictures differ in nothing but whom they show. The titles of the test's end were never
seen by anybody: what is known of their pictures is who is in them.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from visits import BEGIN, Town

from artwork.domain import ModelRef
from pipelines.promote import promote
from pipelines.refresh import refresh
from pipelines.release import put_in_use
from pipelines.segment_cards import cards
from pipelines.segments import make_segments, segment_rows
from pipelines.settings import load_settings
from pipelines.train import make_model
from ranking.domain import Profile, TasteMixture
from ranking.learn.events import EventLog
from ranking.learn.folder import read_active
from ranking.learn.params import LearningParams, TrainParams
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.segmentation import Segmentation, newest_segmentation
from ranking.learn.snapshot import TitleEntry
from ranking.learn.synthetic import World, synthetic_titles
from ranking.policy.eligibility import Asked
from ranking.serve.mixture import asked_and_answered
from ranking.serve.release import Release

PARAMS = LearningParams(fit=TrainParams(threads=1))
MODEL = ModelRef("made", "0" * 64)
STARS = {"comedy": "Ed", "drama": "Flo"}
PICTURES = {1: "Ed", 2: "Flo"}
"""Whose each picture of a title is, where the title has them; who is in the others nobody said."""
PROMINENCE = 0.6
WORLD = World(titles=36, options=4, segments=2, members=240)
BOTH = "thriller"
"""The genre whose titles have both."""


def billed(entry: TitleEntry) -> TitleEntry:
    """The title with its stars; its pictures differ in nothing else."""
    [genre] = entry.notes.genres
    stars = tuple(STARS.values()) if genre == BOTH else tuple(filter(None, [STARS.get(genre)]))
    options = tuple(
        replace(
            option,
            aesthetic=5.0,
            faces=1,
            brightness=0.5,
            themes={},
            vector=(),
            shot_scale=entry.options[0].shot_scale,
            cast=dict.fromkeys({PICTURES.get(column, "")} & set(stars), PROMINENCE),
        )
        for column, option in enumerate(entry.options)
    )
    return TitleEntry(msgspec.structs.replace(entry.notes, cast=stars), options, entry.renditions)


@dataclass(frozen=True, slots=True)
class Fans(Town):
    """Half of the members watch comedies, half dramas; a star's picture moves the star's own fans, and nobody else.

    fit: the segments' name; numbers: of the segment that comedies' fans are, and of that of dramas'.
    """

    world: World = WORLD
    fit: str = "made"
    numbers: tuple[int, int] = (0, 1)

    def profiles(self) -> list[Profile]:
        return [
            Profile(f"m{one:05d}", TasteMixture(self.fit, 0.1, {self.numbers[one % 2]: 0.9}), plays=20)
            for one in range(self.world.members)
        ]

    def truth(self, release: Release) -> np.ndarray:
        """One play in twenty; three times that for fans who see their star."""
        rates = np.full((len(self.numbers) + 1, release.snapshot.titles, release.snapshot.width), 0.05)
        for row, options in enumerate(release.snapshot.names.options):
            stars = {option.id: option.cast for option in release.snapshot.option_values()}
            for column, option in enumerate(options):
                for number, star in zip(self.numbers, STARS.values(), strict=True):
                    rates[number, row, column] *= 3.0 if star in stars[option] else 1.0
        return rates


def entries(world: World) -> tuple[TitleEntry, ...]:
    return tuple(billed(entry) for entry in synthetic_titles(world))


def history(store: Path, titles: tuple[TitleEntry, ...], members: int) -> Path:
    """Who watched what before: nine in ten plays are of the member's genre."""
    chance = np.random.default_rng(3)
    own = [[one.notes.id for one in titles if one.notes.genres == (genre,)] for genre in STARS]
    every = [one.notes.id for one in titles]
    lines = ["profile,title,at,completed"]
    for member in range(members):
        for _ in range(20):
            title = chance.choice(own[member % 2]) if chance.random() < 0.9 else chance.choice(every)
            lines.append(f"m{member:05d},{title},2026-04-01,true")
    (store / "plays.csv").write_text("\n".join(lines) + "\n")
    return store / "plays.csv"


def shown_best(store: Path, titles: set[str]) -> dict[str, set[str]]:
    """By the name of a segment, who is in the picture that each of these titles shows its members the most."""
    release, fit = Release.load(store, read_active(store)), newest_segmentation(store)
    assert fit is not None
    stars = {option.id: ", ".join(option.cast) for option in release.snapshot.option_values()}
    rows = np.array([row for row, name in enumerate(release.snapshot.names.titles) if name in titles])
    view, found = release.view("boxart", ""), {}
    for segment in fit.segments:
        taste = TasteMixture(fit.name, 0.05, {segment.number: 0.95})
        asked = Asked(BEGIN + timedelta(days=9))
        shares = asked_and_answered(release.policy, view.table, view.ready, rows, taste, asked)[1]
        columns = zip(rows.tolist(), shares.argmax(axis=1).tolist(), strict=True)
        found[segment.name] = {stars[release.snapshot.names.options[row][column]] for row, column in columns}
    return found


@pytest.fixture(scope="module")
def segmented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Segmentation]:
    """A store whose members are segmented by what they watched, before any picture was shown."""
    store = tmp_path_factory.mktemp("stars")
    made = entries(WORLD)
    snapshot = write_snapshot(store, Edition(made, WORLD.canvases, MODEL), BEGIN)
    put_in_use(store, snapshot, BEGIN)
    quick = {"clusters": {"fewest": 2, "most": 3, "splits": 3, "starts": 3}}
    settings = load_settings(store=str(store), taste=quick, workers=1)
    return store, make_segments(settings, [history(store, made, WORLD.members)], made_at=BEGIN).segmentation


def test_segments_love_the_people_of_what_they_watch_and_their_cards_say_so(
    segmented: tuple[Path, Segmentation],
) -> None:
    _, fit = segmented
    loved = {card.genres[0].word: [one.name for one in card.people] for card in cards(fit)}
    assert loved == {"comedy": ["Ed"], "drama": ["Flo"]}
    rows = segment_rows(fit)
    assert {row["loves"][0].split(" x")[0] for row in rows} == {"Ed", "Flo"}
    assert all(float(row["loves"][0].split(" x")[1]) > 1.3 for row in rows)
    assert fit.tastes.people == ("Ed", "Flo")
    assert fit.tastes.cast[-1].tolist() == [0.0, 0.0]  # the population likes nobody more than itself


def test_a_picture_nobody_has_seen_is_chosen_by_who_is_in_it(
    segmented: tuple[Path, Segmentation], tmp_path: Path
) -> None:
    """What is learned on titles that were shown holds for others, of which nothing is known but who is in them."""
    store, fit = Path(shutil.copytree(segmented[0], tmp_path / "store")), segmented[1]
    by_genre = {card.genres[0].word: card.number for card in cards(fit)}
    town = Fans(fit=fit.name, numbers=(by_genre["comedy"], by_genre["drama"]))
    with closing(EventLog.open(store)) as log:
        town.visit(store, log, 500)
        now = BEGIN + timedelta(days=2)
        refresh(store, log, PARAMS, now)
        make_model(store, log, PARAMS, now)
        promote(store, log, None, PARAMS, now)
    late = tuple(entry for entry in entries(replace(WORLD, titles=60)) if int(entry.notes.id[1:]) >= WORLD.titles)
    both = {entry.notes.id for entry in late if entry.notes.genres == (BOTH,)}
    put_in_use(store, write_snapshot(store, Edition((*entries(WORLD), *late), WORLD.canvases, MODEL), now), now)
    names = {segment.number: segment.name for segment in fit.segments}
    assert shown_best(store, both) == {names[by_genre[genre]]: {star} for genre, star in STARS.items()}
