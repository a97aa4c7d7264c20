"""Who is who as CSV: out, in again, through the journal; and what of it reaches the pictures that are published."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import HOSTILE
from review_builders import TITLE, stock
from typer.testing import CliRunner

from artwork.errors import ManifestError
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal, Outcome
from artwork.store.naming import key_of, naming
from artwork.store.slate import slate
from pipelines.announcement import Terms
from pipelines.cli import app
from pipelines.option import OptionMaker
from pipelines.people import NamingReport, export_people, import_people
from pipelines.settings import Settings, load_settings
from ranking.domain import Option


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Eight frames; f1, f3, f5 and f7 show a face each; f1, f3 and f6 are candidates."""
    stock(tmp_path / "store", title=replace(TITLE, cast=("The Keeper", "The Daughter")))
    return load_settings(store=str(tmp_path / "store"))


def exported(settings: Settings) -> list[dict[str, str]]:
    text = io.StringIO()
    export_people(settings, text)
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def written(tmp_path: Path, *rows: str, head: str = "title,frame,face,name") -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def names(settings: Settings) -> dict[str, str]:
    return {row["frame"]: row["name"] for row in exported(settings)}


def options(settings: Settings) -> dict[str, Option]:
    """What ranking is told of the candidates, by frame."""
    with closing(Catalog.open(settings.store)) as catalog:
        nominees = slate(catalog, Journal(catalog.database), "harbour")
        made = OptionMaker(catalog, None).options("harbour", nominees, Terms(), approved=True, fallbacks=[])
        return {one.frame.id: option for one, option in zip(nominees, made, strict=True)}


def test_every_face_is_a_row_with_the_person_it_is_taken_for_and_no_name(settings: Settings) -> None:
    rows = exported(settings)
    assert [(row["frame"], row["face"], row["name"]) for row in rows] == [
        (frame, "1", "") for frame in ("f1", "f3", "f5", "f7")
    ]
    assert all(row["person"].startswith("person ") for row in rows)
    assert (float(rows[0]["left"]), float(rows[0]["height"])) == (0.4, 0.28)


def test_names_come_in_in_the_spelling_of_the_cast_and_once(settings: Settings, tmp_path: Path) -> None:
    file = written(
        tmp_path, "harbour,f1,1,the keeper", "harbour,f3,1, The  Keeper ", "harbour,f5,1,", "harbour,f7,1,Zoé"
    )
    assert import_people(settings, file, "Ana") == NamingReport(3, 0, 1)
    assert names(settings) == {"f1": "The Keeper", "f3": "The Keeper", "f5": "", "f7": "Zoé"}
    assert import_people(settings, file, "Ana") == NamingReport(0, 0, 4)
    with closing(Catalog.open(settings.store)) as catalog:
        entries = Journal(catalog.database).entries("harbour")
    assert [(one.action, one.content["name"], one.reviewer, one.batch) for one in entries] == [
        (Action.NAME, "The Keeper", "Ana", 1),
        (Action.NAME, "Zoé", "Ana", 1),
    ]
    assert import_people(settings, written(tmp_path, "harbour,f1,1,"), "Ana") == NamingReport(0, 1, 0)
    assert names(settings)["f1"] == ""
    done = CliRunner().invoke(app, ["candidates", "harbour", "--store", settings.store, "--json"])
    assert [json.loads(line)["people"] for line in done.stdout.splitlines()] == [[], ["The Keeper"], []]


def test_the_capitals_of_a_name_are_mended_where_every_face_of_it_is_named_again(
    settings: Settings, tmp_path: Path
) -> None:
    import_people(settings, written(tmp_path, "harbour,f1,1,zoé", "harbour,f3,1,zoé"), "Ana")
    one = written(tmp_path, "harbour,f1,1,Zoé")
    assert import_people(settings, one, "Ana") == NamingReport(0, 0, 1), "f3 is called zoé still"
    both = written(tmp_path, "harbour,f1,1,Zoé", "harbour,f3,1,ZOÉ")
    assert import_people(settings, both, "Ana") == NamingReport(2, 0, 0)
    assert names(settings) == {"f1": "Zoé", "f3": "Zoé", "f5": "", "f7": ""}
    assert import_people(settings, both, "Ana") == NamingReport(0, 0, 2)


