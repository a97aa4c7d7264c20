"""The process that decoding children are forked from, and that watches over them.

It has one thread and decodes nothing itself, so it is safe to fork and does not die of a film. It ends, and its
children with it, when the process that started it is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import resource
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import av
import cv2
import numpy as np  # noqa: F401  # loaded here so that no child has to

import artwork.film.ballot  # noqa: F401  # likewise: scenedetect
from artwork.errors import FilmError, FilmReason, StoreError
from artwork.tether import tie

_WATCH_SECONDS = 0.05
"""Between two looks at the children's memory; a child fills about 200 MB in that time."""
_PARENT_SECONDS = 1.0
"""Between two looks whether the parent lives, besides the socket that closes with it."""
_PROGRESS_SECONDS = 0.05
_ORDER_SECONDS = 10.0
_SAYING_SECONDS = 1.0
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
STORE_FAILED = "store"
"""Said in place of a film's reason: the film is not at fault, and no other would fare better."""
_NO_MEMORY_IN_CV2 = -4
"""cv2.Error.StsNoMem."""


@dataclass(slots=True)
class _Child:
    pid: int
    line: socket.socket
    memory_mb: float
    over_memory: bool = False


def main() -> None:
    """Children have been forked as ordered, until the parent went."""
    _Watch(socket.socket(fileno=int(sys.argv[2])), os.getppid()).run()


class _Watch:
    def __init__(self, control: socket.socket, parent: int) -> None:
        self._control = control
        self._parent = parent
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        # A child's end wakes the loop through this pair.
        self._bell, bell = socket.socketpair()
        for end in (self._bell, bell):
            end.settimeout(0)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        self._bell_far_end = bell
        self._selector.register(self._bell, selectors.EVENT_READ)

    def run(self) -> None:
        av.logging.set_level(None)
        gc.freeze()
        gc.enable()  # off until here: what is loaded lasts, and looking through it again and again costs a tenth more
        while os.getppid() == self._parent:
            for key, _ in self._selector.select(_WATCH_SECONDS if self._children else _PARENT_SECONDS):
                if key.fileobj is self._control:
                    if not self._admit():
                        self._end()
                elif key.fileobj is self._bell:
                    with suppress(BlockingIOError):
                        self._bell.recv(4096)
                else:
                    # The parent has nothing to say after the order: its hanging up is all that can be heard.
                    self._kill(key.data)
            self._reap()
            self._weigh()
        self._end()

    def _admit(self) -> bool:
        """A child is on its way; False when the parent is gone."""
        try:
            said, descriptors, *_ = socket.recv_fds(self._control, 1, 1)
        except OSError:
            return False
        if not said:
            return False
        line = socket.socket(fileno=descriptors[0])
        try:
            order, job = _read_order(line)
            _preload(order)
        except (OSError, ValueError):
            line.close()
            return True
        pid = os.fork()
        if pid == 0:
            self._leave()
            _live(line, order, job)
        child = _Child(pid, line, float(order["limits"]["memory_mb"]))
        self._children[pid] = child
        self._selector.register(line, selectors.EVENT_READ, child)
        return True

    def _leave(self) -> None:
        """What is the nursery's own is closed in the child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for mine in (self._control, self._bell, self._bell_far_end, *(each.line for each in self._children.values())):
            mine.close()

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._children.pop(pid)
            self._unhear(child.line)
            end = {
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                "status": os.waitstatus_to_exitcode(status),
                "over_memory": child.over_memory,
                "peak_mb": usage.ru_maxrss // 1024,
            }
            child.line.settimeout(_SAYING_SECONDS)
            with suppress(OSError):
                child.line.sendall(b"\n" + json.dumps({"end": end}).encode() + b"\n")
            child.line.close()

    def _weigh(self) -> None:
        for child in self._children.values():
            try:
                pages = int(Path(f"/proc/{child.pid}/statm").read_bytes().split()[1])
            except (OSError, IndexError):
                continue
            if pages * _PAGE_MB > child.memory_mb:
                child.over_memory = True
                self._kill(child)

    def _kill(self, child: _Child) -> None:
        self._unhear(child.line)
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)

    def _unhear(self, line: socket.socket) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(line)

    def _end(self) -> NoReturn:
        for child in self._children.values():
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
        for child in self._children.values():
            with suppress(ChildProcessError):
                os.waitpid(child.pid, 0)
        os._exit(0)


def _read_order(line: socket.socket) -> tuple[dict[str, Any], bytes]:
    with line.makefile("rb", buffering=0) as stream:
        line.settimeout(_ORDER_SECONDS)
        order_size, job_size = struct.unpack("!II", _exactly(stream.read, 8))
        order, job = json.loads(_exactly(stream.read, order_size)), _exactly(stream.read, job_size)
        line.settimeout(None)
        return order, job


def _exactly(read: Callable[[int], bytes | None], size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = read(size - len(parts))
        if not part:
            raise ValueError("the parent hung up")
        parts += part
    return bytes(parts)


def _preload(order: dict[str, Any]) -> None:
    """The order's module is loaded here, once, if it can be; the child says why when it cannot."""
    sys.path[:] = order["path"]
    if order["module"] not in sys.modules:
        gc.disable()
        with suppress(Exception):
            importlib.import_module(order["module"])
        gc.freeze()
        gc.enable()


