"""Memory and speed of reading a history: 2 and 8 million plays of the same members, as Parquet and as CSV.

    python -m tests.benchmarks.ranking_history [millions...]

Asked: memory does not grow with rows. Each file is read to segments' evidence in a process of its own; its peak is
printed with that of the smallest file as 1.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ranking.taste.evidence import gathered
from ranking.taste.history import read_histories
from ranking.taste.ledger import Ledger
from ranking.taste.params import TasteParams
from ranking.taste.traits import TitleTraits, trait_table

MEMBERS, TITLES, GENRES = 20_000, 240, 20
ROWS_AT_ONCE = 250_000
MOST_GROWTH = 1.1


def main(*millions: int) -> bool:
    """True when no peak is more than a tenth above that of the smallest history of its kind."""
    sizes = sorted(millions) or [2, 8]
    print(f"{'file':>12} {'rows':>11} {'seconds':>8} {'rows/s':>9} {'peak MiB':>9} {'ratio':>6}")
    sound = True
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".parquet", ".csv"):
            least = 0.0
            for size in sizes:
                file = Path(folder) / f"{size}m{suffix}"
                _write(file, size * 1_000_000)
                begun = time.perf_counter()
                command = [sys.executable, "-m", "tests.benchmarks.ranking_history", "read", str(file)]
                peak = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
                seconds = time.perf_counter() - begun
                file.unlink()
                least = least or peak
                sound &= peak <= MOST_GROWTH * least
                told = f"{size * 1_000_000:>11,} {seconds:>8.1f} {size * 1e6 / seconds:>9,.0f}"
                print(f"{file.name:>12} {told} {peak:>9.0f} {peak / least:>6.2f}", flush=True)
    return sound


def read(file: Path) -> float:
    """Peak of this process in MiB after the file was read."""
    traits = trait_table(TitleTraits(f"title-{n}", (f"genre-{n % GENRES}",)) for n in range(TITLES))
    params = TasteParams()
    history = params.history
    ledger = Ledger(file.with_suffix(".jsonl"), history.most_bad_share, history.bad_rows, history.most_reported)
    gathered(read_histories([file], history, ledger), traits, params.half_life_days)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(file: Path, rows: int) -> None:
    generator, writer = np.random.default_rng(0), None
    for _ in range(rows // ROWS_AT_ONCE):
        table = _plays(generator)
        if writer is None:
            parquet = file.suffix == ".parquet"
            writer = pq.ParquetWriter(file, table.schema) if parquet else pa_csv.CSVWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _plays(generator: np.random.Generator) -> pa.Table:
    members = generator.integers(0, MEMBERS, ROWS_AT_ONCE).astype(str)
    titles = generator.integers(0, TITLES, ROWS_AT_ONCE).astype(str)
    return pa.table(
        {
            "profile": np.char.add("member-", members),
            "title": np.char.add("title-", titles),
            "played_seconds": generator.uniform(0, 5_400, ROWS_AT_ONCE).round(1),
            "runtime_seconds": np.full(ROWS_AT_ONCE, 5_400.0),
            "at": 1_700_000_000 + generator.integers(0, 30_000_000, ROWS_AT_ONCE),
        }
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        print(read(Path(sys.argv[2])))
        sys.exit(0)
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
