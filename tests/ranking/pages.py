"""Pages for the tests of policies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ranking.domain import Page
from ranking.policy.lots import mixed
from ranking.policy.policies import POLICIES, dressed
from ranking.policy.thompson import SampledThompson, Thompson
from ranking.policy.wrappers import CappedChange, Explored, Pinned
from ranking.ports import Policy

EVERY_POLICY: dict[str, Policy] = {
    **{name: policy for name, policy in POLICIES.items() if name != "sampled-thompson"},
    "sampled-thompson": SampledThompson(draws=64),
    "explored": Explored(POLICIES["greedy"], 0.05),
    "capped": CappedChange(Thompson(), 0.2),
    "held": CappedChange(Thompson(), 0.0),
    "pinned": Pinned(Thompson()),
    "dressed": dressed(Thompson(), 0.05, 0.3),
}


def page(mean: list[list[float]], spread: list[list[float]] | None = None) -> Page:
    """All allowed, keys in the order of the columns."""
    grid = np.array(mean, dtype=np.float64)
    keys = np.arange(1, grid.size + 1, dtype=np.uint64).reshape(grid.shape)
    return Page.of(keys, grid, None if spread is None else np.array(spread, dtype=np.float64))


def permuted(asked: Page, titles: np.ndarray, options: np.ndarray) -> Page:
    """The same page with its titles and its options in another order; marked columns move with their options."""
    where = np.argsort(options)
    moved = {name: getattr(asked, name)[titles][:, options] for name in ("keys", "mean", "spread", "allowed")}
    marks = {
        name: np.where(column >= 0, where[np.maximum(column, 0)], -1)
        for name, column in (("pinned", asked.pinned[titles]), ("shown", asked.shown[titles]))
    }
    return replace(asked, **moved, **marks)


@st.composite
def any_page(draw: st.DrawFn, least_width: int = 1) -> Page:
    """Some titles, some options, some not allowed, some pinned, some shown before, beliefs of any likely size."""
    shape = draw(st.integers(1, 4)), draw(st.integers(least_width, 6))
    numbers = st.floats(-6, 2, width=32)
    spreads = st.one_of(st.just(0.0), st.floats(0.015625, 2, width=32))
    columns = arrays.arrays(np.int64, shape[:1], elements=st.integers(-1, shape[1] - 1))
    return Page(
        mixed(np.arange(shape[0] * shape[1], dtype=np.uint64) + np.uint64(draw(st.integers(0, 2**32)))).reshape(shape),
        draw(arrays.arrays(np.float64, shape, elements=numbers)),
        draw(arrays.arrays(np.float64, shape, elements=spreads)),
        draw(arrays.arrays(np.bool_, shape)),
        draw(columns),
        draw(columns),
    )
