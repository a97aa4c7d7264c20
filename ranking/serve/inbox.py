"""The inbox: events wait in a bounded queue for one thread that commits them in groups.

A sender hears back only when its events are on the disk. While the log cannot be written nothing is lost and nothing
is acknowledged: the queue fills, and senders are told to come back later.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from ranking.errors import EventLogError, Overloaded
from ranking.learn.events import EventLog, Fate, Reported
from ranking.serve.params import InboxParams


@dataclass(frozen=True, slots=True)
class _Parcel:
    reported: Sequence[Reported]
    fates: Future[list[Fate]]


class Inbox:
    """A queue in front of an event log. `open_log` is called by the thread, again after every failure."""

    def __init__(self, open_log: Callable[[], EventLog], params: InboxParams | None = None) -> None:
        self._open_log = open_log
        self._params = params or InboxParams()
        self._parcels: queue.SimpleQueue[_Parcel | None] = queue.SimpleQueue()
        self._waiting = 0
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
        self.problem = ""
        """Why the last commit failed; empty when it did not."""
        self.committed: datetime | None = None
        """When the last group was committed."""

    def start(self) -> None:
        """Events are taken from now on."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Events in the queue."""
        return self._waiting

    @property
    def params(self) -> InboxParams:
        """As they were given."""
        return self._params

    def put(self, reported: Sequence[Reported]) -> Future[list[Fate]]:
        """Answers with the fate of each once they are on the disk.

        Raises:
            Overloaded: the queue is full, or closing.
        """
        with self._guard:
            full = self._waiting + len(reported) > self._params.most_waiting
            if full or self._closing.is_set():
                raise Overloaded("the queue of events", self._params.retry_seconds)
            self._waiting += len(reported)
        parcel = _Parcel(reported, Future())
        self._parcels.put(parcel)
        return parcel.fates

    def close(self) -> None:
        """What waits is committed if the log can be written; then the thread ends."""
        self._closing.set()
        self._parcels.put(None)
        if self._thread.is_alive():
            self._thread.join(self._params.acknowledged_seconds)

    def _work(self) -> None:
        log: EventLog | None = None
        while (group := self._group()) is not None:
            log = self._committed(log, group)
        if log is not None:
            log.close()

    def _group(self) -> list[_Parcel] | None:
        """All that waits, up to the size of a group: while one is committed, the next one gathers."""
        first = self._parcels.get()
        if first is None:
            return None
        group, size = [first], len(first.reported)
        with contextlib.suppress(queue.Empty):
            while size < self._params.most_together:
                parcel = self._parcels.get_nowait()
                if parcel is None:
                    self._parcels.put(None)
                    break
                group.append(parcel)
                size += len(parcel.reported)
        return group

    def _committed(self, log: EventLog | None, group: list[_Parcel]) -> EventLog | None:
        """The group is on the disk when this returns, or the inbox is closing and its senders know that it is not."""
        together = [one for parcel in group for one in parcel.reported]
        while True:
            try:
                log = log or self._open_log()
                fates = log.append(together, None)
                break
            except Exception as error:  # noqa: BLE001  # whatever it was, nothing is lost and the thread goes on
                self.problem = str(error) or type(error).__name__
                if log is not None:  # what SQLite keeps beside a file goes with its last connection, and not later
                    with contextlib.suppress(Exception):
                        log.close()
                log = None
                if self._closing.wait(self._params.retry_seconds):
                    self._let_go(group)
                    return None
        self.problem, self.committed = "", datetime.now(UTC)
        begun = 0
        for parcel in group:
            _tell(parcel.fates, fates[begun : begun + len(parcel.reported)])
            begun += len(parcel.reported)
        with self._guard:
            self._waiting -= len(together)
        return log

    def _let_go(self, group: list[_Parcel]) -> None:
        for parcel in group:
            with contextlib.suppress(Exception):
                parcel.fates.set_exception(EventLogError(self.problem))


def _tell(future: Future[list[Fate]], fates: list[Fate]) -> None:
    with contextlib.suppress(Exception):  # the sender went away meanwhile
        future.set_result(fates)
