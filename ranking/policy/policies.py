"""The policies by the names that settings and commands call them, and the one that serves unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ranking.policy.greedy import EpsilonGreedy, Greedy
from ranking.policy.softmax import Softmax
from ranking.policy.thompson import SampledThompson, Thompson, TopTwoThompson
from ranking.policy.uniform import Uniform
from ranking.policy.wrappers import CappedChange, Explored, Pinned
from ranking.ports import Policy

WIDTH = 0.3
"""Share of the spread that serving explores with: impressions are few (see `Thompson.width`)."""

POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        "uniform": Uniform(),
        "greedy": Greedy(),
        "epsilon-greedy": EpsilonGreedy(),
        "softmax": Softmax(),
        "thompson": Thompson(WIDTH),
        "full-thompson": Thompson(),
        "sampled-thompson": SampledThompson(),
        "top-two": TopTwoThompson(Thompson(WIDTH)),
    }
)


MOST_CHANGE = 0.5
"""How probable another picture is, at most, where it is known what a member saw last.

A member finds a title again by its picture, so the draw of every epoch (a day) must not show another one each time: at
a half a picture stays for two epochs or longer. Nor may it stay for ever: what was shown before anything was learned
would be held against all that was. A half costs nothing of what is learned that can be told from luck. In seasons of
ten days, three of them blind, members saw another picture than the last time in 74 % of cases while nothing was known
and no cap was worn, in 50 % at a half, 24 % at a quarter, 0 % at none; and in the last three days the service had 39 %
of what pictures can be worth, 37 %, 24 % and 0 % (measured: python -m tests.benchmarks.ranking_held).
"""


def dressed(policy: Policy, least: float = 0.02, most_change: float = MOST_CHANGE) -> Policy:
    """The policy as it is served: explored a little everywhere, held still where the last picture is known, pinned.

    Args:
        policy: what decides in the end.
        least: see `Explored`.
        most_change: see `CappedChange`; what was shown is known only where the caller says so.
    """
    return Pinned(CappedChange(Explored(policy, least), most_change))


STANDARD = dressed(POLICIES["thompson"])
"""What serves unless told otherwise."""
