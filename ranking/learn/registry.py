"""Models that were trained: one folder each, named by what it holds, tried in a child process before it is used.

    models/plays/<digest>/manifest.json   features, training window, rows, metrics, versions, calibration
                          model.txt       LightGBM's text
                          popularity.json log-odds of every title it saw
                          metrics.json    all that was measured
                          card.md         the same for people
                          probes.npy      rows to try it with, and what it must say of them

Which of them is in use is told by the release (`ranking.learn.folder.Active`): one pointer for all that belongs
together.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.errors import LearnedModelError, SnapshotError
from ranking.features import NAMES
from ranking.learn.calibration import Calibration
from ranking.learn.card import card
from ranking.learn.folder import MANIFEST, Manifest, read_manifest, write_folder
from ranking.learn.train import Origin, Trained, Window

FORMAT = "artwork-model-1"
FOLDER = "models"
NAME = "plays"
"""What the one kind of model predicts: qualifying plays."""
TRIAL_SECONDS = 120
"""How long the child may take: loading 400 trees takes 20 ms, Python's start a second on a busy machine."""
_PROBES = 256


class ModelFacts(msgspec.Struct, frozen=True):
    """What a model's manifest says of it."""

    features: tuple[str, ...]
    origin: Origin
    windows: dict[str, Window]
    trees: int
    calibration: Calibration
    overall: float
    metrics: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the registry, every byte of which is what its manifest says; not yet tried.

    Attributes:
        digest: its name. made_at: aware. text: LightGBM's. popularity: title to log-odds.
    """

    digest: str
    made_at: datetime
    facts: ModelFacts
    text: str
    popularity: dict[str, float]

    @property
    def offsets(self) -> tuple[float, float]:
        """Intercept for an ordinary title, and what the trees' answer is multiplied by."""
        fitted = self.facts.calibration
        return fitted.intercept + fitted.popularity * self.facts.overall, fitted.picture

    def promised(self, titles: list[str]) -> NDArray[np.float64]:
        """(titles,): log-odds of a play of each title, whatever its picture, calibrated."""
        fitted, overall = self.facts.calibration, self.facts.overall
        found = np.array([self.popularity.get(title, overall) for title in titles], dtype=np.float64)
        return fitted.intercept + fitted.popularity * found


def write_model(store: Path, model: Trained, origin: Origin, made_at: datetime, probes: NDArray[np.float64]) -> str:
    """The digest of the model that is now in the registry; it is not in use before it is promoted.

    Args:
        store: the folder of the artefacts.
        model: as trained.
        origin: what from.
        made_at: aware.
        probes: (probes, len(NAMES) + 1): rows, and in the last column the answers of the trees to them.

    Raises:
        SnapshotError: it cannot be written.
    """
    report = model.report
    best = report.overall["model"]
    facts = ModelFacts(
        NAMES,
        origin,
        report.windows,
        model.trees,
        model.calibration,
        model.popularity.overall,
        {name: getattr(best, name) for name in ("log_loss", "calibration_error", "ndcg", "gain", "gain_error")},
    )
    parts = {
        "model.txt": model.text.encode(),
        "popularity.json": dict(zip(model.titles, model.popularity.log_odds.tolist(), strict=True)),
        "metrics.json": msgspec.json.format(msgspec.json.encode(report)),
        "card.md": card(model, origin, made_at).encode(),
        "probes.npy": probes,
    }
    plain = cast("dict[str, object]", msgspec.to_builtins(facts))
    return write_folder(store / FOLDER / NAME, FORMAT, made_at.isoformat(), plain, parts)


def read_model(store: Path, digest: str) -> Model:
    """The model of this digest, every hash of it compared.

    Raises:
        LearnedModelError: it is not there, was damaged or forged, or looks at other features than this version.
    """
    if not (digest.isascii() and digest.isalnum()):
        raise LearnedModelError(f"{digest!r} is not the name of a model")
    folder = store / FOLDER / NAME / digest
    if not folder.is_dir():
        raise LearnedModelError(f"no model {digest} in {folder.parent}: `artwork train` makes one")
    try:
        manifest = read_manifest(folder, FORMAT, verify=True)
        facts = msgspec.convert(manifest.facts, ModelFacts)
        text = (folder / "model.txt").read_text("utf-8")
        known = msgspec.json.decode((folder / "popularity.json").read_bytes(), type=dict[str, float])
        made_at = datetime.fromisoformat(manifest.made_at)
    except (SnapshotError, OSError, ValueError) as error:
        raise LearnedModelError(f"model {digest} is not used: {error}") from error
    if facts.features != NAMES:
        raise LearnedModelError(
            f"model {digest} looks at {', '.join(facts.features)}; this version at {', '.join(NAMES)}: train again"
        )
    return Model(digest, made_at, facts, text, known)


def models(store: Path) -> list[tuple[datetime, str]]:
    """When each model was made, as it says itself, and its digest; the newest last. None of them was looked into yet.

    Raises:
        LearnedModelError: one does not say when it was made.
    """
    found = []
    for folder in sorted((store / FOLDER / NAME).glob("*")):
        if folder.name.isalnum():
            try:
                manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
                found.append((datetime.fromisoformat(manifest.made_at), folder.name))
            except (OSError, ValueError) as error:
                raise LearnedModelError(f"{folder} is no model: remove it, or name another one ({error})") from error
    return sorted(found)


def tried(store: Path, digest: str) -> Model:
    """The model, which a child process has loaded and asked; its answers were those that it gave when it was made.

    LightGBM ends the process over a damaged text: then it ends the child.

    Raises:
        LearnedModelError: it cannot be used; one line says why.
    """
    model = read_model(store, digest)
    command = [sys.executable, "-m", "ranking.learn.trial", str(store / FOLDER / NAME / digest)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TRIAL_SECONDS, check=False)  # noqa: S603  # ourselves
    except subprocess.TimeoutExpired as error:
        raise LearnedModelError(f"model {digest} is not used: its trial did not end in {TRIAL_SECONDS} s") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        said = "".join(letter for letter in (lines or [""])[-1] if letter.isprintable())[:200]
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        raise LearnedModelError(f"model {digest} is not used: its trial ended with {ended} ({said or 'no word'})")
    return model


def probe_rows(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """(probes, len(NAMES)): some rows of the table, spread over it, to try a model with."""
    places = np.unique(np.linspace(0, len(features) - 1, _PROBES).astype(np.int64))
    return features[places].astype(np.float64)


def text_digest(text: str) -> str:
    """SHA-256 of a model's text."""
    return hashlib.sha256(text.encode()).hexdigest()
