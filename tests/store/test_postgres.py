"""On PostgreSQL the catalogue is the same. Run with `ARTWORK_TEST_POSTGRES=postgresql://user@host/postgres`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from store_builders import (
    EMBED_MODEL,
    FACES,
    FACTS,
    FILM,
    SELECTION,
    SHOTS,
    TITLE,
    annotated,
    child,
    held,
    record,
    sampled,
)

from artwork.errors import LeaseLost, StoreError
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.gallery import Gallery
from artwork.store.journal import Journal
from artwork.store.records import CanvasRecord, FileRecord, Scan, Stage
from artwork.store.schema import TABLES, models
from pipelines.dump import dump_lines


@pytest.fixture
def url() -> Iterator[str]:
    """An empty database of its own on the server that the environment names."""
    server = os.environ.get("ARTWORK_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: set ARTWORK_TEST_POSTGRES to a URL whose user may create databases")
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install 'psycopg[binary]'")
    name = f"artwork_{secrets.token_hex(6)}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    opened = Catalog.open(url)
    yield opened
    opened.close()


def test_the_migrations_end_in_the_tables_that_the_code_uses(catalog: Catalog) -> None:
    with catalog.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []


def test_the_dump_is_the_one_of_sqlite(catalog: Catalog, tmp_path: Path) -> None:
    lite = Catalog.open(tmp_path)
    for each in (catalog, lite):
        with held(each) as lease:
            record(each, lease, settings="older")
            record(each, lease)
        each.record_verdict("sintel", "f1", "approved")
    assert list(dump_lines(catalog, "sintel")) == list(dump_lines(lite, "sintel"))
    lite.close()


def test_titles_come_by_id_whatever_the_locale(catalog: Catalog) -> None:
    """In English, PostgreSQL sorts a-b after aa; the catalogue does not."""
    for name in ("ab", "a-b", "aa", "a-c"):
        with held(catalog, name) as lease:
            catalog.record_title(lease, replace(TITLE, id=name))
    assert [found.title.id for found in catalog.titles()] == ["a-b", "a-c", "aa", "ab"]


def test_processes_that_start_together_find_one_whole_catalogue(url: str) -> None:
    code = """
from artwork.store.catalog import Catalog
print("ready", flush=True); sys.stdin.readline()
lease = Catalog.open(sys.argv[1]).acquire("sintel")
print("held" if lease else "refused", flush=True); sys.stdin.readline()
"""
    children = [child(code, url) for _ in range(4)]
    assert [process.stdout.readline() for process in children if process.stdout] == ["ready\n"] * 4
    for process in children:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.stdout.readline() for process in children if process.stdout]
    for process in children:
        process.communicate("\n")
    assert sorted(said) == ["held\n", "refused\n", "refused\n", "refused\n"]


def test_one_moment_holds_while_others_record(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
        with catalog.at_one_moment() as then:
            record(catalog, lease, Stage.SCAN)
            assert then.candidates("sintel") == list(SELECTION.candidates)
            assert list(then.frames("sintel")) == list(annotated())


def test_a_lost_lease_and_a_wrong_frame_leave_nothing(catalog: Catalog) -> None:
    lease = held(catalog)
    with pytest.raises(StoreError, match="foreign key"):
        catalog.record_scan(lease, TITLE, Scan(FILM, FACTS, SHOTS[:2]), sampled(), "s")
    lease.release()
    with pytest.raises(LeaseLost):
        record(catalog, lease)
    assert catalog.titles() == []


def test_titles_of_one_model_share_its_row(catalog: Catalog) -> None:
    for name in ("a", "b"):
        with held(catalog, name) as lease:
            catalog.record_scan(lease, replace(TITLE, id=name), Scan(FILM, FACTS, SHOTS), sampled(), "s")
            catalog.record_annotations(lease, FACES, SHOTS, annotated(), "s")
            catalog.record_appraisals(lease, EMBED_MODEL, EMBED_MODEL, (), "s")
    with catalog.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(models)) == 1


def test_the_journal_grows_and_refuses_everything_else(catalog: Catalog) -> None:
    with held(catalog) as lease:
        record(catalog, lease)
    journal = Journal(catalog.database)
    journal.append(TITLE.id, [Change("f2", Action.VERDICT, {"verdict": "approved", "reason": "a\0b"})], "Ana")
    journal.undo(TITLE.id, "Ana")
    assert (journal.check().entries, journal.check().whole) == (2, True)
    assert catalog.verdicts(TITLE.id) == {}
    for change in ("UPDATE reviews SET reviewer = 'Eve'", "DELETE FROM reviews", "TRUNCATE reviews"):
        with pytest.raises(StoreError, match="the journal of reviews only grows"), catalog.database.writing() as raw:
            raw.execute(sa.text(change))


def test_renditions_come_back_whole_and_are_replaced_canvas_by_canvas(catalog: Catalog) -> None:
    """As on SQLite; what was composed outlives a new selection."""
    with held(catalog) as lease:
        record(catalog, lease)
    gallery = Gallery(catalog.database)
    made = CanvasRecord(
        "c1", "square", "", "i1", "r1", (FileRecord(180, 180, "jpeg", "ab" * 32, 9),), "data:,", "<b>", facts={"a": 0.1}
    )
    refused = CanvasRecord("c1", "story", "zh-Hant", "i2", rule="no_room", reason="no room")
    gallery.record(TITLE.id, "c1", ["story", "square"], [refused, made])
    assert gallery.of(TITLE.id) == [made, refused]
    with held(catalog) as lease:
        record(catalog, lease, settings="newer")
    again = replace(made, inputs="i9", rendition="r9")
    gallery.record(TITLE.id, "c1", ["square"], [again])
    assert gallery.of(TITLE.id) == [again, refused]
    assert gallery.of("nobody") == []


def test_processes_that_write_at_once_write_one_chain(catalog: Catalog, url: str) -> None:
    code = """
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change
from artwork.store.journal import Journal
journal = Journal(Catalog.open(sys.argv[1]).database)
for number in range(20):
    journal.append("t", [Change(sys.argv[2] + str(number), Action.NOTE, {"note": "x"})], sys.argv[2])
"""
    children = [child(code, url, name) for name in "abc"]
    for process in children:
        process.communicate()
    assert [process.returncode for process in children] == [0, 0, 0]
    check = Journal(catalog.database).check()
    assert (check.entries, check.whole) == (60, True)
