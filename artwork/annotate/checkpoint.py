"""Which files a CLIP setting means, found without the network unless downloads are allowed.

    ViT-B-32/openai        an architecture and a tag that open_clip lists
    hf-hub:owner/name      a repository of the Hugging Face hub
    local-dir:/a/folder    open_clip_config.json and a weights file in it

A tag or a repository is looked for in the models folder first (`ViT-B-32--openai/`, `owner--name/`, each laid out like
a local folder), then in the hub's cache, and fetched last.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artwork.annotate.openclip import open_clip
from artwork.errors import ModelError

LOCAL, HUB = "local-dir:", "hf-hub:"
CONFIG = "open_clip_config.json"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""open_clip's own names, the one that holds nothing but tensors first."""
SUFFIXES = (".safetensors", ".bin", ".pt", ".pth")
"""Safetensors, and torch files that are read with `weights_only=True`. Nothing else is opened."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose files are on this machine.

    name: what heads are bound to. architecture: what open_clip builds: a listed name or `local-dir:`.
    quick_gelu: the tag was trained with OpenAI's activation, which the listed architecture may not say.
    preprocess: what the tag's preprocessing says differently from open_clip's defaults. download: whether what is still
    wanted, such as a tokenizer, may be fetched.
    """

    name: str
    architecture: str
    weights: Path
    quick_gelu: bool = False
    preprocess: Mapping[str, Any] = field(default_factory=dict)
    download: bool = False

    @property
    def digest(self) -> str:
        """sha256 of the weights file, hex."""
        status = self.weights.stat()
        return _digest(self.weights, status.st_size, status.st_mtime_ns)


def find_checkpoint(setting: str, folder: Path | None = None, *, download: bool = False, name: str = "") -> Checkpoint:
    """The checkpoint that `setting` means.

    Args:
        setting: as in the module's docstring.
        folder: the models folder; the hub's cache is `hub` in it. None: the hub's usual cache.
        download: whether the network may be used.
        name: what to call the checkpoint when the setting cannot tell, such as `ViT-B-32/openai` for a local folder.

    Raises:
        ModelError: there is no such checkpoint, or it is not here and may not or cannot be fetched.
    """
    if setting.startswith(LOCAL):
        place = Path(setting.removeprefix(LOCAL)).expanduser()
        return _in_folder(place, name or f"{LOCAL}{place.name}")
    stem = setting.removeprefix(HUB).replace("/", "--")
    if folder is not None and (folder / stem / CONFIG).is_file():
        return _in_folder(folder / stem, name or setting)
    cache = None if folder is None else folder / "hub"
    if setting.startswith(HUB):
        repository = setting.removeprefix(HUB)
        fetch = functools.partial(_from_hub, setting, repository, cache, download=download)
        fetch(WEIGHTS)
        return _in_folder(fetch((CONFIG,)).parent, name or setting)
    return _listed(setting, name or setting, cache, download=download)


def _in_folder(folder: Path, name: str) -> Checkpoint:
    config = folder / CONFIG
    try:
        architecture = json.loads(config.read_text("utf-8"))["model_cfg"]
    except FileNotFoundError:
        raise ModelError(f"{folder} holds no {CONFIG}: give the folder of an open_clip model") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ModelError(f"{config} cannot be used ({problem!r}): it must be JSON with a model_cfg") from problem
    if "hf_model_name" in architecture.get("text_cfg", {}):
        raise ModelError(f"{config} takes its text tower from the hub (hf_model_name): give a model that is whole")
    return Checkpoint(name, f"{LOCAL}{folder}", _weights_in(folder))


def _weights_in(folder: Path) -> Path:
    for known in WEIGHTS:
        if (folder / known).is_file():
            return folder / known
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    tensors = [path for path in found if path.suffix == SUFFIXES[0]] or found
    if len(tensors) == 1:
        return tensors[0]
    seen = ", ".join(path.name for path in found) or "none"
    raise ModelError(f"{folder} must hold one weights file, such as {WEIGHTS[0]}; it holds: {seen}")


def _listed(setting: str, name: str, cache: Path | None, *, download: bool) -> Checkpoint:
    architecture, _, tag = setting.rpartition("/")
    architecture = architecture.replace("/", "-")
    package = open_clip()
    known = package.get_pretrained_cfg(architecture, tag)
    if not known:
        tags = ", ".join(package.list_pretrained_tags_by_model(architecture))
        hint = f"its tags are {tags}" if tags else f"write ARCHITECTURE/TAG, {HUB}OWNER/NAME or {LOCAL}FOLDER"
        raise ModelError(f"open_clip knows no checkpoint {setting!r}: {hint}")
    if not known.get("hf_hub"):
        raise ModelError(f"{setting} is not on the hub: fetch {known.get('url')} and set {LOCAL}FOLDER")
    repository, _, file = known["hf_hub"].rpartition("/")
    files = (f"{Path(file).stem}.safetensors", file) if file else WEIGHTS
    weights = _from_hub(setting, repository, cache, files, download=download)
    if weights.suffix not in SUFFIXES:
        raise ModelError(f"{setting}: {weights.name} is not one of {', '.join(SUFFIXES)}, and nothing else is opened")
    overlay = {key: known[key] for key in ("mean", "std", "interpolation", "resize_mode") if key in known}
    return Checkpoint(name, architecture, weights, bool(known.get("quick_gelu")), overlay, download)


def _from_hub(setting: str, repository: str, cache: Path | None, files: tuple[str, ...], *, download: bool) -> Path:
    """The first of `files` that the repository has, from the cache or, when allowed, from the network."""
    # A second to load: only for those who ask the hub.
    from huggingface_hub import hf_hub_download, try_to_load_from_cache  # noqa: PLC0415
    from huggingface_hub.errors import HFValidationError, RemoteEntryNotFoundError  # noqa: PLC0415

    try:
        # Not `hf_hub_download(local_files_only=True)`: version 2 calls home even then, to ask who is asking.
        cached = (try_to_load_from_cache(repository, file, cache_dir=cache) for file in files)
        here = next((place for place in cached if isinstance(place, str)), None)
    except HFValidationError as problem:
        raise ModelError(f"{setting!r} is no repository of the hub: write {HUB}OWNER/NAME") from problem
    if here is not None:
        return Path(here)
    why = "" if download else "downloads are off"
    for file in files if download else ():
        try:
            return Path(hf_hub_download(repository, file, cache_dir=cache))
        except RemoteEntryNotFoundError as problem:
            why = str(problem).strip().partition("\n")[0]
        except (OSError, RuntimeError) as problem:
            raise _absent(setting, str(problem).strip().partition("\n")[0]) from problem
    raise _absent(setting, why)


def _absent(setting: str, why: str) -> ModelError:
    stem = setting.removeprefix(HUB).replace("/", "--")
    return ModelError(
        f"the weights of {setting} are not on this machine ({why}): allow downloads, or put {CONFIG} and {WEIGHTS[0]} "
        f"into the folder {stem} of the models folder, or set {LOCAL}FOLDER"
    )


@functools.lru_cache(maxsize=8)
def _digest(weights: Path, _size: int, _changed: int) -> str:
    with weights.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
