"""The trial of a model, in a process of its own: `python -m ranking.learn.trial FOLDER`.

It is loaded and asked about the rows that lie beside it. Exit 0 when it answers as it did when it was made; 1 when it
does not; and where LightGBM ends the process over a damaged text, this is the process that it ends.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import lightgbm
import numpy as np

from ranking.features import NAMES

TOLERANCE = 1e-9
"""Answers are sums of the same numbers in the same order."""


def main(folder: Path) -> str:
    """What is wrong with the model; empty when nothing is."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    booster = lightgbm.Booster(model_str=(folder / "model.txt").read_text("utf-8"))
    if tuple(booster.feature_name()) != NAMES:
        return f"it looks at {', '.join(booster.feature_name())}"
    probes = np.load(folder / "probes.npy", allow_pickle=False)
    if probes.ndim != 2 or not len(probes) or probes.shape[1] != len(NAMES) + 1:
        return "there is nothing to try it with"
    said = np.asarray(booster.predict(probes[:, :-1], raw_score=True, num_threads=1), dtype=np.float64)
    if not np.isfinite(said).all():
        return "it says what is no finite number"
    far = float(np.abs(said - probes[:, -1]).max())
    return "" if far <= TOLERANCE else f"its answers are up to {far:.3g} from those that it gave when it was made"


if __name__ == "__main__":
    problem = main(Path(sys.argv[1]))
    if problem:
        sys.stderr.write(problem + "\n")
        sys.exit(1)
