"""What a file says about itself: where its picture comes from and what made it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from xml.sax.saxutils import escape

from artwork.compose.values import Crop
from artwork.domain import Timecode

NAMESPACE = "https://ns.artwork.invalid/1.0/"
"""Of our own terms; `.invalid` (RFC 2606), since nothing is served there."""
SOFTWARE = f"artwork {version('artwork')}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a rendition comes from. `frame_id` is the sampled frame, `locale` the language of the title on it."""

    title: str
    frame_id: str
    at: Timecode
    crop: Crop
    locale: str = ""


def packet(source: Provenance) -> bytes:
    """An XMP packet, UTF-8: the same source gives the same bytes. It holds no date and no person.

    Source:
        ISO 16684-1 (XMP), with Dublin Core, EXIF's colour space (1 is sRGB) and terms of our own.
    """
    cut = source.crop.pixels
    terms = {
        "xmp:CreatorTool": SOFTWARE,
        "exif:ColorSpace": "1",
        "artwork:SourceTitle": source.title,
        "artwork:SourceFrame": source.frame_id,
        "artwork:Timecode": str(source.at),
        "artwork:ExactTime": f"{source.at.pts}x{source.at.time_base}",
        "artwork:Canvas": source.crop.canvas,
        "artwork:Crop": f"{cut.left},{cut.top},{cut.width},{cut.height}",
        "artwork:SourceSize": f"{source.crop.frame[0]}x{source.crop.frame[1]}",
        "artwork:Locale": source.locale,
    }
    inner = "".join(f"<{name}>{escape(_printable(value))}</{name}>" for name, value in terms.items() if value)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:artwork="{NAMESPACE}">{inner}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def _printable(text: str) -> str:
    """The text without characters that XML 1.0 has no way to write."""
    return "".join(letter for letter in text if _is_xml(ord(letter)))


def _is_xml(code: int) -> bool:
    return code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
