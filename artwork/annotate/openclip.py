"""The package open_clip, imported in one place and only when a CLIP model is asked for.

PyPI's torchvision is a CUDA build. Beside a CPU build of torch its operators do not load, and `import open_clip`
fails with "operator torchvision::nms does not exist". Declaring the two operators, which CLIP never calls, cures it;
that is done here and only where they are really missing.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

BOXES_OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
"""Names and schemas as torchvision 0.28 declares them."""

_declared: list[Any] = []
"""The library of declared operators: torch forgets them when it is collected."""


@functools.cache
def open_clip() -> ModuleType:
    """The module `open_clip`, importable beside a CPU build of torch too. The first call takes seconds."""
    declare_missing_operators()
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", (FutureWarning, DeprecationWarning))
        return importlib.import_module("open_clip")


def declare_missing_operators() -> tuple[str, ...]:
    """The names of torchvision's operators that had to be declared: none where torchvision works."""
    import torch  # noqa: PLC0415  loaded by those who open a CLIP model, and by no other

    spec = importlib.util.find_spec("torchvision")
    for folder in (spec and spec.submodule_search_locations) or ():
        for library in sorted(Path(folder).glob("_C.*")):
            # A build for another device than torch's does not load; its operators are then the missing ones.
            with suppress(OSError):
                torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]  # torch leaves it untyped
    missing = tuple(name for name in BOXES_OPERATORS if not hasattr(torch.ops.torchvision, name))
    if missing:
        declared = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # the same
        for name in missing:
            declared.define(BOXES_OPERATORS[name])  # type: ignore[no-untyped-call]  # the same
        _declared.append(declared)
    return missing


@contextmanager
def quiet() -> Iterator[None]:
    """While it lasts, open_clip's chatter on the root logger goes nowhere and installs no handler there."""
    root = logging.getLogger()
    handler, chatter = logging.NullHandler(), _Chatter()
    root.addHandler(handler)
    root.addFilter(chatter)
    try:
        yield
    finally:
        root.removeFilter(chatter)
        root.removeHandler(handler)


class _Chatter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "open_clip" not in record.pathname
