"""A snapshot says what was published, never changes, and is not believed once it is damaged."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from catalogues import MADE_AT, SIZES, title

from artwork.domain import ModelRef
from ranking.domain import Option, Profile, TasteMixture
from ranking.errors import SnapshotError
from ranking.learn.folder import Active, activate, read_active, read_release, step_back
from ranking.learn.members import Members, write_members
from ranking.learn.press import Edition, write_snapshot
from ranking.learn.snapshot import FOLDER, RenditionEntry, Snapshot, TitleEntry, TitleNotes
from ranking.learn.synthetic import World, synthetic_files, synthetic_titles


def written(store: Path, titles: list[TitleEntry], canvases: tuple[str, ...] = ("boxart", "banner")) -> Snapshot:
    return Snapshot.open(store / FOLDER / write_snapshot(store, Edition(titles, canvases), MADE_AT), verify=True)


def test_what_was_published_is_in_the_snapshot(tmp_path: Path) -> None:
    opens = datetime(2026, 2, 1, tzinfo=UTC)
    option = Option(
        "o2",
        "film",
        aesthetic=6.5,
        faces=2,
        themes={"sea": 0.5},
        vector=(0.6, 0.8),
        maturity=12,
        opens=opens,
        pinned=True,
    )
    first = Option("o1", "film", vector=(1.0, 0.0), fallback=True, locales=frozenset({"de"}), spoils_until=0.5)
    shown = RenditionEntry("r1", "o2", "boxart", synthetic_files("r1", SIZES), alt="The sea")
    entry = TitleEntry(TitleNotes("film", "A Film", genres=("drama",)), (option, first), (shown,))
    model = ModelRef("clip", "a" * 64)
    digest = write_snapshot(tmp_path, Edition([entry], ["boxart", "banner"], model), MADE_AT)
    snapshot = Snapshot.open(tmp_path / FOLDER / digest, verify=True)
    assert (snapshot.digest, snapshot.made_at, snapshot.embedding) == (digest, MADE_AT, model)
    assert (snapshot.names.titles, snapshot.names.options) == (["film"], [["o1", "o2"]])
    assert snapshot.title_notes[0].genres == ("drama",)
    assert (snapshot.option_notes[1].aesthetic, snapshot.option_notes[1].themes) == (6.5, {"sea": 0.5})
    np.testing.assert_allclose(snapshot.vectors, [[1.0, 0.0], [0.6, 0.8]])
    assert snapshot.grid("maturity", 0).tolist() == [[0, 12]]
    assert snapshot.grid("opens", 0.0).tolist() == [[-np.inf, opens.timestamp()]]
    assert snapshot.grid("pinned", empty=False).tolist() == [[False, True]]
    assert snapshot.names.places == ["de"]
    assert [one.id for one in snapshot.option_values()] == ["o1", "o2"]
    np.testing.assert_allclose(snapshot.option_values()[1].vector, (0.6, 0.8), atol=1e-6)
    assert dataclasses.replace(snapshot.option_values()[1], vector=(0.6, 0.8)) == option
    assert dataclasses.replace(snapshot.option_values()[0], vector=(1.0, 0.0)) == first
    assert snapshot.rendition("r1") == 0
    assert set(snapshot.rendition_files(0)) == set(shown.files)
    assert [one.width for one in snapshot.rendition_files(0)] == [160, 160, 160, 240, 240, 240]


def test_an_empty_snapshot_is_one(tmp_path: Path) -> None:
    snapshot = written(tmp_path, [])
    assert (snapshot.titles, snapshot.width, snapshot.rendition("r1")) == (0, 1, None)


def test_titles_may_have_no_pictures(tmp_path: Path) -> None:
    snapshot = written(tmp_path, [TitleEntry(TitleNotes("a", "A"), ()), title("b", {"b1": {}})])
    assert snapshot.names.options == [[], ["b1"]]


def test_equal_titles_give_one_snapshot_whatever_their_order(tmp_path: Path) -> None:
    titles = list(synthetic_titles(World(titles=3, options=3)))
    turned = [
        dataclasses.replace(one, options=one.options[::-1], renditions=one.renditions[::-1]) for one in titles[::-1]
    ]
    canvases = ("boxart", "thumbnail")
    assert written(tmp_path, titles, canvases).digest == written(tmp_path, turned, canvases).digest
    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == [written(tmp_path, titles, canvases).digest]


@pytest.mark.parametrize("name", ["é", "x\0", "", "r1 ", "../r1", "r" * 500])
def test_an_id_that_is_not_there_is_not_there(tmp_path: Path, name: str) -> None:
    assert written(tmp_path, [title("a", {"r1": {}})]).rendition(name) is None


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        ([title("a", {}), title("a", {})], "two titles"),
        ([title("a", {f"o{n}": {} for n in range(65)})], "more than 64"),
        ([title("a", {"o1": {"pinned": True}, "o2": {"pinned": True}})], "more than one picture is pinned"),
        ([title("a", {"o1": {"shown_on": ("poster",)}})], "no such picture or canvas"),
        ([title("a", {"o1": {"vector": (1.0,)}, "o2": {"vector": ()}})], "of different models"),
        ([TitleEntry(TitleNotes("a", "A"), (Option("o1", "b"),))], "of title b, not a"),
        ([title("a", {"o1": {}}), title("b", {"o1": {}})], "two renditions"),
    ],
)
def test_what_does_not_fit_together_is_not_published(tmp_path: Path, titles: list[TitleEntry], told: str) -> None:
    with pytest.raises(SnapshotError, match=told):
        written(tmp_path, titles)
    assert not (tmp_path / FOLDER).exists() or not list((tmp_path / FOLDER).iterdir())


def test_damage_is_noticed(tmp_path: Path) -> None:
    snapshot = written(tmp_path, list(synthetic_titles(World(titles=3, options=3))), ("boxart", "thumbnail"))
    folder = tmp_path / FOLDER / snapshot.digest
    for part in sorted(folder.iterdir()):
        content = part.read_bytes()
        if not content:
            continue
        middle = len(content) // 2
        part.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(SnapshotError):
            Snapshot.open(folder, verify=True)
        part.write_bytes(content[:middle])
        with pytest.raises(SnapshotError):
            Snapshot.open(folder)
        part.unlink()
        with pytest.raises(SnapshotError):
            Snapshot.open(folder)
        part.write_bytes(content)
    assert Snapshot.open(folder, verify=True).titles == 3


def test_a_folder_of_another_format_says_so(tmp_path: Path) -> None:
    members = write_members(tmp_path, [], "none", MADE_AT)
    with pytest.raises(SnapshotError, match="'artwork-members-1', this version reads 'artwork-snapshot-1'"):
        Snapshot.open(tmp_path / "members" / members)


def test_the_pointer_moves_and_steps_back(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="artwork publish"):
        read_active(tmp_path)
    first, second = Active("a" * 16), Active("b" * 16, beliefs="c" * 16)
    activate(tmp_path, first)
    activate(tmp_path, second)
    assert read_active(tmp_path) == second
    assert step_back(tmp_path) == first == read_active(tmp_path)
    assert read_release(tmp_path, second.id) == second
    (tmp_path / "active.json").write_text(json.dumps({"snapshot": 3}))
    with pytest.raises(SnapshotError, match=r"active\.json is damaged: remove it"):
        read_active(tmp_path)


def test_members_are_found_by_their_profile(tmp_path: Path) -> None:
    tastes = {
        "known": TasteMixture("fit", 0.25, {3: 0.5, 1: 0.25}),
        "broad": TasteMixture("fit", 0.0, dict.fromkeys(range(5), 0.2)),
        "nobody": TasteMixture("fit"),
    }
    profiles = [Profile(name, taste) for name, taste in tastes.items()]
    profiles.append(Profile("shy", tastes["known"], personalised=False))
    members = Members.open(tmp_path / "members" / write_members(tmp_path, profiles, "fit", MADE_AT))
    assert members.of("known") == tastes["known"]
    broad = members.of("broad")
    assert broad is not None
    assert set(broad.weights) == {0, 1, 2, 3}
    assert broad.population == pytest.approx(0.2)
    assert [members.of(name) for name in ("nobody", "shy", "stranger")] == [None, None, None]


def test_members_of_another_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="of other, not fit"):
        write_members(tmp_path, [Profile("a", TasteMixture("other"))], "fit", MADE_AT)
