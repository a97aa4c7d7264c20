"""How far a batch has come: a bar per title when stderr is a terminal, plain lines when it is not."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

PLAIN_SECONDS = 5.0
"""Without a terminal a title says where it is this often."""


class BatchProgress:
    """Tells on stderr which title is at which stage; safe to call from several threads."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}
        self._bars: Progress | None = None
        if self._stream.isatty() and not quiet:
            self._bars = Progress(
                TextColumn("{task.fields[title]:<28.28}", markup=False),
                TextColumn("{task.description:<10}"),
                BarColumn(),
                TimeElapsedColumn(),
                console=Console(file=self._stream),
                transient=True,
                # Rich would send what is printed to stdout to stderr's terminal, also where stdout is a file.
                redirect_stdout=False,
                redirect_stderr=False,
            )

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def tell(self, title: str, stage: str, share: float) -> None:
        """The title is at this stage, this far (0 to 1)."""
        if self._quiet:
            return
        with self._lock:
            if self._bars:
                if title not in self._tasks:
                    self._tasks[title] = self._bars.add_task(stage, total=1.0, title=title)
                self._bars.update(self._tasks[title], description=stage, completed=share)
                return
            now = time.monotonic()
            if now - self._told.setdefault(title, now) >= PLAIN_SECONDS:
                self._told[title] = now
                self._stream.write(f"{title}: {stage} {share:.0%}\n")
                self._stream.flush()

    def end(self, title: str) -> None:
        """The title is done: its bar goes, so that a long batch shows what is being worked on."""
        with self._lock:
            task = self._tasks.pop(title, None)
            if self._bars and task is not None:
                self._bars.remove_task(task)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The terminal belongs to the caller: the bars are gone from it, and come back at the end of the block."""
        if self._bars:
            self._bars.stop()
        try:
            yield
        finally:
            if self._bars:
                self._bars.start()

    def line(self, text: str) -> None:
        """A line of its own, above the bars."""
        if self._quiet:
            return
        with self._lock:
            if self._bars:
                self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
            else:
                self._stream.write(text + "\n")
                self._stream.flush()
