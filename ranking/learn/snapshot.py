"""The snapshot: what may be shown, as one immutable folder that loads in a moment.

What every decision reads is arrays, memory-mapped: a row for each option, rendition and file, and for each rendition
the beginning of its answer as finished JSON. What only explanations and training read (names, annotations) is a file
that is opened when it is asked for. No path is ever made from an id: a rendition is found in its table or not at all.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from artwork.domain import ModelRef, ShotScale
from ranking.domain import Option
from ranking.errors import SnapshotError
from ranking.learn.folder import Manifest, read_array, read_manifest

Listed = TypeVar("Listed")
FORMAT = "artwork-snapshot-1"
FOLDER = "snapshot"
"""Where snapshots lie in a store."""
MOST_OPTIONS = 64
"""Options that a title may have: a decision's candidate set is logged as 64 bits."""
FORMATS = ("avif", "webp", "jpeg")
DECIDED_WITHOUT = frozenset({"vectors.npy", "titles.json", "option_notes.json", "placeholders.json"})
"""Parts that are read when they are asked for: explanations, training and the next publish need them, decisions not."""
"""The encodings of a file, smallest first; a file's `format` is a number into it."""

OPTION_ROW = np.dtype(
    [
        ("title", "<u4"), ("column", "<u1"), ("maturity", "<i4"), ("spoils_until", "<f4"),
        ("opens", "<f8"), ("closes", "<f8"), ("places", "<u8"), ("approved", "?"), ("pinned", "?"), ("fallback", "?"),
    ]
)  # fmt: skip
"""An option as guardrails see it. opens, closes: POSIX seconds. places: bits of the locales, 0 for everywhere."""
FILE_ROW = np.dtype([("width", "<u2"), ("height", "<u2"), ("format", "<u1"), ("bytes", "<u4"), ("digest", "V32")])
"""An encoded file. digest: SHA-256."""


class TitleNotes(msgspec.Struct, frozen=True):
    """What is known of a title."""

    id: str
    name: str
    kind: str = "film"
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    year: int | None = None


class OptionNotes(msgspec.Struct, frozen=True):
    """What ranking knows of a picture; the guardrails are in the table of options."""

    id: str
    aesthetic: float
    faces: int
    shot_scale: ShotScale
    brightness: float
    themes: dict[str, float]
    cast: dict[str, float]


