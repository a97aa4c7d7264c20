"""A decoded frame's planes become an sRGB picture of a wanted size, at the least cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from artwork.domain import Rgb
from artwork.film.colour import FULL_RANGE, Colours, guess_matrix, yuv_to_srgb
from artwork.film.fields import one_instant

Plane = NDArray[np.uint8] | NDArray[np.uint16]

_DEPTHS = ("", "9le", "10le", "12le", "14le", "16le")
PLANAR_YUV = frozenset(
    f"yuv{chroma}p{depth}" for chroma in ("420", "422", "444", "440", "411", "410") for depth in _DEPTHS
) | {f"yuvj{chroma}p" for chroma in ("420", "422", "444", "440", "411")}
"""Formats whose planes are read where the decoder left them; any other goes through swscale."""
_HAS_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8", "ayuv", "vuya")
_WHOLE_PICTURE_STRIP = 256
"""Lines of a full-size HDR picture that are in float32 at once."""
_LUMA_LINES, _CHROMA_LINES, _SPARSEST = 2, 1, 4
"""Lines that a hasty picture is made of, for each of its own at least, and of how many lines one is read."""


@dataclass(frozen=True, slots=True)
class _Planes:
    """Luma and two chroma planes, with what their values mean."""

    luma: Plane
    blue: Plane
    red: Plane
    colours: Colours


def colours_of(frame: VideoFrame) -> Colours:
    """How the frame codes colour; what it does not say is guessed from its size."""
    name = frame.format.name
    return Colours(
        matrix=guess_matrix(frame.colorspace, frame.width, frame.height),
        full_range=frame.color_range == FULL_RANGE or name.startswith("yuvj"),
        transfer=frame.color_trc,
        primaries=frame.color_primaries,
        depth=frame.format.components[0].bits,
    )


def stored_picture(frame: VideoFrame, width: int, height: int, *, hasty: bool = False) -> Rgb:
    """(height, width, 3) sRGB of a frame as stored, before any turn; of an interlaced one, one instant.

    Args:
        frame: as the decoder left it.
        width: wanted, in pixels.
        height: wanted, in pixels.
        hasty: whether most lines may be passed over, and a last reduction may be bilinear, not a mean over areas. What
            a small picture costs is the way of the large one from memory (measured while 1080p is decoded, to
            240x135: 0.14 against 0.30 ms). The two instants of an interlaced frame stay mixed.
    """
    apart = frame.interlaced_frame and not hasty
    if frame.format.name in PLANAR_YUV and all(plane.line_size > 0 for plane in frame.planes):
        return _from_planes(_planes(frame, colours_of(frame), apart=apart), width, height, hasty=hasty)
    if any(frame.format.name.startswith(alpha) for alpha in _HAS_ALPHA):
        return _from_alpha(frame, width, height)
    if frame.format.is_rgb or len(frame.format.components) == 1:
        return cast("Rgb", shrink(_packed(frame, "rgb24"), width, height))
    planar = _as_planar(frame)
    colours = replace(colours_of(frame), depth=planar.format.components[0].bits)
    return _from_planes(_planes(planar, colours, apart=apart), width, height, hasty=hasty)


def shrink(plane: Plane, width: int, height: int, *, hasty: bool = False) -> Plane:
    """The plane at (height, width), area-averaged, or enlarged linearly.

    It is halved while it can be: 2x2 means are the one reduction that OpenCV vectorises (measured for 1080p luma to
    240x135: 0.12 ms in three halvings, 0.63 ms at once). A third of it is taken from a running mean (measured for
    1080p luma to 640x360: 0.3 against 1.0 ms).
    """
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = cast("Plane", cv2.resize(plane[: half[1] * 2, : half[0] * 2], half, interpolation=cv2.INTER_AREA))
    if plane.shape[:2] == (height, width):
        return plane
    if plane.shape[:2] == (3 * height, 3 * width) and not hasty:
        return cast("Plane", np.ascontiguousarray(cv2.blur(plane, (3, 3))[1::3, 1::3]))
    smaller = plane.shape[1] >= width and plane.shape[0] >= height and not hasty
    return cast(
        "Plane", cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    )


def _planes(frame: VideoFrame, colours: Colours, *, apart: bool) -> _Planes:
    sample = np.uint8 if colours.depth == 8 else np.uint16
    views = [_view(plane, sample) for plane in frame.planes[:3]]
    luma, blue, red = (one_instant(plane, colours.depth) for plane in views) if apart else views
    return _Planes(luma, blue, red, colours)


def _view(plane: VideoPlane, sample: type[np.uint8 | np.uint16]) -> Plane:
    """The plane's pixels, not copied: valid as long as the frame lives."""
    rows: Plane = np.frombuffer(plane, sample).reshape(plane.height, -1)  # type: ignore[call-overload]
    return rows[:, : plane.width]


