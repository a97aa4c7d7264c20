"""A title is worked on by one process at a time, whatever dies."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_builders import child, held

from artwork.errors import LeaseLost
from artwork.store.catalog import Catalog
from artwork.store.lease import Owner

HOLD = """
import time
from artwork.store.catalog import Catalog
lease = Catalog.open(sys.argv[1]).acquire("sintel")
print("held" if lease else "refused", flush=True)
sys.stdin.readline()
"""


def test_a_held_title_is_nobody_elses(catalog: Catalog) -> None:
    with held(catalog):
        assert catalog.acquire("sintel") is None
        assert catalog.acquire("sintel", replace(Owner.here(), host="another machine")) is None


def test_titles_are_held_one_by_one(catalog: Catalog) -> None:
    with held(catalog), held(catalog, "bikes"):
        pass


def test_a_released_title_is_free_at_once(catalog: Catalog) -> None:
    held(catalog).release()
    with held(catalog):
        pass
    with held(catalog):
        pass


def test_releasing_twice_takes_nothing_from_the_next(catalog: Catalog) -> None:
    first = held(catalog)
    first.release()
    with held(catalog):
        first.release()
        assert catalog.acquire("sintel") is None


def test_a_lease_that_ran_out_is_taken_over_and_its_holder_told(catalog: Catalog) -> None:
    first = catalog.acquire("sintel", seconds=0.0)
    assert first is not None
    second = held(catalog)
    with pytest.raises(LeaseLost, match="'sintel' was taken over by another run"):
        first.heartbeat()
    second.heartbeat()


def test_a_lease_that_ran_out_and_nobody_took_is_still_ours(catalog: Catalog) -> None:
    lease = catalog.acquire("sintel", seconds=0.0)
    assert lease is not None
    lease.heartbeat()


def test_a_lease_in_a_with_block_is_renewed_by_itself(catalog: Catalog) -> None:
    """Its expiry moves forward though nobody asks for it."""

    def expiry() -> float:
        with catalog.database.reading() as connection:
            return float(connection.scalar(sa.text("SELECT expires FROM leases")) or 0.0)

    lease = catalog.acquire("sintel", seconds=0.4)
    assert lease is not None
    with lease:
        first = expiry()
        deadline = time.monotonic() + 30
        while expiry() == first and time.monotonic() < deadline:
            time.sleep(0.02)
        assert expiry() > first


def test_of_processes_that_want_the_same_title_at_once_one_gets_it(store: Path) -> None:
    children = [child("import time, artwork.store.catalog; sys.stdin.readline()" + HOLD, store) for _ in range(4)]
    for process in children:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.stdout.readline() for process in children if process.stdout]
    for process in children:
        process.communicate("\n")
    assert sorted(said) == ["held\n", "refused\n", "refused\n", "refused\n"]


def test_a_killed_holder_is_followed_at_once(store: Path, catalog: Catalog) -> None:
    """Though its lease has nearly a minute to run, and, on Linux, though nobody has reaped the dead process."""
    process = child(HOLD, store)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert catalog.acquire("sintel") is None
    process.kill()
    if sys.platform == "linux":
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but not yet reaped
    else:
        process.wait()
    with held(catalog):
        pass
    process.communicate()


def test_a_process_that_got_a_dead_ones_number_is_not_taken_for_it(catalog: Catalog) -> None:
    """Same host, same pid as this living process, another start: the holder has died."""
    assert catalog.acquire("sintel", replace(Owner.here(), started="1")) is not None
    with held(catalog):
        pass


def test_a_holder_on_another_machine_is_waited_for(catalog: Catalog) -> None:
    elsewhere = Owner("another machine", 1, "1")
    assert not elsewhere.is_dead()
    assert catalog.acquire("sintel", elsewhere) is not None
    assert catalog.acquire("sintel") is None


def test_this_process_is_alive() -> None:
    assert not Owner.here().is_dead()


def test_a_lost_lease_ends_the_renewal_without_noise(catalog: Catalog) -> None:
    lease = catalog.acquire("sintel", seconds=0.05)
    assert lease is not None
    with lease:
        with catalog.database.writing() as connection:
            connection.execute(sa.text("UPDATE leases SET token = 'somebody else'"))
        time.sleep(0.1)
        with pytest.raises(LeaseLost):
            lease.heartbeat()
    assert catalog.acquire("other") is not None


def test_what_went_wrong_is_not_hidden_by_a_release_that_fails(catalog: Catalog) -> None:
    def fail() -> None:
        with held(catalog):
            with catalog.database.writing() as connection:
                connection.execute(sa.text("DROP TABLE leases"))
            raise RuntimeError("the real trouble")

    with pytest.raises(RuntimeError, match="the real trouble"):
        fail()
