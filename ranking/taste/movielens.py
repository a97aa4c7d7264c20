"""MovieLens folders: ratings.csv is a history as it stands, movies.csv says the genres of its titles."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ranking.errors import HistoryError
from ranking.taste.history import MOVIES, RATINGS
from ranking.taste.traits import TitleTraits

NO_GENRES = "(no genres listed)"
_COLUMNS = ("movieId", "genres")


def movielens_folders(paths: list[Path]) -> list[Path]:
    """Those of the paths that are MovieLens folders, or a ratings.csv in one."""
    folders = [path.parent if path.name == RATINGS else path for path in paths]
    return [folder for folder in folders if (folder / RATINGS).is_file() and (folder / MOVIES).is_file()]


def movie_traits(folder: Path) -> Iterator[TitleTraits]:
    """The genres of every title of a MovieLens folder.

    Raises:
        HistoryError: movies.csv cannot be read, or is none.
    """
    file = folder / MOVIES
    row = 1
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            if not set(_COLUMNS) <= set(reader.fieldnames or ()):
                raise HistoryError(str(file), 1, f"no column {' or '.join(_COLUMNS)}")
            for row, cells in enumerate(reader, start=2):
                name, genres = (cells[column] for column in _COLUMNS)
                if not name or genres is None:
                    raise HistoryError(str(file), row, "a title needs a movieId and genres")
                yield TitleTraits(name, tuple(genre for genre in genres.split("|") if genre not in {"", NO_GENRES}))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryError(str(file), row, f"it cannot be read ({error})") from error
