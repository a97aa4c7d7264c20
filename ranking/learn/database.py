"""The database behind the event log: opened, migrated, and its transactions.

SQLite by default, PostgreSQL by URL. What is committed is on the disk (`synchronous=FULL`); a writer takes the lock
when it begins, so that a transaction never fails half way for want of it; readers never wait.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ranking.errors import EventLogError
from ranking.learn.schema import REVISION

FILE = "events.db"
BUSY_SECONDS = 30
"""How long a writer waits for another."""
MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x6576656E7473  # "events" in ASCII: writers of a PostgreSQL log take turns with it


class Database:
    """A migrated database. Safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(artwork_writes=True)

    @classmethod
    def open(cls, url_or_folder: str | Path) -> Database:
        """The database is there, migrated to this version of the package.

        Args:
            url_or_folder: a folder (made when absent, with `events.db` inside) or an SQLAlchemy URL.

        Raises:
            EventLogError: it cannot be opened, or a newer version of the package wrote it.
        """
        url = _url(url_or_folder)
        with told(url):
            try:
                engine = sa.create_engine(url)
            except ImportError as error:
                raise EventLogError(
                    f"no driver for {_without_secrets(url)}: pip install 'artwork[postgres]'"
                ) from error
        if url.get_backend_name() == "sqlite":
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        database = cls(engine)
        with told(url):
            database._migrate()
        return database

    @property
    def dialect(self) -> str:
        """The name of the database: sqlite or postgresql."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent moment of the log."""
        level = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with told(self._engine.url), self._engine.execution_options(**level).connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, alone: all of it is on the disk when the block ends, or none."""
        with told(self._engine.url), self._writer.begin() as connection:
            if self.dialect == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _migrate(self) -> None:
        if self.dialect == "sqlite":
            with self._engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                connection.rollback()
                raw.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]  # it is SQLite's own
        with self._engine.connect() as connection:
            if sa.inspect(connection).has_table("alembic_version") and _revision(connection) == REVISION:
                return
        with self.writing() as connection:
            _upgrade(connection)


@contextmanager
def told(url: sa.URL) -> Iterator[None]:
    """Errors of the database become one line."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        problem = " ".join(str(getattr(error, "orig", None) or error).split())
        raise EventLogError(f"event log {_without_secrets(url)}: {problem}") from error


def _without_secrets(url: sa.URL) -> str:
    """The place alone: a password may stand before the host, or behind the question mark."""
    return url.set(query={}).render_as_string(hide_password=True)


def _url(url_or_folder: str | Path) -> sa.URL:
    if "://" not in str(url_or_folder):
        folder = Path(url_or_folder).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EventLogError(f"cannot make the event log's folder {url_or_folder}: {error.strerror}") from error
        return sa.URL.create("sqlite", database=str(folder / FILE))
    try:
        url = sa.make_url(str(url_or_folder))
    except sa.exc.ArgumentError as error:  # the URL itself may hold a password
        raise EventLogError(
            "cannot open the event log: give a folder, sqlite:///FILE or postgresql://HOST/NAME"
        ) from error
    if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or url.database in (None, "", ":memory:"):
        raise EventLogError(
            f"cannot open an event log at {_without_secrets(url)}: give a folder, sqlite:///FILE or postgresql://HOST/NAME"
        )
    return url


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Without this the driver begins transactions by its own rules and commits around table definitions.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("artwork_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: sa.Connection) -> str | None:
    version = sa.select(sa.column("version_num", sa.Text)).select_from(sa.table("alembic_version"))
    return connection.execute(version).scalar()


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: a log that is up to date, nearly every one, does without Alembic's 0.2 seconds.
    from alembic import command, util  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except util.CommandError as error:
        raise EventLogError(f"a newer version of artwork wrote this event log: install that one ({error})") from error
