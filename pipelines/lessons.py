"""What the service is taught at night: the commands of learning on its own event log, each in its own process."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artwork.errors import ArtworkError
from pipelines.season_page import Lesson
from pipelines.service_child import artwork_command
from ranking.learn.folder import read_active

FIRST = (("segments",), ("train",), ("promote",))
"""The first night, and every few nights after it: who the members are, what pictures do for them, and into service."""
DAILY = (("train", "--refresh"),)
"""Every other night: what each picture really earned, counted anew; the trees stay."""
_LIMIT_SECONDS = 600


class LessonFailed(ArtworkError):
    """A command of learning did not end well."""


@dataclass(frozen=True)
class School:
    """Nights over a store.

    Attributes:
        store: of the service.
        blind: days before the first lesson.
        every: days from one whole lesson to the next.
        environment: settings of the commands.
        tell: is told of each lesson.
        lessons: those that were given, in order.
    """

    store: Path
    blind: int
    every: int
    environment: Mapping[str, str]
    tell: Callable[[Lesson], None]
    lessons: list[Lesson] = field(default_factory=list)

    def night(self, day: int) -> str | None:
        """What was learned after this day is in use; the release that has to be served next, None where nothing was.

        Raises:
            LessonFailed: a command failed; what it said is told.
            SnapshotError: nothing is in use.
        """
        if day < self.blind:
            return None
        for words in FIRST if (day - self.blind) % self.every == 0 else DAILY:
            self.lessons.append(self._taught(day, words))
            self.tell(self.lessons[-1])
        return read_active(self.store).id

    def _taught(self, day: int, words: Sequence[str]) -> Lesson:
        begun = time.perf_counter()
        name, *options = words
        command = [*artwork_command(name), *options, "--store", str(self.store)]
        # The command is this very interpreter and names of our own.
        done = subprocess.run(  # noqa: S603
            command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        said = " ".join(done.stdout.decode(errors="replace").split())
        if done.returncode != 0:
            why = " ".join(done.stderr.decode(errors="replace").split())[-400:] or said or "it said nothing"
            raise LessonFailed(f"`artwork {' '.join(words)}` after day {day} ended with {done.returncode}: {why}")
        return Lesson(day, f"artwork {' '.join(words)}", said[:400], time.perf_counter() - begun)
