"""What one reviewer does, told to all the others: entries of the journal, pushed as server-sent events.

The journal is the only source: entries of other processes are found by looking once in a while, entries of this one
at once. A listener that was away names the last entry it knows and is told what came since.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from starlette.concurrency import run_in_threadpool

from artwork.errors import ArtworkError
from artwork.store.entries import Entry
from artwork.store.journal import Journal

LOOK_SECONDS = 0.5
"""How often other processes' entries are looked for: one indexed read of a few microseconds."""
ALIVE_SECONDS = 15.0
"""How often a silent line carries a comment, so that proxies keep it open and a gone listener is noticed."""
BACKLOG = 256
"""Messages that may wait for a listener; one that is further behind is let go, and comes back knowing where it was."""

log = structlog.get_logger()
Telling = Callable[[str, Sequence[Entry]], dict[str, object]]
"""Makes the message about some entries of one title. Runs in a thread."""


@dataclass(eq=False)
class Listener:
    """A browser that listens to a title."""

    title: str
    name: str
    waiting: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def push(self, message: str | None) -> None:
        """The message waits for the listener; one that is too far behind is cut off."""
        try:
            self.waiting.put_nowait(message)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(None)


class Bulletin:
    """Watches the journal and tells the listeners. Lives in the event loop of the page."""

    def __init__(self, journal: Journal, telling: Telling) -> None:
        self._journal = journal
        self._telling = telling
        self._listeners: list[Listener] = []
        self._nudge = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    async def watch(self) -> None:
        """Look, tell, wait; until the page closes. A catalogue that is away for a moment is looked at again."""
        self._loop = asyncio.get_running_loop()
        known: int | None = None
        away = False
        while not self._closing:
            try:
                if known is None:
                    known = await run_in_threadpool(self._journal.head)
                entries = await run_in_threadpool(self._journal.since, known)
                away = False
            except ArtworkError as error:
                if not away:
                    log.warning("the journal cannot be read", problem=str(error))
                entries, away = [], True
            if entries:
                known = entries[-1].number
                await self._tell(entries)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), LOOK_SECONDS)
            self._nudge.clear()

    def wrote(self) -> None:
        """This process wrote to the journal: look now. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._nudge.set)

    def close(self) -> None:
        """Every listener's line ends."""
        self._closing = True
        self._nudge.set()
        for listener in self._listeners:
            listener.push(None)

    async def listen(self, title: str, name: str, known: int) -> AsyncIterator[str]:
        """Messages about a title, as lines of an event stream, from the entry behind `known` on."""
        listener = Listener(title, name)
        self._listeners.append(listener)
        self._tell_presence(title)
        try:
            missed = await run_in_threadpool(self._missed, title, known)
            if missed:
                yield await self._message(title, missed)
            while not self._closing:
                try:
                    message = await asyncio.wait_for(listener.waiting.get(), ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if message is None:
                    return
                yield message
        finally:
            self._listeners.remove(listener)
            self._tell_presence(title)

    def _missed(self, title: str, known: int) -> list[Entry]:
        """Everything about a title since an entry, however much was written about others meanwhile."""
        missed: list[Entry] = []
        while entries := self._journal.since(known):
            missed += [entry for entry in entries if entry.title == title]
            known = entries[-1].number
        return missed

    async def _tell(self, entries: Sequence[Entry]) -> None:
        for title in dict.fromkeys(entry.title for entry in entries):
            here = [listener for listener in self._listeners if listener.title == title]
            if here:
                message = await self._message_or_end(title, [entry for entry in entries if entry.title == title])
                for listener in here:
                    listener.push(message)

    async def _message_or_end(self, title: str, entries: Sequence[Entry]) -> str | None:
        """The message; None where it cannot be made: who is cut off comes back, and asks for what came since."""
        try:
            return await self._message(title, entries)
        except Exception:  # one title that cannot be told must not silence all others
            log.exception("a change cannot be told", title=title)
            return None

    async def _message(self, title: str, entries: Sequence[Entry]) -> str:
        told = await run_in_threadpool(self._telling, title, entries)
        return event("change", told, entries[-1].number)

    def _tell_presence(self, title: str) -> None:
        here = [listener for listener in self._listeners if listener.title == title]
        names = sorted({listener.name for listener in here})
        for listener in here:
            listener.push(event("presence", {"names": names}))


def event(name: str, content: dict[str, object], number: int | None = None) -> str:
    """One event of a stream; JSON has no line break, so no text in it can end the event."""
    numbered = f"id: {number}\n" if number is not None else ""
    return f"{numbered}event: {name}\ndata: {json.dumps(content)}\n\n"
