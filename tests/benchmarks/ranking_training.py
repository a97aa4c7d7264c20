"""Training on millions of impressions: how long against LightGBM alone on the same table, and in how much memory?

    python -m tests.benchmarks.ranking_training [IMPRESSIONS]

A made-up training table of 2,000 titles with 12 pictures each and 100 segments is written through the same writer as
the event log's. Then, each in a process of its own: LightGBM alone reads the features, plays and weights and grows
the trees; ours reads and checks all columns, takes the titles' popularity out, grows its trees, stops, calibrates, and
measures against its rivals in every part. Both have one thread; seconds are of the processor. Asked: 10 million
impressions in less than 8 GB.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import expit

from pipelines.train import SIMILARITY, similarity_log_odds
from ranking.features import NAMES, categorical_features
from ranking.learn.examples import Examples
from ranking.learn.params import TrainParams
from ranking.learn.table import ROWS_AT_ONCE, SCHEMA, Columns, TableWriter
from ranking.learn.train import MODEL, POPULARITY, lightgbm_params, trained

TITLES, WIDTH, SEGMENTS = 2_000, 12, 100
MOST_GB = 8.0
SEED = 1
_HERE = "tests.benchmarks.ranking_training"
PARAMS = TrainParams(threads=1)
"""One thread: what others do on the machine changes the seconds of processor time least so."""


def main(impressions: int = 1_000_000) -> bool:
    """True when it stays below 8 GB. Prints both times, their ratio, and peak memory."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "table.parquet"
        begun = time.perf_counter()
        write(file, impressions)
        megabytes = file.stat().st_size / 1e6
        print(f"{impressions:,} impressions, {megabytes:,.0f} MB of Parquet, in {time.perf_counter() - begun:.0f} s")
        ours = child(_HERE, "ours", file)
        alone = child(_HERE, "alone", file, ours["trees"])
    print(f"{'':18}{'seconds':>9}{'peak GB':>9}{'trees':>7}")
    for name, told in (("LightGBM alone", alone), ("ours", ours)):
        print(f"{name:18}{told['seconds']:>9.1f}{told['gigabytes']:>9.2f}{told['trees']:>7.0f}")
    print(f"ours : LightGBM alone   {ours['seconds'] / alone['seconds']:.2f}")
    print("where ours goes: " + ", ".join(f"{name} {ours[name]:.1f} s" for name in ("read", "learn")))
    for name in (MODEL, SIMILARITY, POPULARITY):
        print(f"{name:18}gain {ours[name + ' gain'] * 1e3:+.2f} milli-nats, NDCG {ours[name + ' ndcg']:.3f}")
    print(f"peak memory             {ours['gigabytes']:.2f} GB (at most {MOST_GB:.0f})", flush=True)
    return ours["gigabytes"] < MOST_GB


