"""The ids of titles: safe for files, pages and addresses, whatever a film is called.

An id is the slug of the film's file name without its suffix: `Big_Buck_Bunny.mp4` is `big-buck-bunny`. It holds
a-z, 0-9 and single hyphens inside, and is 1 to 64 long whatever the file is called:

- a name that leaves nothing (only emoji) becomes `film-` and eight digits of its hash;
- a longer slug is cut, and ends in eight digits of the hash of the name, so that long names stay apart;
- films of one run whose slugs are equal are all told apart, by the slug of their folder in front (`s1/e01.mkv`,
  `s2/e01.mkv`: `s1-e01`, `s2-e01`) or, where that does not do it, by eight digits of the hash of their location
  behind. The order in which they are found plays no part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from slugify import slugify

from artwork.domain import Title, content_id

LONGEST_ID = 64


def tell_apart(titles: Sequence[Title], taken: Iterable[str] = ()) -> list[Title]:
    """The same titles in the same order, each id once and none of those taken; ids that were distinct stay."""
    kept = set(taken)
    times = Counter(title.id for title in titles)
    clashing = {title.location: title for title in titles if times[title.id] > 1 or title.id in kept}
    kept |= {title.id for title in titles if title.location not in clashing}
    with_folder = {place: title_id(" ".join(folder_and_stem(place))) for place in clashing}
    times = Counter(with_folder.values())
    apart = {
        place: name if times[name] == 1 and name not in kept else title_id(title.id, ending=content_id(place)[:8])
        for (place, name), title in zip(with_folder.items(), clashing.values(), strict=True)
    }
    return [replace(title, id=apart.get(title.location, title.id)) for title in titles]


def title_id(name: str, ending: str = "") -> str:
    """A safe id for any name: a-z, 0-9 and single hyphens inside, 1 to 64 long, equal for equal names.

    Args:
        name: a film's name, of any length and in any script; other scripts are transliterated.
        ending: what the id ends in, after a hyphen, if anything.
    """
    slug = slugify(name)
    digits = content_id(name)[:8]
    tail = f"-{ending}" if ending else ""
    room = LONGEST_ID - len(tail)
    if not slug:
        slug = f"film-{digits}"
    elif len(slug) > room:
        slug = f"{slug[: room - 9].strip('-')}-{digits}"
    return slug + tail


def folder_and_stem(location: str) -> tuple[str, str]:
    """The name of the film's folder, and its own name without the suffix."""
    path = PurePosixPath(unquote(urlsplit(location).path)) if "://" in location else Path(location)
    return path.parent.name, path.stem
