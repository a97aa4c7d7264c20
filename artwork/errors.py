"""Every error that this package raises on purpose.

    ArtworkError
    ├── BadInput                 what was handed in cannot be used
    │   ├── FilmError            one film; carries the reason as a word and the way out
    │   ├── ManifestError        one row of a titles manifest
    │   ├── SettingsError        one setting
    │   ├── UnfitName            a name that cannot be lettered (in `compose.names`)
    │   ├── GlyphMissing         no font has one of its letters (in `compose.typefaces`)
    │   └── ShapingMissing       its letters need shaping, and this Pillow cannot (in `compose.typefaces`)
    ├── ModelError               a model file is absent, damaged, or of another kind
    ├── StoreError               the catalogue or the blobs cannot be read or written
    │   ├── UnknownTitle
    │   ├── DamagedRow           one row of the catalogue; costs its title alone
    │   └── LeaseLost            somebody else took the title over
    └── ExtraMissing             an optional package is not installed

They are caught once, at the rim: the command prints `str(error)` on one line and exits 1.
"""

from __future__ import annotations

from enum import StrEnum


class ArtworkError(Exception):
    """The base of every error raised on purpose: one line that a person can act on."""


class BadInput(ArtworkError):
    """Something handed in cannot be used."""


class FilmReason(StrEnum):
    """Why a film gave no frames, or not all of them."""

    UNREADABLE = "unreadable"
    NO_VIDEO = "no_video"
    NO_FRAMES = "no_frames"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    DEFECT = "defect"


WAY_OUT: dict[FilmReason, str] = {
    FilmReason.UNREADABLE: "check that the file is a whole film (mp4, mov, mkv, webm, ts, mpg, mxf, avi, wmv, ogv)",
    FilmReason.NO_VIDEO: "give a file that has a video stream",
    FilmReason.NO_FRAMES: "encode the film again: no frame of its video stream can be decoded",
    FilmReason.ENCRYPTED: "give an unencrypted copy of the film",
    FilmReason.DAMAGED: "fetch the file again: the damaged part was left out",
    FilmReason.TOO_LARGE: "raise ARTWORK_DECODE__MAX_PIXELS if frames of this size are meant",
    FilmReason.TOO_SLOW: "raise ARTWORK_TITLE_SECONDS if the film is meant to take this long",
    FilmReason.OUT_OF_MEMORY: "raise ARTWORK_TITLE_MEMORY_MB, or encode the film at a smaller size",
    FilmReason.CRASHED: "encode the film again: the decoder died on it",
    FilmReason.DEFECT: "report it, with the film: the software is at fault, not the film",
}


class FilmError(BadInput):
    """A film cannot be read.

    Attributes:
        location: the path or URL as it was given.
        reason: one of `FilmReason`.
        detail: what the reader said, one line.
    """

    def __init__(self, location: str, reason: FilmReason, detail: str = "") -> None:
        self.location = location
        self.reason = reason
        self.detail = " ".join(detail.split())
        super().__init__(location, reason, detail)

    def __str__(self) -> str:
        said = f" ({self.detail})" if self.detail else ""
        return f"{self.location}: {self.reason}{said}: {WAY_OUT[self.reason]}"


class ManifestError(BadInput):
    """A row of a titles manifest cannot be used."""

    def __init__(self, manifest: str, row: int, problem: str) -> None:
        self.manifest = manifest
        self.row = row
        self.problem = problem
        super().__init__(f"{manifest}, row {row}: {problem}")


class SettingsError(BadInput):
    """A setting has a value that cannot be used."""


class ModelError(ArtworkError):
    """A model file is absent, damaged, or not what its name says."""


class StoreError(ArtworkError):
    """The catalogue or the blobs cannot be read or written."""


class UnknownTitle(StoreError):
    """No title of this name is in the catalogue."""

    def __init__(self, title: str) -> None:
        self.title = title
        super().__init__(f"no title {title!r} in the catalogue: `artwork titles` lists those there are")


class DamagedRow(StoreError):
    """A row of the catalogue is not what was written there: its title cannot be worked on, the others can.

    Attributes:
        title: whose row it is.
        table: where it is.
        row: which one, as column and value.
        problem: what is wrong with it.
    """

    def __init__(self, title: str, table: str, row: dict[str, str], problem: str) -> None:
        self.title = title
        self.table = table
        self.row = row
        self.problem = " ".join(problem.split())
        which = ", ".join(f"{name} {value!r}" for name, value in {"title": title, **row}.items())
        super().__init__(
            f"a row of the catalogue's table {table} is damaged ({which}: {self.problem}): delete that row, and what "
            "it stood for is made anew"
        )


class LeaseLost(StoreError):
    """The lease of a title ran out while it was worked on, and another run took it."""


class ExtraMissing(ArtworkError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(f"{package} is not installed: pip install 'artwork[{extra}]'")
