"""Paths lead to films, each once, in an order that does not change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artwork.domain import Title
from artwork.errors import BadInput, ManifestError
from artwork.store.titles import find_films, gather


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def ids(*paths: str | Path) -> list[str]:
    return [title.id for title in find_films(paths)]


def test_a_folder_is_searched_with_all_its_folders(tmp_path: Path) -> None:
    make(tmp_path, "b.MP4", "a.mkv", "deep/er/c.webm", "notes.txt", "d.mp4.part", "cover.jpg")
    assert ids(tmp_path) == ["a", "b", "c"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "._a.mp4", ".trash/b.mp4")
    assert ids(tmp_path) == ["a"]


def test_a_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    make(tmp_path, "a.bin", "-video.mp4", ".hidden", "plain")
    assert ids(*(tmp_path / name for name in ("a.bin", "-video.mp4", ".hidden", "plain"))) == [
        "video",
        "hidden",
        "a",
        "plain",
    ]


def test_a_film_that_is_reached_twice_counts_once(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "a.mp4")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert ids(tmp_path, tmp_path / "a.mp4", f"{tmp_path}/./a.mp4") == ["a"]


def test_locations_are_absolute_and_names_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "Big_Buck_Bunny.mp4")
    monkeypatch.chdir(tmp_path)
    [title] = find_films(["Big_Buck_Bunny.mp4"])
    assert (title.id, title.location) == ("big-buck-bunny", str(tmp_path / "Big_Buck_Bunny.mp4"))
    assert title.name == "Big Buck Bunny"


def test_films_of_one_name_are_told_apart(tmp_path: Path) -> None:
    make(tmp_path, "s1/e01.mp4", "s2/e01.mp4", "s2/e02.mp4")
    assert ids(tmp_path) == ["s1-e01", "s2-e01", "e02"]


def test_hostile_names_are_films_like_others(tmp_path: Path) -> None:
    names = ["\U0001f3ac.mp4", "-video.mp4", " .mp4", "a\nb.mp4", "x" * 240 + ".mp4", "'; --.mp4", "%2e%2e.mp4"]
    make(tmp_path, *names)
    found = find_films([tmp_path])
    assert len({title.id for title in found}) == len(names)
    assert all(title.name for title in found)


def test_a_url_is_taken_as_it_stands() -> None:
    [title] = find_films(["s3://bucket/a%20film.mp4"])
    assert (title.id, title.location) == ("a-film", "s3://bucket/a%20film.mp4")


@pytest.mark.parametrize("name", ["absent.mp4", "absent/folder", "nul\0byte"])
def test_a_path_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"cannot read '.*give films, or folders that hold some"):
        find_films([tmp_path / name])


def test_a_folder_without_films_is_named(tmp_path: Path) -> None:
    make(tmp_path, "notes.txt")
    with pytest.raises(BadInput, match=r"no film in '.*': looked for \.264 \.265"):
        find_films([tmp_path])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_what_is_neither_file_nor_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(BadInput, match="neither a file nor a folder"):
        find_films([tmp_path / "pipe.mp4"])


def test_a_name_that_is_not_unicode_is_to_be_changed(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4")).touch()
    except OSError:
        pytest.skip("this file system holds Unicode names only")
    with pytest.raises(BadInput, match=r"rename '.*caf\\udce9\.mp4': not valid"):
        find_films([tmp_path])
    for number in range(30):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xe9te %02d.mp4" % number)).touch()
    with pytest.raises(BadInput, match=r"caf.*f\\udce9te 00.*f\\udce9te 18\.mp4' and 11 more: not valid"):
        find_films([tmp_path])


def test_nothing_asked_for_is_nothing_found() -> None:
    assert find_films([]) == []


def test_a_manifest_alone_is_the_whole_run(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("path,year\nb.mp4,2001\na.mp4,2002\n")
    assert [(title.id, title.year) for title in gather([], tmp_path / "t.csv")] == [("a", 2002), ("b", 2001)]


def test_paths_beside_a_manifest_choose_and_the_manifest_tells(tmp_path: Path) -> None:
    """The id of the manifest comes first: the other film of that name gives way."""
    make(tmp_path, "films/a.mp4", "films/b.mp4", "more/b.mp4")
    (tmp_path / "t.csv").write_text("title,path,year\nThe A,films/a.mp4,2002\nB,films/b.mp4,2003\nC,films/c.mp4,1999\n")
    found = gather([tmp_path / "films", tmp_path / "more"], tmp_path / "t.csv")
    assert [(title.id, title.year) for title in found] == [("the-a", 2002), ("b", 2003), ("more-b", None)]


def test_a_bad_row_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    (tmp_path / "t.csv").write_text("path,year\na.mp4,soon\n")
    with pytest.raises(ManifestError, match="row 2"):
        gather([tmp_path / "a.mp4"], tmp_path / "t.csv")


def known(name: str, location: Path) -> Title:
    return Title(name, str(location), "A Name of Its Own", year=1999)


def test_a_film_that_the_catalogue_knows_keeps_its_id_and_its_words(tmp_path: Path) -> None:
    """A manifest named it once; later runs name its folder."""
    make(tmp_path, "a.mp4", "b.mp4")
    found = gather([tmp_path], known=[known("chosen", tmp_path / "b.mp4")])
    assert [(title.id, title.year) for title in found] == [("a", None), ("chosen", 1999)]


def test_another_film_of_the_same_name_never_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """They come in two runs, as in one."""
    make(tmp_path, "one/film.mp4", "two/film.mp4")
    first = known("film", tmp_path / "one/film.mp4")
    assert [title.id for title in gather([tmp_path / "two"], known=[first])] == ["two-film"]
    assert [title.id for title in gather([tmp_path], known=[first])] == ["film", "two-film"]


def test_a_film_that_was_moved_stays_the_same_title(tmp_path: Path) -> None:
    """Its old place is empty: the id and the words go with it."""
    make(tmp_path, "new/film.mp4")
    [title] = gather([tmp_path / "new"], known=[known("film", tmp_path / "old/film.mp4")])
    assert (title.id, title.year, title.location) == ("film", 1999, str(tmp_path / "new/film.mp4"))


def test_a_manifest_has_the_last_word(tmp_path: Path) -> None:
    """Over what the catalogue knows."""
    make(tmp_path, "a.mp4")
    (tmp_path / "t.csv").write_text("title,path,year\nanother,a.mp4,2001\n")
    [title] = gather([tmp_path], tmp_path / "t.csv", known=[known("chosen", tmp_path / "a.mp4")])
    assert (title.id, title.year) == ("another", 2001)
