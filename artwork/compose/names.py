"""The name of a title as it can be lettered: nothing invisible in it, and where a line of it may end."""

from __future__ import annotations

import unicodedata

from artwork.errors import BadInput

LONGEST = 240
"""Characters. The longest title on record has about 200; more is no name, and would take long to set."""

ORDERING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Embeddings, overrides and isolates: they could show a name in an order in which it is not written."""
JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Format characters that spelling needs: joiners (Persian, Hindi) and the plain direction marks."""
SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
NEVER_FIRST = frozenset("、。，．・：；？！ー」』）】〕》〉％ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々〜～…,.:;?!)]}%")  # noqa: RUF001  # the full-width forms are meant
"""What no line of Chinese or Japanese begins with (kinsoku), after JIS X 4051."""
NEVER_LAST = frozenset("「『（【〔《〈([{")  # noqa: RUF001  # the full-width forms are meant
"""What no line ends with."""


class UnfitName(BadInput):
    """A name that cannot be lettered."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        shown = name if len(name) <= 40 else f"{name[:39]}…"
        super().__init__(f"the name {shown!r} cannot be lettered: {problem}")


def clean_name(name: str) -> str:
    """The name with its accents composed, blanks single, and without what a reader would not see.

    Control characters, surrogates, unassigned code points, characters that reorder text and other invisible format
    characters go; joiners and the plain direction marks stay, since spelling needs them.

    Raises:
        UnfitName: nothing visible is left, or the name is longer than `LONGEST`.
    """
    spaced = "".join(" " if letter in SPACES else letter for letter in name[: 50 * LONGEST])
    kept = "".join(letter for letter in spaced if _stays(letter))
    clean = " ".join(unicodedata.normalize("NFC", kept).split())
    if not any(unicodedata.category(letter)[0] not in "CZM" for letter in clean):
        raise UnfitName(name, "nothing in it can be seen")
    if len(clean) > LONGEST:
        raise UnfitName(name, f"it has {len(clean)} characters, the most is {LONGEST}")
    return clean


def pieces(name: str) -> tuple[str, ...]:
    """The parts of a name between which a line may end; together they are the name.

    Lines end after blanks, after hyphens and dashes inside a word, and between Chinese, Japanese and Korean
    characters but before closing or after opening punctuation. Thai and its neighbours are not broken inside a run
    without blanks: that takes a dictionary.
    """
    parts, start = list[str](), 0
    for place in range(1, len(name)):
        if _may_end(name, place):
            parts.append(name[start:place])
            start = place
    return (*parts, name[start:])


def is_right_to_left(text: str) -> bool:
    """Whether any character of the text is written from right to left."""
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def is_shaped(text: str) -> bool:
    """Whether its letters change with their neighbours, or its order with the reader: more than one after another."""
    return is_right_to_left(text) or any(
        unicodedata.category(letter) in {"Mn", "Mc", "Cf"} or _is_indic(letter) for letter in text
    )


def _is_indic(letter: str) -> bool:
    """Whether it belongs to the scripts from Devanagari to Myanmar, or to Khmer: their vowels move about."""
    return 0x0900 <= ord(letter) <= 0x109F or 0x1780 <= ord(letter) <= 0x17FF


def _stays(letter: str) -> bool:
    category = unicodedata.category(letter)
    if letter in JOINERS:
        return True
    return letter not in ORDERING and category not in {"Cc", "Cf", "Cs", "Cn", "Co"}


def _may_end(name: str, place: int) -> bool:
    before, after = name[place - 1], name[place]
    if after == " " or after in NEVER_FIRST or before in NEVER_LAST or unicodedata.category(after)[0] in "MC":
        return False
    if before in " \u200b":
        return True
    if before in "-\u2010\u2013\u2014" and place > 1 and name[place - 2] != " ":
        return after.isalpha()
    return _is_ideographic(before) or _is_ideographic(after)


def _is_ideographic(letter: str) -> bool:
    """Whether a line may break beside it: Han, kana, and full-width forms; Hangul breaks at blanks."""
    code = ord(letter)
    return (
        0x2E80 <= code <= 0x312F or 0x31A0 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF
    )
