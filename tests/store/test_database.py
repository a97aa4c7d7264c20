"""The database opens whole, however many open it, and says in one line when it cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from store_builders import child

from artwork.errors import StoreError
from artwork.store.catalog import Catalog
from artwork.store.database import FILE, MIGRATIONS, Database
from artwork.store.schema import TABLES


def test_the_migrations_end_in_the_tables_that_the_code_uses(store: Path) -> None:
    with closing(Database.open(store)) as database, database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []


def test_sqlite_runs_as_a_catalogue_must(store: Path) -> None:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 60_000}
    with closing(Database.open(store)) as database, database.reading() as connection:
        assert {name: connection.scalar(sa.text(f"PRAGMA {name}")) for name in wanted} == wanted


def test_opening_a_catalogue_that_is_up_to_date_does_without_alembic(store: Path) -> None:
    code = "from artwork.store.catalog import Catalog; Catalog.open(sys.argv[1]); print('alembic' in sys.modules)"
    assert child(code, store).communicate()[0] == "False\n"


def test_processes_that_start_together_find_one_whole_catalogue(tmp_path: Path) -> None:
    code = """
from artwork.store.catalog import Catalog
print("ready", flush=True); sys.stdin.readline()
catalog = Catalog.open(sys.argv[1])
with catalog.acquire(sys.argv[2]): pass
print(len(catalog.titles()), flush=True)
"""
    children = [child(code, tmp_path / "new" / "store", str(number)) for number in range(5)]
    assert [process.stdout.readline() for process in children if process.stdout] == ["ready\n"] * 5
    for process in children:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in children] == ["0\n"] * 5


def test_a_migration_killed_half_way_is_done_by_the_next(tmp_path: Path) -> None:
    """The child is stopped for ever inside the migration's transaction, after its first tables."""
    code = """
import time
import sqlalchemy as sa
from artwork.store import database
def stop(connection, cursor, statement, *_):
    if "CREATE TABLE frames" in statement:
        print("half way", flush=True); time.sleep(600)
sa.event.listen(sa.Engine, "before_cursor_execute", stop)
database.Database.open(sys.argv[1])
"""
    process = child(code, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "half way\n"
    process.kill()
    process.communicate()
    with closing(Catalog.open(tmp_path)) as catalog:
        assert catalog.titles() == []


def test_a_catalogue_of_a_newer_version_is_left_alone(store: Path) -> None:
    with closing(sqlite3.connect(store / FILE)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="a newer version of artwork wrote this catalogue"):
        Database.open(store)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"MZ" * 5000)
    with pytest.raises(StoreError, match=r"catalog\.db: file is not a database"):
        Database.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot make the catalogue's folder .*file/store: Not a directory"):
        Database.open(tmp_path / "file" / "store")


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "postgresql://host"])
def test_a_database_that_cannot_hold_a_catalogue_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="give a folder, sqlite:///FILE or postgresql://HOST/NAME"):
        Database.open(url)


def test_no_message_shows_a_password(tmp_path: Path) -> None:
    for url in ("postgresql://me:secret@[", "oracle://me:secret@host/name", f"sqlite://me:secret@host/{tmp_path}"):
        with pytest.raises(StoreError) as caught:
            Database.open(url)
        assert "secret" not in str(caught.value)


def test_a_url_of_a_file_opens_the_same_catalogue(store: Path) -> None:
    with closing(Catalog.open(f"sqlite:///{store / FILE}")) as catalog:
        assert catalog.titles() == []


def test_a_killed_writer_leaves_nothing_and_blocks_nobody(store: Path) -> None:
    code = """
import time
from artwork.store.database import Database
from artwork.store.schema import models
with Database.open(sys.argv[1]).writing() as connection:
    connection.execute(models.insert().values(id="m", name="n", digest="d", preprocessing=""))
    print("written", flush=True); time.sleep(600)
"""
    process = child(code, store)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.communicate()
    with closing(Database.open(store)) as database, database.writing() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM models")) == 0


def test_writers_take_turns_rather_than_fail(store: Path) -> None:
    code = """
from artwork.store.database import Database
from artwork.store.schema import models
database = Database.open(sys.argv[1])
for number in range(40):
    with database.writing() as connection:
        connection.execute(models.select()).all()
        connection.execute(models.insert().values(id=sys.argv[2] + str(number), name="", digest="", preprocessing=""))
"""
    children = [child(code, store, name) for name in "abc"]
    assert [process.wait() for process in children] == [0, 0, 0]
    for process in children:
        process.communicate()
    with closing(Database.open(store)) as database, database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM models")) == 120


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_uses_connections_of_its_own(store: Path) -> None:
    code = """
import os
from artwork.store.catalog import Catalog
catalog = Catalog.open(sys.argv[1]); catalog.titles()
if os.fork() == 0:
    with catalog.acquire("x"): pass
    os._exit(len(catalog.titles()))
print(os.wait()[1], len(catalog.titles()))
"""
    assert child(code, store).communicate()[0] == "0 0\n"


def test_it_opens_from_a_copy_elsewhere(tmp_path: Path) -> None:
    """The migrations are files of the package: a copy of it, with a % in its path, migrates as well."""
    package = tmp_path / "100%" / "artwork"
    shutil.copytree(MIGRATIONS.parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    code = "from artwork.store import catalog as c; c.Catalog.open('store').close(); print(c.__file__)"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(package / "store" / "catalog.py")
