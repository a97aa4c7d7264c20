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


def dressed(policy: Policy, least: float = 0.02, most_change: float = 0.0) -> Policy:
    """The policy as it is served: explored a little everywhere, held still where the last picture is known, pinned.

    Args:
        policy: what decides in the end.
        least: see `Explored`.
        most_change: see `CappedChange`; what was shown is known only where the caller says so.
    """
    return Pinned(CappedChange(Explored(policy, least), most_change))


STANDARD = dressed(POLICIES["thompson"])
"""What serves unless told otherwise."""
