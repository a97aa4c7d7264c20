"""The openings of groups of pictures, and single frames in them that look suspicious from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

import av
import numpy as np
from av.codec.context import Flags
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from artwork.domain import FilmFacts, Rgb
from artwork.errors import FilmError, FilmReason
from artwork.film.container import said
from artwork.film.display import Display, analysis_size
from artwork.film.groups import GroupParams, Look, Probe, look_at, openings, suspicious_places
from artwork.film.reader import FilmReader
from artwork.film.video import DecodeParams, PacketListing, PyAvFrame

_STANDS_ALONE = frozenset({"h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video"})
"""Codecs whose decoder shows a frame with whatever it has in place of the frames that are missing. (VP9 and AV1 carry
their entropy coder's state from frame to frame: what comes out is wrong.)"""
_GREYS_OUT = frozenset({"hevc"})
"""Codecs whose decoder has an even grey in place of missing frames, not the picture before."""
_GREY_LEVELS, _GREY_SPREAD, _MOSTLY = (114, 146), 8, 0.5
"""Levels of that grey in RGB, how far its channels lie apart, and the share of a probe that is grey when the frame
holds on to the picture before (measured on three HEVC encodes: 0.70 to 1.00; within dissolves and behind cuts up to
0.33)."""
_HELD_BACK = "16"
"""Frames the decoder holds back, the most there are. Across gaps H.264 counts pictures wrong, and would drop those
that seem to come too late."""


@dataclass(frozen=True, slots=True)
class LookParams:
    """How much of a film is looked at before anything is read.

    Attributes:
        per_second: key frames looked at, at most, over any longer stretch: a film that is all key frames is looked at
            as sparsely as any other.
        saved: looks that may be made at once where few were made before.
    """

    per_second: float = 2.0
    saved: int = 8


@dataclass(frozen=True, slots=True)
class Opening:
    """What was seen of a group of pictures without reading it: its look, and the last frames of its opening."""

    look: Look
    frames: tuple[PyAvFrame, ...]


def affordable_places(listing: PacketListing, params: LookParams) -> tuple[int, ...]:
    """The places of the key frames that are looked at, in order: income by the second, savings for a flurry."""
    saved = float(params.saved)
    places: list[int] = []
    before: float | None = None
    for place in np.flatnonzero(listing.keys):
        seconds = listing.at(int(place)).seconds
        saved = min(params.saved, saved + (0.0 if before is None else seconds - before) * params.per_second)
        before = seconds
        if saved >= 1:
            saved -= 1
            places.append(int(place))
    return tuple(places)


class Lookout:
    """Goes once through the file and decodes the openings of groups and the suspicious frames in them.

    Every key frame is given to an empty decoder: when it comes out, decoding can start there. (A decoder told to skip
    all other frames leaves out the key frames of open groups, and for some codecs skips nothing.)

    Attributes:
        places: the key frames that are looked at.
        decoded: how many frames were decoded so far.
    """

    def __init__(
        self,
        location: str,
        listing: PacketListing,
        facts: FilmFacts,
        decode: DecodeParams,
        params: tuple[LookParams, GroupParams],
    ) -> None:
        self.decoded = 0
        self.places = affordable_places(listing, params[0])
        ends = [*self.places[1:], len(listing.ticks)]
        self._lengths = dict(
            zip(self.places, openings(listing.ticks, self.places, listing.time_base, params[1]), strict=True)
        )
        self._suspects = {
            first: suspicious_places(listing.sizes, first, end, params[1])
            for first, end in zip(self.places, ends, strict=True)
        }
        self._kept = params[1].sample_frames
        self._listing = listing
        self._origin = _origin(location, decode)
        self._display = _display(facts)
        self._long_side = decode.analysis_long_side
        self._reader = FilmReader(location, decode.max_pixels, decode.threads, decode.hasty_from)
        self._reader.hurry()
        decoder = self._reader.stream.codec_context
        decoder.options = {**decoder.options, "has_b_frames": _HELD_BACK}
        self._greys_out = decoder.codec.canonical_name in _GREYS_OUT
        if self._greys_out:
            decoder.flags |= Flags.output_corrupt
        self._stands_alone = decoder.codec.canonical_name in _STANDS_ALONE

    @property
    def problem(self) -> str | None:
        """What the library said at the first damage met."""
        return self._reader.problem

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def openings(self) -> Iterator[Opening]:
        """The openings, in order; a group whose key frame gives no picture belongs to the one before it."""
        held: Opening | None = None
        for key, packets in self._groups():
            opening, probes = self._open(key, packets)
            if opening is not None:
                if held is not None:
                    yield held
                held = opening
            elif held is not None:
                more = (*held.look.probes, Probe(key, None), *probes)
                held = replace(held, look=replace(held.look, probes=more))
        if held is not None:
            yield held

    def _groups(self) -> Iterator[tuple[int, list[tuple[int, Packet[VideoStream]]]]]:
        """Each group's key frame with those of its packets that are wanted, in coding order."""
        group: tuple[int, list[tuple[int, Packet[VideoStream]]]] | None = None
        missing = 0
        for packet in self._reader.packets():
            place = self._place(packet)
            if place in self._lengths:
                if group is not None:
                    yield group
                group, missing = (place, [(place, packet)]), self._lengths[place] - 1
            elif group is not None and place is not None and place > group[0]:
                inside = place < group[0] + self._lengths[group[0]]
                if missing or place in self._suspects[group[0]]:
                    group[1].append((place, packet))
                missing -= inside
        if group is not None:
            yield group

    def _place(self, packet: Packet[VideoStream]) -> int | None:
        """The packet's place among the frames that are shown; None when it has none."""
        return None if packet.pts is None or packet.is_discard else self._place_of(packet.pts)

    def _place_of(self, pts: int) -> int | None:
        ticks = self._listing.ticks
        place = int(np.searchsorted(ticks, pts - self._origin))
        return place if place < len(ticks) and ticks[place] == pts - self._origin else None

    def _open(
        self, key: int, packets: list[tuple[int, Packet[VideoStream]]]
    ) -> tuple[Opening | None, tuple[Probe, ...]]:
        last, suspects = key + self._lengths[key], self._suspects[key]
        seen: dict[int, PyAvFrame] = {}
        passed: set[int] = set()
        newest = key
        for place, packet in packets:
            if place < newest and place >= last:
                # Coded after a frame that is shown later: it says no more than that one does.
                passed.add(place)
            elif place < last or place not in suspects or self._stands_alone:
                seen.update(self._decode(packet))
            newest = max(newest, place)
        seen.update(self._decode(None))
        self._reader.stream.codec_context.flush_buffers()
        looks = {place: look_at(seen[place].analysis) for place in (key, *suspects) if place in seen}
        if self._greys_out and key in looks:
            looks = {place: looks[key] if _is_mostly_grey(look) else look for place, look in looks.items()}
        probes = tuple(Probe(place, looks.get(place)) for place in suspects if place not in passed)
        if key not in seen or not seen[key].is_key:
            return None, probes
        unbroken = tuple(takewhile(seen.__contains__, range(key, last)))
        return Opening(Look(key, looks[key], probes), tuple(seen[place] for place in unbroken[-self._kept :])), probes

    def _decode(self, packet: Packet[VideoStream] | None) -> dict[int, PyAvFrame]:
        try:
            pictures = self._reader.stream.codec_context.decode(packet)
        except MemoryError as error:
            raise FilmError(self._reader.location, FilmReason.OUT_OF_MEMORY, said(error)) from error
        except (av.FFmpegError, ValueError):
            return {}
        self.decoded += len(pictures)
        places = [None if picture.pts is None else self._place_of(picture.pts) for picture in pictures]
        return {
            place: self._frame(picture, place)
            for place, picture in zip(places, pictures, strict=True)
            if place is not None
        }

    def _frame(self, picture: VideoFrame, place: int) -> PyAvFrame:
        size = analysis_size((picture.width, picture.height), self._display, self._long_side)
        return PyAvFrame(picture, self._listing.at(place), self._display, size)


def _is_mostly_grey(look: Rgb) -> bool:
    low, high = look.min(axis=2), look.max(axis=2)
    even = (low >= _GREY_LEVELS[0]) & (high <= _GREY_LEVELS[1]) & (high - low < _GREY_SPREAD)
    return bool(even.mean() > _MOSTLY)


def _display(facts: FilmFacts) -> Display:
    """How a stored picture is turned upright (a mirrored film stays mirrored, and is read whole for it)."""
    turned = facts.rotation_degrees
    return Display(facts.pixel_aspect, turned in {90, 270}, turned in {90, 180}, turned == 180)


def _origin(location: str, decode: DecodeParams) -> int:
    """The time stamp of the first frame that can be decoded: the source counts from there."""
    reader = FilmReader(location, decode.max_pixels, decode.threads)
    try:
        first = next(reader.decode(), None)
    finally:
        reader.close()
    return 0 if first is None or first.pts is None else first.pts
