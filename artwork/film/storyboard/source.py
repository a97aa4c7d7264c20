"""A storyboard as a film in memory: a VideoSource whose shots are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from artwork.domain import Boundary, Box, FilmFacts, Rgb, Shot, Timecode
from artwork.film.storyboard.atmosphere import toward
from artwork.film.storyboard.script import Span, Storyboard
from artwork.film.storyboard.take import Take

ANALYSIS_LONG_SIDE = 320
KEY_EVERY = 240
"""Frames between key frames inside a shot, at most: ten seconds, as encoders do by default (x264: 250)."""


@dataclass(frozen=True, slots=True)
class StoryboardFrame:
    """One frame, rendered in full."""

    at: Timecode
    is_key: bool
    pixels: Rgb = field(repr=False)
    analysis_long_side: int = ANALYSIS_LONG_SIDE

    @property
    def analysis(self) -> Rgb:
        """(h, w, 3) uint8 at analysis size."""
        return self.still(self.analysis_long_side)

    def still(self, long_side: int) -> Rgb:
        """The frame, its longer side at most `long_side` pixels; never enlarged."""
        rows, columns = self.pixels.shape[:2]
        scale = long_side / max(rows, columns)
        if scale >= 1:
            return self.pixels
        size = max(1, round(columns * scale)), max(1, round(rows * scale))
        return np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


class StoryboardSource:
    """The film that a storyboard describes, rendered frame by frame as it is asked for; and the truth about it."""

    def __init__(self, storyboard: Storyboard, analysis_long_side: int = ANALYSIS_LONG_SIDE) -> None:
        self.storyboard = storyboard
        self._analysis_long_side = analysis_long_side
        self._spans = storyboard.spans()

    @property
    def facts(self) -> FilmFacts:
        """Known from the start, the picture inside the bars included."""
        board = self.storyboard
        bar = board.bar / board.height
        return FilmFacts(
            width=board.width,
            height=board.height,
            codec="storyboard",
            frame_rate=board.rate,
            duration_seconds=float(board.frame_count / board.rate),
            picture=Box(0.0, bar, 1.0, 1 - 2 * bar),
        )

    def true_boundaries(self) -> tuple[Boundary, ...]:
        """Where shots truly begin, known by construction."""
        return self.storyboard.boundaries()

    def true_shots(self) -> tuple[Shot, ...]:
        """The shots with their true kinds; they tile the film."""
        return self.storyboard.true_shots()

    def frames(self) -> Iterator[StoryboardFrame]:
        """Every frame, in order of presentation.

        Raises:
            ExtraMissing: a package that ships one of the photographs is not installed.
            ValueError: the storyboard names a picture, grade, weather or style that there is not.
        """
        board = self.storyboard
        starts = {0} | {round(cut.at.exact * board.rate) for cut in board.boundaries()}
        takes: dict[int, Take] = {}
        since_key = 0
        for frame in range(board.frame_count):
            on = [number for number, span in enumerate(self._spans) if span.start <= frame < span.stop]
            takes = {number: takes.get(number) or self._take(number) for number in on}
            since_key = 0 if frame in starts or since_key + 1 == KEY_EVERY else since_key + 1
            pixels = self._barred(self._mixed(frame, takes))
            yield StoryboardFrame(board.timecode(frame), since_key == 0, pixels, self._analysis_long_side)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _take(self, number: int) -> Take:
        board = self.storyboard
        plan = board.shots[number]
        return Take(plan, board.frames_of(plan), float(board.rate), board.height - 2 * board.bar, board.width)

    def _mixed(self, frame: int, takes: dict[int, Take]) -> Rgb:
        """The picture of a frame: one shot, two mixed, or one shot and a colour."""
        numbers = sorted(takes)
        if not numbers:
            colour = self._fade_colour(max(n for n, span in enumerate(self._spans) if span.stop <= frame))
            board = self.storyboard
            return np.full((board.height - 2 * board.bar, board.width, 3), colour, np.uint8)
        first = numbers[0]
        span = self._spans[first]
        picture = takes[first].picture(frame - span.start)
        if len(numbers) == 2:
            later = self._spans[numbers[1]]
            share = (frame - later.start + 1) / (later.clear_start - later.start + 1)
            other = takes[numbers[1]].picture(frame - later.start)
            return np.asarray(cv2.addWeighted(picture, 1 - share, other, share, 0), np.uint8)
        weight, colour = self._fade(frame, first, span)
        return picture if weight == 1 else toward(picture, colour, weight)

    def _fade(self, frame: int, number: int, span: Span) -> tuple[float, int]:
        """(share of the picture, grey level it is mixed with) of a frame that one shot alone gives."""
        if frame < span.clear_start:
            return (frame - span.start + 1) / (span.clear_start - span.start + 1), self._fade_colour(number - 1)
        if frame >= span.clear_stop:
            return (span.stop - frame) / (span.stop - span.clear_stop + 1), self._fade_colour(number)
        return 1.0, 0

    def _fade_colour(self, number: int) -> int:
        """What the fade behind a shot goes through: 255 white, 0 black (and before the first)."""
        return 255 if number >= 0 and self.storyboard.shots[number].next.kind == "white" else 0

    def _barred(self, picture: Rgb) -> Rgb:
        bar = self.storyboard.bar
        if not bar:
            return picture
        return np.asarray(cv2.copyMakeBorder(picture, bar, bar, 0, 0, cv2.BORDER_CONSTANT), np.uint8)
