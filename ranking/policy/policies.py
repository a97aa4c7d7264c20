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


MOST_CHANGE = 0.25
"""How probable another picture is, at most, where it is known what a member saw last.

A member finds a title again by its picture, so a draw of every epoch (a day) must not show another one each time: at a
quarter a picture stays for four epochs or longer. Nor may it stay for ever: what was shown before anything was learned
would be held against all that was. Of the members who come back, a picture that turns out to be better has reached
more than half after three epochs (1 - 0.75^3), and nine of ten after eight.
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
