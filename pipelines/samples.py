"""The sample films of the demo: made on the spot from storyboards, and made again only when a storyboard changes."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2

import assets
from artwork.film.storyboard import Storyboard, encode, encoded_digest, load_storyboard
from pipelines.players import billing

STORYBOARDS = Path(assets.__file__).parent / "storyboards"
COLUMNS = (
    "title",
    "path",
    "name",
    "kind",
    "genres",
    "synopsis",
    "cast",
    "year",
    "maturity_rating",
    "language",
    "pictures",
)


def sample_storyboards(folder: Path = STORYBOARDS) -> tuple[Storyboard, ...]:
    """The storyboards in a folder, by file name."""
    return tuple(load_storyboard(path) for path in sorted(folder.glob("*.toml")))


def make_samples(folder: Path, storyboards: Sequence[Storyboard] | None = None, workers: int = 2) -> Path:
    """The sample films lie in `folder`/films, and the manifest that describes them at the path returned.

    A film that is there already, made from the same storyboard, is left as it is. A film is written under another
    name and then renamed, so that what lies there under its own name is always whole.

    Args:
        folder: made when it is not there.
        storyboards: which films; the project's own when None.
        workers: processes, one film each.

    Returns:
        The manifest, `folder`/titles.csv; its paths are relative to it.

    Raises:
        ExtraMissing: a package that ships photographs is not installed.
        StoryboardError: a storyboard cannot be shot.
    """
    boards = sample_storyboards() if storyboards is None else tuple(storyboards)
    films = folder / "films"
    films.mkdir(parents=True, exist_ok=True)
    missing = [board for board in boards if encoded_digest(_film(films, board)) != board.digest]
    # The longest work first, so that two workers end together.
    missing.sort(key=lambda board: (-board.width * board.height * board.frame_count, board.id))
    targets = [_film(films, board) for board in missing]
    if workers > 1 and len(missing) > 1:
        # A fresh interpreter each: this process may hold threads that a fork would freeze.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(missing)), mp_context=spawn) as pool:
            list(pool.map(make_film, missing, targets))
    else:
        for board, target in zip(missing, targets, strict=True):
            make_film(board, target)
    manifest = folder / "titles.csv"
    _replace(manifest, _manifest(boards).encode())
    return manifest


def make_film(storyboard: Storyboard, target: Path) -> None:
    """A storyboard's film lies at `target`, whole."""
    cv2.setNumThreads(1)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        encode(storyboard, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _film(films: Path, storyboard: Storyboard) -> Path:
    return films / f"{storyboard.id}.mp4"


def _manifest(storyboards: Sequence[Storyboard]) -> str:
    """The titles as CSV: lists are joined with "; ", paths start at the manifest's folder."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for board in sorted(storyboards, key=lambda one: one.id):
        rows.writerow(
            {
                "title": board.id,
                "path": f"films/{board.id}.mp4",
                "name": board.name,
                "kind": board.kind,
                "genres": "; ".join(board.genres),
                "synopsis": board.synopsis,
                "cast": "; ".join(billing(board)),
                "year": board.year or "",
                "maturity_rating": board.maturity_rating,
                "language": board.language,
                "pictures": board.pictures,
            }
        )
    return text.getvalue()


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)
