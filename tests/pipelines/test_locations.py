"""Films that a manifest names by URL, and films that are not where it says."""

from __future__ import annotations

from pathlib import Path

from batches import command, dump, make_batch, rows


def test_films_by_url_are_fetched_and_named_by_it(tmp_path: Path) -> None:
    """A good one, a damaged one, rubbish and an absent one: the scratch copy shows nowhere."""
    films = make_batch(tmp_path / "films", films=2, shots=3)
    whole = (films / "film 1.mp4").read_bytes()
    movie = whole.index(b"mdat") + len(whole) // 3
    (films / "damaged.mp4").write_bytes(whole[:movie] + bytes(20_000) + whole[movie + 20_000 :])
    (films / "rubbish.mp4").write_bytes(b"rubbish")
    names = {"good": "film 0.mp4", "damaged": "damaged.mp4", "rubbish": "rubbish.mp4", "absent": "absent.mp4"}
    urls = {title: (films / name).as_uri().replace("%20", " ") for title, name in names.items()}
    manifest = tmp_path / "titles.csv"
    manifest.write_text("title,url\n" + "".join(f"{title},{url}\n" for title, url in urls.items()))
    answer = command("ingest", "--titles", manifest, "--store", tmp_path / "store", "--json")
    assert answer.returncode == 3
    found = {str(row["title"]): row for row in rows(answer)}
    assert found["good"]["status"] == "ok"
    assert found["damaged"]["status"] == "partial"
    for title in ("damaged", "rubbish", "absent"):
        assert str(found[title]["reason"]).startswith(urls[title])
    assert "no such file" in str(found["absent"]["reason"])
    assert "scratch" not in answer.stdout + answer.stderr + dump(tmp_path / "store")


def test_what_a_manifest_names_wrongly_is_said_of_that_title(tmp_path: Path) -> None:
    """A folder and a file that is not there."""
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "titles.csv").write_text("title,path\na,folder.mp4\nb,gone.mp4\n")
    answer = command("ingest", "--titles", tmp_path / "titles.csv", "--store", tmp_path / "store", "--json")
    assert answer.returncode == 3
    reasons = {str(row["title"]): str(row["reason"]) for row in rows(answer)}
    assert "not a file" in reasons["a"]
    assert "No such file" in reasons["b"]