def _from_planes(planes: _Planes, width: int, height: int, *, hasty: bool = False) -> Rgb:
    luma = shrink(_thinned(planes.luma, height, _LUMA_LINES) if hasty else planes.luma, width, height, hasty=hasty)
    chroma = [_chroma(plane, planes.luma, width, height, hasty=hasty) for plane in (planes.blue, planes.red)]
    merged = cast("Plane", cv2.merge((luma, *chroma)))
    if planes.colours.is_plain or height <= _WHOLE_PICTURE_STRIP:
        return yuv_to_srgb(merged, planes.colours)
    picture = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _WHOLE_PICTURE_STRIP):
        strip = slice(top, top + _WHOLE_PICTURE_STRIP)
        picture[strip] = yuv_to_srgb(merged[strip], planes.colours)
    return picture


def _thinned(plane: Plane, height: int, lines: int) -> Plane:
    """Every few lines of the plane, `lines` for each one wanted, or more."""
    step = min(plane.shape[0] // (lines * height), _SPARSEST)
    return plane[step // 2 :: step][: plane.shape[0] // step] if step > 1 else plane


def _chroma(plane: Plane, luma: Plane, width: int, height: int, *, hasty: bool) -> Plane:
    """A chroma plane at the wanted size.

    Reduced, bilinear at the last where it was coded smaller than the luma: nothing finer is in it. When enlarged,
    from where it was sampled: on every other luma column, half way between two rows (what H.264 and HEVC mean by
    4:2:0 when they say nothing).
    """
    if plane.shape[1] >= width and plane.shape[0] >= height:
        read = _thinned(plane, height, _CHROMA_LINES) if hasty else plane
        return shrink(read, width, height, hasty=hasty or plane.size < luma.size)
    across, down = plane.shape[1] / width, plane.shape[0] / height
    left = 0.5 * across - 0.5 * plane.shape[1] / luma.shape[1]
    where = np.array([[across, 0.0, left], [0.0, down, 0.5 * down - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast("Plane", cv2.warpAffine(plane, where, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _as_planar(frame: VideoFrame) -> VideoFrame:
    """The frame in a planar YUV format of the same depth; told full range twice, swscale leaves the range alone."""
    depth = frame.format.components[0].bits
    name = {8: "yuv444p", 9: "yuv444p10le", 10: "yuv444p10le"}.get(depth, "yuv444p12le")
    return frame.reformat(format=name, src_color_range=FULL_RANGE, dst_color_range=FULL_RANGE)


def _packed(frame: VideoFrame, name: str) -> Rgb:
    colours = colours_of(frame)
    spread = FULL_RANGE if colours.full_range or frame.format.is_rgb else 0
    matrix = 5 if colours.matrix == 6 else colours.matrix
    turned = frame.reformat(format=name, src_colorspace=matrix, src_color_range=spread)
    return cast("Rgb", turned.to_ndarray())


def _from_alpha(frame: VideoFrame, width: int, height: int) -> Rgb:
    """Over black: what a player shows that has nothing behind the film."""
    picture = _packed(frame, "rgba").astype(np.uint16)
    laid = (picture[..., :3] * picture[..., 3:] + 127) // 255
    return cast("Rgb", shrink(laid.astype(np.uint8), width, height))