class Names(msgspec.Struct, frozen=True):
    """The ids behind the numbers: titles, the options of each, canvases, locales (of renditions; "" is the own)."""

    titles: list[str]
    options: list[list[str]]
    canvases: list[str]
    locales: list[str]
    places: list[str]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One encoded file. `format` is one of `FORMATS`, `digest` the SHA-256 of its content, in hex."""

    width: int
    height: int
    format: str
    bytes: int
    digest: str

    @property
    def key(self) -> str:
        """Its place among the blobs."""
        return f"{self.digest[:2]}/{self.digest}.{self.format}"


@dataclass(frozen=True, slots=True)
class RenditionEntry:
    """A picture on a canvas, in every width and format. `locale` "" where no other language is on it."""

    id: str
    option: str
    canvas: str
    files: tuple[FileEntry, ...]
    locale: str = ""
    alt: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class TitleEntry:
    """A title as it is published: what is known of it, its pictures, and each on its canvases."""

    notes: TitleNotes
    options: tuple[Option, ...]
    renditions: tuple[RenditionEntry, ...] = field(default=(), repr=False)


class Snapshot:
    """An opened snapshot. It never changes, so threads share it freely.

    Attributes:
        digest: its name.
        names: the ids behind the numbers.
        options: (options,) of `OPTION_ROW`, the options of a title side by side, by id.
        rendition_ids: (renditions,) bytes, ascending: a rendition's number is its place here.
        rendition_option, rendition_canvas, rendition_locale: (renditions,) numbers.
        first_file: (renditions + 1,) where the files of each begin.
        files: (files,) of `FILE_ROW`, the widths of a rendition rising.
        answers: for each rendition the beginning of a title's answer: title and artwork, an open JSON object.
        answer_starts: (renditions + 1,) where each of them begins.
        damage: what is wrong with parts that were not looked at; whoever left them out says it here.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.damage = ""
        self.digest = folder.name
        self.manifest = manifest
        self.made_at = datetime.fromisoformat(manifest.made_at)
        self.names = msgspec.json.decode((folder / "names.json").read_bytes(), type=Names)
        self.options = self._array("options.npy", OPTION_ROW)
        self.rendition_ids = read_array(folder, "rendition_ids.npy")
        self.rendition_option = self._array("rendition_option.npy", np.dtype("<u4"))
        self.rendition_canvas = self._array("rendition_canvas.npy", np.dtype("<u1"))
        self.rendition_locale = self._array("rendition_locale.npy", np.dtype("<u2"))
        self.first_file = self._array("first_file.npy", np.dtype("<u4"))
        self.files = self._array("files.npy", FILE_ROW)
        self.answer_starts = self._array("answer_starts.npy", np.dtype("<i8"))
        self.answers = _mapped(folder / "answers.bin")
        self._check()

    @classmethod
    def open(cls, folder: Path, *, verify: bool = False, besides: Container[str] = ()) -> Snapshot:
        """The snapshot in this folder; with `verify` every byte is hashed, without only sizes are looked at.

        Parts in `besides`, of those that are only read when they are asked for, may be damaged or gone.

        Raises:
            SnapshotError: it is damaged, or of another format.
        """
        manifest = read_manifest(folder, FORMAT, verify=verify, besides=besides)
        try:
            return cls(folder, manifest)
        except (OSError, ValueError, LookupError) as error:
            raise SnapshotError(f"{folder} cannot be read ({error})") from error

    @property
    def titles(self) -> int:
        """How many."""
        return len(self.names.titles)

    @property
    def width(self) -> int:
        """Most options that a title has, at least 1."""
        return max(map(len, self.names.options), default=1) or 1

    @property
    def embedding(self) -> ModelRef | None:
        """Which model made the vectors; None where there are none."""
        facts = self.manifest.facts["embedding"]
        return ModelRef(**facts) if isinstance(facts, dict) else None

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(options, rank): the low-rank embedding summary."""
        return self._array("vectors.npy", np.dtype("<f4"))

    @cached_property
    def title_notes(self) -> list[TitleNotes]:
        """One for each title."""
        return self._listed("titles.json", TitleNotes)

    @cached_property
    def option_notes(self) -> list[OptionNotes]:
        """One for each row of `options`."""
        return self._listed("option_notes.json", OptionNotes)

    @cached_property
    def placeholders(self) -> list[str]:
        """One for each rendition: a data URI of a few blurred pixels."""
        return self._listed("placeholders.json", str)

    @cached_property
    def first_option(self) -> NDArray[np.int64]:
        """(titles + 1,): where each title's options begin."""
        return np.concatenate([[0], np.cumsum([len(ids) for ids in self.names.options])]).astype(np.int64)

    def option_values(self) -> list[Option]:
        """Every option as it was published, in the order of `options`; what features and models are asked about."""
        titles, places = self.names.titles, self.names.places
        return [
            Option(
                id=notes.id,
                title=titles[row["title"]],
                aesthetic=notes.aesthetic,
                faces=notes.faces,
                shot_scale=notes.shot_scale,
                brightness=notes.brightness,
                themes=notes.themes,
                vector=tuple(vector.tolist()),
                cast=notes.cast,
                approved=bool(row["approved"]),
                opens=_moment(row["opens"]),
                closes=_moment(row["closes"]),
                maturity=int(row["maturity"]),
                locales=frozenset(name for bit, name in enumerate(places) if int(row["places"]) >> bit & 1),
                spoils_until=float(row["spoils_until"]),
                pinned=bool(row["pinned"]),
                fallback=bool(row["fallback"]),
            )
            for row, notes, vector in zip(self.options, self.option_notes, self.vectors, strict=True)
        ]

    def grid(self, column: str, empty: object) -> NDArray[Any]:
        """(titles, width): one column of the options, `empty` where a title has no more."""
        laid = np.full((self.titles, self.width), empty, dtype=self.options[column].dtype)
        laid[self.options["title"], self.options["column"]] = self.options[column]
        return laid

    def rendition(self, rendition_id: str) -> int | None:
        """The number of a rendition, None where there is none of this id."""
        try:
            wanted = np.bytes_(rendition_id.encode("ascii"))
        except UnicodeEncodeError:
            return None
        place = int(np.searchsorted(self.rendition_ids, wanted))
        return place if place < len(self.rendition_ids) and self.rendition_ids[place] == wanted else None

    def rendition_files(self, rendition: int) -> tuple[FileEntry, ...]:
        """What a rendition can be sent as."""
        rows = self.files[self.first_file[rendition] : self.first_file[rendition + 1]]
        return tuple(
            FileEntry(
                int(row["width"]),
                int(row["height"]),
                FORMATS[row["format"]],
                int(row["bytes"]),
                bytes(row["digest"]).hex(),
            )
            for row in rows
        )

    def _array(self, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
        found = read_array(self._folder, name)
        if found.dtype != dtype:
            raise SnapshotError(f"{self._folder / name} holds {found.dtype}, not {dtype}")
        return found

    def _listed(self, name: str, kind: type[Listed]) -> list[Listed]:
        """A part that is read when it is first asked for; its folder may be gone by then."""
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=list[kind])  # type: ignore[valid-type]
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            problem = " ".join(str(error).split())
            raise SnapshotError(f"{self._folder / name} cannot be read ({problem})") from error

    def _check(self) -> None:
        """Numbers point at what is there: a damaged table is found now, not by a member."""
        renditions = len(self.rendition_ids)
        sound = (
            len(self.options) == int(self.first_option[-1])
            and len(self.rendition_option) == len(self.rendition_canvas) == len(self.rendition_locale) == renditions
            and len(self.first_file) == len(self.answer_starts) == renditions + 1
            and _below(self.options["title"], self.titles)
            and _below(self.options["column"], self.width)
            and _below(self.rendition_option, len(self.options))
            and _below(self.rendition_canvas, len(self.names.canvases))
            and _below(self.rendition_locale, len(self.names.locales))
            and int(self.first_file[-1]) == len(self.files)
            and int(self.answer_starts[-1]) == len(self.answers)
        )
        if not sound:
            raise SnapshotError(f"{self._folder}: its tables do not fit together")


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None


def _below(numbers: NDArray[Any], limit: int) -> bool:
    return not len(numbers) or int(numbers.max()) < limit


def _mapped(place: Path) -> mmap.mmap | bytes:
    """The content of a file, mapped; an empty file cannot be."""
    with place.open("rb") as file:
        if not place.stat().st_size:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
