"""The catalogue: titles, what was found in their films, and what was chosen. With `lease`, all its SQL.

Each `record_*` is one transaction, and its commit is the only moment at which anything becomes true: killed before
it, a run has left nothing; killed after it, everything. Recording a stage removes what the later stages had left,
so that rows never stand beside rows that they were not made from. Verdicts are people's, and outlive every stage.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    Candidate,
    ModelRef,
    Refusal,
    SampledFrame,
    Shot,
    Title,
)
from artwork.errors import StoreError, UnknownTitle
from artwork.store import rows
from artwork.store.database import Database, insert_new
from artwork.store.lease import EXPIRES_SECONDS, Lease, Owner, acquire
from artwork.store.records import Scan, Selection, Stage, TitleRecord
from artwork.store.schema import (
    appraisals,
    candidates,
    frames,
    models,
    refusals,
    shots,
    stages,
    titles,
    verdicts,
)

Value = TypeVar("Value")

CHUNK = 256
"""Rows that are in memory at once, written or read: an hour's film has about 3,000 frames."""

PROPOSED = "proposed"
"""The verdict on a candidate that nobody has judged."""

_LEFT_BY = {
    Stage.SCAN: (frames, shots),
    Stage.ANNOTATE: (),
    Stage.EMBED: (appraisals,),
    Stage.SELECT: (candidates, refusals),
}


