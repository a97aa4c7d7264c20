"""A title as it is shown to a person: what was found, what was kept, what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    Candidate,
    FilmFacts,
    ModelRef,
    Refusal,
    Shot,
    Title,
    TitleStatus,
)
from artwork.select.rules import PLACE
from artwork.store.standing import Standing

Picture = Callable[[str], bytes]
"""Gives the JPEG bytes of a still by its key."""


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model that numbers come from. `built_in`: the stand-in ran, because the model's file was not there."""

    role: Literal["embedding", "aesthetic", "faces"]
    model: ModelRef
    built_in: bool


@dataclass(frozen=True, slots=True)
class FrameTile:
    """A frame with all that was said of it. `refusals`: the reason to name first, first; empty when it passed."""

    frame: AnnotatedFrame
    appraisal: Appraisal | None = None
    candidate: Candidate | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The frames of which this is the first broken rule, in order of time."""

    rule: str
    tiles: tuple[FrameTile, ...]


@dataclass(frozen=True)
class TitlePage:
    """Everything that a page about a title shows. A title that was refused has no facts and a reason.

    `standings`: what reviewers said, by frame.
    """

    title: Title
    picture: Picture = field(repr=False)
    status: TitleStatus = TitleStatus.OK
    reason: str = ""
    facts: FilmFacts | None = None
    shots: tuple[Shot, ...] = ()
    frames: tuple[AnnotatedFrame, ...] = ()
    appraisals: tuple[Appraisal, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    models: tuple[ModelUse, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)

    @cached_property
    def tiles(self) -> Mapping[str, FrameTile]:
        """Every frame by its id, in order of time."""
        said = {appraisal.frame_id: appraisal for appraisal in self.appraisals}
        kept = {candidate.frame_id: candidate for candidate in self.candidates}
        against: dict[str, list[Refusal]] = {}
        for refusal in sorted(self.refusals, key=lambda refusal: (PLACE.get(refusal.rule, len(PLACE)), refusal.rule)):
            against.setdefault(refusal.frame_id, []).append(refusal)
        return {
            frame.id: FrameTile(frame, said.get(frame.id), kept.get(frame.id), tuple(against.get(frame.id, ())))
            for frame in sorted(self.frames, key=lambda frame: (frame.at, frame.id))
        }

    @cached_property
    def short_list(self) -> tuple[FrameTile, ...]:
        """The candidates by rank."""
        return tuple(self.tiles[kept.frame_id] for kept in sorted(self.candidates, key=lambda kept: kept.rank))

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The refused frames by the first rule they break; the rule that most frames broke first, then by name."""
        groups: dict[str, list[FrameTile]] = {}
        for tile in self.tiles.values():
            if tile.refusals and tile.candidate is None:
                groups.setdefault(tile.refusals[0].rule, []).append(tile)
        ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        return tuple(LeftOut(rule, tuple(tiles)) for rule, tiles in ordered)

    @property
    def refused_count(self) -> int:
        """Frames left out by a rule."""
        return sum(len(group.tiles) for group in self.left_out)

    @property
    def passed_count(self) -> int:
        """Frames that no rule refused and that are not on the short list."""
        return len(self.frames) - len(self.candidates) - self.refused_count

    @property
    def seconds(self) -> float:
        """Length of the film, as far as it was seen."""
        if self.shots:
            return max(shot.end.seconds for shot in self.shots)
        return (self.facts.duration_seconds if self.facts else None) or 0.0


def pictured(page: TitlePage, most: int, most_of_a_rule: int) -> list[tuple[LeftOut, tuple[FrameTile, ...]]]:
    """The groups of refused frames, each with those of its frames that are pictured, evenly taken over the film.

    The smallest groups choose first, so that a large one does not take the room of the others.
    """
    room = most
    shown: dict[str, tuple[FrameTile, ...]] = {}
    for group in sorted(page.left_out, key=lambda group: (len(group.tiles), group.rule)):
        count = min(room, most_of_a_rule, len(group.tiles))
        shown[group.rule] = tuple(group.tiles[place * len(group.tiles) // count] for place in range(count))
        room -= count
    return [(group, shown[group.rule]) for group in page.left_out]


def models_of(pages: Sequence[TitlePage]) -> tuple[ModelUse, ...]:
    """The different models behind these pages, in order of first mention."""
    return tuple(dict.fromkeys(use for page in pages for use in page.models))
