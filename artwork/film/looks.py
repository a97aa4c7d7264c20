"""Key frames, and single frames that look suspicious from outside, decoded without the frames around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from artwork.domain import FilmFacts, Rgb
from artwork.film.display import Display
from artwork.film.groups import LOOK_SIZE, GroupParams, Look, Probe, look_at, suspicious_places
from artwork.film.picture import stored_picture
from artwork.film.reader import FilmReader
from artwork.film.video import DecodeParams, PacketListing

_STANDS_ALONE = frozenset({"h264", "mpeg4", "mpeg2video", "mpeg1video"})
"""Codecs whose decoder shows a frame with whatever it has in place of the frames that are missing. (HEVC's gives
nothing; VP9 and AV1 carry their entropy coder's state from frame to frame, so that the frame comes out wrong.)"""
_HELD_BACK = "16"
"""Frames the decoder holds back: more than are probed between two key frames that it is emptied at. Across the gaps
H.264 counts pictures wrong, and would drop those that seem late."""


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


def look_over(
    location: str,
    listing: PacketListing,
    facts: FilmFacts,
    decode: DecodeParams,
    params: tuple[LookParams, GroupParams],
) -> tuple[tuple[Look, ...], str | None]:
    """The film's key frames with the probes of their groups, in order, and what the library said of damage, if any.

    The file is read once, in order. Every key frame is given to an empty decoder: what comes out of it then is a frame
    to start from. (A decoder told to skip all other frames leaves out the key frames of open groups, and for some
    codecs skips nothing.)
    """
    keys = affordable_places(listing, params[0])
    ends = [*keys[1:], len(listing.ticks)]
    suspects = {
        first: suspicious_places(listing.sizes, first, end, params[1]) for first, end in zip(keys, ends, strict=True)
    }
    suspected = {place for places in suspects.values() for place in places}
    origin = _origin(location, decode)
    reader = FilmReader(location, decode.max_pixels, decode.threads)
    try:
        booth = _Booth(reader, listing, origin, facts)
        for packet in reader.packets():
            place = booth.place(packet)
            if place in suspects:
                booth.begin(packet)
            elif place in suspected:
                booth.probe(packet, place)
        booth.empty()
    finally:
        reader.close()
    looks: list[Look] = []
    for key in keys:
        probes = tuple(Probe(place, booth.seen.get(place)) for place in suspects[key] if place not in booth.passed)
        if key in booth.seen:
            looks.append(Look(key, booth.seen[key], probes))
        elif looks:
            # No frame to start from: what lies behind it belongs to the group before.
            looks[-1] = replace(looks[-1], probes=(*looks[-1].probes, Probe(key, None), *probes))
    return tuple(looks), reader.problem


class _Booth:
    """A decoder that is given single frames, and the pictures it made of them.

    Attributes:
        seen: by place, what came out.
        passed: suspicious places not worth a probe: frames between two others that were coded before them.
    """

    def __init__(self, reader: FilmReader, listing: PacketListing, origin: int, facts: FilmFacts) -> None:
        self.seen: dict[int, Rgb] = {}
        self.passed: set[int] = set()
        self._decoder = reader.stream.codec_context
        self._decoder.options = {**self._decoder.options, "has_b_frames": _HELD_BACK, "skip_loop_filter": "all"}
        self._stands_alone = self._decoder.codec.canonical_name in _STANDS_ALONE
        self._listing = listing
        self._origin = origin
        self._display = _display(facts)
        self._newest: int | None = None
        self._key: int | None = None

    def place(self, packet: Packet[VideoStream]) -> int | None:
        """The packet's place among the frames that are shown; None when it has none."""
        if packet.pts is None or packet.is_discard:
            return None
        ticks = packet.pts - self._origin
        place = int(np.searchsorted(self._listing.ticks, ticks))
        return place if place < len(self._listing.ticks) and self._listing.ticks[place] == ticks else None

    def begin(self, packet: Packet[VideoStream]) -> None:
        """Start a group with its key frame."""
        self.empty()
        self._key = self._newest = packet.pts
        self._give(packet)

    def probe(self, packet: Packet[VideoStream], place: int) -> None:
        """Add a suspicious frame to the group."""
        if self._newest is None or packet.pts is None or packet.pts < self._newest:
            self.passed.add(place)
        elif self._stands_alone:
            self._newest = packet.pts
            self._give(packet)

    def empty(self) -> None:
        """Take out what the decoder holds, and make it forget."""
        self._give(None)
        self._decoder.flush_buffers()

    def _give(self, packet: Packet[VideoStream] | None) -> None:
        try:
            pictures = self._decoder.decode(packet)
        except (av.FFmpegError, ValueError):
            return
        size = self._display.stored_size(LOOK_SIZE)
        for picture in pictures:
            if picture.pts is None or (picture.pts == self._key and not picture.key_frame):
                continue
            place = int(np.searchsorted(self._listing.ticks, picture.pts - self._origin))
            self.seen[place] = look_at(self._display.turn(stored_picture(picture, *size)))


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
