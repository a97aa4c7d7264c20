"""`artwork ingest` on films that hold little, or hold it oddly: what is proposed of them, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from batches import command, rows, shot_of
from film_maker import Making, write_film

from artwork.domain import Rgb

SHOTS = [shot_of(seed, 36) for seed in range(700, 704)]


def colour_bars() -> Rgb:
    upper = np.repeat(np.array([200, 170, 140, 110, 80, 60, 40, 230], np.uint8), 40)
    return np.ascontiguousarray(np.broadcast_to(upper[None, :, None], (180, 320, 3)))


def barred(pixels: Rgb, rows_of_bar: int, columns_of_bar: int) -> Rgb:
    framed = np.zeros_like(pixels)
    inside = slice(rows_of_bar, 180 - rows_of_bar), slice(columns_of_bar, 320 - columns_of_bar)
    framed[inside] = pixels[inside]
    return framed


def subtitled(pixels: Rgb) -> Rgb:
    shown = pixels.copy()
    for thickness, colour in ((3, (0, 0, 0)), (1, (255, 255, 255))):
        cv2.putText(
            shown, "Where have you been?", (40, 165), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA
        )
    return shown


def whole(change: Callable[[Rgb, int], Rgb]) -> list[Rgb]:
    return [change(picture, number) for number, shot in enumerate(SHOTS) for picture in shot]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of odd films, ingested in one run."""
    folder = tmp_path_factory.mktemp("odd")
    formats = ((0, 0), (24, 0), (0, 40), (24, 0))
    films: dict[str, Sequence[Rgb]] = {
        "black": [np.zeros((180, 320, 3), np.uint8)] * 40,
        "leader": [colour_bars()] * 75 + whole(lambda picture, _: picture),
        "formats": whole(lambda picture, shot: barred(picture, *formats[shot])),
        "subtitles": whole(lambda picture, _: subtitled(picture)),
    }
    for name, pictures in films.items():
        write_film(folder / f"{name}.mp4", pictures, Making(options={"crf": "16", "preset": "ultrafast"}))
    answer = command("ingest", folder, "--store", folder / "store", "--json")
    assert answer.returncode == 0, answer.stderr
    (folder / "reports.jsonl").write_text(answer.stdout)
    return folder / "store"


def proposed(store: Path, title: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", rows(command("candidates", title, "--store", store, "--json")))


def test_of_a_film_without_a_picture_it_is_said_that_the_fallback_is_none_either(store: Path) -> None:
    again = command("ingest", store.parent / "black.mp4", "--store", store, "--json")
    (row,) = rows(again)
    assert row["status"] == "unchanged"
    assert row["reason"] == "every frame was refused, the fallback is the least bad: blank"
    assert [one["fallback"] for one in proposed(store, "black")] == [True]
    assert (store.parent / "reports.jsonl").read_text().count("every frame was refused") == 1


def test_colour_bars_before_the_film_are_not_proposed(store: Path) -> None:
    found = proposed(store, "leader")
    assert len(found) >= 3
    assert min(one["at_seconds"] for one in found) >= 3
    refused = rows(command("candidates", "leader", "--refused", "--store", store, "--json"))
    assert "test_pattern" in {one["rule"] for one in refused}


def test_each_format_of_a_film_is_proposed_without_its_bars(store: Path) -> None:
    frames = rows(command("export", "frames", "--title", "formats", "--store", store))
    assert {one["shot"] for one in frames} == {0, 1, 2, 3}
    scope = (24 / 180, 132 / 180, 0.0, 1.0)
    expected = ((0.0, 1.0, 0.0, 1.0), scope, (0.0, 1.0, 1 / 8, 3 / 4), scope)
    for one in cast("list[dict[str, Any]]", frames):
        told = tuple(one["picture"][side] for side in ("top", "height", "left", "width"))
        assert told == pytest.approx(expected[one["shot"]], abs=0.007)


def test_a_film_with_subtitles_throughout_has_more_than_a_fallback(store: Path) -> None:
    found = proposed(store, "subtitles")
    assert len(found) >= 3
    assert all(one["annotation"]["contextual"]["text_share"] > 0 for one in found)
