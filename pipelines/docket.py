"""A title as it stands before it is published: its candidates, and what people said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artwork.domain import content_id
from artwork.store.entries import APPROVED, REJECTED
from artwork.store.naming import NOBODY_NAMED, Names
from artwork.store.records import TitleRecord
from artwork.store.slate import Nominee
from artwork.store.standing import UNTOUCHED, Standing


@dataclass(frozen=True, slots=True)
class Docket:
    """A title and what people said of its frames. slate: all its candidates, in order. names: who is who in it."""

    record: TitleRecord
    slate: tuple[Nominee, ...]
    said: Mapping[str, Standing]
    names: Names = NOBODY_NAMED

    @property
    def approved(self) -> tuple[Nominee, ...]:
        """What may be published, in the order of the slate."""
        return tuple(one for one in self.slate if one.standing.verdict == APPROVED)

    @property
    def fallbacks(self) -> tuple[Nominee, ...]:
        """What stands in where nothing is approved, the best first; what a person rejected is none."""
        left = [one for one in self.slate if one.standing.verdict != REJECTED]
        return tuple(sorted(left, key=lambda one: (not one.candidate.fallback, one.candidate.rank, one.candidate.id)))

    def standing(self, candidate: str) -> Standing:
        """What people said of a candidate, also of one that is no longer on the slate."""
        found = (said for frame, said in self.said.items() if content_id("candidate", frame) == candidate)
        return next(found, UNTOUCHED)
