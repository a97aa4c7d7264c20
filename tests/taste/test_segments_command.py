"""`artwork segments`: a history becomes segments and memberships, and what is published is scored for them at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tastes_made import GENRES, made_plays
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.segment_cards import cards
from pipelines.segments import make_segments
from pipelines.settings import Settings, load_settings
from pipelines.taste_sources import pictured_people, published_traits
from ranking.domain import Decision, Impression, Outcome, Reason
from ranking.errors import HistoryError, SnapshotError, TooLittleEvidence
from ranking.learn.beliefs import FOLDER as BELIEFS
from ranking.learn.beliefs import Beliefs
from ranking.learn.events import EventLog, Reported
from ranking.learn.folder import activate, read_active
from ranking.learn.members import FOLDER as MEMBERS
from ranking.learn.members import Members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.segmentation import newest_segmentation, read_fits
from ranking.learn.snapshot import FOLDER as SNAPSHOTS
from ranking.learn.snapshot import Snapshot, TitleEntry
from ranking.learn.synthetic import World, synthetic_titles, write_world

MADE_AT = datetime(2026, 3, 1, tzinfo=UTC)


def settings(store: Path) -> Settings:
    """Quick clusterings in this store."""
    return load_settings(
        store=str(store), taste={"clusters": {"fewest": 2, "most": 4, "splits": 3, "starts": 3}}, workers=1
    )


def manifest(folder: Path) -> Path:
    """The made-up titles, as a manifest for `--titles`."""
    file = folder / "titles.csv"
    rows = [f"{genre}-{number},{genre}-{number}.mp4,{genre}" for genre in GENRES for number in range(10)]
    file.write_text("\n".join(["title,path,genres", *rows]) + "\n")
    return file


def history(folder: Path, members: tuple[int, ...], name: str = "plays.csv") -> Path:
    """Completed plays of members of known taste."""
    made = made_plays(members, plays=12)
    lines = [
        f"{profile},{title},{at:.0f},true"
        for profile, title, at in zip(made.profiles, made.titles, made.at_seconds, strict=True)
    ]
    (folder / name).write_text("\n".join(["profile,title,at,completed", *lines]) + "\n")
    return folder / name


def by_genre(store: Path, *, members: int) -> str:
    """A published world of 24 titles, of which members watched those of one genre each; digest of the snapshot."""
    active = write_world(store, World(titles=24, options=4, rank=4))
    activate(store, active)
    snapshot = Snapshot.open(store / SNAPSHOTS / active.snapshot)
    titles = {notes.id: notes.genres[0] for notes in snapshot.title_notes}
    liked = [[title for title, genre in titles.items() if genre == kind] for kind in ("comedy", "drama", "thriller")]
    generator = np.random.default_rng(0)
    lines = ["profile,title,at,completed"]
    for taste, own in enumerate(liked):
        for member in range(members):
            for _ in range(12):
                title = generator.choice(own) if generator.random() < 0.8 else generator.choice(list(titles))
                lines.append(f"m-{taste}-{member},{title},2026-01-01,true")
    (store / "plays.csv").write_text("\n".join(lines) + "\n")
    return active.snapshot


def test_a_history_becomes_segments_and_memberships(tmp_path: Path) -> None:
    """Newest fit, its members, nothing served: nothing is published."""
    file = history(tmp_path, (70, 60, 55))
    made = make_segments(settings(tmp_path / "store"), [file], manifest(tmp_path), MADE_AT)
    assert [(one.name, one.size) for one in made.segmentation.segments] == [
        ("comedy", 70),
        ("drama", 60),
        ("horror", 55),
    ]
    assert (made.ledger.rows, made.ledger.bad, made.unknown, made.profiles, made.release) == (185 * 12, 0, 0, 185, None)
    newest, fits = newest_segmentation(tmp_path / "store"), read_fits(tmp_path / "store")
    assert newest is not None
    assert fits is not None
    assert newest.segments == made.segmentation.segments
    members = Members.open(tmp_path / "store" / MEMBERS / str(fits.newest.members), verify=True)
    taste = members.of("m-drama-0003")
    assert taste is not None
    assert (taste.strongest, taste.segmentation) == (1, newest.name)
    # 12 plays of full worth within a month, half-life a year: a little less than 12 / (12 + 10) is known
    assert taste.population == pytest.approx(10 / 22, abs=0.02)
    assert members.of("nobody") is None


def test_titles_are_known_as_their_own_table_calls_them(tmp_path: Path) -> None:
    """A table of titles and genres alone, with ids as another system writes them: no film and no slug is needed."""
    rows = [f"{genre.upper()}_{number},{genre}" for genre in GENRES for number in range(10)]
    (tmp_path / "genres.csv").write_text("\n".join(["title,genres", *rows]) + "\n")
    plays = history(tmp_path, (60, 60)).read_text().splitlines()
    cells = [line.split(",") for line in plays[1:]]
    told = [f"{profile},{title.upper().replace('-', '_')},{at},{done}" for profile, title, at, done in cells]
    (tmp_path / "plays.csv").write_text("\n".join([plays[0], *told, "m,Nobody knows,2026-01-01,true"]) + "\n")
    made = make_segments(settings(tmp_path), [tmp_path / "plays.csv"], tmp_path / "genres.csv", MADE_AT)
    assert {one.name for one in made.segmentation.segments} == {"comedy", "drama"}
    assert made.unknown == 1


def test_what_is_published_is_scored_for_the_new_segments(tmp_path: Path) -> None:
    """The release that is in use has the beliefs of the segments and their members; the snapshot stays."""
    snapshot = by_genre(tmp_path, members=60)
    made = make_segments(settings(tmp_path), [tmp_path / "plays.csv"], made_at=MADE_AT)
    active = read_active(tmp_path)
    assert (active.id, active.snapshot) == (made.release, snapshot)
    beliefs = Beliefs.open(tmp_path / BELIEFS / str(active.beliefs))
    assert (beliefs.segmentation, beliefs.segments) == (made.segmentation.name, made.segmentation.segments)
    fits = read_fits(tmp_path)
    assert fits is not None
    assert active.members == fits.newest.members
    told = cards(made.segmentation, beliefs, Snapshot.open(tmp_path / SNAPSHOTS / snapshot))
    assert [card.name.split(",")[0] for card in told] == [one.name.split(",")[0] for one in made.segmentation.segments]
    assert all(card.genres[0].times > 1 and card.pictures for card in told)


def test_cards_say_what_is_liked_and_which_pictures(tmp_path: Path) -> None:
    """Friends of comedy prefer, of each title, its picture with the theme of that name."""
    snapshot = Snapshot.open(tmp_path / SNAPSHOTS / by_genre(tmp_path, members=60))
    made = make_segments(settings(tmp_path), [tmp_path / "plays.csv"], made_at=MADE_AT).segmentation
    beliefs = Beliefs.open(tmp_path / BELIEFS / str(read_active(tmp_path).beliefs))
    card = next(one for one in cards(made, beliefs, snapshot) if one.genres[0].word == "comedy")
    assert card.genres[0].share > card.genres[0].population_share
    themes = {option.id: option.themes for option in snapshot.option_values()}
    assert "comedy" in themes[card.pictures[0].option]
    assert card.pictures[0].odds > 1
    assert json.loads(json.dumps(card.row))["genres"][0]["times"] == pytest.approx(card.genres[0].times)
    assert cards(made)[0].pictures == ()


def test_cards_refuse_beliefs_of_another_fit(tmp_path: Path) -> None:
    """Numbers of other segments would name other pictures."""
    snapshot = Snapshot.open(tmp_path / SNAPSHOTS / by_genre(tmp_path, members=60))
    before = Beliefs.open(tmp_path / BELIEFS / str(read_active(tmp_path).beliefs))
    made = make_segments(settings(tmp_path), [tmp_path / "plays.csv"], made_at=MADE_AT).segmentation
    with pytest.raises(SnapshotError, match="put the snapshot in use again"):
        cards(made, before, snapshot)


def test_titles_are_known_by_their_pictures(tmp_path: Path) -> None:
    """Genres of the title; themes and vector are the means of its pictures; nobody is billed or named in it."""
    snapshot = Snapshot.open(tmp_path / SNAPSHOTS / by_genre(tmp_path, members=1))
    first = next(iter(published_traits(snapshot)))
    mine = [option for option in snapshot.option_values() if option.title == first.id]
    assert first.genres == ("comedy",)
    assert first.themes == pytest.approx({"comedy": 0.2, "drama": 0.2, "thriller": 0.2, "romance": 0.2})
    assert first.vector == pytest.approx(np.mean([option.vector for option in mine], axis=0))
    assert first.cast == {}
    assert pictured_people(snapshot) == pictured_people(None) == frozenset()


def test_a_title_has_those_it_is_billed_with_and_those_who_are_named_in_its_pictures(tmp_path: Path) -> None:
    """Each counts as one, whoever said so; only those in pictures can be shown to who likes them."""
    [entry, *_] = synthetic_titles(World(titles=1, options=2))
    notes = msgspec.structs.replace(entry.notes, cast=("Zoe\u0308  B", "Ed"))
    shown = replace(entry.options[0], cast={"Ed": 0.25, "Someone": 0.5})
    edition = Edition((TitleEntry(notes, (shown, entry.options[1]), entry.renditions),), World().canvases, None)
    snapshot = Snapshot.open(tmp_path / SNAPSHOTS / write_snapshot(tmp_path, edition, MADE_AT))
    [traits] = published_traits(snapshot)
    assert traits.cast == {"Zo\u00eb B": 1.0, "Ed": 1.0, "Someone": 1.0}
    assert pictured_people(snapshot) == {"Ed", "Someone"}


def test_bad_rows_are_listed_in_the_store_until_the_next_history(tmp_path: Path) -> None:
    """A history without bad rows leaves no list of an earlier one."""
    file = history(tmp_path, (70, 60, 55))
    sound = file.read_text()
    file.write_text(sound + "ann,comedy-0,never,true\n")
    made = make_segments(settings(tmp_path / "store"), [file], manifest(tmp_path), MADE_AT)
    assert (made.ledger.bad, made.profiles) == (1, 185)
    assert "1 of them not used" in made.sentence
    report = json.loads(made.ledger.report.read_text())
    assert (report["row"], report["column"], report["value"]) == (185 * 12 + 2, "at", "never")
    file.write_text(sound)
    assert not make_segments(settings(tmp_path / "store"), [file], manifest(tmp_path), MADE_AT).ledger.report.exists()


def test_a_history_of_bad_rows_alone_says_so(tmp_path: Path) -> None:
    """Three rows are few enough to be let go, but nothing is left: the first is named, and where all are listed."""
    (tmp_path / "plays.csv").write_text("profile,title,at,played_seconds\n" + "ann,up,2026-01-01,soon\n" * 3)
    with pytest.raises(HistoryError, match=r"row 2: played_seconds 'soon': not a number; 3 of 3 rows cannot be used"):
        make_segments(settings(tmp_path), [tmp_path / "plays.csv"])
    assert len((tmp_path / "history-problems.jsonl").read_text().splitlines()) == 3


def test_the_event_log_is_a_history(tmp_path: Path) -> None:
    """Members who played what they were shown; one without a name, and shows without a play, tell nothing."""
    active = write_world(tmp_path, World(titles=24, options=4, rank=4))
    activate(tmp_path, active)
    snapshot = Snapshot.open(tmp_path / SNAPSHOTS / active.snapshot)
    liked = [[one.id for one in snapshot.title_notes if one.genres[0] == kind] for kind in ("comedy", "drama")]
    reported = []
    for taste, titles in enumerate(liked):
        for member in range(60):
            for number, title in enumerate(titles):
                decision = _decision(f"m-{taste}-{member}", title, active.snapshot)
                reported += _watched(decision, f"{taste}-{member}-{number}", 600.0)
    reported += _watched(_decision(None, liked[0][0], active.snapshot), "nobody", 600.0)
    reported += _watched(_decision("glance", liked[0][0], active.snapshot), "glance", 1.0)
    log = EventLog.open(tmp_path)
    log.append(reported, MADE_AT)
    log.close()
    made = make_segments(settings(tmp_path), made_at=MADE_AT)
    assert made.profiles == 120
    assert sorted(one.size for one in made.segmentation.segments) == [60, 60]


def test_an_empty_store_says_what_is_missing(tmp_path: Path) -> None:
    """No history, no event log, no title: one line, and the way out."""
    with pytest.raises(TooLittleEvidence, match="name a history"):
        make_segments(settings(tmp_path))
    with pytest.raises(TooLittleEvidence, match="--titles"):
        make_segments(settings(tmp_path), [history(tmp_path, (60,))])


def test_the_command_prints_segments_and_their_drift(tmp_path: Path) -> None:
    """A second fit keeps the names; --drift tells the two apart; a program reads JSON lines."""
    run = CliRunner()
    (tmp_path / "store").mkdir()
    listed = ["--titles", str(manifest(tmp_path)), "--store", str(tmp_path / "store"), "--json"]
    first = run.invoke(app, ["segments", str(history(tmp_path, (70, 60, 55))), *listed], catch_exceptions=False)
    assert [json.loads(line)["name"] for line in first.stdout.splitlines()] == ["comedy", "drama", "horror"]
    assert "3 segments of 185 members" in first.stderr
    again = run.invoke(app, ["segments", str(history(tmp_path, (50, 60, 75))), *listed], catch_exceptions=False)
    assert [json.loads(line)["name"] for line in again.stdout.splitlines()] == ["comedy", "drama", "horror"]
    told = run.invoke(
        app, ["segments", "--drift", "--store", str(tmp_path / "store"), "--json"], catch_exceptions=False
    )
    *rows, facts = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(row["change"], row["members_before"], row["members_now"]) for row in rows] == [
        ("kept", 70, 50),
        ("kept", 60, 60),
        ("kept", 55, 75),
    ]
    assert (facts["members_of_both"], facts["moved_share"], facts["agreement"]) == (165, 0.0, 1.0)
    plain = run.invoke(app, ["segments", "--drift", "--store", str(tmp_path / "store")], catch_exceptions=False)
    assert "kept" in plain.stdout


def test_drift_needs_two_fits(tmp_path: Path) -> None:
    """And takes no history."""
    found = CliRunner().invoke(app, ["segments", "--drift", "--store", str(tmp_path)])
    assert isinstance(found.exception, SnapshotError)
    assert CliRunner().invoke(app, ["segments", "x.csv", "--drift", "--store", str(tmp_path)]).exit_code == 2


def _decision(profile: str | None, title: str, snapshot: str) -> Decision:
    return Decision(
        profile=profile,
        title=title,
        canvas="boxart",
        option="o1",
        rendition="r1",
        propensity=0.5,
        reason=Reason.EXPLORE,
        policy="uniform",
        model="m",
        snapshot=snapshot,
        epoch=1,
        candidates=("o1", "o2"),
    )


def _watched(decision: Decision, name: str, seconds: float) -> list[Reported]:
    shown = MADE_AT - timedelta(days=3)
    return [
        Reported(decision, Impression(f"i-{name}", decision.id, shown)),
        Reported(decision, Outcome(f"o-{name}", decision.id, shown + timedelta(minutes=20), seconds, 3600.0)),
    ]
