"""What a publish says of itself: a report for each title, one for the whole; for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from artwork.domain import TitleStatus
from pipelines.console import harmless


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A canvas without a picture of the candidate in a language, and why. candidate: empty for all of them."""

    candidate: str
    canvas: str
    locale: str
    reason: str


@dataclass(frozen=True, slots=True)
class ArtworkReport:
    """How publishing a title ended.

    Attributes:
        title: its id.
        status: ok; unchanged: nothing was composed; partial: something of it could not be made; refused: nothing is.
        reason: why it is partial or refused.
        approved: candidates that a person approved.
        fallback: whether it shows pictures that nobody approved, since there is no other.
        options: pictures in the snapshot.
        renditions: of these, on all canvases and in all languages.
        composed: renditions that were made in this run.
        left_out: canvases without a picture, each with the reason.
        bytes: of all files.
        seconds: the time it took here.
    """

    title: str
    status: TitleStatus
    reason: str = ""
    approved: int = 0
    fallback: bool = False
    options: int = 0
    renditions: int = 0
    composed: int = 0
    left_out: tuple[LeftOut, ...] = ()
    bytes: int = 0
    seconds: float = 0.0

    def as_row(self) -> dict[str, object]:
        """The report as a program reads it."""
        plain = asdict(self)
        return plain | {"status": self.status.value, "seconds": round(self.seconds, 3)}

    def __str__(self) -> str:
        reason = f" ({_one_line(self.reason)})" if self.reason else ""
        if self.status is TitleStatus.REFUSED:
            return f"{self.title}: refused: {_one_line(self.reason)}"
        kind = "fallback, nobody approved one" if self.fallback else f"{self.approved} approved"
        made = f"{self.renditions} renditions ({self.composed} composed), {_size(self.bytes)}"
        left_out = "; ".join(self._left_out())
        left = f"; left out: {left_out}" if left_out else ""
        return f"{self.title}: {self.status}{reason}: {kind}, {made}{left}, {self.seconds:.1f} s"

    def _left_out(self) -> Iterator[str]:
        """Each reason once, with the canvases and languages; names without letters have been told already."""
        where: dict[str, dict[str, set[str]]] = {}
        for one in self.left_out:
            if one.candidate:
                told = where.setdefault(one.reason.partition(" (")[0], {})
                told.setdefault(f"{one.canvas} in {one.locale}" if one.locale else one.canvas, set()).add(one.candidate)
        for reason, canvases in sorted(where.items()):
            counted = (f"{canvas} {len(pictures)} of {self._judged}" for canvas, pictures in sorted(canvases.items()))
            yield _one_line(f"{reason}: {', '.join(counted)}")

    @property
    def _judged(self) -> int:
        """Pictures that were tried on the canvases."""
        return max(self.approved, len({one.candidate for one in self.left_out if one.candidate}))


@dataclass(frozen=True, slots=True)
class Publication:
    """What is in use now.

    Attributes:
        snapshot: its digest; empty where nothing could be published.
        changed: whether another one, or none, was in use before.
        titles, options, renditions: how many it holds.
        reports: one for each title that was worked on, as they ended.
    """

    snapshot: str
    changed: bool
    titles: int
    options: int
    renditions: int
    reports: tuple[ArtworkReport, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether something of a title could not be published."""
        return any(one.status in {TitleStatus.REFUSED, TitleStatus.PARTIAL} for one in self.reports)

    def as_row(self) -> dict[str, object]:
        """The publication as a program reads it; the titles had rows of their own."""
        return {
            "snapshot": self.snapshot,
            "changed": self.changed,
            "titles": self.titles,
            "options": self.options,
            "renditions": self.renditions,
        }

    def __str__(self) -> str:
        if not self.snapshot:
            return "nothing was published: no title has a picture"
        state = "is in use" if self.changed else "was in use already: unchanged"
        holds = f"{self.titles} titles, {self.options} pictures, {self.renditions} renditions"
        return f"snapshot {self.snapshot} {state}: {holds}"


def _one_line(text: str) -> str:
    """What a title or a file is called may hold anything: nothing of it moves the cursor."""
    return harmless(" ".join(text.split()))


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1_000:.0f} kB"
