"""The tables of the catalogue, as the newest Alembic version leaves them.

Every key but the journal's starts with the title: a title is recorded, read and replaced as a whole, and two titles
never share a row. No table but `leases`, `reviews` (what people did, and when) and the hint `titles.film_modified_ns`
holds a moment of the clock, so that two catalogues of the same films are equal. JSON columns are canonical text
(`rows.canonical`): equal values are equal bytes.
"""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0003"
"""The Alembic version that `TABLES` describes; a catalogue that carries it needs no migration."""

TABLES = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _of_title() -> sa.Column[str]:
    return sa.Column("title", sa.Text, sa.ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)


def _of_frame() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["title", "frame"], ["frames.title", "frames.id"], ondelete="CASCADE")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _long(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)


titles = sa.Table(
    "titles",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    *map(_text, ("location", "name", "kind", "genres", "synopsis", "cast")),
    sa.Column("year", sa.Integer),
    *map(_text, ("maturity_rating", "language", "extra")),
    sa.Column("status", sa.Text),  # ok or partial; null until the last stage is recorded
    sa.Column("reason", sa.Text, nullable=False),  # why partial
    sa.Column("refused", sa.Text),  # why the newest reading of the film failed; null when it did not
    sa.Column("film_digest", sa.Text),  # of the film that the rows behind this one were made from
    sa.Column("film_bytes", sa.BigInteger),
    sa.Column("film_modified_ns", sa.BigInteger),  # a hint: spares a digest; never exported
    sa.Column("facts", sa.Text),  # FilmFacts as JSON
    sa.Column("face_model", sa.Text),  # ModelRef as JSON: which detector annotated; null until annotated
)

stages = sa.Table(
    "stages",
    TABLES,
    _of_title(),
    sa.Column("stage", sa.Text, primary_key=True),
    _text("fingerprint"),
)

shots = sa.Table(
    "shots",
    TABLES,
    _of_title(),
    sa.Column("number", sa.Integer, primary_key=True),
    *map(_long, ("start_pts", "end_pts", "clear_start_pts", "clear_end_pts")),
    *map(_text, ("time_base", "opens_with", "kind")),
)

frames = sa.Table(
    "frames",
    TABLES,
    _of_title(),
    sa.Column("id", sa.Text, primary_key=True),
    _whole("position"),
    _whole("shot"),
    _long("pts"),
    _text("time_base"),
    _real("seconds_to_cut"),
    _real("motion"),
    *map(_text, ("signals", "still")),
    sa.Column("phash", sa.Text),  # null until annotated
    sa.Column("annotation", sa.Text),  # FrameAnnotation as JSON; null until annotated
    sa.ForeignKeyConstraint(["title", "shot"], ["shots.title", "shots.number"], ondelete="CASCADE"),
    sa.UniqueConstraint("title", "position"),
)

models = sa.Table(
    "models",
    TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    *map(_text, ("name", "digest", "preprocessing")),
)

appraisals = sa.Table(
    "appraisals",
    TABLES,
    _of_title(),
    sa.Column("frame", sa.Text, primary_key=True),
    sa.Column("embed_model", sa.Text, sa.ForeignKey("models.id"), nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # float32, little endian
    sa.Column("aesthetic_model", sa.Text, sa.ForeignKey("models.id"), nullable=False),
    _real("aesthetic"),
    _text("themes"),
    _of_frame(),
)

refusals = sa.Table(
    "refusals",
    TABLES,
    _of_title(),
    sa.Column("position", sa.Integer, primary_key=True),
    *map(_text, ("frame", "rule")),
    *map(_real, ("value", "limit")),
    _of_frame(),
    sa.Index(None, "title", "frame"),
)

candidates = sa.Table(
    "candidates",
    TABLES,
    _of_title(),
    sa.Column("id", sa.Text, primary_key=True),
    _text("frame"),
    _whole("rank"),
    _real("utility"),
    sa.Column("fallback", sa.Boolean, nullable=False),
    _of_frame(),
    sa.UniqueConstraint("title", "rank"),
    sa.UniqueConstraint("title", "frame"),
)

verdicts = sa.Table(
    "verdicts",
    TABLES,
    _of_title(),
    sa.Column("frame", sa.Text, primary_key=True),  # no foreign key: a verdict outlives a new scan
    _text("verdict"),
)

reviews = sa.Table(  # append-only: triggers refuse changes. No foreign keys: what people decided outlives every scan.
    "reviews",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ... over all titles
    *map(_text, ("title", "frame", "action", "content")),
    sa.Column("undoes", sa.Integer),
    _whole("batch"),  # number of the first entry of one act: a bulk change is undone as one
    *map(_text, ("reviewer", "at", "previous", "digest")),
    sa.UniqueConstraint("previous"),  # a chain does not fork
    sa.Index(None, "title", "frame"),
)

# The guards of the journal, as its migration makes them: a catalogue made at once has them too.
_GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER reviews_no_{change} BEFORE {change.upper()} ON reviews "
        "BEGIN SELECT RAISE(ABORT, 'the journal of reviews only grows'); END"
        for change in ("update", "delete")
    ),
    "postgresql": (
        (
            "CREATE FUNCTION reviews_only_grow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal of reviews only grows'; END $$"
        ),
        (
            "CREATE TRIGGER reviews_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews "
            "FOR EACH STATEMENT EXECUTE FUNCTION reviews_only_grow()"
        ),
    ),
}
for _dialect, _statements in _GUARDS.items():
    for _statement in _statements:
        _guard = sa.DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]  # as SQLAlchemy has it
        sa.event.listen(reviews, "after_create", _guard)

renditions = sa.Table(
    "renditions",
    TABLES,
    _of_title(),
    sa.Column("candidate", sa.Text, primary_key=True),  # no foreign key: it outlives a new selection, as verdicts do
    sa.Column("canvas", sa.Text, primary_key=True),
    sa.Column("locale", sa.Text, primary_key=True),  # empty: the title's own name, or none
    _text("inputs"),  # digest of all that it was made of
    sa.Column("rendition", sa.Text),  # null where the candidate does not fit the canvas
    _text("content"),  # the rest of a CanvasRecord as JSON
)

leases = sa.Table(
    "leases",
    TABLES,
    sa.Column("title", sa.Text, primary_key=True),  # no foreign key: held before the title is recorded
    *map(_text, ("token", "host")),
    _whole("pid"),
    _text("started"),
    _real("expires"),
)
