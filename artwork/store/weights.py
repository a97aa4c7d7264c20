"""Model files by manifest: in the models folder first, downloaded second, verified always."""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from artwork.errors import ModelError

TIMEOUT_SECONDS = 30.0
"""For the connection and for each read of a download, not for the whole of it."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An entry of the manifest; its fields are explained at the head of `assets/models.toml`."""

    name: str
    kind: str
    source: str
    licence: str
    about: str
    file: str = ""
    sha256: str = ""
    size_bytes: int = 0
    dimension: int = 0
    for_embedder: tuple[str, ...] = ()
    hub: str = ""

    def __post_init__(self) -> None:
        if bool(self.hub) == bool(self.file and len(self.sha256) == 64 and self.size_bytes > 0):
            raise ModelError(
                f"model {self.name!r} of the manifest needs either a hub setting or a file with sha256 and size_bytes"
            )
        if Path(self.file).name != self.file:
            raise ModelError(f"model {self.name!r} of the manifest: {self.file!r} is not a plain file name")


class Presence(StrEnum):
    """Where a model file is."""

    HERE = "here"
    ABSENT = "absent"
    DAMAGED = "damaged"
    ON_HUB = "on_hub"


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """A model of the manifest and what was found of it; path is where it is or would be."""

    model: ModelFile
    presence: Presence
    path: Path | None


def read_manifest(path: Path | None = None) -> tuple[ModelFile, ...]:
    """The entries of a manifest in its order; of the one that comes with the package when None.

    Raises:
        ModelError: the manifest cannot be read.
    """
    place = path or files("assets") / "models.toml"
    try:
        return tuple(_entry(table) for table in tomllib.loads(place.read_text("utf-8"))["model"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ModelError(f"{place} is not a manifest of models ({problem!r})") from problem


def _entry(table: Mapping[str, Any]) -> ModelFile:
    return ModelFile(**{**table, "for_embedder": tuple(table.get("for_embedder", ()))})


class Weights:
    """The model files of a folder."""

    def __init__(self, folder: Path, *, download: bool = False, manifest: Sequence[ModelFile] | None = None) -> None:
        """A view of `folder`, which need not exist yet. Nothing is fetched unless `download`."""
        self._folder = folder
        self._download = download
        self._models = {model.name: model for model in (read_manifest() if manifest is None else manifest)}
        self._problems: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        """Where model files are looked up and put."""
        return self._folder

    def find(self, name: str) -> Path | None:
        """The verified file, from the folder or, when allowed, from its source; None when it is not to be had.

        Raises:
            ModelError: the manifest has no such model, or the file is not what the manifest says.
        """
        model = self._known(name)
        path = self._folder / model.file
        if path.is_file():
            _verify(path, model)
            return path
        if not self._download:
            return None
        try:
            _fetch(model, path)
        except OSError as problem:
            self._problems[name] = f"{model.source} cannot be fetched: {problem}"
            return None
        return path

    def require(self, name: str) -> Path:
        """The verified file.

        Raises:
            ModelError: as `find`, and when the file is not to be had: with the way to get it.
        """
        path = self.find(name)
        if path is None:
            model = self._known(name)
            why = self._problems.get(name, "downloads are off")
            raise ModelError(
                f"model {name} is not in {self._folder} ({why}): allow downloads, or put {model.source} there "
                f"as {model.file}"
            )
        return path

    def aesthetic_head(self, embedder: str) -> Path | None:
        """The verified aesthetic head that belongs to the embedder of that name; None when there is none to be had."""
        for model in self._models.values():
            if model.kind == "aesthetic_head" and embedder in model.for_embedder:
                return self.find(model.name)
        return None

    def inventory(self) -> tuple[InventoryLine, ...]:
        """Every model of the manifest and whether it is here. Fetches nothing."""
        lines = []
        for model in self._models.values():
            path = self._folder / model.file if model.file else None
            presence = Presence.ON_HUB if path is None else Presence.ABSENT
            if path is not None and path.is_file():
                presence = Presence.HERE if _sha256(path) == model.sha256 else Presence.DAMAGED
            lines.append(InventoryLine(model, presence, path))
        return tuple(lines)

    def _known(self, name: str) -> ModelFile:
        model = self._models.get(name)
        if model is None or not model.file:
            names = ", ".join(entry.name for entry in self._models.values() if entry.file)
            raise ModelError(f"the manifest has no model file {name!r}: it has {names}")
        return model


def _fetch(model: ModelFile, path: Path) -> None:
    """`path` holds the model: downloaded beside it, verified, then renamed, so that it is whole or not there.

    Raises:
        OSError: the source cannot be reached or the folder not written.
        ModelError: what came is not what the manifest says.
    """
    if not model.source.startswith(("https://", "http://")):
        raise ModelError(f"model {model.name}: {model.source} is not a web address")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{model.file}.", dir=path.parent)
    try:
        with (
            os.fdopen(handle, "wb") as target,
            urllib.request.urlopen(model.source, timeout=TIMEOUT_SECONDS) as answer,  # noqa: S310  web addresses only
        ):
            left = model.size_bytes + 1  # one byte more is enough to see that a file is too long
            while left > 0 and (chunk := answer.read(min(CHUNK, left))):
                left -= target.write(chunk)
        _verify(Path(partial), model)
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)


def _verify(path: Path, model: ModelFile) -> None:
    found = _sha256(path)
    if found != model.sha256:
        raise ModelError(
            f"model {model.name}: {path} is not the file of the manifest: sha256 {model.sha256} expected, {found} "
            f"found: remove it, and let it be fetched again from {model.source}"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
