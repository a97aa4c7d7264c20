"""What the catalogue keeps beyond the words of the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from artwork.domain import Candidate, FilmFacts, ModelRef, Refusal, Shot, Title, TitleStatus


class Stage(StrEnum):
    """The steps of a title, in order. Doing one again removes what the later ones left."""

    SCAN = "scan"
    ANNOTATE = "annotate"
    EMBED = "embed"
    SELECT = "select"


@dataclass(frozen=True, slots=True)
class FilmFile:
    """The very bytes that a scan read. An equal size and `modified_ns` spare computing the digest, no more."""

    digest: str
    size_bytes: int
    modified_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What one reading of a film found, but for its frames. reason: why it is not whole; empty when it is."""

    film: FilmFile
    facts: FilmFacts
    shots: Sequence[Shot]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """How a title ended: the frames refused, those proposed, and OK, or PARTIAL with its reason."""

    refusals: Sequence[Refusal]
    candidates: Sequence[Candidate]
    outcome: TitleStatus = TitleStatus.OK
    reason: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in (TitleStatus.OK, TitleStatus.PARTIAL):
            raise ValueError(f"a selection ends ok or partial, not {self.outcome}")


@dataclass(frozen=True, slots=True)
class TitleRecord:
    """A title, and how far its film has come.

    face_model: the detector that annotated; None before.
    film, facts: of the film that the shots and frames were made from; None before the first scan.
    outcome: OK or PARTIAL once every stage is recorded; None before. reason: why it is partial.
    refused: why the newest reading of the film failed; None when it did not. What an earlier, good reading left
        stays beside it: a film that is out of reach for a day does not cost its artwork.
    """

    title: Title
    film: FilmFile | None = None
    facts: FilmFacts | None = None
    face_model: ModelRef | None = None
    outcome: TitleStatus | None = None
    reason: str = ""
    refused: str | None = None

    @property
    def status(self) -> TitleStatus | None:
        """How the newest run ended; None when it has not."""
        return self.outcome if self.refused is None else TitleStatus.REFUSED


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An encoded file of a rendition; its content lies in the blobs under its SHA-256 and its format."""

    width: int
    height: int
    format: str
    digest: str
    size_bytes: int

    @property
    def key(self) -> str:
        """Its place among the blobs."""
        return f"{self.digest[:2]}/{self.digest}.{self.format}"


@dataclass(frozen=True, slots=True)
class CanvasRecord:
    """What became of a candidate on a canvas in a language: a rendition, or the reason why there is none.

    Attributes:
        candidate: which one; its canvases and languages are one picture.
        canvas: name of the canvas.
        locale: language tag of the title on it; empty for the title's own name, and where there is none.
        inputs: digest of all that it was made of: equal inputs need no second composing.
        rendition: its id; empty where the candidate does not fit.
        files: in every width and format.
        placeholder: data URI of a few blurred pixels.
        alt: what it shows, in words.
        rule: why there is none: of `CanvasRule`.
        reason: the same in words.
        facts: crop, losses and treatment, as JSON has them.
    """

    candidate: str
    canvas: str
    locale: str
    inputs: str
    rendition: str = ""
    files: tuple[FileRecord, ...] = ()
    placeholder: str = ""
    alt: str = ""
    rule: str = ""
    reason: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