class Catalog:
    """The catalogue of a store. Safe to share between threads, and between any number of processes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url_or_folder: str | Path) -> Catalog:
        """The catalogue in a folder (made when absent) or at an SQLAlchemy URL, migrated to this version.

        Raises:
            StoreError: it cannot be opened, or a newer version of the package wrote it.
        """
        return cls(Database.open(url_or_folder))

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()

    @contextmanager
    def at_one_moment(self) -> Iterator[Catalog]:
        """The catalogue as it is now, for one thread: answers in the block belong together, whatever others record."""
        with self.database.at_one_moment() as database:
            yield Catalog(database)

    def acquire(self, title_id: str, owner: Owner | None = None, seconds: float = EXPIRES_SECONDS) -> Lease | None:
        """The title's lease, or None: somebody alive holds it. By default this process is the owner."""
        return acquire(self.database, title_id, owner, seconds)

    # -- recording: each call is one transaction -----------------------------------------------------------------

    def record_title(self, lease: Lease, title: Title) -> None:
        """The title's words are these, and its film can be read; what was found in the film stays."""
        with self._recording(lease) as connection:
            _put_title(connection, lease, title, {"refused": None})

    def record_refused_title(self, lease: Lease, title: Title, reason: str) -> None:
        """The title's film gave nothing this time.

        What an earlier, good reading left stays whole, with its stages and its outcome: a share that is not mounted
        today does not cost the artwork of yesterday. `TitleRecord.status` is REFUSED until the film is read again.
        """
        with self._recording(lease) as connection:
            _put_title(connection, lease, title, {"refused": reason})

    def record_scan(
        self, lease: Lease, title: Title, scan: Scan, sampled: Iterable[SampledFrame], fingerprint: str
    ) -> None:
        """The title's film was read: these are its shots and sampled frames, in order; all that was there is gone.

        Args:
            lease: of this title.
            title: its words, recorded with it.
            scan: the film, its facts, its shots.
            sampled: the frames, from an iterator of any length. The write lock is held while it runs, so it should
                read a spool, not decode; the stills lie in the blobs already.
            fingerprint: what film and settings made this.

        Raises:
            LeaseLost: another run has the title; nothing was recorded.
            StoreError: a frame names a shot that the scan has not, or an id comes twice.
        """
        with self._recording(lease) as connection:
            unfinished = {"status": None, "reason": scan.reason, "refused": None}
            _put_title(connection, lease, title, rows.film_row(scan.film, scan.facts) | unfinished)
            _begin_stage(connection, lease, Stage.SCAN, fingerprint)
            _insert(connection, shots, lease, map(rows.shot_row, scan.shots))
            given = (rows.sampled_row(frame, position) for position, frame in enumerate(sampled))
            _insert(connection, frames, lease, given)

    def record_annotations(
        self,
        lease: Lease,
        face_model: ModelRef,
        shots_known: Iterable[Shot],
        annotated: Iterable[AnnotatedFrame],
        fingerprint: str,
    ) -> None:
        """Every frame of the scan has its annotation, and every shot its kind; appraisals and selection are gone.

        Of a frame, phash and annotation are recorded; of a shot, its kind: the rest is the scan's.

        Raises:
            LeaseLost: another run has the title; nothing was recorded.
            StoreError: a frame of the scan has no annotation, or the scan has no such frame.
        """
        with self._recording(lease) as connection:
            _begin_stage(connection, lease, Stage.ANNOTATE, fingerprint)
            named = sa.update(titles).where(titles.c.id == lease.title_id)
            connection.execute(named.values(face_model=rows.face_model_column(face_model)))
            _set_kinds(connection, lease, shots_known)
            mine = frames.c.title == lease.title_id
            connection.execute(sa.update(frames).where(mine).values(phash=None, annotation=None))
            change = sa.update(frames).where(mine, frames.c.id == sa.bindparam("frame"))
            count = 0
            for chunk in _chunks({"frame": frame.id} | rows.annotation_row(frame) for frame in annotated):
                connection.execute(change, chunk)
                count += len(chunk)
            filled = sa.select(sa.func.count(), sa.func.count(frames.c.annotation)).where(mine)
            sampled, with_annotation = connection.execute(filled).one()
            if not sampled == with_annotation == count:
                raise StoreError(f"title {lease.title_id!r}: {count} annotations for {sampled} sampled frames")

    def record_appraisals(
        self,
        lease: Lease,
        embed_model: ModelRef,
        aesthetic_model: ModelRef,
        appraised: Iterable[Appraisal],
        fingerprint: str,
    ) -> None:
        """These frames have their vectors, aesthetic ratings and themes; the selection is gone.

        Raises:
            LeaseLost: another run has the title; nothing was recorded.
            StoreError: the scan has no such frame, or a vector is not finite.
        """
        with self._recording(lease) as connection:
            _begin_stage(connection, lease, Stage.EMBED, fingerprint)
            embed_row, aesthetic_row = rows.model_row(embed_model), rows.model_row(aesthetic_model)
            for row in (embed_row, aesthetic_row):
                insert_new(connection, models, row)
            given = (rows.appraisal_row(one, embed_row["id"], aesthetic_row["id"]) for one in appraised)
            _insert(connection, appraisals, lease, given)

    def record_selection(self, lease: Lease, selection: Selection, fingerprint: str) -> None:
        """The title is done: these frames were refused, these are its candidates, so it ended.

        Raises:
            LeaseLost: another run has the title; nothing was recorded.
            StoreError: the scan has no such frame, or two candidates share an id, a frame or a rank.
        """
        with self._recording(lease) as connection:
            _begin_stage(connection, lease, Stage.SELECT, fingerprint)
            numbered = enumerate(selection.refusals)
            _insert(
                connection, refusals, lease, (rows.refusal_row(refusal, position) for position, refusal in numbered)
            )
            _insert(connection, candidates, lease, map(rows.candidate_row, selection.candidates))
            ended = {"status": selection.outcome.value, "reason": selection.reason, "refused": None}
            connection.execute(sa.update(titles).where(titles.c.id == lease.title_id).values(ended))

    def record_verdict(self, title_id: str, frame_id: str, verdict: str) -> None:
        """A person's verdict on a frame, in place of the one before. It stays when the film is selected anew.

        Raises:
            UnknownTitle: there is no such title.
        """
        self.title(title_id)
        with self.database.writing() as connection:
            mine = (verdicts.c.title == title_id) & (verdicts.c.frame == frame_id)
            connection.execute(sa.delete(verdicts).where(mine))
            connection.execute(sa.insert(verdicts).values(title=title_id, frame=frame_id, verdict=verdict))

    # -- asking: an unknown title raises UnknownTitle ------------------------------------------------------------

    def title(self, title_id: str) -> TitleRecord:
        """The title and how far it has come."""
        found = list(self._read(rows.to_title_record, sa.select(titles).where(titles.c.id == title_id)))
        if not found:
            raise UnknownTitle(title_id)
        return found[0]

    def titles(self) -> list[TitleRecord]:
        """Every title, by id."""
        found = self._read(rows.to_title_record, sa.select(titles))
        return sorted(found, key=lambda record: record.title.id)  # not in SQL: databases sort text by their locale

    def stage_fingerprint(self, title_id: str, stage: Stage) -> str | None:
        """What made the rows of a stage; None when it is to be done, or the title is unknown."""
        return self._stages(title_id).get(stage)

    def stages(self, title_id: str) -> dict[Stage, str]:
        """The stages that are done, in order, with their fingerprints."""
        self.title(title_id)
        return self._stages(title_id)

    def shots(self, title_id: str) -> list[Shot]:
        """The shots, in order."""
        return list(self._of_title(title_id, rows.to_shot, shots, shots.c.number))

    def scanned_frames(self, title_id: str) -> Iterator[SampledFrame]:
        """What the scan kept, in the film's order, read as it is asked for."""
        return self._of_title(title_id, rows.to_sampled, frames, frames.c.position)

    def frames(self, title_id: str, only: Collection[str] | None = None) -> Iterator[AnnotatedFrame]:
        """The annotated frames, in the film's order, read as they are asked for; none before they are annotated.

        Args:
            title_id: of which title.
            only: ids of frames, a few thousand at most; None for all.
        """
        wanted = [frames.c.annotation.is_not(None)] + ([] if only is None else [frames.c.id.in_(list(only))])
        return self._of_title(title_id, rows.to_annotated, frames, frames.c.position, *wanted)

    def appraisals(self, title_id: str, only: Collection[str] | None = None) -> Iterator[Appraisal]:
        """The appraisals, in the film's order, read as they are asked for; `only` as in `frames`."""
        the_frame = (frames.c.title == appraisals.c.title) & (frames.c.id == appraisals.c.frame)
        film_order = sa.select(frames.c.position).where(the_frame).scalar_subquery()
        wanted = [] if only is None else [appraisals.c.frame.in_(list(only))]
        return self._of_title(title_id, rows.to_appraisal, appraisals, film_order, *wanted)

    def appraisal_models(self, title_id: str) -> tuple[ModelRef, ModelRef] | None:
        """The embedding and the aesthetic model of the title's appraisals; None when there are none."""
        mine = appraisals.c.title == title_id
        pair = (appraisals.c.embed_model, appraisals.c.aesthetic_model)
        with self.database.reading() as connection:
            first = connection.execute(sa.select(*pair).where(mine).limit(1)).first()
        if first is None:
            self.title(title_id)
            return None
        return self._model(first.embed_model), self._model(first.aesthetic_model)

    def refusals(self, title_id: str) -> list[Refusal]:
        """The refused frames, as they were recorded."""
        return list(self._of_title(title_id, rows.to_refusal, refusals, refusals.c.position))

    def candidates(self, title_id: str) -> list[Candidate]:
        """The candidates, by rank."""
        return list(self._of_title(title_id, rows.to_candidate, candidates, candidates.c.rank))

    def verdicts(self, title_id: str) -> dict[str, str]:
        """Verdicts by frame id, of candidates and of frames that were some; a frame not in it is `PROPOSED`."""
        return dict(sorted(self._of_title(title_id, rows.to_verdict, verdicts, verdicts.c.frame)))

    # -- behind both ---------------------------------------------------------------------------------------------

    @contextmanager
    def _recording(self, lease: Lease) -> Iterator[sa.Connection]:
        with self.database.writing() as connection:
            lease.confirm(connection)
            yield connection

    def _stages(self, title_id: str) -> dict[Stage, str]:
        with self.database.reading() as connection:
            found = connection.execute(sa.select(stages).where(stages.c.title == title_id))
            prints = {row.stage: row.fingerprint for row in found}
        return {stage: prints[stage] for stage in Stage if stage in prints}

    def _model(self, model: str) -> ModelRef:
        [found] = self._read(rows.to_model, sa.select(models).where(models.c.id == model))
        return found

    def _of_title(
        self,
        title_id: str,
        decode: Callable[[rows.Row], Value],
        table: sa.Table,
        order: sa.ColumnElement[object],
        *where: sa.ColumnElement[bool],
    ) -> Iterator[Value]:
        self.title(title_id)
        return self._read(decode, sa.select(table).where(table.c.title == title_id, *where).order_by(order))

    def _read(self, decode: Callable[[rows.Row], Value], wanted: sa.Select[tuple[object]]) -> Iterator[Value]:
        with self.database.reading() as connection:
            for row in connection.execution_options(yield_per=CHUNK).execute(wanted).mappings():
                try:
                    value = decode(row)
                except ValueError as error:
                    raise StoreError(f"catalogue {self.database.engine.url}: a row is damaged: {error}") from error
                yield value


