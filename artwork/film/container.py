"""Opens a film as what it is, untrusted: one file, one known container, no network, bounded pictures."""

from __future__ import annotations

import stat
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from artwork.errors import FilmError, FilmReason

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,mpeg,h264,hevc,mpegvideo,m4v,mxf,flv,ogg,asf,dv,ivf,yuv4mpegpipe"
)
"""The only containers opened: none of them names other files (playlists, image sequences and SDP do)."""

_NOT_THE_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_OF_PICTURES = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
"""Codecs that cover art comes in, also where nothing marks it as such; a film in one of them has frames to count."""


def open_container(location: str, max_pixels: int) -> InputContainer:
    """The film's container, open.

    Raises:
        FilmError: UNREADABLE: no such file, or none of `FORMATS`; NO_VIDEO: nothing in it.
    """
    av.logging.set_level(None)
    path = Path(location).absolute()
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FilmError(location, FilmReason.UNREADABLE, "not a regular file")
    except OSError as error:
        raise FilmError(location, FilmReason.UNREADABLE, error.strerror or str(error)) from error
    except ValueError as error:
        raise FilmError(location, FilmReason.UNREADABLE, str(error)) from error
    try:
        return _opened(path, {"max_pixels": decoder_limit(max_pixels)})
    except av.ArgumentError as error:  # what libavformat says of a format that is not on the list
        raise FilmError(location, FilmReason.UNREADABLE, "not a film but another kind of file") from error
    except (av.FFmpegError, ValueError) as error:
        raise FilmError(location, FilmReason.UNREADABLE, said(error)) from error


def film_stream(container: InputContainer, location: str, max_pixels: int) -> VideoStream:
    """The video stream that is the film: the largest one, cover art left out.

    Of equals (other camera angles) it is the one that players are told to show, or the first.

    Raises:
        FilmError: NO_VIDEO, NO_FRAMES (no decoder for any), or TOO_LARGE.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & _NOT_THE_FILM]
    if not streams:
        raise FilmError(location, FilmReason.NO_VIDEO)
    # A stream that this build has no decoder for comes without a codec context.
    known = [stream for stream in streams if getattr(stream, "codec_context", None) is not None]
    if not known:
        raise FilmError(location, FilmReason.NO_FRAMES, "no decoder for this codec")
    moving = [stream for stream in known if _moves(stream)] or known
    stream = max(
        moving, key=lambda each: (each.width * each.height, each.disposition & Disposition.default, -each.index)
    )
    width, height = (stream.width, stream.height) if stream.width else _stated_size(location, stream.index)
    if width * height > max_pixels:
        detail = f"{width}x{height}, at most {max_pixels} pixels are allowed"
        raise FilmError(location, FilmReason.TOO_LARGE, detail)
    return stream


def _standing(stream: VideoStream) -> tuple[int, bool, int]:
    return stream.width * stream.height, bool(stream.disposition & Disposition.default), -stream.index


def _moves(stream: VideoStream) -> bool:
    """Whether the stream is more than one picture, as far as its container tells."""
    if stream.frames:
        return stream.frames > 1
    return stream.codec_context.name not in _OF_PICTURES


def decoder_limit(max_pixels: int) -> str:
    """What libavcodec is told when frames may have `max_pixels`: it counts the padding of its buffers, too."""
    return str(2 * max_pixels + 65536)


def _opened(path: Path, options: dict[str, str]) -> InputContainer:
    guards = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "enable_drefs": "0", "use_absolute_path": "0"}
    # An absolute path: a name such as "concat:a|b" or "http:..." is a file here, never a protocol.
    return av.open(str(path), "r", options={**guards, **options}, metadata_errors="replace")


def _stated_size(location: str, number: int) -> tuple[int, int]:
    """(width, height) as the container has it, no decoder asked: one that finds it too large forgets it."""
    try:
        with _opened(Path(location).absolute(), {"codec_whitelist": "none"}) as container:
            stream = container.streams[number]
            return (stream.width, stream.height) if isinstance(stream, VideoStream) else (0, 0)
    except (av.FFmpegError, ValueError, IndexError):
        return 0, 0


def said(error: BaseException) -> str:
    """What the library said about an error, without the numbers and the path around it."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    log = getattr(error, "log", None)
    return f"{text}; {log[2].strip()}" if log else str(text)
