"""Verdicts as CSV: out, and in again, through the journal."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from pathlib import Path

import pytest
from review_builders import stock

from artwork.errors import ManifestError
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal
from pipelines.settings import Settings, load_settings
from pipelines.verdicts import ImportReport, export_verdicts, import_verdicts


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    stock(tmp_path / "store")
    return load_settings(store=str(tmp_path / "store"))


def exported(settings: Settings) -> list[dict[str, str]]:
    text = io.StringIO()
    export_verdicts(settings, text)
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "verdicts.csv"
    path.write_text(text, "utf-8")
    return path


def test_every_candidate_is_a_row_and_so_is_every_frame_spoken_of(settings: Settings) -> None:
    with closing(Catalog.open(settings.store)) as catalog:
        journal = Journal(catalog.database)
        journal.append("harbour", [Change("f0", Action.NOTE, {"note": 'a "good", dark\none'})], "Ana")
        journal.append("harbour", [Change("f3", Action.FOCUS, {"x": 0.25, "y": 0.5})], "Ana")
    rows = exported(settings)
    assert [(row["frame"], row["verdict"], row["focus_x"], row["note"]) for row in rows] == [
        ("f1", "proposed", "", ""),
        ("f3", "proposed", "0.25", ""),
        ("f6", "proposed", "", ""),
        ("f0", "proposed", "", 'a "good", dark\none'),
    ]


def test_what_was_exported_changes_nothing_when_it_is_imported(settings: Settings, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "title,frame,verdict,reason,focus_x,focus_y\nharbour,f1,rejected,dull,,\nharbour,f3,approved,,0.2,0.4\n",
    )
    assert import_verdicts(settings, file, "Ana") == ImportReport(3, 0)
    text = io.StringIO()
    assert export_verdicts(settings, text) == 3
    assert import_verdicts(settings, written(tmp_path, text.getvalue()), "Ben") == ImportReport(0, 3)


def test_an_import_is_one_act_in_the_name_given_and_undone_as_one(settings: Settings, tmp_path: Path) -> None:
    file = written(tmp_path, "title,frame,verdict\nharbour,f1,rejected\nharbour,f3,approved\n")
    import_verdicts(settings, file, "Ana")
    with closing(Catalog.open(settings.store)) as catalog:
        journal = Journal(catalog.database)
        assert catalog.verdicts("harbour") == {"f1": "rejected", "f3": "approved"}
        assert len(journal.undo("harbour", "Ana").entries) == 2
        assert catalog.verdicts("harbour") == {}


def test_a_column_that_is_not_there_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    import_verdicts(
        settings, written(tmp_path, "title,frame,verdict,reason,note\nharbour,f1,rejected,dull,no\n"), "Ana"
    )
    import_verdicts(settings, written(tmp_path, "title,frame,verdict\nharbour,f1,rejected\n"), "Ana")
    [row] = [row for row in exported(settings) if row["frame"] == "f1"]
    assert (row["reason"], row["note"]) == ("dull", "no")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title,frame\nharbour,f1\n", "row 1: there is no column 'verdict'"),
        ("", "row 1: there is no column 'title'"),
        ("title,frame,verdict\nharbour,f1,approved\nharbour,f1,yes\n", "row 3: 'yes' is no verdict"),
        ("title,frame,verdict\nharbour,f1,approved\nnone,f1,approved\n", "row 3: no title 'none'"),
        (
            "title,frame,verdict\nharbour,f1,approved\nharbour,f99,approved\n",
            "row 3: title 'harbour' has no frame 'f99'",
        ),
        ("title,frame,verdict\nharbour,f1,approved\nharbour,f1,rejected\n", "row 3: frame 'f1' comes twice"),
        ("title,frame,verdict,focus_x,focus_y\nharbour,f1,approved,2,0\n", "row 2: the focal point cannot be used"),
        ("title,frame,verdict,focus_x,focus_y\nharbour,f1,approved,0.5,\n", "row 2: the focal point cannot be used"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_written(
    settings: Settings, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ManifestError, match=said):
        import_verdicts(settings, written(tmp_path, text), "Ana")
    with closing(Catalog.open(settings.store)) as catalog:
        assert Journal(catalog.database).head() == 0