def test_whoever_is_named_on_the_page_while_a_file_is_read_stays_and_is_not_counted_as_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Journal.append

    def late(journal: Journal, title: str, changes: Sequence[Change], reviewer: str) -> Outcome:
        mine = [naming(key_of("f1", 0), "Bea", {"f1": [(0.5, 0.4)]}, 0)]
        append(journal, title, mine, "Ben")
        return append(journal, title, changes, reviewer)

    monkeypatch.setattr(Journal, "append", late)
    file = written(tmp_path, "harbour,f1,1,Ada", "harbour,f3,1,Zoé", "harbour,f5,1,")
    assert import_people(settings, file, "Ana") == NamingReport(1, 0, 1, 1)


def test_what_was_exported_changes_nothing_when_it_is_imported(settings: Settings, tmp_path: Path) -> None:
    import_people(settings, written(tmp_path, "harbour,f1,1,The Keeper", 'harbour,f3,1,"a ""b"", c"'), "Ana")
    out = tmp_path / "out.csv"
    with out.open("w", newline="", encoding="utf-8") as text:
        assert export_people(settings, text) == 4
    assert import_people(settings, out) == NamingReport(0, 0, 4)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("harbour,f1,2,Ada", "has 1 faces, none is 2"),
        ("harbour,f2,1,Ada", "has 0 faces"),
        ("harbour,f1,0,Ada", "is no face"),
        ("harbour,f1,-1,Ada", "is no face"),
        ("harbour,f1,\u0661,Ada", "is no face"),
        ("harbour,f1,1e999999,Ada", "is no face"),
        ("harbour,f99,1,Ada", "has no frame 'f99'"),
        ("nowhere,f1,1,Ada", "nowhere"),
        ("harbour,f1,1,person 2", "nobody can be called"),
        (f"harbour,f1,1,{'x' * 200}", "the most is 120"),
        ("harbour,f3,1,Ada\nharbour,f3,1,Bea", "comes twice"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_written(
    settings: Settings, tmp_path: Path, row: str, why: str
) -> None:
    with pytest.raises(ManifestError, match=why):
        import_people(settings, written(tmp_path, "harbour,f5,1,Ada", row))
    assert set(names(settings).values()) == {""}


def test_a_missing_column_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no column 'face'"):
        import_people(settings, written(tmp_path, "harbour,f1,Ada", head="title,frame,name"))


def test_the_commands_take_hostile_names_for_what_they_are(settings: Settings, tmp_path: Path) -> None:
    """What can be a name is one, as it can be read; what cannot is refused, with its line."""
    run = CliRunner()
    for name in HOSTILE[:20]:
        text = io.StringIO()
        csv.writer(text).writerows([["title", "frame", "face", "name"], ["harbour", "f1", "1", name]])
        (tmp_path / "in.csv").write_text(text.getvalue(), "utf-8")
        arguments = ["people", "import", str(tmp_path / "in.csv"), "--store", settings.store, "--json"]
        told = run.invoke(app, arguments)
        assert told.exit_code == 0 or isinstance(told.exception, ManifestError), name
        done = run.invoke(app, ["people", "export", "--store", settings.store])
        assert (done.exit_code, len(list(csv.DictReader(io.StringIO(done.stdout))))) == (0, 4)


def test_where_nobody_named_anybody_no_picture_has_a_cast(settings: Settings) -> None:
    """Not even where the manifest says who is in the title: who of them is in a picture only people know."""
    assert {frame: one.cast for frame, one in options(settings).items()} == {"f1": {}, "f3": {}, "f6": {}}


def test_a_picture_has_those_who_were_named_in_it_by_their_prominence_in_the_title(
    settings: Settings, tmp_path: Path
) -> None:
    """Faces are seen in four frames of equal weight: the keeper in three of them, the daughter in one."""
    file = written(
        tmp_path,
        "harbour,f1,1,The Keeper",
        "harbour,f3,1,The Daughter",
        "harbour,f5,1,The Keeper",
        "harbour,f7,1,The Keeper",
    )
    import_people(settings, file)
    found = options(settings)
    assert {frame: one.cast for frame, one in found.items()} == {
        "f1": {"The Keeper": 0.75},
        "f3": {"The Daughter": 0.25},
        "f6": {},
    }


def test_a_face_that_came_to_a_named_group_later_has_no_part_in_it(settings: Settings) -> None:
    with closing(Catalog.open(settings.store)) as catalog:
        journal = Journal(catalog.database)
        journal.append("harbour", [naming(key_of("f1", 0), "Ada", {"f1": [(0.47, 0.39)]}, 0)], "Ana")
        journal.append("harbour", [Change("f3", Action.NOTE, {"note": "Ada, too?"})], "Ana")
    assert {frame: one.cast for frame, one in options(settings).items()} == {"f1": {"Ada": 0.25}, "f3": {}, "f6": {}}
