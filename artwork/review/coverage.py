"""What the approved pictures of a title cover, and what they leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from artwork.domain import AnnotatedFrame, Appraisal, ShotScale, Theme
from artwork.wording import SCALES

PARTS = ("opening", "middle", "ending")
"""Thirds of the film, by running time."""
UNNAMED = ("somebody else", "nobody")
"""Of those that are in a frame, who is no character."""
PEOPLE = ("nobody", "one face", "two faces", "a group")


@dataclass(frozen=True, slots=True)
class Share:
    """One value of a facet: approved pictures that have it, and candidates that do."""

    name: str
    approved: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to look at balance. shares: in their natural order; only what some candidate has."""

    name: str
    shares: tuple[Share, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What no approved picture has."""
        return tuple(share.name for share in self.shares if share.approved == 0)


@dataclass(frozen=True, slots=True)
class Item:
    """A candidate as coverage sees it. who: of the cast, by name; empty before the cast was found."""

    frame: AnnotatedFrame
    appraisal: Appraisal | None
    approved: bool
    who: tuple[str, ...] = ()


def coverage(
    items: Sequence[Item],
    length_seconds: float,
    canvases: Sequence[str],
    covered: Iterable[str],
    who: Sequence[str] = (),
) -> tuple[Facet, ...]:
    """The facets of a title, the most telling first; those with one value only are left out.

    Args:
        items: its candidates.
        length_seconds: of the film.
        canvases: all there are.
        covered: those that some approved picture fits.
        who: the people of the title, the most prominent first.
    """
    reached = set(covered)
    shown = tuple(Share(name, int(name in reached), 1) for name in canvases)
    facets = [
        Facet("Canvases", shown),
        _facet("Shot scale", items, lambda one: [SCALES[one.frame.annotation.contextual.shot_scale]], _SCALE_ORDER),
        _facet("Who", items, lambda one: [name for name in one.who if name not in UNNAMED], who),
        _facet("People", items, lambda one: [people(one.frame)], PEOPLE),
        _facet("Part of the film", items, lambda one: [part(one.frame, length_seconds)], PARTS),
    ]
    groups = dict.fromkeys(theme.group for one in items for theme in _themes(one))
    facets += [_facet(group.capitalize(), items, _named(group), ()) for group in groups]
    return tuple(facet for facet in facets if len(facet.shares) > 1 or facet.name == "Canvases")


def people(frame: AnnotatedFrame) -> str:
    """Who is in the frame, in one of four words."""
    return PEOPLE[min(len(frame.annotation.contextual.faces), len(PEOPLE) - 1)]


def part(frame: AnnotatedFrame, length_seconds: float) -> str:
    """Which third of the film the frame is from."""
    share = frame.at.seconds / length_seconds if length_seconds > 0 else 0.0
    return PARTS[min(int(share * len(PARTS)), len(PARTS) - 1)]


_SCALE_ORDER = tuple(SCALES[scale] for scale in ShotScale)


def _themes(item: Item) -> Sequence[Theme]:
    return item.appraisal.themes if item.appraisal else ()


def _named(group: str) -> Callable[[Item], list[str]]:
    return lambda one: [theme.name for theme in _themes(one) if theme.group == group]


def _facet(name: str, items: Sequence[Item], values: Callable[[Item], Iterable[str]], order: Sequence[str]) -> Facet:
    every: Counter[str] = Counter(value for one in items for value in dict.fromkeys(values(one)))
    kept: Mapping[str, int] = Counter(value for one in items if one.approved for value in dict.fromkeys(values(one)))
    named = sorted(
        every, key=lambda value: (order.index(value) if value in order else len(order), -every[value], value)
    )
    return Facet(name, tuple(Share(value, kept.get(value, 0), every[value]) for value in named))
