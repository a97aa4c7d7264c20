"""`artwork train` on an event log of millions: how long, against LightGBM alone on the same table, in how much memory?

    python -m tests.benchmarks.ranking_log [IMPRESSIONS]

A store with a month of visits is made, `made_log.py` says of which; ten million impressions take 4 GB of disk and ten
minutes. Then, each in a process of its own: the whole training of the command, from the event log to the model and its
metrics; and LightGBM alone, which reads the features, plays and weights of the table that the training made, and grows
as many trees. Both have one thread; seconds are of the processor. Asked: 10 million impressions in less than 8 GB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pipelines.learning
import pipelines.train
import ranking.learn.train
from pipelines.settings import Settings
from ranking.learn.database import FILE
from ranking.learn.params import LearningParams, TrainParams
from tests.benchmarks.made_log import write_store
from tests.benchmarks.ranking_training import MOST_GB, child

_TABLE = "table-of-the-benchmark.parquet"
_HERE = "tests.benchmarks.ranking_log"
STAGES = {
    "counting": (pipelines.learning, "refresh"),
    "log to table": (pipelines.train, "make_table"),
    "table to model": (pipelines.train, "model_of_table"),
    "metrics": (ranking.learn.train, "measured"),
}
"""What is timed: the functions that the command calls. The metrics are a part of the table's way to a model."""


def main(impressions: int = 200_000) -> bool:
    """True when it stays below 8 GB. Prints rows, peak memory, and the time of each stage as a ratio."""
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        child(_HERE, "write", place, impressions)
        megabytes = (Path(place) / FILE).stat().st_size / 1e6
        print(f"{impressions:,} impressions, {megabytes:,.0f} MB of log, in {time.perf_counter() - begun:.0f} s")
        ours = child(_HERE, "train", place)
        alone = child("tests.benchmarks.ranking_training", "alone", Path(place) / _TABLE, round(ours["trees"]))
    ours["table to model"] -= ours["metrics"]
    print(f"{ours['rows']:,.0f} rows with {ours['plays']:,.0f} plays, {ours['trees']:.0f} trees")
    print(f"{'':18}{'seconds':>9}{'ratio':>8}{'us a row':>10}")
    lines = [("LightGBM alone", alone["seconds"]), *((name, ours[name]) for name in STAGES)]
    for name, seconds in [*lines, ("artwork train", ours["seconds"])]:
        ratio, each = seconds / alone["seconds"], seconds / ours["rows"] * 1e6
        print(f"{name:18}{seconds:>9.1f}{ratio:>8.2f}{each:>10.1f}")
    print(f"by the clock       {ours['clock']:.0f} s")
    peaks = f"{ours['gigabytes']:.2f} GB (at most {MOST_GB:.0f}); LightGBM alone {alone['gigabytes']:.2f} GB"
    print(f"peak memory        {peaks}", flush=True)
    return ours["gigabytes"] < MOST_GB


def _train(store: Path) -> dict[str, float]:
    """The command's training, its stages timed; its table stays in the store."""
    spent = dict.fromkeys(STAGES, 0.0)
    for name, (module, function) in STAGES.items():
        setattr(module, function, _timed(getattr(module, function), name, spent))
    model_of_table = pipelines.train.model_of_table

    def keeping(file: Path, *others: object) -> object:
        os.link(file, store / _TABLE)
        return model_of_table(file, *others)  # type: ignore[arg-type]  # as they came

    pipelines.train.model_of_table = keeping  # type: ignore[assignment]  # the same but for the link
    settings = Settings(store=str(store), train=LearningParams(fit=TrainParams(threads=1)))
    begun, clock = time.process_time(), time.perf_counter()
    row = pipelines.learning.run_train(settings)
    told = {name: float(str(row[name])) for name in ("rows", "plays", "trees")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    seconds, clock = time.process_time() - begun, time.perf_counter() - clock
    return told | spent | {"seconds": seconds, "clock": clock, "gigabytes": peak}


def _timed(function: Callable[..., object], name: str, spent: dict[str, float]) -> Callable[..., object]:
    def called(*args: object, **named: object) -> object:
        begun = time.process_time()
        try:
            return function(*args, **named)
        finally:
            spent[name] += time.process_time() - begun

    return called


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write_store(Path(sys.argv[2]), int(sys.argv[3]))
        print(json.dumps({}))
    elif sys.argv[1:2] == ["train"]:
        print(json.dumps(_train(Path(sys.argv[2]))))
    else:
        sys.exit(0 if main(*(int(number) for number in sys.argv[1:])) else 1)
