"""Files of a rendition: exact sizes, the same bytes each time, what they say about themselves."""

from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pytest
from compose_builders import annotation, canvas, flat, noisy
from PIL import Image, features

from artwork.compose.alt import alt_text
from artwork.compose.encoding import cropped, encoded, placeholder
from artwork.compose.values import Crop, CropLoss, PixelBox
from artwork.compose.xmp import NAMESPACE, Provenance, packet
from artwork.domain import Timecode
from artwork.errors import SettingsError

WIDE = canvas(16, 9, 160, 320, 640)
CROP = Crop("billboard", PixelBox(10, 20, 650, 380), (1920, 1080), (160, 320, 640), CropLoss(1, 1, 0, 1))


def opened(content: bytes) -> Image.Image:
    """The decoded picture."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def test_every_width_in_every_format_at_the_exact_size() -> None:
    """Three widths, three formats; each decodes to its size and looks like what went in."""
    pixels = noisy(640, 360)
    files = list(encoded(pixels, WIDE, (160, 320, 640), b""))
    assert [(each.width, each.format) for each in files] == [
        (width, form) for width in (160, 320, 640) for form in ("avif", "webp", "jpeg")
    ]
    for each in files:
        picture = opened(each.content)
        assert picture.size == (each.width, each.width * 9 // 16)
        assert picture.mode == "RGB"
        assert each.media_type == f"image/{each.format}"
        want = np.asarray(Image.fromarray(pixels).resize(picture.size, Image.Resampling.LANCZOS), int)
        assert np.abs(np.asarray(picture, int) - want).mean() < 6


def test_the_same_pixels_give_the_same_bytes() -> None:
    one, other = ([each.digest for each in encoded(noisy(320, 180), WIDE, (160, 320), b"x")] for _ in range(2))
    assert one == other
    assert len(set(one)) == len(one)


def test_a_format_that_this_pillow_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No silent fallback: the canvases say what is wanted."""
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    with pytest.raises(SettingsError, match="cannot write avif"):
        next(encoded(noisy(160, 90), WIDE, (160,), b""))


def test_a_crop_is_brought_to_size() -> None:
    """The right half of a frame that is black on the left and white on the right."""
    pixels = flat(640, 360, 0)
    pixels[:, 320:] = 255
    small = cropped(pixels, PixelBox(320, 0, 640, 180), (160, 90))
    assert small.shape == (90, 160, 3)
    assert small.min() == 255


def test_a_placeholder_gives_nothing_away() -> None:
    """A dozen pixels, under 200 characters, and what was sharp is not in it."""
    pixels = flat(640, 360, 0)
    pixels[::8] = 255
    uri = placeholder(pixels)
    picture = opened(base64.b64decode(uri.removeprefix("data:image/webp;base64,")))
    assert max(picture.size) == 12
    assert len(uri) < 250
    assert np.asarray(picture).std() < 12


def test_files_say_where_they_come_from() -> None:
    """Every format carries the packet; it holds title, timecode, crop and software."""
    source = Provenance('The "Last" <Orbit> & Co', "f1", Timecode(90_090, Fraction(1, 90_000)), CROP, "de")
    xmp = packet(source)
    for each in encoded(noisy(160, 90), WIDE, (160,), xmp):
        assert opened(each.content).info["xmp"].rstrip(b"\0") == xmp
    root = ET.fromstring(xmp.decode().lstrip("\ufeff"))  # noqa: S314  # our own packet
    said = {each.tag.split("}")[1]: each.text for each in root.iter() if each.text and NAMESPACE in each.tag}
    assert said == {
        "SourceTitle": 'The "Last" <Orbit> & Co',
        "SourceFrame": "f1",
        "Timecode": "00:00:01.001",
        "ExactTime": "90090x1/90000",
        "Canvas": "billboard",
        "Crop": "10,20,640,360",
        "SourceSize": "1920x1080",
        "Locale": "de",
    }
    assert b"CreatorTool>artwork " in xmp


@pytest.mark.parametrize("name", ["\x00\x0b", "a\ufffeb", "]]>", "<?xpacket end='w'?>", "\ud800", "\U0001f600"])
def test_any_title_gives_a_packet_that_parses(name: str) -> None:
    ET.fromstring(packet(Provenance(name, "f", Timecode(0, Fraction(1)), CROP)).decode())  # noqa: S314  # our own


def test_words_for_those_who_do_not_see() -> None:
    """People are named where all are, else counted; in another language the title stands alone."""
    seen = annotation()
    assert alt_text("Sintel", seen, 1) == "Sintel: one person from the waist up"
    assert alt_text("Sintel", seen, 2, "en-GB") == "Sintel: two people from the waist up"
    assert alt_text("Sintel", seen, 1, "", ["Ada"]) == "Sintel: Ada from the waist up"
    assert alt_text("Sintel", seen, 3, "en", ["Ada", "B", "<C>"]) == "Sintel: Ada, B and <C> from the waist up"
    assert alt_text("Sintel", seen, 2, "", ["Ada"]) == "Sintel: two people from the waist up"
    assert alt_text("Sintel", seen, 40) == "Sintel: many people from the waist up"
    assert alt_text("Sintel", seen, 0) == "Sintel: a picture from it"
    assert alt_text("Синтел", seen, 1, "ru") == "Синтел"
    assert alt_text("\x00", seen, 0) == "Untitled: a picture from it"
