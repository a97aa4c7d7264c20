"""What the service allows, and the settings that an operator turns. Light: reading it loads no library of serving."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_EVENTS = 1_000
"""Events of one batch."""


@dataclass(frozen=True, slots=True)
class ChooserParams:
    """When pictures may change.

    Attributes:
        epoch_seconds: a member sees the same picture of a title for this long.
        salt: names the draw; a change of it draws everything anew.
    """

    epoch_seconds: int = 86_400
    salt: str = "artwork"

    def __post_init__(self) -> None:
        if self.epoch_seconds < 1:
            raise ValueError(f"an epoch of {self.epoch_seconds} s never ends")

    def epoch(self, now: float) -> int:
        """The number of the epoch at this POSIX instant."""
        return int(now // self.epoch_seconds)


@dataclass(frozen=True, slots=True)
class InboxParams:
    """How much waits, and for how long.

    Attributes:
        most_waiting: events in the queue; more are refused with `Overloaded`.
        most_together: events committed in one group.
        acknowledged_seconds: longest that a sender waits.
        retry_seconds: pause after a commit that failed, and what a refused sender is told.
    """

    most_waiting: int = 50_000
    most_together: int = 5_000
    acknowledged_seconds: float = 10.0
    retry_seconds: float = 1.0

    def __post_init__(self) -> None:
        if min(self.most_waiting, self.most_together) < 1:
            raise ValueError(f"a queue holds an event at least, not {self.most_waiting} in groups {self.most_together}")
        if min(self.acknowledged_seconds, self.retry_seconds) <= 0:
            raise ValueError("a sender waits, and a commit is tried again, after more than 0 seconds")


@dataclass(frozen=True, slots=True)
class ServiceParams:
    """What the service allows.

    Attributes:
        decision_bytes, event_bytes: largest bodies.
        look_seconds: how often the store is looked at: its pointer, what was withdrawn, the keys.
        token_days: how long after its epoch a decision may still be told of.
        skew_seconds: how far in the future an event may lie, for clocks that are fast.
        early_seconds: how long before the epoch of its decision an event may lie, for clocks that are slow.
        body_seconds: longest that the parts of a request may take to arrive.
        policy: decides in every release, whatever it says itself; empty: as it says.
    """

    chooser: ChooserParams = field(default_factory=ChooserParams)
    inbox: InboxParams = field(default_factory=InboxParams)
    decision_bytes: int = 262_144
    event_bytes: int = 4_194_304
    look_seconds: float = 1.0
    token_days: float = 30.0
    skew_seconds: float = 300.0
    early_seconds: float = 86_400.0
    body_seconds: float = 30.0
    policy: str = ""

    def __post_init__(self) -> None:
        if min(self.decision_bytes, self.event_bytes) < 1:
            raise ValueError("a request has a byte at least")
        if not 0 < self.look_seconds <= 5:
            raise ValueError(f"the store is looked at within 5 seconds, not every {self.look_seconds}: see withdrawals")
        if min(self.token_days, self.skew_seconds) < 0:
            raise ValueError("how late or early an event may be is 0 or more")


_USUAL = ServiceParams()


@dataclass(frozen=True, slots=True)
class ServeParams:
    """How the decision service is run.

    Attributes:
        host: where it listens; beyond this machine only with keys.
        port: where it listens.
        events_url: database of the event log, postgresql://USER:PASSWORD@HOST/NAME; empty: SQLite in the store.
        policy: decides here, and in releases put in use from now on: uniform, greedy, epsilon-greedy, softmax,
            thompson, full-thompson, top-two, or a whole version, such as one with another cap on change,
            "pinned(capped-change(most=0.2, explored(least=0.02, thompson(width=0.3, nodes=16, reach=3.5))))"; empty: as
            the release in use says.
        epoch_seconds: a member sees the same picture of a title for this long.
        look_seconds: how often the store is looked at for what was published, withdrawn or promoted, and for keys.
        decision_bytes: largest body of a request for decisions; larger ones get 413.
        event_bytes: largest body of a batch of events; larger ones get 413.
        most_waiting: events that may wait to be written; senders of more get 429.
        most_together: events written in one group.
        acknowledged_seconds: longest that a sender of events waits to hear that they are on the disk.
        token_days: how long after its epoch a decision may still be told of.
        skew_seconds: how far in the future an event may lie, for clocks that are fast.
        stop_seconds: longest that requests under way may hold up the end.
    """

    host: str = "127.0.0.1"
    port: int = 8020
    events_url: str = ""
    policy: str = ""
    epoch_seconds: int = _USUAL.chooser.epoch_seconds
    look_seconds: float = _USUAL.look_seconds
    decision_bytes: int = _USUAL.decision_bytes
    event_bytes: int = _USUAL.event_bytes
    most_waiting: int = _USUAL.inbox.most_waiting
    most_together: int = _USUAL.inbox.most_together
    acknowledged_seconds: float = _USUAL.inbox.acknowledged_seconds
    token_days: float = _USUAL.token_days
    skew_seconds: float = _USUAL.skew_seconds
    stop_seconds: int = 15

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise ValueError(f"port {self.port} is not one of 0 to 65535")
        if self.most_waiting < MOST_EVENTS:
            raise ValueError(f"a batch has up to {MOST_EVENTS} events: let as many wait, not {self.most_waiting}")
        if self.stop_seconds < 1:
            raise ValueError(f"requests under way need a second at least, not {self.stop_seconds}")
        _ = self.service

    @property
    def service(self) -> ServiceParams:
        """What the service is given.

        Raises:
            ValueError: a number cannot be used.
        """
        return ServiceParams(
            ChooserParams(self.epoch_seconds, _USUAL.chooser.salt),
            InboxParams(self.most_waiting, self.most_together, self.acknowledged_seconds, _USUAL.inbox.retry_seconds),
            self.decision_bytes,
            self.event_bytes,
            self.look_seconds,
            self.token_days,
            self.skew_seconds,
            policy=self.policy,
        )
