"""Where rows are kept: a database that is opened, migrated, and its transactions.

The catalogue is one, the event log another. SQLite by default, in a folder; PostgreSQL by SQLAlchemy URL. What is
committed is on the disk; readers see one consistent moment and never wait; writers take the write lock when they begin,
so that a transaction never fails half way for want of it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from artwork.errors import ArtworkError

WAY_OUT = "give a folder, sqlite:///FILE or postgresql://HOST/NAME"


@dataclass(frozen=True, slots=True)
class Holding:
    """What a database holds.

    Attributes:
        name: what messages call it: "catalogue".
        file: of SQLite, in a folder.
        tables: as the newest migration leaves them.
        revision: the version that they carry.
        migrations: the folder of Alembic's steps.
        error: raised with one line whenever the database cannot do what it is asked.
        lock: key of the lock that PostgreSQL's processes take turns with while they migrate.
        busy_seconds: how long a writer waits for another.
    """

    name: str
    file: str
    tables: sa.MetaData
    revision: str
    migrations: Path
    error: type[ArtworkError]
    lock: int
    busy_seconds: int


class Database:
    """A migrated database. Safe to share between threads; a forked child gets connections of its own."""

    HOLDS: ClassVar[Holding]

    def __init__(self, engine: sa.Engine, moment: sa.Connection | None = None) -> None:
        self._engine = engine
        self._writer = engine.execution_options(artwork_writes=True)
        # SQLite's readers see one moment by themselves; PostgreSQL's must ask for it.
        snapshots = {} if _is_sqlite(engine.url) else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**snapshots)
        self._moment = moment
        self._file: tuple[int, int] | None = None

    @classmethod
    def open(cls, url_or_folder: str | Path) -> Self:
        """The database is there, migrated to this version of the package.

        Args:
            url_or_folder: a folder (made when absent, with the holding's file inside) or an SQLAlchemy URL.

        Raises:
            ArtworkError: of the holding's kind: it cannot be opened, or a newer version of the package wrote it.
        """
        holds = cls.HOLDS
        url = _url(holds, url_or_folder)
        with _one_line(holds, url):
            try:
                engine = sa.create_engine(url, max_overflow=-1)  # a reader may be slow; none waits for another
            except ImportError as error:
                raise holds.error(f"no driver for {shown(url)}: pip install 'artwork[postgres]'") from error
        if _is_sqlite(url):
            sa.event.listen(engine, "connect", _prepared(holds.busy_seconds))
            sa.event.listen(engine, "begin", _begin_sqlite)
        sa.event.listen(engine, "connect", _remember_process)
        sa.event.listen(engine, "checkout", _refuse_foreign_process)
        database = cls(engine)
        with _one_line(holds, url):
            database._migrate()
        database._file = _file_of(url)
        return database

    @property
    def engine(self) -> sa.Engine:
        """For tests and for tools; rows are read and written by `reading` and `writing`."""
        return self._engine

    @property
    def dialect(self) -> str:
        """The name of the database: sqlite or postgresql."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent moment of all rows."""
        if self._moment is not None:
            yield self._moment
            return
        with _one_line(self.HOLDS, self._engine.url), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """The same database as it is now, for one thread: all that is read in the block belongs together."""
        with self.reading() as connection:
            _revision(connection)  # the first question, not the beginning, fixes the moment
            yield type(self)(self._engine, connection)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is committed when the block ends, or none.

        Raises:
            ArtworkError: of the holding's kind: also where the file is no longer the one that was opened. SQLite would
                go on with the one that nobody can find any more.
        """
        url = self._engine.url
        with _one_line(self.HOLDS, url), self._writer.begin() as connection:
            if self._file is not None and _file_of(url) != self._file:
                raise self.HOLDS.error(
                    f"{self.HOLDS.name} {shown(url)}: its file was removed or replaced: open it anew"
                )
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _migrate(self) -> None:
        holds, url = self.HOLDS, self._engine.url
        with self._engine.connect() as connection:
            if sa.inspect(connection).has_table("alembic_version") and _revision(connection) == holds.revision:
                return
        with _alone(url, holds.busy_seconds):
            if _is_sqlite(url):
                _use_wal(self._engine)
            with self._writer.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(holds.lock)))
                if _is_sqlite(url) and not sa.inspect(connection).get_table_names():
                    _create(holds, connection)
                else:
                    _upgrade(holds, connection)


def shown(url: sa.URL) -> str:
    """The place alone: a password may stand before the host, or behind the question mark."""
    return url.set(query={}).render_as_string(hide_password=True)


def _url(holds: Holding, url_or_folder: str | Path) -> sa.URL:
    try:
        if "://" in str(url_or_folder):
            return _supported(holds, sa.make_url(str(url_or_folder)))
        folder = Path(url_or_folder).absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except sa.exc.ArgumentError as error:  # the URL itself may hold a password
        raise holds.error(f"cannot open the {holds.name}: {WAY_OUT}") from error
    except OSError as error:
        raise holds.error(f"cannot make the {holds.name}'s folder {url_or_folder}: {error.strerror}") from error
    return sa.URL.create("sqlite", database=str(folder / holds.file))


def _supported(holds: Holding, url: sa.URL) -> sa.URL:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or url.database in (None, "", ":memory:"):
        raise holds.error(f"cannot open the {holds.name} at {shown(url)}: {WAY_OUT}")
    return url


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _prepared(busy_seconds: int) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # Without this the driver begins transactions by its own rules and commits around table definitions.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={busy_seconds * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("artwork_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _remember_process(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["pid"] = os.getpid()


def _refuse_foreign_process(_connection: DBAPIConnection, record: Any, proxy: Any) -> None:  # noqa: ANN401  # SQLAlchemy's own types are private
    if record.info["pid"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise sa.exc.DisconnectionError("opened before the fork: a child process opens its own")


def _file_of(url: sa.URL) -> tuple[int, int] | None:
    """Which file is there now, whatever it is called; None where there is none, or none is needed."""
    if not _is_sqlite(url) or not url.database:
        return None
    try:
        found = os.stat(url.database)  # noqa: PTH116  # once for each transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _use_wal(engine: sa.Engine) -> None:
    with closing(engine.raw_connection()) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def _alone(url: sa.URL, busy_seconds: int) -> Iterator[None]:
    """No other process migrates this database meanwhile.

    The lock is a transaction on an empty SQLite file beside the database: the operating system lets go of it however
    its holder dies, on every platform. Other databases lock inside the migration's own transaction.
    """
    if not _is_sqlite(url) or not url.database:
        yield
        return
    with closing(sqlite3.connect(f"{url.database}.lock", timeout=busy_seconds, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def _revision(connection: sa.Connection) -> str | None:
    version = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
    return connection.execute(version).scalar()


def _create(holds: Holding, connection: sa.Connection) -> None:
    """What all migrations together would have made of an empty file, without the 0.3 seconds of Alembic."""
    holds.tables.create_all(connection)
    version = sa.Table(
        "alembic_version",
        sa.MetaData(),
        sa.Column("version_num", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    version.create(connection)
    connection.execute(version.insert().values(version_num=holds.revision))


def _upgrade(holds: Holding, connection: sa.Connection) -> None:
    # Imported here: a database that is up to date, nearly every one, does without Alembic's 0.3 seconds.
    from alembic import command, util  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(holds.migrations).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except util.CommandError as error:
        raise holds.error(f"a newer version of artwork wrote this {holds.name}: install that one ({error})") from error


@contextmanager
def _one_line(holds: Holding, url: sa.URL) -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        problem = " ".join(str(getattr(error, "orig", None) or error).split())
        if "unable to open database file" in problem or "readonly database" in problem:
            problem += ": its folder must be writable, also to read from it"
        elif "disk I/O error" in problem or "disk is full" in problem:
            problem += ": make room on its disk, and run the same command again"
        raise holds.error(f"{holds.name} {shown(url)}: {problem}") from error
