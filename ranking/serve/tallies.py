"""What the service counts: plain numbers on the decision path, put into Prometheus' words when they are asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ranking.domain import Reason
from ranking.policy.decide import REASONS
from ranking.serve.inbox import Inbox
from ranking.serve.last_seen import FATES
from ranking.serve.release import Release

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
LAGS = (1.0, 10.0, 60.0, 600.0, 3_600.0, 86_400.0)


class Histogram:
    """Counts by upper bound. One event loop adds to it: there is no lock."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def family(self, name: str, meaning: str) -> Metric:
        """In Prometheus' words."""
        names = [*map(str, self.bounds), "+Inf"]
        totals = np.cumsum(self.counts).tolist()
        family = HistogramMetricFamily(name, meaning)
        family.add_metric([], list(zip(names, totals, strict=True)), self.total)
        return family


class Tallies:
    """What happened since the service started."""

    def __init__(self) -> None:
        self.reasons: NDArray[np.int64] = np.zeros(len(REASONS), dtype=np.int64)
        self.fates: NDArray[np.int64] = np.zeros(len(FATES), dtype=np.int64)
        self.statuses: dict[tuple[str, int], int] = {}
        self.seconds = Histogram(SECONDS)
        self.lag = Histogram(LAGS)
        self.events: dict[str, int] = {}
        self.swaps = 0
        self.failed_loads = 0
        self.failed_decisions = 0
        self.missed_pictures = 0

    def answered(self, route: str, status: int) -> None:
        """One more answer."""
        self.statuses[route, status] = self.statuses.get((route, status), 0) + 1

    def fated(self, fate: str, count: int = 1) -> None:
        """Events that met this fate."""
        self.events[fate] = self.events.get(fate, 0) + count


class _Spoken(Collector):
    def __init__(self, tallies: Tallies, release: Release | None, inbox: Inbox) -> None:
        self._tallies, self._release, self._inbox = tallies, release, inbox

    def collect(self) -> Iterable[Metric]:
        tallies = self._tallies
        requests = CounterMetricFamily("artwork_requests", "Answers by route and status", labels=["route", "status"])
        for (route, status), count in sorted(tallies.statuses.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        choices = CounterMetricFamily("artwork_choices", "Pictures chosen, by reason", labels=["reason"])
        for reason, count in zip(REASONS, tallies.reasons.tolist(), strict=True):
            choices.add_metric([reason], count)
        yield choices
        explored = int(tallies.reasons[REASONS.index(Reason.EXPLORE)])
        share = explored / max(int(tallies.reasons.sum()), 1)
        yield GaugeMetricFamily("artwork_exploration_share", "Share of choices made to learn", value=share)
        told = "Tokens of what was seen last, by what they came to"
        shown = CounterMetricFamily("artwork_shown", told, labels=["fate"])
        for fate, count in zip(FATES, tallies.fates.tolist(), strict=True):
            shown.add_metric([fate], count)
        yield shown
        yield tallies.seconds.family("artwork_decision_seconds", "Time to answer a page")
        yield tallies.lag.family("artwork_event_lag_seconds", "From an event's moment to its arrival")
        events = CounterMetricFamily("artwork_events", "Events by what became of them", labels=["fate"])
        for fate, count in sorted(tallies.events.items()):
            events.add_metric([fate], count)
        yield events
        yield GaugeMetricFamily("artwork_events_waiting", "Events not yet committed", value=self._inbox.waiting)
        yield CounterMetricFamily("artwork_release_swaps", "Releases put in place", value=tallies.swaps)
        yield CounterMetricFamily("artwork_release_failures", "Releases not loaded", value=tallies.failed_loads)
        failed = "Pages answered with fallbacks, as deciding failed"
        yield CounterMetricFamily("artwork_decisions_failed", failed, value=tallies.failed_decisions)
        missed = "Pictures asked for whose file could not be read"
        yield CounterMetricFamily("artwork_pictures_missed", missed, value=tallies.missed_pictures)
        yield from self._ages()

    def _ages(self) -> Iterable[Metric]:
        release, now = self._release, datetime.now(UTC)
        if release is None:
            return
        withdrawn = len(release.withdrawn)
        yield GaugeMetricFamily("artwork_options_withdrawn", "Pictures that were taken back", value=withdrawn)
        age = (now - release.snapshot.made_at).total_seconds()
        yield GaugeMetricFamily("artwork_snapshot_age_seconds", "Since the snapshot was made", value=age)
        if release.beliefs is not None:
            age = (now - release.beliefs.made_at).total_seconds()
            yield GaugeMetricFamily("artwork_model_age_seconds", "Since the beliefs were made", value=age)


def exposition(tallies: Tallies, release: Release | None, inbox: Inbox) -> bytes:
    """Everything, as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Spoken(tallies, release, inbox))
    return generate_latest(registry)
