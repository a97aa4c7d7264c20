"""The artwork of one title: from its approved candidates to what the snapshot says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from artwork.compose.composition import COMPOSE_VERSION, ComposeParams
from artwork.compose.treatment import Billing
from artwork.compose.typefaces import TypefaceParams, Typefaces
from artwork.compose.values import Canvas
from artwork.domain import TitleStatus, content_id
from artwork.errors import BadInput, DamagedRow, FilmError, FilmReason
from artwork.film.video import DecodeParams
from artwork.store.footage import borrow_footage
from artwork.store.gallery import Gallery
from artwork.store.records import CanvasRecord
from artwork.store.rows import canonical, plain_annotation
from artwork.store.slate import Nominee
from pipelines.announcement import Announcement, Terms, announcement, terms
from pipelines.composing import ComposeJob, Sitting, Studio
from pipelines.docket import Docket
from pipelines.entry import alt_with_names, editors_own, may_be_shown, notes_of, rendition_of, same_entry, trimmed
from pipelines.option import OptionMaker
from pipelines.publish_report import ArtworkReport, LeftOut
from ranking.learn.snapshot import MOST_OPTIONS, RenditionEntry, TitleEntry


@dataclass(frozen=True, slots=True)
class House:
    """What the titles of a run share.

    fallbacks: as in `PublishParams`. tell: (title, stage, share done); what it raises stops the title.
    """

    gallery: Gallery
    studio: Studio
    options: OptionMaker
    typefaces: Typefaces
    canvases: tuple[Canvas, ...]
    params: ComposeParams
    decode: DecodeParams
    fallbacks: int
    tell: Callable[[str, str, float], None]


@dataclass(slots=True)
class _Found:
    """What is known of a title's renditions while it is worked on. due: what is not at hand; dry: nor made now."""

    dry: bool = False
    records: dict[tuple[str, str, str], CanvasRecord] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    composed: int = 0
    problem: FilmError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of a title.

    entry: of what is at hand. due: canvases to be composed, by candidate. fallback: nobody approved a picture of it.
    """

    entry: TitleEntry | None
    due: Mapping[str, int]
    reason: str = ""
    fallback: bool = False


class TitleArtwork:
    """One title of a run: what it needs, and what becomes of it."""

    def __init__(self, docket: Docket, earlier: TitleEntry | None, house: House) -> None:
        """Take up the title.

        Args:
            docket: the title, and what people said of it.
            earlier: what is published of it now.
            house: what all titles share.
        """
        self.docket = docket
        self.title = docket.record.title
        self._earlier = earlier
        self._house = house

    def kept(self) -> TitleEntry | None:
        """What is published of the title now, less what may no longer be shown."""
        if self._earlier is None:
            return None
        canvases = {canvas.name for canvas in self._house.canvases}
        there = replace(
            self._earlier, renditions=tuple(one for one in self._earlier.renditions if one.canvas in canvases)
        )
        standing = self.docket.standing
        return trimmed(there, lambda option: may_be_shown(option, standing(option.id).verdict))

    def made(self) -> tuple[TitleEntry | None, ArtworkReport]:
        """What is published of the title from now on, None for nothing; and how it went."""
        started = time.monotonic()
        try:
            entry, report = self._made(_Found())
        except (BadInput, DamagedRow) as error:
            entry = self.kept()
            report = ArtworkReport(self.title.id, _status(entry, problem=True, same=True), str(error))
            report = replace(report, options=len(entry.options) if entry else 0)
        return entry, replace(report, seconds=time.monotonic() - started)

    def planned(self) -> Plan:
        """What would be published of the title, as far as that is known before anything is composed."""
        found = _Found(dry=True)
        try:
            entry, report = self._made(found)
        except (BadInput, DamagedRow) as error:
            return Plan(self.kept(), {}, str(error))
        reason = report.reason if entry is not None or not found.due else ""
        return Plan(entry, found.due, reason, fallback=not self.docket.approved)

    # -- what it needs -------------------------------------------------------------------------------------------

    def announced(self) -> Announcement:
        """How the title is announced, in the fonts at hand."""
        return announcement(self.title, self._house.typefaces)

    def sitting(
        self, one: Nominee, said: Announcement, records: Mapping[tuple[str, str, str], CanvasRecord]
    ) -> Sitting:
        """The candidate, with the canvases that are not at hand as they would be made now."""
        missing = tuple(
            canvas
            for canvas in self._house.canvases
            if any((one.candidate.id, canvas.name, locale) not in records for locale in _locales(canvas, said))
        )
        frame = one.frame
        return Sitting(one.candidate.id, frame.id, frame.at, frame.annotation, one.standing.focus, missing)

    def at_hand(self, nominees: Sequence[Nominee], said: Announcement) -> dict[tuple[str, str, str], CanvasRecord]:
        """What was composed of the same inputs before, and lies in the blobs: by candidate, canvas and locale."""
        wanted = {
            (one.candidate.id, canvas.name, locale): self._inputs(one, canvas, locale, said)
            for one in nominees
            for canvas in self._house.canvases
            for locale in _locales(canvas, said)
        }
        kept = {(one.candidate, one.canvas, one.locale): one for one in self._house.gallery.of(self.title.id)}
        blobs = self._house.studio.blobs
        return {
            key: kept[key]
            for key, inputs in wanted.items()
            if key in kept and kept[key].inputs == inputs and all(blobs.exists(file.key) for file in kept[key].files)
        }

    def _inputs(self, one: Nominee, canvas: Canvas, locale: str, said: Announcement) -> str:
        """Digest of all that a rendition is made of."""
        billing = next((each for each in said.billings if each.locale == locale), None) if canvas.treatment else None
        announced = (billing.name, said.inputs[locale]) if billing else ()
        annotation = canonical(plain_annotation(one.frame.annotation))
        # Of fonts those count that the name is set in, not the folders in which they were looked for.
        params = replace(self._house.params, typefaces=TypefaceParams())
        where = (one.frame.id, one.frame.at.exact, one.standing.focus)
        return content_id(COMPOSE_VERSION, self.title.name, *where, annotation, canvas, params, locale, *announced)

    # -- what becomes of it --------------------------------------------------------------------------------------

    def _made(self, found: _Found) -> tuple[TitleEntry | None, ArtworkReport]:
        record = self.docket.record
        if record.outcome is None:
            way_out = "its ingest has not ended: publish it when `artwork ingest` is done with it"
            raise BadInput(record.refused or f"title {self.title.id!r}: {way_out}")
        said, conditions = self.announced(), terms(self.title)
        approved = self.docket.approved
        if approved:
            nominees: Sequence[Nominee] = approved[:MOST_OPTIONS]
            self._compose(nominees, said, found)
        else:
            nominees = tuple(self._stand_ins(said, found))
        entry = self._entry(nominees, said, conditions, found, approved=bool(approved))
        return entry, self._report(entry, nominees, said, found)

    def _stand_ins(self, said: Announcement, found: _Found) -> Iterator[Nominee]:
        """One candidate after another, until every canvas has a picture."""
        # Where no name can be lettered, no picture fills the canvases that carry one.
        open_canvases = {canvas.name for canvas in self._house.canvases if _locales(canvas, said)}
        for one in self.docket.fallbacks[: self._house.fallbacks]:
            self._compose((one,), said, found)
            fits = {
                record.canvas
                for record in found.records.values()
                if record.candidate == one.candidate.id and record.files
            }
            if fits & open_canvases:
                yield one
            open_canvases -= fits
            if not open_canvases or found.due:
                return

    def _compose(self, nominees: Sequence[Nominee], said: Announcement, found: _Found) -> None:
        """What can be made of the candidates is at hand; a film that cannot be read is told, not raised."""
        found.records |= self.at_hand(nominees, said)
        by_id = {one.candidate.id: one for one in nominees}
        sittings = [self.sitting(one, said, found.records) for one in nominees]
        due = tuple(one for one in sittings if one.canvases)
        if found.dry:
            found.due |= {one.candidate_id: len(one.canvases) for one in due}
        if not due or found.dry or found.problem:
            return

        def finished(sitting: Sitting, made: list[CanvasRecord]) -> None:
            canvases = {canvas.name: canvas for canvas in sitting.canvases}
            one = by_id[sitting.candidate_id]
            whole = [replace(each, inputs=self._inputs(one, canvases[each.canvas], each.locale, said)) for each in made]
            self._house.gallery.record(self.title.id, sitting.candidate_id, list(canvases), whole)
            found.records |= {(each.candidate, each.canvas, each.locale): each for each in whole}
            found.composed += sum(bool(each.files) for each in whole)

        try:
            self._studio(due, said.billings, finished)
        except FilmError as error:
            found.problem = FilmError(self.title.location, error.reason, error.detail)

    def _studio(
        self,
        due: tuple[Sitting, ...],
        billings: tuple[Billing, ...],
        finished: Callable[[Sitting, list[CanvasRecord]], None],
    ) -> None:
        record, house = self.docket.record, self._house
        house.tell(self.title.id, "compose", 0.0)
        with borrow_footage(self.title.location, record.film, house.studio.scratch) as footage:
            if record.film is None or footage.file.digest != record.film.digest:
                problem = "another film than was scanned; ingest it again"
                raise FilmError(self.title.location, FilmReason.UNREADABLE, problem)
            job = ComposeJob(footage.path, self.title.name, due, billings, house.params, house.decode)
            house.studio.compose(job, finished, lambda share: house.tell(self.title.id, "compose", share))

    def _entry(
        self, nominees: Sequence[Nominee], said: Announcement, conditions: Terms, found: _Found, *, approved: bool
    ) -> TitleEntry | None:
        """The title as it is published from now on: fresh where it could be made, as it was where it could not."""
        earlier = self.kept()
        renditions: list[RenditionEntry] = []
        for one in nominees:
            mine = [record for record in found.records.values() if record.candidate == one.candidate.id]
            if not self.sitting(one, said, found.records).canvases:
                renditions += [rendition_of(record, self._alt(record, one, said)) for record in mine if record.files]
            elif earlier is not None:
                renditions += [each for each in earlier.renditions if each.option == one.candidate.id]
        shown = {each.option for each in renditions}
        pictured = [one for one in nominees if one.candidate.id in shown]
        if not pictured:
            return earlier if found.problem else None
        marked = [one.candidate.id for one in pictured]
        if approved:
            marked = [editors_own(marked, renditions)]
        options = self._house.options.options(self.title.id, pictured, conditions, approved=approved, fallbacks=marked)
        return TitleEntry(notes_of(self.docket.record), options, tuple(renditions))

    def _alt(self, record: CanvasRecord, one: Nominee, said: Announcement) -> str:
        """What a rendition shows, in words, as people have named those in it by now."""
        treated = {canvas.name for canvas in self._house.canvases if canvas.treatment}
        billing = next((each for each in said.billings if each.locale == record.locale), None)
        name = billing.name if billing and record.canvas in treated else self.title.name
        return alt_with_names(record, one.frame, name, self.docket.names, self.title.cast)

    def _report(
        self, entry: TitleEntry | None, nominees: Sequence[Nominee], said: Announcement, found: _Found
    ) -> ArtworkReport:
        left_out = [
            LeftOut(record.candidate, record.canvas, record.locale, record.reason)
            for record in sorted(found.records.values(), key=lambda one: (one.candidate, one.canvas, one.locale))
            if not record.files
        ]
        for locale, problem in sorted(said.problems.items()):
            left_out += [
                LeftOut("", each.name, locale, str(problem)) for each in self._house.canvases if each.treatment
            ]
        reasons = [*dict.fromkeys(map(str, said.problems.values()))]
        if found.problem:
            reasons.append(str(found.problem))
        if len(self.docket.approved) > MOST_OPTIONS:
            reasons.append(f"{len(self.docket.approved)} are approved, a title shows {MOST_OPTIONS}: reject some")
        if entry is None and not reasons:
            reasons.append(self._nothing(nominees))
        files = {file.digest: file.bytes for one in entry.renditions for file in one.files} if entry else {}
        return ArtworkReport(
            self.title.id,
            _status(entry, problem=bool(reasons), same=same_entry(entry, self._earlier)),
            "; ".join(reasons),
            approved=len(self.docket.approved),
            fallback=entry is not None and not any(option.approved for option in entry.options),
            options=len(entry.options) if entry else 0,
            renditions=len(entry.renditions) if entry else 0,
            composed=found.composed,
            left_out=tuple(left_out),
            bytes=sum(files.values()),
        )

    def _nothing(self, nominees: Sequence[Nominee]) -> str:
        if self.docket.record.refused:
            return self.docket.record.refused
        if not self.docket.slate:
            return "it has no candidates: ingest it first"
        if not nominees and not self.docket.approved and not self.docket.fallbacks:
            return "every candidate is rejected: approve one"
        return "no candidate fits any canvas"


def _locales(canvas: Canvas, said: Announcement) -> tuple[str, ...]:
    return tuple(billing.locale for billing in said.billings) if canvas.treatment else ("",)


def _status(entry: TitleEntry | None, *, problem: bool, same: bool) -> TitleStatus:
    if entry is None:
        return TitleStatus.REFUSED
    if problem:
        return TitleStatus.PARTIAL
    return TitleStatus.UNCHANGED if same else TitleStatus.OK
