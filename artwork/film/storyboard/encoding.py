"""A storyboard as a real video file: H.264 in mp4, through PyAV."""

from __future__ import annotations

from pathlib import Path

import av
from av.video.reformatter import ColorRange, Colorspace

from artwork.film.storyboard.script import Storyboard
from artwork.film.storyboard.source import StoryboardSource

REC709 = 1
"""The code of BT.709 for primaries, transfer and matrix (ITU-T H.273)."""


def encode(storyboard: Storyboard, path: Path, *, crf: int = 20, preset: str = "veryfast") -> None:
    """A film file at `path`. Its frames are the same every time; the encoder's bytes are not promised to be.

    The storyboard's digest stands in the file's metadata as `comment`; `encoded_digest` reads it back.

    Args:
        storyboard: what to film.
        path: where to; written as mp4 whatever its name.
        crf: libx264's quality, 0 lossless to 51.
        preset: libx264's speed.

    Raises:
        ExtraMissing: a package that ships one of the photographs is not installed.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        film.metadata["title"] = storyboard.name
        film.metadata["comment"] = storyboard.digest
        stream = film.add_stream("libx264", rate=storyboard.rate, options={"crf": str(crf), "preset": preset})
        stream.width, stream.height, stream.pix_fmt = storyboard.width, storyboard.height, "yuv420p"
        stream.thread_count = 1
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = REC709
        context.color_range = ColorRange.MPEG
        stream.time_base = 1 / storyboard.rate
        for frame in StoryboardSource(storyboard).frames():
            rgb = av.VideoFrame.from_ndarray(frame.pixels, format="rgb24")
            coded = rgb.reformat(
                format="yuv420p",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            coded.pts, coded.time_base = frame.at.pts, frame.at.time_base
            film.mux(stream.encode(coded))
        film.mux(stream.encode(None))


def encoded_digest(path: Path) -> str | None:
    """The digest of the storyboard that a file was made from; None when it is no such file."""
    try:
        with av.open(str(path)) as film:
            return film.metadata.get("comment") if film.streams.video else None
    except (av.FFmpegError, OSError):
        return None
