"""A film file through PyAV: every frame once, with its exact time, small pixels at hand, larger ones on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from artwork.domain import FilmFacts, Rgb, Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.clock import FilmClock
from artwork.film.display import Display, analysis_size, display_of, fitted, sane_aspect
from artwork.film.encryption import claims_encryption
from artwork.film.letterbox import LetterboxFinder
from artwork.film.picture import colours_of, stored_picture
from artwork.film.reader import FilmReader, coded_listing

_FULL_SIZE = 2**31
_SMALLEST_ANALYSIS = 32
"""Pixels of the longer side: below, shots cannot be told."""
_RETREATS_SECONDS = (0, 1, 8)
"""How much before the wanted instant to seek, one after the other: some containers land behind it."""
_INDEXED = ("mov", "matroska")
"""Containers whose time stamps are those of their own index: no clock can be set back in them."""


@dataclass(frozen=True, slots=True)
class DecodeParams:
    """How films are decoded.

    Attributes:
        analysis_long_side: pixels of the longer side of `DecodedFrame.analysis`, about.
        max_pixels: larger frames are refused before one is decoded; the default is 8K with a margin.
        threads: decoder threads; two films with one thread each beat one film with two.
        hasty_from: frames with a side this long are not deblocked where nothing refers to them (4 to 8 % of the cost
            of 1080p H.264); a still of half the size does not show it. 0: every frame is.
    """

    analysis_long_side: int = 256
    max_pixels: int = 8192 * 4608
    threads: int = 1
    hasty_from: int = 1280

    def __post_init__(self) -> None:
        if (
            self.analysis_long_side < _SMALLEST_ANALYSIS
            or min(self.max_pixels, self.threads) < 1
            or self.hasty_from < 0
        ):
            raise ValueError(
                f"analysis_long_side must be at least {_SMALLEST_ANALYSIS}, max_pixels and threads at least 1, "
                f"hasty_from at least 0, not {self}"
            )


@dataclass(frozen=True, slots=True)
class PacketListing:
    """What the container says of every frame, nothing decoded; in order of presentation.

    Attributes:
        time_base: seconds per tick.
        ticks: (count,) int64, presentation times since the film's first frame.
        sizes: (count,) int64, coded bytes.
        keys: (count,) bool, whether decoding can start here.
        exact: whether every packet has a time of its own. Where it is False (raw streams, clocks that were set
            again) the listing's times are not those of the frames: only `PyAvSource.frames` is to be trusted.
    """

    time_base: Fraction
    ticks: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: NDArray[np.bool_]
    exact: bool

    def at(self, place: int) -> Timecode:
        """The time of the frame at a place of the listing."""
        return Timecode(int(self.ticks[place]), self.time_base)


class PyAvFrame:
    """A decoded frame. It keeps the decoder's buffer alive: take what is wanted and let it go."""

    __slots__ = ("_analysis", "_analysis_size", "_decoded", "_display", "_time", "is_key")

    def __init__(self, decoded: VideoFrame, at: Timecode, display: Display, size: tuple[int, int]) -> None:
        self._decoded = decoded
        self._time = at
        self._display = display
        self._analysis_size = size
        self._analysis: Rgb | None = None
        self.is_key = bool(decoded.key_frame)

    @property
    def at(self) -> Timecode:
        """Presentation time, counted from the film's first frame."""
        return self._time

    @property
    def analysis(self) -> Rgb:
        """(h, w, 3) uint8, sRGB, as displayed, the same size for every frame of the film; made once.

        Of large frames, from a quarter to half of the lines: `averaged` has them all.
        """
        if self._analysis is None:
            self._analysis = self._shown(self._analysis_size, hasty=True)
        return self._analysis

    @property
    def averaged(self) -> Rgb:
        """As `analysis`, but with every line of the frame in it, at twice the cost; made anew each time."""
        return self._shown(self._analysis_size)

    def still(self, long_side: int) -> Rgb:
        """The frame as displayed, its longer side at most `long_side` pixels; never enlarged."""
        whole = self._display.shown_size(self._decoded.width, self._decoded.height)
        return self._shown(fitted(whole, long_side))

    def _shown(self, size: tuple[int, int], *, hasty: bool = False) -> Rgb:
        return self._display.turn(stored_picture(self._decoded, *self._display.stored_size(size), hasty=hasty))