def _live(line: socket.socket, order: dict[str, Any], job: bytes) -> NoReturn:
    """A child's life: limits first, then the work, then a word how it went."""
    status = 1
    try:
        _bind(float(order["limits"]["memory_mb"]))
        with suppress(OSError):
            os.chdir(order["cwd"])
        work = importlib.import_module(order["module"])
        for name in order["name"].split("."):
            work = getattr(work, name)
        work(pickle.loads(job), _teller(line))  # type: ignore[operator]  # noqa: S301  # from our parent, not from a film
        _say(line, {"done": True})
        status = 0
    except FilmError as error:
        _say(line, {"error": {"location": error.location, "reason": error.reason, "detail": error.detail[:1000]}})
    except StoreError as error:
        _say(line, _fault(STORE_FAILED, str(error)))
    except MemoryError:
        _say(line, _fault(FilmReason.OUT_OF_MEMORY, "an allocation failed"))
    except cv2.error as error:
        scarce = getattr(error, "code", 0) == _NO_MEMORY_IN_CV2
        _say(line, _fault(FilmReason.OUT_OF_MEMORY if scarce else FilmReason.CRASHED, f"OpenCV: {error}"))
    except BaseException as error:  # noqa: BLE001  # whatever it is, it must cost this title alone
        _say(line, _fault(FilmReason.DEFECT, f"{type(error).__name__}: {error}{_place(error)}"))
    finally:
        os._exit(status)


def _bind(memory_mb: float) -> None:
    tie(signal.SIGKILL)  # where there is no such thing the line's end is what is left
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError, IndexError):
        # Allocations beyond the limit fail at once, before any page of them is resident.
        held = int(Path("/proc/self/statm").read_bytes().split()[5]) * os.sysconf("SC_PAGE_SIZE")
        most = held + int(memory_mb * 2**20)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    cv2.setNumThreads(1)


def _teller(line: socket.socket) -> Callable[[float], None]:
    said = -1.0

    def tell(share: float) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _PROGRESS_SECONDS or share >= 1:
            said = now
            _say(line, {"progress": float(share)})

    return tell


def _fault(reason: str, detail: str) -> dict[str, Any]:
    return {"error": {"reason": reason, "detail": detail[:1000]}}


def _place(error: BaseException) -> str:
    """Where it was raised: the last file and line, for the report of a bug."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace is not None else ""


def _say(line: socket.socket, word: dict[str, Any]) -> None:
    with suppress(OSError):
        line.sendall(json.dumps(word).encode() + b"\n")
