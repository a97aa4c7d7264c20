"""What holds of every database: made at once as migrations make it, its own in every process, silent of passwords."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from artwork.database import Database
from artwork.store.database import Database as Catalogue
from ranking.learn.database import Database as EventLog

DATABASES = [Catalogue, EventLog]


@pytest.fixture(params=DATABASES, ids=lambda kind: kind.HOLDS.name)
def kind(request: pytest.FixtureRequest) -> type[Database]:
    found: type[Database] = request.param
    return found


def test_a_new_file_is_made_at_once_as_the_migrations_would_have_made_it(kind: type[Database], tmp_path: Path) -> None:
    """Every table, column, key, constraint and index, and the revision; the store of the other is opened as it is."""
    holds = kind.HOLDS
    made, migrated = (sa.create_engine(f"sqlite:///{tmp_path / name / holds.file}") for name in ("made", "migrated"))
    kind.open(tmp_path / "made").close()
    (tmp_path / "migrated").mkdir()
    with migrated.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(holds.migrations))
        command.upgrade(config, "head")
    assert _described(made) == _described(migrated)
    assert len(_described(made)) == len(holds.tables.tables) + 1
    for engine in (made, migrated):
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == holds.revision
        engine.dispose()


def test_the_newest_migration_is_the_one_that_the_code_expects(kind: type[Database]) -> None:
    config = Config()
    config.set_main_option("script_location", str(kind.HOLDS.migrations))
    assert ScriptDirectory.from_config(config).get_heads() == [kind.HOLDS.revision]


def test_one_that_is_up_to_date_is_opened_without_alembic(kind: type[Database], tmp_path: Path) -> None:
    kind.open(tmp_path).close()
    code = "Database.open(sys.argv[1]); print('alembic' in sys.modules)"
    assert _run(kind, code, tmp_path) == "False"


def test_a_forked_child_uses_connections_of_its_own(kind: type[Database], tmp_path: Path) -> None:
    code = """
import os
from sqlalchemy import text
database = Database.open(sys.argv[1])
def count():
    with database.reading() as connection: return connection.scalar(text("SELECT count(*) FROM alembic_version"))
count()
if os.fork() == 0:
    os._exit(count())
print(os.waitstatus_to_exitcode(os.wait()[1]), count())
"""
    assert _run(kind, code, tmp_path) == "1 1"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:hunter2@host/name",
        "postgresql://ada:hunter2@[",
        "postgresql://ada:hunter2@127.0.0.1:1/name?connect_timeout=1",
        "postgresql://127.0.0.1:1/name?user=ada&password=hunter2&connect_timeout=1",
    ],
)
def test_no_message_shows_a_password(kind: type[Database], url: str) -> None:
    if "127.0.0.1" in url:
        pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    with pytest.raises(kind.HOLDS.error) as told:
        kind.open(url)
    assert "hunter2" not in str(told.value)
    assert kind.HOLDS.name in str(told.value)


@pytest.mark.parametrize(
    ("said", "way_out"),
    [
        ("unable to open database file", "its folder must be writable"),
        ("attempt to write a readonly database", "its folder must be writable"),
        ("disk I/O error", "make room on its disk"),
        ("database or disk is full", "make room on its disk"),
    ],
)
def test_the_way_out_is_named(kind: type[Database], said: str, way_out: str, tmp_path: Path) -> None:
    """SQLite's words alone send people looking for a missing file; a full disk shows where nothing is written too."""
    with closing(kind.open(tmp_path)) as database, pytest.raises(kind.HOLDS.error, match=way_out), database.writing():
        raise sqlite3.OperationalError(said)


def test_a_moment_stays_while_others_write(kind: type[Database], tmp_path: Path) -> None:
    with closing(kind.open(tmp_path)) as database, database.at_one_moment() as moment:
        with database.writing() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = 'x'"))
        for each, seen in ((moment, kind.HOLDS.revision), (database, "x")):
            with each.reading() as connection:
                assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == seen


def _run(kind: type[Database], code: str, store: Path) -> str:
    """What a process prints that knows the kind by the name of Database."""
    given = f"import sys\nfrom {kind.__module__} import Database\n"
    words = [sys.executable, "-W", "error", "-c", given + code, str(store)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _described(engine: sa.Engine) -> dict[str, str]:
    """What a database says of each of its tables."""
    inspector = sa.inspect(engine)
    asked = (
        inspector.get_columns,
        inspector.get_pk_constraint,
        inspector.get_foreign_keys,
        inspector.get_unique_constraints,
        inspector.get_check_constraints,
        inspector.get_indexes,
    )
    return {
        table: repr([sorted(map(repr, found)) if isinstance(found := ask(table), list) else found for ask in asked])
        for table in inspector.get_table_names()
    }