class PyAvSource:
    """The video source (port) of real films.

    The first frame is decoded when the source is made, so that `facts` are those of real pictures.
    `frames` is the one full pass. `packets`, `key_frames` and `frames_between` look at parts and can be called as
    often as wanted; they read the file through a decoder of their own, and give the same times where
    `packets().exact` holds.

    Raises:
        FilmError: UNREADABLE, NO_VIDEO, NO_FRAMES, ENCRYPTED, TOO_LARGE or OUT_OF_MEMORY.
    """

    def __init__(self, location: str | Path, params: DecodeParams | None = None) -> None:
        self._location = str(location)
        self._params = params or DecodeParams()
        self._reader = self._open()
        self._side_reader: FilmReader | None = None
        self._decoded = self._reader.decode()
        first = self._first_frame()
        stream = self._reader.stream
        self._first: VideoFrame | None = first
        self._time_base = stream.time_base or Fraction(1, 1000)
        self._clock = FilmClock(self._time_base, stream.average_rate or stream.guessed_rate)
        self._start = self._clock.stamp(first.pts)
        self._display = display_of(stream.sample_aspect_ratio, _display_matrix(first))
        self._coded_aspect = self._reader.coded_aspect
        stored = (first.width, first.height)
        self._size = analysis_size(stored, self._display, self._params.analysis_long_side)
        width, height = self._display.shown_size(*stored)
        self._facts = FilmFacts(
            width=width,
            height=height,
            codec=stream.codec_context.codec.canonical_name,
            frame_rate=stream.average_rate or None,
            duration_seconds=self._reader.duration_seconds,
            pixel_aspect=self._display.aspect,
            rotation_degrees=self._display.rotation_degrees,
            transfer=colours_of(first).transfer_name,
        )

    @property
    def facts(self) -> FilmFacts:
        """Known before the first frame, but for `picture`, which is final after the last of `frames`."""
        return self._facts

    def frames(self) -> Iterator[PyAvFrame]:
        """Every frame, in order of presentation; once.

        Raises:
            FilmError: DAMAGED, after the last good frame, when something of the film could not be read.
        """
        if self._first is None:
            raise RuntimeError("the frames of this source have been read: make another")
        bars = LetterboxFinder()
        frame = self._frame(self._first, self._start, self._reader)
        self._first = None
        yield frame
        bars.observe(frame)
        for decoded in self._decoded:
            frame = self._frame(decoded, self._clock.stamp(decoded.pts), self._reader)
            yield frame
            bars.observe(frame)
        self._facts = replace(self._facts, picture=bars.picture)
        if self._reader.problem is not None:
            raise FilmError(self._location, FilmReason.DAMAGED, self._reader.problem)

    def packets(self) -> PacketListing:
        """The container's own account of the frames; reads the file once, decodes nothing."""
        reader = self._open()
        try:
            pts, sizes, keys, exact = coded_listing(reader)
        finally:
            reader.close()
        ticks = pts - self._clock.origin
        order = np.argsort(ticks, kind="stable")
        order = order[ticks[order] >= 0]
        return PacketListing(self._time_base, ticks[order], sizes[order], keys[order], exact)

    def key_frames(self) -> Iterator[PyAvFrame]:
        """The frames where decoding can start, in order, each decoded alone: some tens of times cheaper than all."""
        reader = self._side()
        reader.seek(min(0, self._clock.origin))
        for packet in reader.packets():
            if packet.is_keyframe and packet.pts is not None and packet.pts >= self._clock.origin:
                decoded = reader.alone(packet)
                if decoded is not None:
                    yield self._frame(decoded, self._time_of(packet.pts), reader)

    def frames_between(self, start: Timecode, end: Timecode | None = None) -> Iterator[PyAvFrame]:
        """The frames with start <= at < end, decoded from the key frame before `start`; to the last without `end`."""
        reader = self._side()
        first = -int(-start.exact // self._time_base) + self._clock.origin  # rounded up to a tick
        for decoded in self._decoded_from(reader, first):
            if decoded.pts is None or decoded.pts < first:
                continue
            at = self._time_of(decoded.pts)
            if end is not None and at >= end:
                return
            yield self._frame(decoded, at, reader)

    def close(self) -> None:
        """Let go of the file. Calling it twice is fine."""
        self._reader.close()
        if self._side_reader is not None:
            self._side_reader.close()

    def _first_frame(self) -> VideoFrame:
        try:
            first = next(self._decoded, None)
        except FilmError:
            self._reader.close()
            raise
        if first is None:
            self._reader.close()
            reason = FilmReason.ENCRYPTED if claims_encryption(self._location) else FilmReason.NO_FRAMES
            raise FilmError(self._location, reason, self._reader.problem or "")
        return first

    def _decoded_from(self, reader: FilmReader, pts: int) -> Iterator[VideoFrame]:
        """Decoded frames, the first at or before `pts` where the film has one."""
        for seconds in _RETREATS_SECONDS:
            reader.seek(pts - int(seconds / self._time_base))
            decoded = reader.decode()
            first = next(decoded, None)
            if first is not None and first.pts is not None and first.pts <= pts:
                yield first
                yield from decoded
                return
        reader.seek(min(0, self._clock.origin))
        yield from reader.decode()

    def _open(self) -> FilmReader:
        return FilmReader(self._location, self._params.max_pixels, self._params.threads, self._params.hasty_from)

    def _side(self) -> FilmReader:
        if self._side_reader is None:
            self._side_reader = self._open()
        return self._side_reader

    def _time_of(self, pts: int) -> Timecode:
        return Timecode(pts - self._clock.origin, self._time_base)

    def _frame(self, decoded: VideoFrame, at: Timecode, reader: FilmReader) -> PyAvFrame:
        display, coded = self._display, reader.coded_aspect
        if coded and coded != self._coded_aspect:  # a broadcast that goes from 4:3 to 16:9 changes the pixels alone
            display = replace(display, aspect=sane_aspect(coded))
        return PyAvFrame(decoded, at, display, self._size)

    @property
    def seeks_exactly(self) -> bool:
        """Whether `frames_between` can be trusted without asking `packets`: the container has an index."""
        return self._reader.format_name.startswith(_INDEXED)


def read_frame(location: str | Path, at: Timecode, params: DecodeParams | None = None) -> Rgb:
    """The whole frame on screen at an instant of the film, at full size, as displayed, sRGB.

    A seek to the key frame before it where the container can be trusted, else a decode from the start.

    Raises:
        FilmError: as `PyAvSource`, and DAMAGED when the film breaks off before the instant.
    """
    source = PyAvSource(location, replace(params or DecodeParams(), hasty_from=0))
    try:
        if source.seeks_exactly or source.packets().exact:
            found = next(source.frames_between(at), None)
            if found is not None and found.at == at:
                return found.still(_FULL_SIZE)
        frames = source.frames()
        shown = next(frames)
        for frame in frames:
            if frame.at > at:
                break
            shown = frame
        return shown.still(_FULL_SIZE)
    finally:
        source.close()


def _display_matrix(frame: VideoFrame) -> bytes | None:
    found = cast("SideDataContainer", frame.side_data).get(Type.DISPLAYMATRIX)
    return None if found is None else bytes(found)