def _put_title(connection: sa.Connection, lease: Lease, title: Title, more: Mapping[str, object]) -> None:
    if title.id != lease.title_id:
        raise ValueError(f"the lease is of {lease.title_id!r}, not of {title.id!r}")
    row = rows.title_row(title) | dict(more)
    if connection.execute(sa.update(titles).where(titles.c.id == title.id).values(row)).rowcount == 0:
        connection.execute(sa.insert(titles).values({"reason": ""} | row))


def _begin_stage(connection: sa.Connection, lease: Lease, stage: Stage, fingerprint: str) -> None:
    """The stage carries its fingerprint, and nothing is left of what it and the stages behind it had recorded."""
    order = list(Stage)
    before, behind = order[: order.index(stage)], order[order.index(stage) :]
    for later in reversed(behind):
        for table in _LEFT_BY[later]:
            connection.execute(sa.delete(table).where(table.c.title == lease.title_id))
    connection.execute(sa.delete(stages).where(stages.c.title == lease.title_id, stages.c.stage.in_(behind)))
    done = connection.scalar(sa.select(sa.func.count()).where(stages.c.title == lease.title_id))
    if done != len(before):
        raise StoreError(f"title {lease.title_id!r}: {stage} comes after {' and '.join(before)}, which are not done")
    connection.execute(sa.insert(stages).values(title=lease.title_id, stage=stage.value, fingerprint=fingerprint))
    mine = titles.c.id == lease.title_id
    connection.execute(sa.update(titles).where(mine).values(status=None))


def _set_kinds(connection: sa.Connection, lease: Lease, shots_known: Iterable[Shot]) -> None:
    change = sa.update(shots).where(shots.c.title == lease.title_id, shots.c.number == sa.bindparam("shot"))
    for chunk in _chunks({"shot": shot.number, "kind": shot.kind.value} for shot in shots_known):
        connection.execute(change, chunk)


def _insert(connection: sa.Connection, table: sa.Table, lease: Lease, given: Iterable[rows.Row]) -> None:
    for chunk in _chunks({"title": lease.title_id, **row} for row in given):
        connection.execute(sa.insert(table), chunk)


def _chunks(given: Iterable[rows.Row]) -> Iterator[list[rows.Row]]:
    remaining = iter(given)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
