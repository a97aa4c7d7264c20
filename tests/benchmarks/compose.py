"""Milliseconds per candidate of composing and encoding, against plain Pillow making the same files.

    python -m tests.benchmarks.compose

Ours: focus, crops, titles in type, every width and format of every canvas. Theirs: the same rectangles cropped and
resized by Lanczos from the full frame for each width, saved at the same qualities with Pillow's own effort (WebP method
4, AVIF speed 6, baseline JPEG); it decides nothing and writes no title. Same frames, same run, turn by turn, one
thread, the process's own seconds; the best turn of each counts. SSIM is of a decoded file to the pixels it was made of.

The frames are those of the sample films brought to 1920x1080 (ARTWORK_MATERIAL, or `../shared` beside the checkout),
smooth noise where there are none.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from artwork.annotate.faces import open_face_detector
from artwork.annotate.frame import annotate_frame
from artwork.compose.canvases import read_canvases
from artwork.compose.composition import Approved, Compositor
from artwork.compose.encoding import encoded
from artwork.compose.treatment import Billing
from artwork.compose.typefaces import Typefaces
from artwork.compose.values import Canvas, Rendition
from artwork.domain import Rgb, Timecode

FILMS = {"big_buck_bunny": (65.0, 180.0, 334.0), "flower": (2.0,)}
SIZE = (1920, 1080)
TURNS = 2
TARGET = 2.0
QUALITY = {"jpeg": {"quality": 80}, "webp": {"quality": 80}, "avif": {"quality": 62, "max_threads": 1}}


def main() -> float:
    """How many times the files per second: printed with what it is made of."""
    cv2.setNumThreads(1)
    compositor, canvases, billing = Compositor(Typefaces.open()), read_canvases(), Billing("The Keeper of Gull Rock")
    frames = [_approved(number, pixels) for number, pixels in enumerate(_frames())]

    def previews() -> None:
        for frame in frames:
            focus = compositor.focus(frame)
            for canvas in canvases:
                compositor.preview(frame, focus, canvas, billing)

    made = [_renditions(compositor, frame, canvases, billing) for frame in frames]
    ours = _best(lambda: [_renditions(compositor, frame, canvases, billing) for frame in frames])
    theirs = _best(lambda: [list(_plainly(*pair)) for pair in zip(frames, made, strict=True)])
    plain = [list(_plainly(*pair)) for pair in zip(frames, made, strict=True)]
    count = sum(len(each.files) for renditions in made for each in renditions)
    print(f"frames            {len(frames)}, {count} files on {len(canvases)} canvases")
    print(f"deciding, titles  {1000 * _best(previews) / len(frames):7.0f} ms per candidate, widest pixels made")
    print(f"ours, in all      {1000 * ours / len(frames):7.0f} ms per candidate, {_kilobytes(made):7.0f} kB")
    sizes = sum(len(content) for files in plain for _, content in files) / len(frames) / 1000
    print(f"plain Pillow      {1000 * theirs / len(frames):7.0f} ms per candidate, {sizes:7.0f} kB")
    print("\n".join(_likeness(frames, canvases[0])))
    print(f"ratio             {theirs / ours:7.2f} (target {TARGET})")
    return theirs / ours


def _frames() -> Iterator[Rgb]:
    """Film frames at full size."""
    folder = Path(os.environ.get("ARTWORK_MATERIAL", Path(__file__).parents[3] / "shared")) / "films"
    if not folder.is_dir():
        small = np.random.default_rng(1).integers(0, 256, (27, 48, 3), dtype=np.uint8)
        yield np.array(Image.fromarray(small).resize(SIZE, Image.Resampling.BICUBIC), np.uint8)
        return
    for film, instants in FILMS.items():
        with av.open(str(folder / f"{film}.mp4")) as container:
            stream = container.streams.video[0]
            for seconds in instants:
                container.seek(int(seconds / (stream.time_base or 1)), stream=stream)
                picture = next(container.decode(stream)).to_image()
                yield np.array(picture.resize(SIZE, Image.Resampling.LANCZOS), np.uint8)


def _approved(number: int, pixels: Rgb) -> Approved:
    annotation = annotate_frame(pixels, motion=0.0, faces=open_face_detector(None))
    return Approved(f"c{number}", f"f{number}", Timecode(number, Fraction(1)), pixels, annotation)


def _renditions(
    compositor: Compositor, frame: Approved, canvases: Sequence[Canvas], billing: Billing
) -> list[Rendition]:
    found = compositor.compose(frame, canvases, [billing])
    return [each for each in found if isinstance(each, Rendition)]


def _plainly(frame: Approved, renditions: Sequence[Rendition]) -> Iterator[tuple[str, bytes]]:
    """(format, content) of the same files, one by one from the whole frame."""
    picture = Image.fromarray(frame.pixels)
    for rendition in renditions:
        cut = rendition.crop.pixels
        for file in rendition.files:
            size = (file.width, file.height)
            part = picture.crop((cut.left, cut.top, cut.right, cut.bottom)).resize(size, Image.Resampling.LANCZOS)
            yield file.format, _saved(part, file.format)


def _best(work: Callable[[], object]) -> float:
    """Seconds of the process in the better of the turns."""
    spent = []
    for _ in range(TURNS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def _kilobytes(made: Sequence[Sequence[Rendition]]) -> float:
    return sum(len(file.content) for each in made for rendition in each for file in rendition.files) / len(made) / 1000


def _likeness(frames: Sequence[Approved], canvas: Canvas) -> Iterator[str]:
    """A line for each format: SSIM of the whole frame, as we save it and as plain Pillow does, and kilobytes."""
    for form in canvas.formats:
        rows = []
        for frame in frames:
            files = encoded(frame.pixels, replace(canvas, formats=(form,)), (SIZE[0],), b"")
            for content in (next(files).content, _saved(Image.fromarray(frame.pixels), form)):
                pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
                rows.append((structural_similarity(pixels, frame.pixels, channel_axis=2), len(content) / 1000))
        (like, size), (plain, weight) = np.mean(rows[::2], axis=0), np.mean(rows[1::2], axis=0)
        yield f"{form:5} at 1920     SSIM {like:.4f}, {size:.0f} kB; plain {plain:.4f}, {weight:.0f} kB"


def _saved(picture: Image.Image, form: str) -> bytes:
    target = io.BytesIO()
    picture.save(target, form.upper(), **QUALITY[form])
    return target.getvalue()


if __name__ == "__main__":
    main()
