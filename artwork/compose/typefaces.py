"""The fonts at hand, and which of them can write a name."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ImageFont, features

from artwork.compose.coverage import covered
from artwork.compose.names import is_right_to_left, is_shaped
from artwork.errors import BadInput, SettingsError

SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
ENDINGS = frozenset({".ttf", ".otf", ".ttc"})
BUILT_IN = "Aileron"
"""The font that Pillow carries: Latin without accents."""


@dataclass(frozen=True, slots=True)
class TypefaceParams:
    """Which fonts are used.

    folder: of fonts of one's own, searched with its subfolders; every font in it comes before all others, in the order
    of their names. Empty: none.
    names: of font files, without ending, that are looked for in the folders of the system, in this order. The DejaVu
    fonts that come with OpenCV on Linux, and Pillow's own, follow at the end.
    """

    folder: str = ""
    names: tuple[str, ...] = (
        "NotoSans-Bold",
        "NotoSansArabic-Bold",
        "NotoSansHebrew-Bold",
        "NotoSansDevanagari-Bold",
        "NotoSansBengali-Bold",
        "NotoSansTamil-Bold",
        "NotoSansTelugu-Bold",
        "NotoSansThai-Bold",
        "NotoSansCJK-Bold",
        "DejaVuSans-Bold",
        "DejaVuSansCondensed-Bold",
    )


class GlyphMissing(BadInput):
    """No font at hand has a letter for a character of a name."""

    def __init__(self, name: str, character: str, typeface: str) -> None:
        self.name = name
        self.character = character
        self.typeface = typeface
        called = unicodedata.name(character, "without a name")
        super().__init__(
            f"{typeface} has no letter for {character!r} (U+{ord(character):04X}, {called}) of {name!r}: set "
            "ARTWORK_COMPOSE__TYPEFACES__FOLDER to a folder with a font that has it"
        )


class ShapingMissing(BadInput):
    """A name needs its letters shaped, and this Pillow cannot."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} needs its letters shaped: install a Pillow that has raqm (the wheels of PyPI do)")


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file that can be set at any size.

    Attributes:
        name: of the file, without ending; with its number in a collection.
        digest: SHA-256 of the file, in hex.
        source: the file, or its content where a package has it in no file. A font is not kept in memory: those of
            Chinese and Japanese have 20 MB, and every size of one would have its own copy.
        number: of the font in a collection.
        characters: code points it has letters for.
    """

    name: str
    digest: str
    source: Path | bytes = field(repr=False)
    number: int = 0
    characters: frozenset[int] = field(default=frozenset(), repr=False)

    def at_size(self, pixels: float) -> ImageFont.FreeTypeFont:
        """The font with letters `pixels` high from line to line, shaped by raqm where there is one."""
        engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
        file = io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source
        return ImageFont.truetype(file, pixels, self.number, layout_engine=engine)

    def missing(self, text: str) -> str:
        """The first character of the text that it has no letter for; empty where it has all."""
        return next((letter for letter in text if not self._has(letter)), "")

    def _has(self, letter: str) -> bool:
        # Joiners, marks of direction and variation selectors are never drawn themselves; an accented letter may be put
        # together from its parts.
        unseen = unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"
        if unseen or ord(letter) in self.characters:
            return True
        parts = unicodedata.normalize("NFD", letter)
        return len(parts) > 1 and all(ord(part) in self.characters for part in parts)


class Typefaces:
    """The fonts at hand, those wanted first first."""

    def __init__(self, faces: Sequence[Typeface]) -> None:
        """Take the fonts in this order.

        Raises:
            SettingsError: there is none.
        """
        if not faces:
            raise SettingsError("no font is at hand: name a folder with TrueType or OpenType fonts")
        self._faces = tuple(faces)

    @classmethod
    def open(cls, params: TypefaceParams | None = None) -> Typefaces:
        """The fonts of one's own folder, then those named that the system has, then those that packages bring.

        Raises:
            SettingsError: the folder is not there or holds no font; or a file in it is none.
        """
        params = params or TypefaceParams()
        return cls([*_own(params.folder), *_of_system(params.names), *_of_packages()])

    def __iter__(self) -> Iterator[Typeface]:
        return iter(self._faces)

    def runs(self, name: str) -> tuple[tuple[str, Typeface], ...]:
        """The name in runs of one font each; a single one wherever one font has every letter.

        Digits, blanks and signs stay with the letters before them where that font has them. A name that is written
        from right to left is never spread over fonts: the order of its runs is the shaper's to find.

        Raises:
            GlyphMissing: no font has some letter.
            ShapingMissing: the name needs shaping, and there is no raqm.
        """
        if is_shaped(name) and not features.check("raqm"):
            raise ShapingMissing(name)
        for face in self._faces:
            if not face.missing(name):
                return ((name, face),)
        if is_right_to_left(name):
            closest = self._closest(name)
            raise GlyphMissing(name, closest.missing(name), closest.name)
        runs: list[tuple[str, Typeface]] = []
        for letter in name:
            last = runs[-1][1] if runs else None
            follows = last is not None and not letter.isalpha() and not last.missing(letter)
            face = last if last is not None and follows else self._first(letter, name)
            if face is last:
                runs[-1] = (runs[-1][0] + letter, face)
            else:
                runs.append((letter, face))
        return tuple(runs)

    def _first(self, letter: str, name: str) -> Typeface:
        for face in self._faces:
            if not face.missing(letter):
                return face
        raise GlyphMissing(name, letter, self._closest(name).name)

    def _closest(self, name: str) -> Typeface:
        """The font that has most of the letters; the first of equals."""
        return max(self._faces, key=lambda face: sum(not face.missing(letter) for letter in name))


def read_typeface(path: Path) -> Typeface:
    """The font in a file; of a collection, the first.

    Raises:
        BadInput: the file cannot be read or is no font.
    """
    try:
        content = path.read_bytes()
        return Typeface(path.stem, hashlib.sha256(content).hexdigest(), path, 0, covered(content))
    except (OSError, BadInput) as error:
        raise BadInput(f"cannot use the font {path}: {error}") from error


def _own(folder: str) -> list[Typeface]:
    if not folder:
        return []
    found = sorted(_fonts_in(Path(folder)), key=lambda path: (path.stem, str(path)))
    if not found:
        raise SettingsError(f"the fonts folder {folder} holds no .ttf, .otf or .ttc file")
    try:
        return [read_typeface(path) for path in found]
    except BadInput as error:
        raise SettingsError(str(error)) from error


def _of_system(names: Sequence[str]) -> list[Typeface]:
    present = {path.stem: path for folder in SYSTEM_FOLDERS for path in sorted(_fonts_in(Path(folder)), reverse=True)}
    return [read_typeface(present[name]) for name in names if name in present]


def _of_packages() -> list[Typeface]:
    faces = []
    # Found, not imported: the fonts are wanted, not the library.
    found = importlib.util.find_spec("cv2")
    if found is not None and found.origin:
        place = Path(found.origin).parent / "qt" / "fonts" / "DejaVuSans-Bold.ttf"
        faces += [read_typeface(place)] if place.is_file() else []
    own = ImageFont.load_default(10)
    if isinstance(own, ImageFont.FreeTypeFont) and isinstance(own.path, io.BytesIO):
        content = own.path.getvalue()
        faces.append(Typeface(BUILT_IN, hashlib.sha256(content).hexdigest(), content, 0, covered(content)))
    return faces


def _fonts_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
