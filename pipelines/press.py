"""The press of the review page: `artwork publish` as a process of its own, and what it says."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import structlog

from artwork.errors import ArtworkError
from artwork.review.press import Run
from pipelines.difference import Change, difference
from pipelines.settings import Settings

MOST_LINES = 500
"""Lines of a run that are kept: the newest."""

log = structlog.get_logger()


class ProcessPress:
    """Implements the page's `Press`. Safe to share between threads.

    A run ends with the page that started it at the latest; nothing is lost with it, it can be stopped anywhere.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._run = Run()
        self._lines: deque[str] = deque(maxlen=MOST_LINES)

    def difference(self) -> Sequence[str]:
        """What publishing now would change, a line for each title; empty for nothing."""
        return [said(change) for change in difference(self._settings)]

    def start(self, by: str) -> bool:
        """A run begins; False where one is under way.

        Raises:
            ArtworkError: the process cannot be started.
        """
        command = [sys.executable, "-m", "pipelines.cli", "publish", "--store", self._settings.store]
        with self._lock:
            if self._run.running:
                return False
            self._lines.clear()
            try:
                process = subprocess.Popen(  # noqa: S603  # our own command, with the store that is served
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                    errors="replace",  # a library may complain of a file in whatever bytes its name has
                )
            except OSError as error:
                raise ArtworkError(f"`artwork publish` cannot be started: {error}") from error
            self._run = Run(by, running=True)
        log.info("publishing", by=by)
        threading.Thread(target=self._listen, args=(process,), name="press", daemon=True).start()
        return True

    def state(self) -> Run:
        """The newest run."""
        with self._lock:
            return replace(self._run, lines=tuple(self._lines))

    def _listen(self, process: subprocess.Popen[str]) -> None:
        with process:
            for line in process.stdout or ():
                with self._lock:
                    self._lines.append(line.rstrip()[:2_000])
        # 3: published, but some titles could not be.
        with self._lock:
            self._run = replace(self._run, running=False, failed=process.returncode not in {0, 3})


def said(change: Change) -> str:
    """What would become of a title, in a line."""
    counts = (
        (len(change.pictures_added), "added"),
        (len(change.pictures_removed), "removed"),
        (len(change.pictures_changed), "changed"),
    )
    parts = [f"{count} {'picture' if count == 1 else 'pictures'} {what}" for count, what in counts if count]
    if change.to_compose:
        parts.append(f"{change.to_compose} {'canvas' if change.to_compose == 1 else 'canvases'} to compose")
    if parts and change.fallback:
        parts.append("a fallback: nobody approved one")
    if change.reason:
        parts.append(change.reason)
    return f"{change.title}: {', '.join(parts) or change.change}"
