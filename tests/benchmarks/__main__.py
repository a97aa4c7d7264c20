"""All benchmarks, one after another: `make bench`, or `python -m tests.benchmarks NAME...`."""

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
    "ranking_events",
    "ranking_training",
    "ranking_cold_start",
    "ranking_movielens",
    "ranking_history",
)


def main() -> None:
    """Each prints its ratios against a reference of the same run."""
    for name in sys.argv[1:] or ALL:
        print(f"{name}:", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main()
