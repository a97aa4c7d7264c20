"""The number format a tower is run in, chosen by trying and not by hope.

A half precision is taken when it is faster on this machine and gives the same vectors: cosine above 0.999 on every
sample picture. The verdict is kept for the process, so that one run has one arithmetic.
"""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from artwork.domain import Rgb, Vectors
from artwork.errors import ModelError

if TYPE_CHECKING:
    import torch

PRECISIONS = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
HALVES = {"cpu": ("bf16",), "cuda": ("fp16", "bf16"), "mps": ("fp16",)}
"""Half precisions worth trying, by kind of device, the finer first. CPUs with fast fp16 are rare."""
SAME_COSINE = 0.999
FASTER = 1.1
"""A half precision must win by this factor, so that a near tie does not fall one way today and the other tomorrow."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How a tower is run. speedup and cosine are against fp32; 1 and 1 where nothing was tried."""

    device: str
    precision: str
    speedup: float = 1.0
    cosine: float = 1.0

    def __str__(self) -> str:
        return f"{self.precision} on {self.device}"


SAMPLES = {"cpu": 2, "cuda": 64, "mps": 16}
"""Pictures that a tower is tried on, by kind of device: a GPU must be full to show what it can, a CPU is soon."""

_verdicts: dict[tuple[str, str], Arithmetic] = {}


def kind_of(device: str) -> str:
    """cpu, cuda or mps: what `cuda:1` is one of."""
    return device.partition(":")[0]


def choose_device(wanted: str) -> str:
    """The device that `wanted` means here: `auto` takes a GPU when there is one.

    Raises:
        ModelError: the device is not on this machine.
    """
    import torch  # noqa: PLC0415  loaded by those who open a CLIP model, and by no other

    here = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    if wanted == "auto":
        return here[0]
    if kind_of(wanted) not in here:
        raise ModelError(f"there is no device {wanted!r} on this machine: use auto or one of {', '.join(here)}")
    return wanted


def in_precision(tower: torch.nn.Module, precision: str) -> torch.nn.Module:
    """`tower` itself for fp32, else a copy of it in that precision.

    Raises:
        ModelError: the precision is not known.
    """
    if precision not in PRECISIONS:
        raise ModelError(f"precision {precision!r} is not known: use auto or one of {', '.join(PRECISIONS)}")
    return tower if precision == "fp32" else copy.deepcopy(tower).to(_torch_kind(precision))


def settle(
    tower: torch.nn.Module, device: str, key: str, trial: Callable[[torch.nn.Module], Vectors]
) -> tuple[torch.nn.Module, Arithmetic]:
    """The tower in the arithmetic that is best here, and what was found.

    Args:
        tower: in fp32, on its device.
        device: where it is.
        key: the digest of its weights, under which the verdict is kept for the process.
        trial: runs a tower on the sample pictures and gives its vectors.
    """
    known = _verdicts.get((key, device))
    if known is not None:
        return in_precision(tower, known.precision), known
    verdict, chosen = Arithmetic(device, "fp32"), tower
    exact = trial(tower)
    for precision in HALVES[kind_of(device)]:
        if not _is_native(precision, device):
            continue
        half = in_precision(tower, precision)
        cosine = float(np.sum(trial(half) * exact, axis=1).min())
        if cosine > SAME_COSINE:
            speedup = _speedup(functools.partial(trial, half), functools.partial(trial, tower), device)
            if speedup > FASTER:
                verdict, chosen = Arithmetic(device, precision, round(speedup, 2), cosine), half
                break
    _verdicts[key, device] = verdict
    return chosen, verdict


def sample_pictures(count: int, height: int = 288, width: int = 512) -> list[Rgb]:
    """`count` made pictures with smooth light, an edge and grain: something of what a film frame has. Deterministic."""
    rows, columns = np.mgrid[0:height, 0:width, 0:3][:2].astype(np.float32)
    pictures = []
    for number in range(count):
        dice = np.random.default_rng(number)
        light = 128 + 90 * np.sin(columns / (40 + 9 * number) + np.arange(3)) * np.cos(rows / 60)
        x, y = dice.uniform(0.2, 0.8, 2) * (width, height)
        disc = (columns[..., 0] - x) ** 2 + (rows[..., 0] - y) ** 2 < (height / 4) ** 2
        light[disc] = dice.uniform(0, 255, 3)
        pictures.append(np.clip(light + dice.normal(0, 8, light.shape), 0, 255).astype(np.uint8))
    return pictures


def _torch_kind(precision: str) -> torch.dtype:
    import torch  # noqa: PLC0415

    kind: torch.dtype = getattr(torch, PRECISIONS[precision])
    return kind


def _is_native(precision: str, device: str) -> bool:
    """Whether a plain product of matrices is faster: on a CPU that emulates it a whole tower would take minutes."""
    import torch  # noqa: PLC0415

    if kind_of(device) != "cpu":
        return True
    exact = torch.ones(512, 512)
    half = exact.to(_torch_kind(precision))
    return _speedup(lambda: half @ half, lambda: exact @ exact, device) > FASTER


def _speedup(run: Callable[[], Any], against: Callable[[], Any], device: str) -> float:
    """How many times faster `run` is: the best of interleaved rounds, three at least and a tenth of a second.

    On a CPU one thread runs, and the clock is the process's own: other work on the machine moves neither.
    """
    import torch  # noqa: PLC0415

    on_cpu = kind_of(device) == "cpu"
    clock = time.process_time if on_cpu else time.perf_counter
    best, spent, rounds, threads = [float("inf"), float("inf")], 0.0, 0, torch.get_num_threads()
    try:
        torch.set_num_threads(1 if on_cpu else threads)
        while rounds < 3 or spent < 0.1:
            for place, work in enumerate((run, against)):
                begun = clock()
                work()
                seconds = clock() - begun
                best[place] = min(best[place], seconds)
                spent += seconds
            rounds += 1
    finally:
        torch.set_num_threads(threads)
    return best[1] / max(best[0], 1e-9)
