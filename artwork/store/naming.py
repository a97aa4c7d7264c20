"""Who is who, as people said it: names that were given to faces, one by one, and how they count now.

A name belongs to the faces that it was given to, not to a group of them: groups are a machine's, and change. A face
is known by its frame and the place of its middle, so that it keeps its name when the film is read or searched for
faces again. Nothing here spreads a name to a face that nobody gave it to.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from artwork.domain import AnnotatedFrame, Face
from artwork.errors import BadInput
from artwork.store.entries import SOMEBODY, Action, Change, Entry
from artwork.store.standing import live

LONGEST_NAME = 120
"""Characters: the longest names of people, with all their parts, stay below."""
RESERVED = re.compile(r"person \d+|somebody else|nobody", re.IGNORECASE)
"""What people without a name are called, here and on the page."""
_JOINERS = "\u200c\u200d"
_DIGITS = 4
Spot = tuple[float, float]
"""The middle of a face, in fractions of its frame."""


class UnfitPersonName(BadInput):
    """A name that nobody can be given."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        shown = name if len(name) <= 40 else f"{name[:39]}…"
        super().__init__(f"nobody can be called {shown!r}: {problem}")


def person_name(given: str) -> str:
    """The name on one line, its accents composed, without what a reader would not see; may be empty.

    Joiners stay where they stand between letters: Persian and Hindi are spelt with them.

    Raises:
        UnfitPersonName: it is too long, or what people without a name are called.
    """
    head = given[: 50 * LONGEST_NAME]
    spaced = "".join(" " if letter.isspace() else letter for letter in head)
    kept = "".join(letter for letter in spaced if letter in _JOINERS or letter.isprintable())
    clean = " ".join(unicodedata.normalize("NFC", kept).split()).strip(_JOINERS + " ")
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in clean):
        if clean:
            raise UnfitPersonName(given, "nothing in it can be read")
        return ""
    if len(clean) > LONGEST_NAME:
        raise UnfitPersonName(given, f"it has {len(clean)} characters, the most is {LONGEST_NAME}")
    if RESERVED.fullmatch(clean):
        raise UnfitPersonName(given, "that is what people without a name are called")
    return clean


def spelt_as(name: str, known: Iterable[str]) -> str:
    """The name in the spelling that is known already, where it differs from it in nothing but capitals and widths."""
    plain = _plain(name)
    return next((one for one in known if _plain(one) == plain), name)


def key_of(frame: str, face: int) -> str:
    """What the journal calls somebody by: one face of theirs."""
    return f"{SOMEBODY}{frame}/{face}"


def frame_of(key: str) -> str:
    """The frame that a key leads to: the key itself, where it is a frame's id."""
    return key.removeprefix(SOMEBODY).rpartition("/")[0] if key.startswith(SOMEBODY) else key


def spot(face: Face) -> Spot:
    """Where a face is, as names are bound to it."""
    x, y = face.box.centre
    return round(x, _DIGITS), round(y, _DIGITS)


def naming(key: str, name: str, faces: Mapping[str, Iterable[Spot]], seen: int) -> Change:
    """The change that gives these faces that name; an empty one takes theirs away.

    Args:
        key: of whom.
        name: as `person_name` gives it.
        faces: by frame.
        seen: number of the newest entry of that key that the reviewer had before them.
    """
    plain = {frame: sorted(map(list, spots)) for frame, spots in faces.items()}
    return Change(key, Action.NAME, {"name": name, "faces": plain}, seen)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that count in a title.

    given: for each frame (x, y, name), the newest last; an empty name was taken away. heads: by key, its newest entry.
    """

    given: Mapping[str, Sequence[tuple[float, float, str]]] = field(default_factory=dict)
    heads: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether any face has a name, or had one."""
        return bool(self.given)

    @property
    def newest(self) -> int:
        """Number of the newest entry about anybody; 0 for none."""
        return max(self.heads.values(), default=0)

    @property
    def every(self) -> tuple[str, ...]:
        """The names, sorted."""
        return tuple(sorted({name for spots in self.given.values() for _, _, name in spots if name}))

    def of(self, frame: AnnotatedFrame) -> tuple[str, ...]:
        """The name of each face of a frame, empty for those that have none; of several the newest."""
        faces = frame.annotation.contextual.faces
        found = [""] * len(faces)
        for x, y, name in self.given.get(frame.id, ()):
            place = _face_at(faces, (x, y))
            if place is not None:
                found[place] = name
        return tuple(found)


NOBODY_NAMED = Names()


def names_of(entries: Sequence[Entry]) -> Names:
    """The names that count.

    Args:
        entries: those of one title whose `frame` is somebody's key, by number; all of them.
    """
    given: defaultdict[str, dict[Spot, str]] = defaultdict(dict)
    for entry in live(entries):
        if entry.action is not Action.NAME:
            continue
        for frame, spots in entry.content["faces"].items():
            for x, y in spots:
                given[frame].pop((x, y), None)  # the newest is the last
                given[frame][x, y] = entry.content["name"]
    by_frame = {frame: tuple((x, y, name) for (x, y), name in spots.items()) for frame, spots in given.items()}
    return Names(by_frame, {entry.frame: entry.number for entry in entries})


def _face_at(faces: Sequence[Face], spot: Spot) -> int | None:
    """The face whose box holds the spot, the nearest to its middle of several; None where there is none by now."""
    x, y = spot
    slack = 10.0**-_DIGITS
    near = [
        (abs(face.box.centre[0] - x) + abs(face.box.centre[1] - y), place)
        for place, face in enumerate(faces)
        if face.box.left - slack <= x <= face.box.left + face.box.width + slack
        and face.box.top - slack <= y <= face.box.top + face.box.height + slack
    ]
    return min(near)[1] if near else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
