"""A catalogue of forty even titles, and what pages of it showed."""

from __future__ import annotations

from typing import Any

from catalogues import title
from service_caller import Caller

from ranking.domain import Decision
from ranking.serve.last_seen import FATES

NOW, DAY = 1_767_300_000.0, 86_400
"""2026-01-01 20:40 UTC."""
NAMES = [f"t{number:02}" for number in range(40)]
CATALOGUE = [title(name, {f"{name}{letter}": {} for letter in "abcd"}) for name in NAMES]
FREE = "pinned(capped-change(most=1, uniform))"
STILL = "pinned(capped-change(most=0, uniform))"


def told(caller: Caller, token: str) -> Decision:
    return caller.service.archive.told(caller.service.signer.verify(token)).decision


def tokens(page: dict[str, Any]) -> list[str]:
    return [one["token"] for one in page["titles"]]


def pictures(caller: Caller, page: dict[str, Any]) -> list[str | None]:
    return [told(caller, token).option for token in tokens(page)]


def fates(caller: Caller) -> dict[str, int]:
    counted = zip(FATES, caller.service.tallies.fates.tolist(), strict=True)
    return {fate: count for fate, count in counted if count}
