"""How a title is announced: its name or logo, its names in other languages, and who may see its pictures when.

All of it comes from the manifest of titles. Beside the columns that every title has, these are understood:

    name_de, name_pt_br      the name in another language
    logo, logo_de            a transparent PNG in place of the letters; a path relative to the manifest, or a URL
    maturity                 least age of who may see the pictures; else it is read from maturity_rating
    spoils_until             share of the title that must have been watched before its pictures give nothing away
    opens, closes            when they may be shown, ISO 8601, [opens, closes); without a zone it is UTC
    locales                  where they may be shown: language tags divided by | or ;
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import fsspec

from artwork.compose.logo import Logo, read_logo
from artwork.compose.names import clean_name
from artwork.compose.treatment import Billing
from artwork.compose.typefaces import Typefaces
from artwork.domain import Title
from artwork.errors import BadInput

ADULT = 18
"""The age that a rating which nobody knows stands for: what cannot be read is not for children."""
RATINGS: Mapping[str, int] = {
    "G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18,
    "TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-PG": 8, "TV-14": 14, "TV-MA": 17,
    "U": 0, "UC": 0, "12A": 12, "R18": 18, "AL": 0, "TP": 0, "T": 0, "L": 0, "ALL": 0,
}  # fmt: skip
"""Least ages, in years: MPA and TV Parental Guidelines (United States), BBFC (United Kingdom), and the letters by which
Kijkwijzer, CNC, Italy and Brazil let everybody in. A rating that is a number (FSK 12, 16+, 18A) is that age."""
_AGE = re.compile(r"(?:[A-Z]+[- ]?)?(\d{1,2})\s?(?:\+|A)?", re.ASCII)
_NAME = re.compile(r"(name|logo)_([a-z]{2,3}(?:_[a-z]{4})?(?:_(?:[a-z]{2}|[0-9]{3}))?)", re.ASCII)
"""A column of another language: its tag has a language, at most a script and a region (BCP 47)."""
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.ASCII)
_LARGEST_LOGO = 40_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may see a title's pictures, and when; the fields are those of `ranking.domain.Option`."""

    maturity: int = 0
    spoils_until: float = 0.0
    opens: datetime | None = None
    closes: datetime | None = None
    locales: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Announcement:
    """A title's billings: its own first where it can be lettered.

    Attributes:
        billings: what can be set.
        inputs: by locale, digests of the fonts or the logo that it is set in.
        problems: by locale, why a billing cannot be set, in words.
    """

    billings: tuple[Billing, ...]
    inputs: Mapping[str, str]
    problems: Mapping[str, BadInput]


def announcement(title: Title, typefaces: Typefaces) -> Announcement:
    """How the title is announced; a name without letters, or a logo that cannot be read, is a problem, told."""
    billings, inputs, problems = [], {}, dict[str, BadInput]()
    for locale, name, logo_at in _wanted(title):
        try:
            logo = _logo(logo_at) if logo_at else None
            runs = typefaces.runs(clean_name(name)) if logo is None else ()
        except BadInput as error:
            problems[locale] = error
            continue
        billings.append(Billing(name, locale, logo))
        inputs[locale] = logo.digest if logo else " ".join(face.digest for _, face in runs)
    return Announcement(tuple(billings), inputs, problems)


def terms(title: Title) -> Terms:
    """Who may see the title's pictures, and when.

    Raises:
        BadInput: one of the columns cannot be used. A window that cannot be read is never taken for an open one.
    """
    said = title.extra
    opens, closes = _moment(title, "opens"), _moment(title, "closes")
    if opens and closes and closes <= opens:
        raise BadInput(f"title {title.id!r}: it closes at {closes}, before it opens: correct the manifest")
    return Terms(
        maturity=_whole(title, "maturity") if said.get("maturity") else age_of(title.maturity_rating),
        spoils_until=_share(title, "spoils_until"),
        opens=opens,
        closes=closes,
        locales=frozenset(_locales(title)),
    )


def age_of(rating: str) -> int:
    """The least age, in years, that a rating stands for; 0 for none, `ADULT` for one that nobody knows."""
    plain = rating.strip().upper()
    if not plain:
        return 0
    if plain in RATINGS:
        return RATINGS[plain]
    number = _AGE.fullmatch(plain)
    return min(int(number[1]), ADULT) if number else ADULT


def _wanted(title: Title) -> Iterator[tuple[str, str, str]]:
    """(locale, name, place of a logo): the title's own first, then by locale."""
    yield "", title.name, title.extra.get("logo", "")
    found: dict[str, dict[str, str]] = {}
    for column, cell in title.extra.items():
        if named := _NAME.fullmatch(column):
            found.setdefault(_tag(named[2]), {})[named[1]] = cell
    own = _tag(title.language) if title.language else ""
    for locale, cells in sorted(found.items()):
        if locale != own:
            yield locale, cells.get("name", title.name), cells.get("logo", "")


def _tag(text: str) -> str:
    """The language tag as BCP 47 writes it: "pt_br" is pt-BR, "zh-hant" zh-Hant."""
    first, *rest = text.strip().replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part.title() for part in rest)])


def _logo(place: str) -> Logo:
    try:
        with fsspec.open(place, "rb") as file:
            content = file.read(_LARGEST_LOGO + 1)
    except (OSError, ValueError, ImportError) as error:
        raise BadInput(f"cannot read the logo {place!r}: {error}") from error
    if len(content) > _LARGEST_LOGO:
        raise BadInput(f"the logo {place!r} has more than {_LARGEST_LOGO:,} bytes: reduce it")
    try:
        return read_logo(content)
    except BadInput as error:
        raise BadInput(f"{place!r}: {error}") from error


def _locales(title: Title) -> Iterator[str]:
    for part in re.split(r"\s*[|;]\s*", title.extra.get("locales", "")):
        if part and not _LOCALE.fullmatch(_tag(part)):
            raise _unusable(title, "locales", part, "language tags such as de or pt-BR, divided by |")
        if part:
            yield _tag(part)


def _moment(title: Title, column: str) -> datetime | None:
    text = title.extra.get(column, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unusable(title, column, text, "a date or a moment such as 2026-05-01T20:00Z") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _whole(title: Title, column: str) -> int:
    text = title.extra[column]
    if not re.fullmatch(r"[0-9]{1,2}", text, re.ASCII):
        raise _unusable(title, column, text, "an age in years")
    return int(text)


def _share(title: Title, column: str) -> float:
    text = title.extra.get(column, "") or "0"
    try:
        found = float(text)
    except ValueError as error:
        raise _unusable(title, column, text, "a share from 0 to 1") from error
    if not 0 <= found <= 1:
        raise _unusable(title, column, text, "a share from 0 to 1")
    return found


def _unusable(title: Title, column: str, text: str, wanted: str) -> BadInput:
    return BadInput(f"title {title.id!r}: {column} {text[:40]!r} cannot be used: give {wanted}")
