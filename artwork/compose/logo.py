"""A title's own logo: a transparent PNG, trimmed to its ink."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from artwork.compose.contrast import luminance
from artwork.errors import BadInput

MOST_PIXELS = 40_000_000
"""A logo larger than this is a mistake or a trap: 10,000 by 4,000."""
FAINT = 8
"""Alpha, of 255, up to which a pixel counts as empty when a logo is trimmed."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo, trimmed.

    Attributes:
        pixels: (height, width, 4) uint8, sRGB with straight alpha.
        digest: SHA-256 of the file, in hex.
    """

    pixels: NDArray[np.uint8] = field(repr=False, compare=False)
    digest: str

    @property
    def aspect(self) -> float:
        """Width over height."""
        height, width = self.pixels.shape[:2]
        return float(width / height)

    @property
    def brightness(self) -> float:
        """Relative luminance of its ink, by how much each pixel covers."""
        cover = self.pixels[:, :, 3].astype(np.float64)
        return float((luminance(self.pixels[:, :, :3]) * cover).sum() / cover.sum())

    def at_size(self, width: int, height: int) -> NDArray[np.uint8]:
        """(height, width, 4) uint8: the logo reduced or enlarged, its edges not darkened by what alpha hides."""
        picture = Image.fromarray(self.pixels, "RGBA").convert("RGBa")
        return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS).convert("RGBA"), np.uint8)


def read_logo(content: bytes) -> Logo:
    """The logo in a PNG file.

    Raises:
        BadInput: the file is no PNG, is broken or too large, has no transparent part, or nothing in it can be seen.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadInput(f"the logo has {picture.width}x{picture.height} pixels: reduce it below {MOST_PIXELS:,}")
            pixels = np.array(_in_srgb(picture), np.uint8)
    except UnidentifiedImageError as error:
        raise BadInput("the logo is no PNG file: save it as PNG with a transparent ground") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"the logo is a broken PNG file ({error}): save it again") from error
    inked = pixels[:, :, 3] > FAINT
    if not inked.any():
        raise BadInput("the logo is empty: every pixel of it is transparent")
    if inked.all():
        raise BadInput("the logo has no transparent part: save it with a transparent ground")
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    trimmed = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Logo(np.ascontiguousarray(trimmed), hashlib.sha256(content).hexdigest())


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture as RGBA in sRGB: a colour profile in the file is applied."""
    profile = picture.info.get("icc_profile")
    whole = picture.convert("RGBA")
    if not profile or picture.mode not in {"RGB", "RGBA"}:
        return whole
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        colours = ImageCms.profileToProfile(whole.convert("RGB"), theirs, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError) as error:
        raise BadInput(f"the colour profile in the logo cannot be read ({error}): save it in sRGB") from error
    if colours is None:
        return whole
    colours.putalpha(whole.getchannel("A"))
    return colours
