"""Policies by their versions: a version names the policy with all its parameters, so it can be read back."""

from __future__ import annotations

import re
from collections.abc import Callable

from ranking.errors import SnapshotError
from ranking.policy.greedy import EpsilonGreedy, Greedy
from ranking.policy.policies import POLICIES, dressed
from ranking.policy.softmax import Softmax
from ranking.policy.thompson import SampledThompson, Thompson, TopTwoThompson
from ranking.policy.uniform import Uniform
from ranking.policy.wrappers import CappedChange, Explored, Pinned, holds
from ranking.ports import Policy

_KINDS: dict[str, Callable[..., Policy]] = {
    "uniform": Uniform,
    "greedy": Greedy,
    "epsilon-greedy": EpsilonGreedy,
    "softmax": Softmax,
    "thompson": Thompson,
    "sampled-thompson": SampledThompson,
    "top-two": TopTwoThompson,
    "explored": Explored,
    "capped-change": CappedChange,
    "pinned": Pinned,
}
_NAME = re.compile(r"([a-z-]+)(?:\((.*)\))?", re.ASCII | re.DOTALL)
_WHOLE = frozenset({"nodes", "draws", "seed"})
_OVER_A_CAP = frozenset({"capped-change", "pinned"})
"""What may be worn over a cap on change: any other would spread out again what was held."""


def policy_of(version: str) -> Policy:
    """The policy whose version this is.

    Raises:
        SnapshotError: no policy of this software has this version.
    """
    try:
        policy = _parsed(version)
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"no policy has the version {version!r}") from error
    if policy.version != version:
        raise SnapshotError(f"{version!r} is read as {policy.version!r}: it is of another version of the software")
    return policy


def policy_named(name: str) -> Policy:
    """The policy that a setting names: one of `POLICIES`, as it is served, or a whole version.

    Raises:
        SnapshotError: there is none of this name or version.
    """
    if name in POLICIES:
        return dressed(POLICIES[name])
    try:
        return policy_of(name)
    except SnapshotError as error:
        raise SnapshotError(
            f"no policy is named {name!r}: there are {', '.join(POLICIES)}, and whole versions"
        ) from error


def _parsed(version: str) -> Policy:
    found = _NAME.fullmatch(version.strip())
    if not found:
        raise ValueError(version)
    name, inside = found[1], found[2] or ""
    params: dict[str, object] = {}
    for part in _parts(inside):
        key, equals, value = part.partition("=")
        if equals and "(" not in key:
            params[key.strip()] = int(value) if key.strip() in _WHOLE else float(value)
        else:
            params["inner"] = inner = _parsed(part)
            if holds(inner) and name not in _OVER_A_CAP:
                raise ValueError(version)
    return _KINDS[name](**params)


def _parts(inside: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    parts, depth, begun = [], 0, 0
    for place, letter in enumerate(inside):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(inside[begun:place])
            begun = place + 1
    return [part for part in (*parts, inside[begun:]) if part.strip()]
