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
    """What a process cost. peak_mb: memory of it and its children together, see `family_bytes`; 0 if not asked."""

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


def family_bytes(family: Sequence[psutil.Process]) -> int:
    """Resident memory that would be free without these processes and the files they map, each page counted once.

    Pages of their own, or shared by a fork among them, are divided by the kernel, and their shares add up
    (`Pss_Anon`). Of a file that several map, a library, the largest part that one of them holds in memory is taken:
    the kernel's own shares of it would grow whenever another process on the machine, which maps it too, ends.
    Linux only.
    """
    anonymous, files = 0, dict[str, int]()
    for member in family:
        rollup = dict(
            line.split(":", 1) for line in Path(f"/proc/{member.pid}/smaps_rollup").read_text().splitlines()[1:]
        )
        anonymous += int(rollup["Pss_Anon"].split()[0]) * 1024
        for mapping in member.memory_maps():
            if not mapping.path.startswith("["):
                files[mapping.path] = max(files.get(mapping.path, 0), mapping.rss - mapping.anonymous)
    return anonymous + sum(files.values())


class _Watch:
    """Samples the memory of a family of processes."""

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
        while not self._done.wait(0.2):
            try:
                together = family_bytes([self._process, *self._process.children(recursive=True)])
            except (psutil.Error, OSError, KeyError):
                continue  # one of them ended while it was looked at
            self._peak = max(self._peak, together / 1e6)
