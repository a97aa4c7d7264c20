"""The titles of a run: the films that paths lead to, with the words of a manifest where there is one."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from artwork.domain import Title
from artwork.errors import BadInput
from artwork.store.manifest import read_manifest
from artwork.store.names import folder_and_stem, tell_apart, title_id

_SUFFIXES = """
    3g2 3gp asf avi dv f4v flv h264 264 hevc 265 ivf m2ts m2v m4v mj2 mkv mov mp4 mpeg mpg mts mxf ogm ogv qt ts vob
    webm wmv y4m
"""
FILM_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())
"""What is taken for a film inside a folder: the usual suffixes of the containers that the decoder may open."""


_NAMED = 20
"""Files of odd names that are named in one message."""


def gather(paths: Sequence[str | Path], manifest: str | Path | None = None, known: Sequence[Title] = ()) -> list[Title]:
    """The titles of a run, by location, ids distinct.

    Without paths: every title of the manifest. With paths: the films that they name, and for those that the manifest
    names too, its words and its id. A film that the catalogue knows keeps the id and the words it has there, also when
    it was moved; another film of the same name gets another id, so that none takes the place of another.

    Args:
        paths: films, and folders of films.
        manifest: a manifest of titles.
        known: the titles in the catalogue.

    Raises:
        ManifestError: a row of the manifest cannot be used.
        BadInput: a path is absent or holds no film.
    """
    listed = read_manifest(manifest) if manifest is not None else []
    if not paths:
        return sorted(listed, key=lambda title: title.location)
    settled = {_real(title.location): title for title in known} | {_real(title.location): title for title in listed}
    found = _films(paths)
    named = [settled[_real(title.location)] for title in found if _real(title.location) in settled]
    others = [title for title in found if _real(title.location) not in settled]
    mine = {title.id for title in named}
    moved = {title.id: title for title in known if title.id not in mine and _is_gone(title.location)}
    elsewhere = {title.id for title in known} - set(moved)
    apart = tell_apart(others, taken=mine | elsewhere)
    back = [replace(moved[title.id], location=title.location) if title.id in moved else title for title in apart]
    return sorted([*named, *back], key=lambda title: title.location)


def find_films(paths: Sequence[str | Path]) -> list[Title]:
    """The films at the paths, by location, ids distinct.

    A folder is searched with all its folders for `FILM_SUFFIXES`, hidden ones left out; a file is taken whatever its
    suffix; a URL is taken as it stands. A film that is reached twice counts once.

    Raises:
        BadInput: a path is absent, or neither file nor folder; a folder holds no film; a name is not Unicode.
    """
    return tell_apart(_films(paths))


def _films(paths: Sequence[str | Path]) -> list[Title]:
    found: dict[str, Title] = {}
    for path in paths:
        for location in [str(path)] if "://" in str(path) else _in_path(Path(path)):
            _folder, stem = folder_and_stem(location)
            found.setdefault(_real(location), Title(title_id(stem), location, stem.replace("_", " ").strip() or stem))
    return sorted(found.values(), key=lambda title: title.location)


def _in_path(path: Path) -> Iterator[str]:
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot read {str(path)!r}: {problem}: give films, or folders that hold some") from error
    if stat.S_ISREG(kind):
        yield from _unicode([os.path.abspath(path)])  # noqa: PTH100  # resolve() would follow links, and change the name
    elif stat.S_ISDIR(kind):
        inside = sorted(_in_folder(path))
        if not inside:
            raise BadInput(f"no film in {str(path)!r}: looked for {' '.join(sorted(FILM_SUFFIXES))} in it and below")
        yield from _unicode(inside)
    else:
        raise BadInput(f"{str(path)!r} is neither a file nor a folder: give films, or folders that hold some")


def _in_folder(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(os.path.abspath(folder)):  # noqa: PTH100  # as above
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            full = Path(place, name)
            if not name.startswith(".") and full.suffix.lower() in FILM_SUFFIXES and full.is_file():
                yield str(full)


def _unicode(locations: Sequence[str]) -> Sequence[str]:
    """The locations as they are; those that the catalogue could not write down are named all at once."""
    odd = [location for location in locations if re.search("[\ud800-\udfff]", location)]
    if odd:
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        raise BadInput(f"rename {', '.join(map(ascii, odd[:_NAMED]))}{more}: not valid Unicode")
    return locations


def _real(location: str) -> str:
    return location if "://" in location else os.path.realpath(location)


def _is_gone(location: str) -> bool:
    return "://" not in location and not os.path.exists(location)  # noqa: PTH110  # a name of any kind is asked for
