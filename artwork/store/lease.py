"""Who works on a title: at most one process, whatever dies.

A lease is a row with an expiry that its holder moves forward. A holder on this machine that has died is seen to be
dead and followed at once; one on another machine is followed when its lease runs out. Machines that share a
catalogue must agree on the clock to well within `EXPIRES_SECONDS`.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from artwork.errors import LeaseLost, StoreError
from artwork.store.database import Database, insert_new
from artwork.store.schema import leases

EXPIRES_SECONDS = 60.0
BEATS_PER_EXPIRY = 4
"""How often a holder renews within one expiry: three renewals may fail before the lease is lost."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, named so that neither a reused pid nor another machine is taken for it.

    host: name, boot and pid namespace: within one, a pid means one process at a time. started: when the process
    began, in ticks since the boot; empty where the system does not say.
    """

    host: str
    pid: int
    started: str

    @classmethod
    def here(cls) -> Owner:
        """This process."""
        return cls(_host(), os.getpid(), _started(os.getpid()) or "")

    def is_dead(self) -> bool:
        """True only when the process certainly runs no more; one on another host is never known to be dead."""
        if self.host != _host() or os.name == "nt":
            return False
        if Path("/proc/self/stat").exists():
            return _started(self.pid) != self.started
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class Lease:
    """The right to record a title, until it is released or lost.

    `with lease:` renews it in the background and releases it at the end.
    """

    def __init__(self, database: Database, title_id: str, token: str, seconds: float) -> None:
        self.title_id = title_id
        self._token = token
        self._seconds = seconds
        self._database = database
        self._done = threading.Event()
        self._beating: threading.Thread | None = None

    def confirm(self, connection: sa.Connection) -> None:
        """Inside the caller's transaction: the lease is still ours, and renewed.

        Raises:
            LeaseLost: it ran out and another run took it.
        """
        renewed = sa.update(leases).where(self._ours()).values(expires=time.time() + self._seconds)
        if connection.execute(renewed).rowcount != 1:
            raise LeaseLost(f"title {self.title_id!r} was taken over by another run: its results count, not these")

    def heartbeat(self) -> None:
        """The lease is renewed.

        Raises:
            LeaseLost: it ran out and another run took it.
        """
        with self._database.writing() as connection:
            self.confirm(connection)

    def release(self) -> None:
        """Others may have the title at once. Releasing twice, or after a loss, is fine."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(leases).where(self._ours()))

    def __enter__(self) -> Self:
        self._beating = threading.Thread(target=self._beat, name=f"lease {self.title_id}", daemon=True)
        self._beating.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._beating is not None:
            self._beating.join()
        # What went wrong inside is what the caller must hear of; a lease that cannot be released runs out.
        with nullcontext() if error is None else suppress(StoreError):
            self.release()

    def _ours(self) -> sa.ColumnElement[bool]:
        return (leases.c.title == self.title_id) & (leases.c.token == self._token)

    def _beat(self) -> None:
        while not self._done.wait(self._seconds / BEATS_PER_EXPIRY):
            try:
                self.heartbeat()
            except LeaseLost:
                return  # the next record_* says so to the one who works
            except StoreError:
                continue  # a busy or full disk: there are more beats before the lease runs out


def acquire(
    database: Database, title_id: str, owner: Owner | None = None, seconds: float = EXPIRES_SECONDS
) -> Lease | None:
    """The title's lease is the owner's (by default this process's), or None: somebody alive holds it."""
    owner = owner or Owner.here()
    token = secrets.token_hex(8)
    row = {
        "title": title_id,
        "token": token,
        "host": owner.host,
        "pid": owner.pid,
        "started": owner.started,
        "expires": time.time() + seconds,
    }
    with database.writing() as connection:
        held = connection.execute(sa.select(leases).where(leases.c.title == title_id).with_for_update()).first()
        if held is not None:
            if time.time() < held.expires and not Owner(held.host, held.pid, held.started).is_dead():
                return None
            connection.execute(sa.delete(leases).where(leases.c.title == title_id))
        taken = insert_new(connection, leases, row)
    return Lease(database, title_id, token, seconds) if taken else None


def _host() -> str:
    return f"{socket.gethostname()} {_first_line('/proc/sys/kernel/random/boot_id')} {_pid_namespace()}"


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """The process's start as Linux tells it; None when it does not run (a zombie has run)."""
    # The name in parentheses may hold anything; what follows its last parenthesis is fields 3 (state) to 22 (start).
    fields = _first_line(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else None
