"""Whole processes measured from outside: processor seconds with all their children, and peak memory of the family."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ARTWORK = str(Path(sys.executable).with_name("artwork"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost. peak_mb: proportional memory of it and its children together, sampled; 0 if not asked."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float = 0.0


def cost_of(command: Sequence[str], *, memory: bool = False) -> Cost:
    """The command, run to its end with one thread for every library; a failure is an error."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | one, text=True
    ) as process:
        watch = _Watch(process.pid) if memory else None
        _, said = process.communicate()
        peak = watch.stop() if watch else 0.0
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said[-500:]}")
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(used, ended - began, peak)


class _Watch:
    """Samples the memory of a family of processes: shared pages are counted once (PSS)."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._done.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._done.wait(0.1):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                together = sum(member.memory_full_info().pss for member in family)
            except psutil.Error:
                continue
            self._peak = max(self._peak, together / 1e6)
