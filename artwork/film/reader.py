"""One open film and its decoder: frames from wherever it stands, damage stepped over and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from artwork.errors import FilmError, FilmReason
from artwork.film.container import decoder_limit, film_stream, open_container, said
from artwork.film.encryption import is_encrypted


class FilmReader:
    """A container and the decoder of the stream that is the film.

    Attributes:
        stream: the film stream.
        problem: what the library said at the first damage met, None while there was none.
        coded_aspect: the shape of a pixel as the coded frames have it from the last key frame on; None where they do
            not say, or before the first.
    """

    def __init__(self, location: str, max_pixels: int, threads: int, hasty_from: int = 0) -> None:
        """The film is open. With `hasty_from`, see `DecodeParams`."""
        self.location = location
        self.problem: str | None = None
        self.coded_aspect: Fraction | None = None
        self._container = open_container(location, max_pixels)
        try:
            self.stream: VideoStream = film_stream(self._container, location, max_pixels)
        except FilmError:
            self._container.close()
            raise
        decoder = self.stream.codec_context
        decoder.thread_count = threads
        decoder.thread_type = "AUTO" if threads > 1 else "NONE"
        hasty = 0 < hasty_from <= max(decoder.width, decoder.height)
        decoder.options = {"max_pixels": decoder_limit(max_pixels)} | ({"skip_loop_filter": "noref"} if hasty else {})
        self._max_pixels = max_pixels
        self._begun = self._given = False

    def hurry(self) -> None:
        """Only key frames are deblocked from now on, where the reader is hasty; to be asked before anything is decoded.

        For a few frames behind each key frame, seen at half the size: over before it shows (a tenth of the cost of a
        quick scan).
        """
        decoder = self.stream.codec_context
        if "skip_loop_filter" in decoder.options:
            decoder.options = {**decoder.options, "skip_loop_filter": "nokey"}

    @property
    def format_name(self) -> str:
        """The container, in libavformat's word."""
        return self._container.format.name

    @property
    def duration_seconds(self) -> float | None:
        """What the container says of the film's length; None where it says nothing sensible."""
        stream, container = self.stream, self._container
        if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
            return float(stream.duration * stream.time_base)
        if container.duration is not None and container.duration > 0:
            return container.duration / av.time_base
        return None

    def close(self) -> None:
        """Let go of the file. Calling it twice is fine."""
        self._container.close()

    def seek(self, pts: int) -> None:
        """Stand at a key frame at or before `pts`, as well as the container can tell."""
        try:
            self._container.seek(pts, stream=self.stream)
        except (av.FFmpegError, OverflowError) as error:
            self.problem = self.problem or said(error)

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """The coded frames from where the container stands, in the order of the file.

        The last is empty: it makes the decoder give what it still holds, after damage too.
        """
        coded = self._container.demux(self.stream)
        while True:
            try:
                packet = next(coded)
            except MemoryError as error:
                raise FilmError(self.location, FilmReason.OUT_OF_MEMORY, said(error)) from error
            except (av.FFmpegError, ValueError) as error:
                self.problem = self.problem or said(error)
                break
            except IndexError:
                # A packet of a stream that began after the film was opened, which PyAV does not know: it is let go.
                coded = self._container.demux(self.stream)
                continue
            except StopIteration:
                return
            yield packet
        last: Packet[VideoStream] = Packet()  # type: ignore[assignment]  # it belongs to no stream until the next line
        last.stream = self.stream
        yield last

    def decode(self) -> Iterator[VideoFrame]:
        """Frames from where the container stands, in order of presentation.

        After a packet that cannot be decoded, frames are left out up to the next key frame: they would show the
        damage. Packets before the film's first key frame (a broadcast joined in the middle) are no damage.

        Raises:
            FilmError: ENCRYPTED, OUT_OF_MEMORY, TOO_LARGE (where frames of an allowed size came before, they are the
                film, and the rest is its damage).
        """
        wait_for_key = False
        for packet in self.packets():
            # Key by key: a film that is clear at its beginning is encrypted from a key frame on.
            if (packet.is_keyframe or not self._given) and is_encrypted(packet):
                raise FilmError(self.location, FilmReason.ENCRYPTED)
            if packet.size == 0 and packet.pts is not None:
                continue  # the frame before it stays, says Theora; decoders take it for the end
            self._begun = self._begun or packet.is_keyframe
            try:
                decoded = packet.decode()
            except MemoryError as error:
                raise FilmError(self.location, FilmReason.OUT_OF_MEMORY, said(error)) from error
            except (av.FFmpegError, ValueError) as error:
                if self._begun and not isinstance(error, av.EOFError):
                    self.problem = self.problem or said(error)
                    wait_for_key = True
                continue
            for frame in decoded:
                if frame.width * frame.height > self._max_pixels:
                    self._grown(frame)
                    return
                wait_for_key = wait_for_key and not frame.key_frame
                if not wait_for_key:
                    yield self._noted(frame)

    def _noted(self, frame: VideoFrame) -> VideoFrame:
        self._given = True
        if frame.key_frame:
            self.coded_aspect = self.stream.codec_context.sample_aspect_ratio
        return frame

    def _grown(self, frame: VideoFrame) -> None:
        said_size = f"a frame of {frame.width}x{frame.height}, at most {self._max_pixels} pixels are allowed"
        if not self._given:
            raise FilmError(self.location, FilmReason.TOO_LARGE, said_size)
        self.problem = self.problem or said_size

    def alone(self, packet: Packet[VideoStream]) -> VideoFrame | None:
        """The frame in a packet, where an empty decoder can make it of that packet alone; None where it cannot.

        The decoder is empty afterwards. (Told to skip all but key frames, decoders leave out those of open groups.)
        """
        decoder = self.stream.codec_context
        try:
            pictures = [*decoder.decode(packet), *decoder.decode(None)]
        except (av.FFmpegError, ValueError):
            pictures = []
        self.coded_aspect = decoder.sample_aspect_ratio
        decoder.flush_buffers()
        if len(pictures) != 1 or pictures[0].pts != packet.pts:
            return None
        return pictures[0]


def coded_listing(reader: FilmReader) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], bool]:
    """(pts, sizes, keys, exact) of every coded frame that is shown, in the order of the file.

    `exact` is False when a packet has no time, or none of its own, or the clock was set back on the way.
    """
    stamps: list[int] = []
    sizes: list[int] = []
    keys: list[bool] = []
    whole = True
    for packet in reader.packets():
        if packet.size == 0 or packet.is_discard:
            continue
        if packet.pts is None:
            whole = False
            continue
        stamps.append(packet.pts)
        sizes.append(packet.size)
        keys.append(packet.is_keyframe)
    pts = np.array(stamps, np.int64)
    one_second = int(1 / reader.stream.time_base) if reader.stream.time_base else 1
    set_back = pts.size > 0 and int((np.maximum.accumulate(pts) - pts).max()) > one_second
    exact = whole and not set_back and np.unique(pts).size == pts.size
    return pts, np.array(sizes, np.int64), np.array(keys, np.bool_), bool(exact)
