"""Work for children of the tests: films decoded, and every way to misbehave."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2

from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.isolation import Limits, Progress, run_isolated
from artwork.film.video import DecodeParams, PyAvSource


def decode_film(job: tuple[str, str], progress: Progress) -> None:
    """Every frame of a film decoded and scaled; what was seen is written beside, whole or not."""
    film, report = job
    seen: dict[str, object] = {"frames": 0}
    source = PyAvSource(film, DecodeParams(max_pixels=4096 * 2304))
    try:
        last = None
        for frame in source.frames():
            if last is not None and frame.at <= last:
                raise AssertionError(f"{frame.at} after {last}")
            last = frame.at
            seen["frames"] = int(str(seen["frames"])) + 1
            if frame.analysis.shape[2] != 3 or not frame.still(64).size:
                raise AssertionError("no picture")
            progress(0.5)
    except FilmError as error:
        if error.reason is not FilmReason.DAMAGED:
            raise
        seen["problem"] = str(error)
    finally:
        source.close()
        Path(report).write_text(json.dumps(seen), encoding="utf-8")


def fill_the_disk(problem: str, progress: Progress) -> None:
    """The store is at fault, not the film."""
    progress(0.5)
    raise StoreError(problem)


def write_limits(report: str, progress: Progress) -> None:
    """What holds inside a child is written to a file."""
    progress(1.0)
    facts = {
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "threads": cv2.getNumThreads(),
        "torch": "torch" in sys.modules,
        "pid": os.getpid(),
    }
    Path(report).write_text(json.dumps(facts), encoding="utf-8")


def tell(shares: list[float], progress: Progress) -> None:
    """Every share is told, slower than the child may talk."""
    for share in shares:
        progress(share)
        time.sleep(0.07)


def refuse(film: str, _: Progress) -> None:
    """The work says itself what is wrong with the film."""
    raise FilmError(film, FilmReason.NO_FRAMES, "two\nlines")


def stumble(_: object, __: Progress) -> None:
    """A bug."""
    raise ZeroDivisionError("a bug")


def kill_itself(number: int, _: Progress) -> None:
    """The child dies of a signal."""
    os.kill(os.getpid(), number)
    time.sleep(10)


def read_nowhere(_: object, __: Progress) -> None:
    """A real segmentation fault."""
    ctypes.string_at(0)


def leave(status: int, _: Progress) -> None:
    """The child ends without a word."""
    os._exit(status)


def hang(report: str, _: Progress) -> None:
    """The child never comes back, deaf to polite signals."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    Path(report).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


def tell_and_hang(report: str, progress: Progress) -> None:
    """One word, then nothing for ever."""
    Path(report).write_text(str(os.getpid()), encoding="utf-8")
    progress(0.5)
    time.sleep(600)


def write_parent(report: str, _: Progress) -> None:
    """The process that this one was forked from is written to a file."""
    Path(report).write_text(str(os.getppid()), encoding="utf-8")


def hoard(step_mb: int, _: Progress) -> None:
    """Memory is taken until somebody objects."""
    held = []
    while True:
        held.append(bytearray(b"x") * (step_mb << 20))


def map_hoard(_: object, __: Progress) -> None:
    """Shared memory is taken, which counts against no data limit: only the watch sees it."""
    held = []
    while True:
        held.append(mmap.mmap(-1, 16 << 20))
        held[-1].write(b"x" * (16 << 20))
        time.sleep(0.005)


def chatter(_: object, __: Progress) -> None:
    """Standard output and error are written to by everybody."""
    print("noise")
    os.write(2, b"noise\n")
    subprocess.run(["/bin/sh", "-c", "echo noise; echo noise >&2"], check=True)


def run_hanging_parent(report: str) -> None:
    """For a process of its own: a parent whose child hangs. Ctrl-C ends it, also where a shell began it unheard."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run_isolated(hang, report, Limits(seconds=600))
