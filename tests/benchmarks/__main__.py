"""All benchmarks, one after another: `make bench`, or `python -m tests.benchmarks NAME [HOW MUCH] NAME...`."""

from __future__ import annotations

import importlib
import sys

ALL = (
    "scan",
    "quick",
    "memory",
    "clip",
    "shots",
    "compose",
    "review_sheet",
    "ranking_mushroom",
    "ranking_upworthy",
    "ranking_choosing",
    "ranking_service",
    "ranking_shown",
    "ranking_held",
    "ranking_events",
    "ranking_training",
    "ranking_log",
    "ranking_cold_start",
    "ranking_movielens",
    "ranking_history",
)


def main() -> None:
    """Each prints its ratios against a reference of the same run."""
    asked: list[tuple[str, list[int]]] = []
    for word in sys.argv[1:] or ALL:
        if word.isdecimal() and asked:
            asked[-1][1].append(int(word))
        else:
            asked.append((word, []))
    for name, numbers in asked:
        print(f"{name}:", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main(*numbers)


if __name__ == "__main__":
    main()
