"""How long choosing takes, in process, and how right the quick integral is.

    python -m tests.benchmarks.ranking_choosing

Asked: 500 titles of 12 options in at most 0.5 ms, from the tables and the member's taste to the picture drawn. The
smallest of many timings is what the code takes; the median is what it takes on this machine beside its other work.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from scipy.special import ndtr

from ranking.domain import Option, Page, TasteMixture
from ranking.features import Tastes
from ranking.policy.decide import decide
from ranking.policy.eligibility import Asked
from ranking.policy.lots import DrawSeed
from ranking.policy.page import OptionTable, scored_table
from ranking.policy.policies import POLICIES, STANDARD
from ranking.policy.scorers import Similarity
from ranking.policy.thompson import Thompson

TITLES, WIDTH, SEGMENTS = 1000, 12, 100
ASKED_MS = 0.5
WORDS = tuple(f"theme {number}" for number in range(20))


def made_up() -> OptionTable:
    """A table of 1,000 titles, 12 options each, 100 segments; some limited in every way there is."""
    generator = np.random.default_rng(0)
    options = [
        Option(
            f"{title:04d}-{number:02d}",
            f"t{title:04d}",
            aesthetic=float(generator.normal(5, 1)),
            themes={WORDS[int(generator.integers(20))]: 0.8},
            maturity=int(generator.integers(3)),
            locales=frozenset({"de"}) if generator.random() < 0.05 else frozenset(),
            spoils_until=0.5 * float(generator.random() < 0.1),
        )
        for title in range(TITLES)
        for number in range(WIDTH)
    ]
    none = np.zeros((SEGMENTS + 1, 0))
    return scored_table(
        "wide", options, Similarity(), Tastes(WORDS, (), generator.random((SEGMENTS + 1, 20)), none, none)
    )


def timed(work: Callable[[], object], times: int = 400) -> tuple[float, float]:
    """Smallest and median, in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    return min(taken), float(np.median(taken))


def main() -> bool:
    """True when choosing for 500 titles takes what is asked. Prints every step and policy, and the integral's error."""
    table = made_up()
    taste = TasteMixture("s", 0.2, {3: 0.3, 50: 0.2, 99: 0.2, 7: 0.05, 8: 0.05})
    seed = DrawSeed("salt", "snapshot", "Ada")
    order = np.random.default_rng(1).permutation(TITLES)
    smallest = 0.0
    for count in (1, 50, 200, 500):
        titles = [table.titles[row] for row in order[:count]]
        asked = Asked(datetime(2026, 3, 1, tzinfo=UTC), 2, "de-AT", np.zeros(count))

        def chosen(titles: list[str] = titles, asked: Asked = asked) -> object:
            page = table.page(table.rows(titles), taste, asked)
            return decide(page, STANDARD.probabilities(page), seed, 7)

        smallest, median = timed(chosen)
        print(f"{count:>4} titles x {WIDTH}: {smallest:.3f} ms (median {median:.3f})")
    page = table.page(table.rows(titles), taste, asked)
    _steps(table, page, taste, asked, seed)
    _errors()
    return smallest <= ASKED_MS


def _steps(table: OptionTable, page: Page, taste: TasteMixture, asked: Asked, seed: DrawSeed) -> None:
    rows = np.arange(len(page))
    shares = STANDARD.probabilities(page)
    steps: dict[str, Callable[[], object]] = {
        "page": lambda: table.page(rows, taste, asked),
        "decide": lambda: decide(page, shares, seed, 7),
    }
    for name, policy in POLICIES.items():
        steps[name] = lambda policy=policy: policy.probabilities(page)
    for name, work in steps.items():
        smallest, median = timed(work, 3 if name.startswith("sampled") else 200)
        print(f"     {name:>18}: {smallest:.3f} ms (median {median:.3f})")


def _errors() -> None:
    """The largest error of a probability against 4,001 nodes and the exact distribution function."""
    generator = np.random.default_rng(2)
    mean = generator.normal(0, 0.1, (500, WIDTH))
    for least, most in ((0.05, 0.2), (0.02, 0.3)):
        spread = generator.uniform(least, most, mean.shape)
        exact = _exact(mean, spread)
        found = [
            np.abs(Thompson(nodes=nodes).probabilities(Page.of(np.zeros(mean.shape, np.uint64), mean, spread)) - exact)
            for nodes in (16, 32)
        ]
        print(
            f"spreads {least} to {most}: largest error {found[0].max():.5f} with 16 nodes, {found[1].max():.5f} with 32"
        )


def _exact(mean: np.ndarray, spread: np.ndarray, nodes: int = 4001) -> np.ndarray:
    low, high = (mean - 8 * spread).max(axis=1), (mean + 8 * spread).max(axis=1)
    total = np.zeros(mean.shape)
    for part in np.linspace(0, 1, nodes):
        z = ((low + part * (high - low))[:, None] - mean) / spread
        below = np.maximum(ndtr(z), 1e-300)
        total += np.exp(-z * z / 2) / spread / below * below.prod(axis=1, keepdims=True)
    return total / total.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
