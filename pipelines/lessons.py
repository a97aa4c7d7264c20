"""What the service is taught at night: the processes of `artwork segments`, `train` and `promote`, on its own log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from artwork.errors import ArtworkError
from pipelines.learning import moved_words, refreshed_words, run_promote, run_refresh, run_train, trained_words
from pipelines.season_page import Lesson
from pipelines.segments import make_segments
from pipelines.settings import Settings
from ranking.errors import TooLittleEvidence
from ranking.learn.folder import read_active


class LessonFailed(ArtworkError):
    """A process of learning did not end well."""


@dataclass(frozen=True)
class School:
    """Nights over a store.

    Attributes:
        settings: of the service and of the processes.
        blind: days before the first lesson.
        every: days from one whole lesson to the next; on the nights between, pictures alone are counted anew.
        tell: is told of each lesson.
        lessons: those that were given, in order.
    """

    settings: Settings
    blind: int
    every: int
    tell: Callable[[Lesson], None]
    lessons: list[Lesson] = field(default_factory=list)

    @property
    def promoted(self) -> bool:
        """Whether a model went into use."""
        return any(lesson.command == "artwork promote" and lesson.learned for lesson in self.lessons)

    def night(self, day: int) -> str | None:
        """What was learned after this day is in use; the release that has to be served next, None where nothing was.

        Raises:
            LessonFailed: a process failed; why is told.
        """
        if day < self.blind:
            return None
        if (day - self.blind) % self.every:
            self._taught(day, "artwork train --refresh", lambda: refreshed_words(run_refresh(self.settings)))
        else:
            self._taught(day, "artwork segments", lambda: make_segments(self.settings).sentence)
            if self._taught(day, "artwork train", lambda: trained_words(run_train(self.settings, quiet=True))):
                self._taught(day, "artwork promote", lambda: moved_words(run_promote(self.settings, None)))
        return read_active(Path(self.settings.store)).id

    def _taught(self, day: int, command: str, process: Callable[[], str]) -> bool:
        """Whether something was learned: too little to learn from is no failure, and is told."""
        begun = time.perf_counter()
        learned = True
        try:
            said = process().partition("\n")[0]
        except TooLittleEvidence as error:
            learned, said = False, f"nothing learned: {error}"
        except ArtworkError as error:
            raise LessonFailed(f"`{command}` after day {day}: {error}") from error
        self.lessons.append(Lesson(day, command, said, time.perf_counter() - begun, learned=learned))
        self.tell(self.lessons[-1])
        return learned
