"""The database behind the catalogue: opened, migrated, and its transactions.

SQLite by default, in a folder; anything else by SQLAlchemy URL (PostgreSQL is meant). Readers see one consistent
moment and never wait; writers take the write lock when they begin, so that a transaction never fails half way for
want of it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from artwork.errors import StoreError
from artwork.store.schema import REVISION, TABLES

BUSY_SECONDS = 60
"""How long a writer waits for another. The longest transaction, a scan of an hour's film, takes under a second."""

FILE = "catalog.db"
MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x617274776F726B  # "artwork" in ASCII: the key of PostgreSQL's lock while migrating


class Database:
    """A migrated database. Safe to share between threads; a forked child gets connections of its own."""

    def __init__(self, engine: sa.Engine, moment: sa.Connection | None = None) -> None:
        self._engine = engine
        self._writer = engine.execution_options(artwork_writes=True)
        # SQLite's readers see one moment by themselves; PostgreSQL's must ask for it.
        snapshots = {} if _is_sqlite(engine.url) else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**snapshots)
        self._moment = moment

    @classmethod
    def open(cls, url_or_folder: str | Path) -> Database:
        """The database is there, migrated to this version of the package.

        Args:
            url_or_folder: a folder (made when absent, with `catalog.db` inside) or an SQLAlchemy URL.

        Raises:
            StoreError: it cannot be opened, or a newer version of the package wrote it.
        """
        url = _url(url_or_folder)
        with _one_line(url):
            try:
                engine = sa.create_engine(url, max_overflow=-1)  # a reader may be slow; none waits for another
            except ImportError as error:
                raise StoreError(f"no driver for {url}: pip install {error.name}") from error
        if _is_sqlite(url):
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        sa.event.listen(engine, "connect", _remember_process)
        sa.event.listen(engine, "checkout", _refuse_foreign_process)
        database = cls(engine)
        with _one_line(url):
            database._migrate()
        return database

    @property
    def engine(self) -> sa.Engine:
        """For tests and for tools; the catalogue itself uses `reading` and `writing`."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent moment of the catalogue."""
        if self._moment is not None:
            yield self._moment
            return
        with _one_line(self._engine.url), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[Database]:
        """The same database as it is now, for one thread: all that is read in the block belongs together."""
        with self.reading() as connection:
            _revision(connection)  # the first question, not the beginning, fixes the moment
            yield Database(self._engine, connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is committed when the block ends, or none."""
        with _one_line(self._engine.url), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            if sa.inspect(connection).has_table("alembic_version") and _revision(connection) == REVISION:
                return
        with _alone(self._engine.url):
            if _is_sqlite(self._engine.url):
                _use_wal(self._engine)
            with self._writer.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
                if _is_sqlite(self._engine.url) and not sa.inspect(connection).get_table_names():
                    _create(connection)
                else:
                    _upgrade(connection)


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """The row is in the table; True when this call put it there, False when one with its key was there before."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    added = dialect.insert(table).values(**row).on_conflict_do_nothing()
    return connection.execute(added, execution_options={"preserve_rowcount": True}).rowcount == 1


def _url(url_or_folder: str | Path) -> sa.URL:
    try:
        if "://" in str(url_or_folder):
            return _supported(sa.make_url(str(url_or_folder)))
        folder = Path(url_or_folder).absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except sa.exc.ArgumentError as error:  # the URL itself may hold a password
        raise StoreError(
            "cannot open the catalogue: give a folder, sqlite:///FILE or postgresql://HOST/NAME"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot make the catalogue's folder {url_or_folder}: {error.strerror}") from error
    return sa.URL.create("sqlite", database=str(folder / FILE))


def _supported(url: sa.URL) -> sa.URL:
    if url.get_backend_name() not in ("sqlite", "postgresql") or url.database in (None, "", ":memory:"):
        raise StoreError(f"cannot open a catalogue at {url}: give a folder, sqlite:///FILE or postgresql://HOST/NAME")
    return url


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Without this the driver begins transactions by its own rules and commits around table definitions.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("artwork_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _remember_process(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["pid"] = os.getpid()


def _refuse_foreign_process(_connection: DBAPIConnection, record: Any, proxy: Any) -> None:  # noqa: ANN401  # SQLAlchemy's own types are private
    if record.info["pid"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise sa.exc.DisconnectionError("opened before the fork: a child process opens its own")


def _use_wal(engine: sa.Engine) -> None:
    with closing(engine.raw_connection()) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def _alone(url: sa.URL) -> Iterator[None]:
    """No other process migrates this database meanwhile.

    The lock is a transaction on an empty SQLite file beside the database: the operating system lets go of it however
    its holder dies, on every platform. Other databases lock inside the migration's own transaction.
    """
    if not _is_sqlite(url) or not url.database:
        yield
        return
    with closing(sqlite3.connect(f"{url.database}.lock", timeout=BUSY_SECONDS, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _revision(connection: sa.Connection) -> str | None:
    version = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
    return connection.execute(version).scalar()


def _create(connection: sa.Connection) -> None:
    """What all migrations together would have made of an empty file, without the 0.3 seconds of Alembic."""
    TABLES.create_all(connection)
    version = sa.Table(
        "alembic_version",
        sa.MetaData(),
        sa.Column("version_num", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    version.create(connection)
    connection.execute(version.insert().values(version_num=REVISION))


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: a catalogue that is up to date, nearly every one, does without Alembic's 0.3 seconds.
    from alembic import command, util  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except util.CommandError as error:
        raise StoreError(f"a newer version of artwork wrote this catalogue: install that one ({error})") from error


@contextmanager
def _one_line(url: sa.URL) -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        problem = " ".join(str(getattr(error, "orig", None) or error).split())
        if "unable to open database file" in problem or "readonly database" in problem:
            problem += ": its folder must be writable, also to read from it"
        elif "disk I/O error" in problem or "disk is full" in problem:
            problem += ": make room on its disk, and run the same command again"
        raise StoreError(f"catalogue {url}: {problem}") from error
