"""The decision service: an ASGI application.

Decisions and events are answered here, from bytes to bytes. Everything else is FastAPI's (`doors.py`), which describes
these two as well. A request holds one release; a new one is loaded beside it and put in its place by an assignment.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from artwork.errors import ArtworkError, SettingsError
from ranking.domain import Impression, Outcome
from ranking.errors import EventLogError, SnapshotError, TokenError
from ranking.learn.events import EventLog, Fate, Reported
from ranking.learn.folder import POINTER, Active, read_active
from ranking.learn.withdrawn import read_withdrawn, withdrawn_stamp
from ranking.serve.archive import Archive, Told
from ranking.serve.chooser import Answered, answer
from ranking.serve.doors import make_doors
from ranking.serve.inbox import Inbox
from ranking.serve.keyfile import KeyFile
from ranking.serve.keys import Keyring, Scope
from ranking.serve.last_seen import UNREAD, Asker, LastSeen, last_seen
from ranking.serve.params import ServiceParams
from ranking.serve.pictures import ReadFile
from ranking.serve.release import Release
from ranking.serve.rim import JSON, PROBLEM, Receive, Refused, Send, decoded, header, problem_of, read_body, send_bytes
from ranking.serve.rim import Scope as Asgi
from ranking.serve.tallies import Tallies
from ranking.serve.tokens import Signer
from ranking.serve.wire import (
    DecisionAnswer,
    DecisionRequest,
    EventBatch,
    EventReceipt,
    ImpressionReport,
    OutcomeReport,
    RefusedEvent,
    TitleAnswer,
)

log = structlog.get_logger()
Door = Callable[[Asgi, Receive], Awaitable[bytes]]
_EVENTS_AT_ONCE = 20
_ROUTES = {
    "/v1/artwork/": "/v1/artwork/{rendition}",
    "/v1/decisions/": "/v1/decisions/{token}/explanation",
    "/v1/openapi.json": "/v1/openapi.json",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
    "/metrics": "/metrics",
}
"""How paths begin, and what answers to them are counted under."""
_NO_STORE = ((b"cache-control", b"no-store"),)


class Service:
    """An ASGI application over one store.

    Args:
        store: folder of the snapshots, beliefs, memberships and the pointer.
        signer: of tokens.
        open_log: opens the event log; called in the inbox's thread.
        read_file: gives the bytes of a picture by its key.
        keyring: who may do what, where that stays.
        keys: where it is kept, and changes while the service runs.
        clock: POSIX seconds.
    """

    def __init__(  # noqa: PLR0913  # all that a service is made of, each by name
        self,
        store: Path,
        signer: Signer,
        open_log: Callable[[], EventLog],
        *,
        read_file: ReadFile,
        keyring: Keyring | None = None,
        keys: KeyFile | None = None,
        params: ServiceParams | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.signer = signer
        self.read_file = read_file
        self._keys, self._keys_stamp = keys, keys.stamp() if keys else None
        self.keyring = keys.keyring() if keys else keyring or Keyring()
        self.params = params or ServiceParams()
        self.clock = clock
        self.tallies = Tallies()
        self.inbox = Inbox(open_log, self.params.inbox)
        self.archive = Archive(store)
        self.release: Release | None = None
        self.problem = ""
        """Why the last look at the store loaded nothing; empty when it did, or when nothing had changed."""
        self.failures: dict[str, str] = {}
        """Why decisions of the release in place failed, by the kind of error."""
        self._active: Active | None = None
        self._withdrawn: tuple[tuple[int, int, int] | None, frozenset[str]] = (None, frozenset())
        self._watch: asyncio.Task[None] | None = None
        self._requests = msgspec.json.Decoder(DecisionRequest)
        self._batches = msgspec.json.Decoder(EventBatch)
        self._doors = make_doors(self)
        self._missing: set[str] = set()
        self._swift: dict[str, Door] = {"/v1/decisions": self._decisions, "/v1/events": self._events}

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        door = self._swift.get(scope["path"])
        if scope["type"] != "http":
            await self._doors(scope, receive, send)
            return
        if door is None:
            await self._doors(scope, receive, self._counted(scope["path"], send))
            return
        try:
            body = await door(scope, receive)
        except Exception as error:  # the rim: whatever happened, the sender is told in one form
            status, body, more = problem_of(error)
            if status == 500:
                log.exception("a request failed", path=scope["path"])
            await send_bytes(send, status, body, PROBLEM, more)
        else:
            status = 200
            await send_bytes(send, status, body, JSON, _NO_STORE)
        self.tallies.answered(scope["path"], status)

    def _counted(self, path: str, send: Send) -> Send:
        """Sends, and counts the answer under one of a few names: paths are without number."""
        route = next((route for begun, route in _ROUTES.items() if path.startswith(begun)), "other")

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.tallies.answered(route, message["status"])
            await send(message)

        return sent

    async def start(self) -> None:
        """The store's release is in place, events are taken, and the pointer is watched."""
        await self.look()
        self.inbox.start()
        self._watch = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """What waits is committed; nothing runs any more."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await asyncio.to_thread(self.inbox.close)

    async def look(self) -> None:
        """What the pointer says is in place, without what was withdrawn. What cannot be loaded leaves it as it is."""
        try:
            withdrawn = await asyncio.to_thread(self._withdrawn_now)
        except SnapshotError as error:  # without the set nothing new is shown
            self._not_loaded(error)
            return
        try:
            active = await asyncio.to_thread(read_active, self.store)
            if active != self._active:
                load = partial(Release.load, verify=True, strict=False, former=self.release, policy=self.params.policy)
                self._put_in_place(await asyncio.to_thread(load, self.store, active, withdrawn=withdrawn))
                self._active = active
                self.tallies.swaps += 1
        except Exception as error:  # noqa: BLE001  # whatever is wrong with a store, what was in place goes on
            self._not_loaded(error)
            # The set is that of the release that could not be loaded: what it no longer names stays out of this one.
            withdrawn |= self.release.withdrawn if self.release else frozenset()
        else:
            self.problem = ""
        if self.release is not None and self.release.withdrawn != withdrawn:
            self._put_in_place(await asyncio.to_thread(self.release.without, withdrawn))

    def _withdrawn_now(self) -> frozenset[str]:
        """What is withdrawn; the file is read when it was written since the last look."""
        stamp = withdrawn_stamp(self.store)
        if stamp != self._withdrawn[0]:
            self._withdrawn = stamp, read_withdrawn(self.store)
        return self._withdrawn[1]

    def _put_in_place(self, release: Release) -> None:
        self.archive.keep(release)
        self.release = release
        self._missing.clear()
        self.failures.clear()
        gc.collect()  # half a millisecond: what is rubbish now would be kept for ever
        gc.freeze()  # the tables stay: the collector need not walk them between requests
        told = {"release": release.id, "problems": release.problems, "withdrawn": len(release.withdrawn)}
        log.warning("release in place", **told)

    def _not_loaded(self, error: Exception) -> None:
        problem = str(error) if isinstance(error, ArtworkError) else repr(error)
        if self.release is None and not (self.store / POINTER).exists():
            if not self.problem:
                log.warning("nothing to serve yet", problem=problem)
        else:
            self.tallies.failed_loads += 1
            if problem != self.problem:
                told = None if isinstance(error, ArtworkError) else error
                log.warning("release not loaded", problem=problem, exc_info=told)
        self.problem = problem

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self.params.look_seconds)
            try:
                await self.look()
                await self.renew_keys()
            except Exception:  # the watch goes on, whatever it met
                log.exception("a look at the store failed")

    async def renew_keys(self) -> None:
        """The keys are those of the file. What cannot be read leaves them as they are."""
        if self._keys is None:
            return
        stamp = await asyncio.to_thread(self._keys.stamp)
        if stamp == self._keys_stamp:
            return
        self._keys_stamp = stamp
        try:
            self.keyring = await asyncio.to_thread(self._keys.keyring, self.keyring)
        except SettingsError as error:
            log.warning("keys not read", problem=str(error))
        else:
            log.warning("keys read anew")

    def missed(self, rendition: str) -> None:
        """A picture's file could not be read: counted each time, told once."""
        self.tallies.missed_pictures += 1
        if rendition not in self._missing:
            self._missing.add(rendition)
            log.warning("the file of a picture cannot be read", rendition=rendition)

    async def _decisions(self, scope: Asgi, receive: Receive) -> bytes:
        self.keyring.admit(header(scope, b"authorization"), Scope.DECIDE)
        body = await read_body(scope, receive, self.params.decision_bytes, self.params.body_seconds)
        request = decoded(body, self._requests)
        begun, now = time.perf_counter(), self.clock()
        release = self.release
        if release is None or not release.snapshot.titles:
            return _nothing(request, self.params.chooser.epoch(now))
        if request.canvas not in release.canvases:
            raise Refused(422, f"no canvas {request.canvas!r}: there are {', '.join(release.canvases)}")
        seen = await self._last_seen(release, request, now) if request.shown else None
        answered = self._answered(release, request, now, seen)
        self.tallies.reasons += answered.reasons
        self.tallies.fates += answered.fates
        self.tallies.seconds.add(time.perf_counter() - begun)
        return answered.body

    async def _last_seen(self, release: Release, request: DecisionRequest, now: float) -> LastSeen | None:
        """What the tokens of a request say; of a release that none told of before, its files say what its numbers are.

        The request goes on from the release that it began with, whatever is put in place meanwhile. Whatever goes wrong
        with what is told of the past, the page is chosen without it.
        """
        try:
            claims = self.signer.claims(request.shown)
            names = {page.release for page in claims.pages}
            passages = self.archive.passages(names, release.snapshot)
            if missing := names - passages.keys():
                passages |= await asyncio.to_thread(self.archive.opened_passages, missing, release.snapshot)
            asker = Asker(request.profile if request.personalised else None, release.canvases[request.canvas])
            epoch = self.params.chooser.epoch(now), self.params.chooser.epoch_seconds
            return last_seen(request.shown, claims, passages, asker, epoch)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is told
            self.tallies.fates[UNREAD] += len(request.shown)
            self._failed(release, error, "what was seen last was left out")
            return None

    def _answered(
        self, release: Release, request: DecisionRequest, now: float, seen: LastSeen | None = None
    ) -> Answered:
        """The answer; whatever goes wrong with beliefs or policy, every title still has its fallback."""
        params = self.params.chooser
        try:
            return answer(release, request, now, params, self.signer, seen)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is told
            self.tallies.failed_decisions += 1
            self._failed(release, error, "their fallbacks were shown")
            return answer(release.bare, request, now, params, self.signer)

    def _failed(self, release: Release, error: Exception, instead: str) -> None:
        """Something of a decision was done without: told once for each kind of failure in a release."""
        kind = type(error).__name__
        if kind not in self.failures:
            self.failures[kind] = f"decisions failed, {instead} ({kind}: {error})"
            log.error("a decision failed", instead=instead, release=release.id, exc_info=error)

    async def _events(self, scope: Asgi, receive: Receive) -> bytes:
        self.keyring.admit(header(scope, b"authorization"), Scope.EVENTS)
        body = await read_body(scope, receive, self.params.event_bytes, self.params.body_seconds)
        batch = decoded(body, self._batches)
        refused: list[RefusedEvent] = []
        reported: list[Reported] = []
        told: dict[str, Told | str] = {}
        now = datetime.fromtimestamp(self.clock(), UTC)
        for number, event in enumerate(batch.events):
            if number % _EVENTS_AT_ONCE == _EVENTS_AT_ONCE - 1:
                await asyncio.sleep(0)  # a large batch lets decisions pass
            if event.token not in told:
                told[event.token] = await self._told(event.token)
            found = told[event.token]
            problem = found if isinstance(found, str) else self._untimely(event, found, now)
            if problem or isinstance(found, str):
                refused.append(msgspec.convert({"event": event.event, "problem": problem}, RefusedEvent))
                self.tallies.fated(problem)
                continue
            reported.append(Reported(found.decision, _plain(event, found.decision.id)))
            self.tallies.lag.add(max(0.0, (now - event.at).total_seconds()))
        fates = await self._acknowledged(reported) if reported else []
        for one, fate in zip(reported, fates, strict=True):
            self.tallies.fated(fate)
            if fate is Fate.CONFLICT:
                refused.append(RefusedEvent(one.event.event, "conflict"))
        accepted, duplicates = fates.count(Fate.ACCEPTED), fates.count(Fate.DUPLICATE)
        return msgspec.json.encode(EventReceipt(accepted, duplicates, refused))

    async def _acknowledged(self, reported: list[Reported]) -> list[Fate]:
        """What became of the events, once they are on the disk.

        Raises:
            Overloaded: the queue is full; nothing was acknowledged.
            EventLogError: the log does not answer; they may be taken later, and are then known when they come again.
        """
        fates = asyncio.wrap_future(self.inbox.put(reported))
        try:
            return await asyncio.wait_for(fates, self.params.inbox.acknowledged_seconds)
        except TimeoutError as error:
            raise EventLogError("the events are not on the disk yet: send the same ones again") from error

    async def _told(self, token: str) -> Told | str:
        """The decision of a token, or the word for why there is none. What a file is needed for is done in a thread."""
        try:
            claim = self.signer.verify(token)
            if not self.archive.knows(claim.page.release):
                await asyncio.to_thread(self.archive.know, claim.page.release)
            return self.archive.told(claim)
        except TokenError:
            return "token"
        except SnapshotError:
            return "snapshot"

    def _untimely(self, event: ImpressionReport | OutcomeReport, told: Told, now: datetime) -> str:
        if event.at > now + timedelta(seconds=self.params.skew_seconds):
            return "future"
        if event.at < datetime.fromtimestamp(told.began - self.params.early_seconds, UTC):
            return "early"
        ends = datetime.fromtimestamp(told.ends, UTC)
        return "expired" if event.at > ends + timedelta(days=self.params.token_days) else ""

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except ArtworkError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _plain(event: ImpressionReport | OutcomeReport, decision: str) -> Impression | Outcome:
    if isinstance(event, ImpressionReport):
        return Impression(event.event, decision, event.at, event.position)
    return Outcome(event.event, decision, event.at, event.played_seconds, event.runtime_seconds, event.completed)


def _nothing(request: DecisionRequest, epoch: int) -> bytes:
    """The answer of a service that has no snapshot, or an empty one: every title is there, none has a picture."""
    titles = [TitleAnswer(title, problem="no_artwork") for title in request.titles]
    return msgspec.json.encode(DecisionAnswer("none", "none", "none", "none", epoch, titles))
