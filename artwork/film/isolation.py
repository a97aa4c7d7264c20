"""Work on an untrusted film happens in a child process: whatever the decoder does, it costs one title.

The child is forked from a nursery (`nursery.py`), which has loaded the heavy modules once: a child costs a few
milliseconds. It leaves its results in files; back to this process come lines of JSON, never pickles.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from artwork.errors import FilmError, FilmReason, StoreError

Job = TypeVar("Job")
Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0 to 1."""
Work = Callable[[Job, Progress], None]

_LONGEST_LINE = 65536
"""Bytes: a child that says more in one line is not ours any more."""
_STORE_FAILED = "store"
"""What a child says in place of a film's reason (`nursery.STORE_FAILED`; that module loads what this one need not)."""
_DYING_SECONDS = 10.0
"""How long a killed child may take to be gone; the kernel needs milliseconds."""
_BOOT = (
    "import gc, sys, json; gc.disable(); sys.path[:] = json.loads(sys.argv[1]); "
    "from artwork.film.nursery import main; main()"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one title may cost.

    Attributes:
        memory_mb: resident memory of the child, shared libraries (about 120 MB) included. 8K 10-bit HEVC needs
            about 2,000 (17 reference pictures of 113 MB).
        seconds: wall time of the work.
        stall_seconds: wall time without a word of progress: a decoder that hangs is found long before `seconds`.
    """

    memory_mb: int = 3072
    seconds: float = 4 * 3600.0
    stall_seconds: float = 180.0

    def __post_init__(self) -> None:
        if min(self.memory_mb, self.seconds, self.stall_seconds) <= 0:
            raise ValueError(f"limits must be positive, not {self}")


def run_isolated(
    work: Work[Job], job: Job, limits: Limits, on_progress: Progress = lambda _: None, *, location: str = "the film"
) -> None:
    """`work(job, progress)` has been done in a child process, within the limits.

    May be called from several threads at once. When the caller is interrupted, or dies, so does the child.

    Args:
        work: a function of a module (not of `__main__`, not a closure); it leaves its results in files.
        job: anything that pickles.
        limits: what the work may cost.
        on_progress: called in this thread with what `work` passes to its second argument.
        location: names the film in errors that the child could not report itself.

    Raises:
        FilmError: raised by the work; or with reason CRASHED, OUT_OF_MEMORY or TOO_SLOW.
        StoreError: raised by the work.
        ValueError: `work` cannot be imported by another process.
    """
    if work.__module__ == "__main__" or "<" in work.__qualname__:
        raise ValueError(f"{work.__qualname__} must be a function of an importable module to run in a child process")
    order = {"path": sys.path, "cwd": _folder(), "module": work.__module__, "name": work.__qualname__}
    line = _nursery.child(json.dumps({**order, "limits": asdict(limits)}).encode(), pickle.dumps(job))
    with line:
        conversation = _Conversation(line, limits, on_progress)
        try:
            conversation.listen()
        finally:
            conversation.hang_up()
    conversation.judge(location)


class _Conversation:
    """What a child and its nursery say, line by line, until the child has ended."""

    def __init__(self, line: socket.socket, limits: Limits, on_progress: Progress) -> None:
        self._line = line
        self._limits = limits
        self._on_progress = on_progress
        self._unread = b""
        self._done = False
        self._error: dict[str, str] | None = None
        self._end: dict[str, Any] | None = None
        self._too_slow = ""

    def listen(self) -> None:
        """The child has ended, or has overstepped its time."""
        deadline = time.monotonic() + self._limits.seconds
        while self._end is None:
            left = deadline - time.monotonic()
            if left <= 0:
                self._too_slow = f"{self._limits.seconds:g} s were not enough"
                return
            self._line.settimeout(min(left, self._limits.stall_seconds))
            try:
                heard = self._line.recv(_LONGEST_LINE)
            except TimeoutError:
                if self._limits.stall_seconds < left:
                    self._too_slow = f"no progress for {self._limits.stall_seconds:g} s"
                    return
                continue
            except ConnectionResetError:
                return
            if not heard:
                return
            self._take(heard)

    def hang_up(self) -> None:
        """The child is dead and its nursery has said how it ended; nothing of it writes any more."""
        if self._end is not None:
            return
        self._on_progress = lambda _: None
        with suppress(OSError):  # where the nursery is gone, its children are gone with it
            self._line.shutdown(socket.SHUT_WR)
            self._line.settimeout(_DYING_SECONDS)
            while self._end is None and (heard := self._line.recv(_LONGEST_LINE)):
                self._take(heard)

    def judge(self, location: str) -> None:
        """Nothing, if the work is done; the error otherwise."""
        if self._error is not None and self._error["reason"] == _STORE_FAILED:
            raise StoreError(self._error.get("detail", ""))
        if self._error is not None:
            raise FilmError(
                self._error.get("location") or location,
                FilmReason(self._error["reason"]),
                self._error.get("detail", ""),
            )
        if self._too_slow:
            raise FilmError(location, FilmReason.TOO_SLOW, self._too_slow)
        if self._end is None:
            raise FilmError(location, FilmReason.CRASHED, "the process that watches over the decoder died")
        reason, detail = self._cause(self._end)
        if reason is not None:
            raise FilmError(location, reason, detail)

    def _cause(self, end: dict[str, Any]) -> tuple[FilmReason | None, str]:
        too_much = f"{self._limits.memory_mb} MB were not enough"
        killer = int(end.get("signal", 0))
        if end.get("over_memory"):
            return FilmReason.OUT_OF_MEMORY, too_much
        if killer == signal.SIGKILL:
            return FilmReason.OUT_OF_MEMORY, "killed by the system"
        if killer == signal.SIGXCPU:
            return FilmReason.TOO_SLOW, "processor time ran out"
        if killer or not self._done:
            # An allocation that fails inside a library may end in a crash of its own.
            if int(end.get("peak_mb", 0)) > 0.9 * self._limits.memory_mb:
                return FilmReason.OUT_OF_MEMORY, too_much
            said = f"signal {signal.Signals(killer).name}" if killer else f"exit status {end.get('status')}"
            return FilmReason.CRASHED, said
        return None, ""

    def _take(self, heard: bytes) -> None:
        *lines, self._unread = (self._unread + heard).split(b"\n")
        if len(self._unread) > _LONGEST_LINE:
            self._unread = b""
        for line in lines:
            try:
                word = json.loads(line)
            except ValueError:
                continue  # a line that the child did not live to finish
            if isinstance(word, dict):
                self._heed(word)

    def _heed(self, word: dict[str, Any]) -> None:
        if "progress" in word:
            self._on_progress(min(1.0, max(0.0, float(word["progress"]))))
        elif word.get("done"):
            self._done = True
        elif isinstance(word.get("error"), dict) and word["error"].get("reason") in [*FilmReason, _STORE_FAILED]:
            self._error = {key: str(value) for key, value in word["error"].items()}
        elif isinstance(word.get("end"), dict):
            self._end = word["end"]


class _Nursery:
    """The process that children are forked from; started when first needed, again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def child(self, order: bytes, job: bytes) -> socket.socket:
        """The line to a new child that does the order."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._admit(theirs)
        # If the nursery dies in between, the conversation will find the line closed.
        with suppress(OSError):
            ours.sendall(struct.pack("!II", len(order), len(job)) + order + job)
        return ours

    def close(self) -> None:
        """The nursery has ended, and its children with it."""
        with self._lock:
            self._stop()

    def _admit(self, line: socket.socket) -> None:
        with self._lock:
            for _ in range(2):
                control = self._started()
                try:
                    socket.send_fds(control, [b"c"], [line.fileno()])
                except OSError:
                    self._stop()
                    continue
                return
        raise FilmError("", FilmReason.CRASHED, "the process that watches over decoders does not start")

    def _started(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._owner == os.getpid():
            if self._process.poll() is None:
                return self._control
            self._stop()
        control, theirs = socket.socketpair()
        with theirs:
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter, our own words
                [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for the parent to hear
                env=environment,
            )
        self._control, self._owner = control, os.getpid()
        return control

    def _stop(self) -> None:
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is None or self._owner != os.getpid():
            return
        try:
            process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # a string for JSON
    except OSError:
        return "/"


_nursery = _Nursery()
atexit.register(_nursery.close)