def write(file: Path, impressions: int) -> None:
    """A table of so many rows; plays follow the match with the taste, beauty, and what pictures have of their own."""
    chance = np.random.default_rng(SEED)
    popular, own = chance.normal(-3.2, 0.5, TITLES), chance.normal(0, 0.1, TITLES * WIDTH)
    shape = TITLES * WIDTH
    counted = (chance.integers(0, most, shape) for most in (5, 6))
    looks = np.column_stack([chance.uniform(3, 7, shape), *counted, chance.uniform(0.2, 0.8, shape)])
    meets = chance.normal(0, 0.4, (SEGMENTS, TITLES * WIDTH, 2)).clip(-1, 1)
    with TableWriter(file) as writer:
        for begin in range(0, impressions, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, impressions - begin)
            picture, segment = chance.integers(0, TITLES * WIDTH, rows), chance.integers(-1, SEGMENTS, rows)
            known = (segment >= 0)[:, None]
            match = np.where(known, meets[segment, picture] * chance.choice([0.5, 0.9], (rows, 1)), np.nan)
            place = chance.integers(0, 40, rows)
            features = np.column_stack([match, np.full(rows, np.nan), looks[picture], chance.integers(0, 2, rows),
                                        np.log1p(place), chance.integers(0, 4, rows)])  # fmt: skip
            title = picture // WIDTH
            odds = popular[title] + own[picture] + 0.3 * np.nan_to_num(match).sum(axis=1)
            odds += 0.08 * (looks[picture, 0] - 5) - 0.1 * np.log1p(place)
            columns = {
                Columns.TITLE: _named("t", title),
                Columns.PICTURE: _named("p", picture),
                Columns.SHOWN_AT: pa.array(chance.integers(0, 30 * 86_400_000_000, rows), pa.timestamp("us", "UTC")),
                Columns.PLAY: pa.array((chance.random(rows) < expit(odds)).astype(np.int8)),
                Columns.PROPENSITY: pa.array(chance.uniform(0.02, 0.3, rows).astype(np.float32)),
                Columns.WEIGHT: pa.array(chance.choice([0.5, 1.0, 4.0], rows, p=[0.5, 0.4, 0.1]).astype(np.float32)),
                Columns.SEGMENT: pa.array(segment.astype(np.int16)),
                Columns.FAMILIARITY: pa.array(np.where(segment >= 0, 2, 0).astype(np.int8)),
                Columns.POLICY: _named("policy", np.zeros(rows, np.int64)),
                Columns.SNAPSHOT: _named("snapshot", np.zeros(rows, np.int64)),
                **{
                    name: pa.array(features[:, at].astype(np.float32), from_pandas=True)
                    for at, name in enumerate(NAMES)
                },
            }
            writer.write(pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA))


def _named(letter: str, codes: np.ndarray) -> pa.DictionaryArray:
    names, places = np.unique(codes, return_inverse=True)
    return pa.DictionaryArray.from_arrays(
        pa.array(places.astype(np.int32)), pa.array([f"{letter}{one}" for one in names])
    )


def _ours(file: Path) -> dict[str, float]:
    begun = time.process_time()
    examples = Examples.read(file)
    read = time.process_time() - begun
    model = trained(examples, PARAMS, SEED, {SIMILARITY: similarity_log_odds})
    told: dict[str, float] = {"trees": model.trees, "read": read, "learn": time.process_time() - begun - read}
    for name, one in model.report.overall.items():
        told |= {f"{name} gain": one.gain, f"{name} ndcg": one.ndcg or 0.0}
    return told


def _alone(file: Path, trees: int) -> dict[str, float]:
    """What anybody would write: the features, plays and weights to numpy, and train."""
    table = pq.read_table(file, columns=[*NAMES, Columns.PLAY, Columns.WEIGHT])
    features = np.column_stack([table.column(name).to_numpy() for name in NAMES])
    play, weight = (table.column(name).to_numpy() for name in (Columns.PLAY, Columns.WEIGHT))
    del table
    told = lightgbm_params(PARAMS, SEED)
    rows = lightgbm.Dataset(features, play, weight=weight, feature_name=list(NAMES),
                            categorical_feature=categorical_features(), params=told)  # fmt: skip
    return {"trees": lightgbm.train(told, rows, trees).num_trees()}


def child(module: str, *words: object) -> dict[str, float]:
    """What a benchmark says in its last line, run in a process of its own; a failure is an error."""
    command = [sys.executable, "-m", module, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words} ended with {done.returncode}: {done.stderr[-500:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _measured(name: str, file: Path, *trees: str) -> None:
    begun = time.process_time()
    told = _ours(file) if name == "ours" else _alone(file, int(trees[0]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(told | {"seconds": time.process_time() - begun, "gigabytes": peak}))


if __name__ == "__main__":
    if sys.argv[1:2] in (["ours"], ["alone"]):
        _measured(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
    else:
        sys.exit(0 if main(*(int(number) for number in sys.argv[1:])) else 1)
